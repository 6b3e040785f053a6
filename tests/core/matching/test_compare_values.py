"""How far two values agree, level by level, and that it is the same both ways round."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.matching.characters import look_alikes
from dangqiao.core.matching.compare import (
    IdLevel,
    PlaceLevel,
    compare_ids,
    compare_names,
    compare_persons_names,
    compare_places,
)
from dangqiao.core.matching.dates import DateLevel, compare_dates, compare_years
from dangqiao.core.matching.features import IdParts, Person
from dangqiao.core.vocabulary.dates import PartialDate, from_iso, parse_partial_date

VECTORS = Path(__file__).parents[2] / "vectors" / "name_pairs.tsv"
PAIRS = [line.split("\t")[:3] for line in VECTORS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(("one", "other", "level"), PAIRS)
def test_names(one: str, other: str, level: str) -> None:
    assert compare_names(one, other).level == level
    assert compare_names(other, one).level == level


names = st.text(st.sampled_from("王王玉张章陈阵秀英兰三□氏·峰峯欧阳zhang "), max_size=6)


@given(names, names)
def test_comparing_names_is_symmetric(one: str, other: str) -> None:
    there, back = compare_names(one, other), compare_names(other, one)
    assert there.level == back.level
    assert there.cost == pytest.approx(back.cost)


def test_a_former_name_counts() -> None:
    found = compare_persons_names(Person("王秀英", former_names=("王小妹",)), Person("王小妹"))
    assert (found.level, found.former, found.one) == ("same", True, "王小妹")
    assert not compare_persons_names(Person("王秀英", former_names=("王小妹",)), Person("王秀英")).former


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("MichaelBrown", "Michael Brown", "variant"),
        ("Brown, Michael", "Michael Brown", "variant"),
        ("刘jun", "刘珺", "sound"),
        ("侯家lin", "侯家𬴊", "sound"),
        ("赵XX", "赵国", "illegible"),
        ("赵某", "赵东国", "illegible"),
        ("赵□", "赵东国", "different"),  # one character of a name of two
        ("赵□□", "钱东", "different"),
        ("不详", "顾雪芳", "missing"),
        ("未取名", "顾雪", "missing"),
    ],
)
def test_names_as_machines_left_them(one: str, other: str, level: str) -> None:
    assert compare_names(one, other).level == level
    assert compare_names(other, one).level == level


def test_look_alikes_are_pairs() -> None:
    assert "已" in look_alikes("己")
    assert "己" in look_alikes("已")
    assert look_alikes("𬸚") == ()


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1960-01-02", "1960-01-02", DateLevel.SAME_DAY),
        ("1960-01", "1960-01-02", DateLevel.SAME_MONTH),
        ("1960", "1960-01-02", DateLevel.SAME_YEAR),
        ("1960-03-05", "1960-05-03", DateLevel.SWAPPED),
        ("1960-02-15", "1960-03-12", DateLevel.LUNAR_DAY),
        ("1959-12-20", "1960-01-18", DateLevel.LUNAR_DAY),
        ("1960-06-05", "1960-07-28", DateLevel.LUNAR_DAY),  # of the leap month
        ("1960-02-15", "1960-03-13", DateLevel.LUNAR),
        ("1960-01-02", "1960-01-08", DateLevel.ONE_DIGIT),
        ("1957-01-02", "1967-01-02", DateLevel.DECADE),
        ("1950-12-20", "1957-12-20", DateLevel.ONE_DIGIT),
        ("1935-12-20", "1965-12-20", DateLevel.ONE_DIGIT),
        ("1960-01-02", "1961-01-02", DateLevel.NEXT_YEAR),
        ("1960", "1961", DateLevel.NEAR_YEAR),
        ("1960", "1962-05", DateLevel.TWO_YEARS),
        ("1960-01-02", "1960-11-30", DateLevel.OTHER_DAY),
        ("1960-01-02", "1975-11-30", DateLevel.DIFFERENT),
        ("1960", "", DateLevel.MISSING),
    ],
)
def test_dates(one: str, other: str, level: DateLevel) -> None:
    assert compare_dates(from_iso(one), from_iso(other)) is level
    assert compare_dates(from_iso(other), from_iso(one)) is level


def test_a_lunar_date_is_the_earlier_one() -> None:
    lunar = parse_partial_date("农历1960年2月15日")
    assert compare_dates(lunar, from_iso("1960-03-12")) is DateLevel.LUNAR_DAY
    assert compare_dates(lunar, from_iso("1960-01-20")) is DateLevel.OTHER_DAY
    assert compare_dates(parse_partial_date("农历1960年2月30日"), from_iso("1960-03-27")) is DateLevel.LUNAR_DAY


dates = st.builds(PartialDate, st.integers(1900, 2000), st.none() | st.integers(1, 12)).flatmap(
    lambda date: st.just(date) if date.month is None else st.builds(
        PartialDate, st.just(date.year), st.just(date.month), st.none() | st.integers(1, 28)
    )
)  # fmt: skip


@given(dates, dates)
def test_comparing_dates_is_symmetric(one: PartialDate, other: PartialDate) -> None:
    assert compare_dates(one, other) is compare_dates(other, one)
    assert compare_dates(one, one) in (DateLevel.SAME_DAY, DateLevel.SAME_MONTH, DateLevel.SAME_YEAR)


def test_years() -> None:
    assert compare_years(1987, 1987) is DateLevel.SAME_YEAR
    assert compare_years(1987, 1997) is DateLevel.DECADE
    assert compare_years(1987, None) is DateLevel.MISSING


MINE = IdParts(1, 2, 3)


@pytest.mark.parametrize(
    ("theirs", "level"),
    [
        (IdParts(1, 2, 3), IdLevel.SAME),
        (IdParts(9, 2, 3), IdLevel.OTHER_AREA),
        (IdParts(1, 9, 3), IdLevel.OTHER_BIRTH),
        (IdParts(1, 2, 9), IdLevel.OTHER_SEQUENCE),
        (IdParts(9, 2, 9), IdLevel.ONE_PART),
        (IdParts(1, 9, 9), IdLevel.DIFFERENT),
        (IdParts(7, 8, 9), IdLevel.DIFFERENT),
        (None, IdLevel.MISSING),
    ],
)
def test_identity_numbers(theirs: IdParts | None, level: IdLevel) -> None:
    assert compare_ids(MINE, theirs) is level


def test_a_number_in_the_other_column() -> None:
    assert compare_ids(MINE, IdParts(7, 8, 9), [MINE]) is IdLevel.OTHER_COLUMN
    assert compare_ids(MINE, None, [MINE]) is IdLevel.OTHER_COLUMN
    assert compare_ids(None, MINE, [MINE]) is IdLevel.MISSING


def test_places() -> None:
    assert compare_places(["340811"], ["340811"]) is PlaceLevel.SAME_COUNTY
    assert compare_places(["340811"], ["340824"]) is PlaceLevel.SAME_CITY
    assert compare_places(["340124"], ["340824"]) is PlaceLevel.SAME_PROVINCE
    assert compare_places(["310104"], ["340824"]) is PlaceLevel.DIFFERENT
    assert compare_places(["310104", "340824"], ["340824"]) is PlaceLevel.SAME_COUNTY
    assert compare_places([], ["340824"]) is PlaceLevel.MISSING


def test_a_city_or_province_says_nothing_of_what_lies_in_it() -> None:
    for wide, county in ((["340800"], ["340824"]), (["340000"], ["340824"]), (["340824"], ["340000"])):
        assert compare_places(wide, county) is PlaceLevel.MISSING
    assert compare_places(["340800"], ["340124"]) is PlaceLevel.SAME_PROVINCE
    assert compare_places(["340800"], ["310115"]) is PlaceLevel.DIFFERENT
    assert compare_places(["340000", "340824"], ["340824"]) is PlaceLevel.SAME_COUNTY
