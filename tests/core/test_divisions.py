"""Names and codes of divisions, today's and former ones."""

from itertools import pairwise

import pytest

from dangqiao.core.vocabulary.divisions import (
    BEFORE_CODES,
    DIVISIONS,
    Kinship,
    Level,
    current,
    find,
    named_first,
    related,
)


def codes(text: str) -> list[str]:
    return [division.code for division in find(text)]


def test_there_are_as_many_divisions_as_the_provinces_have() -> None:
    today = [one for one in DIVISIONS if one.valid_to is None]
    counties = {
        province: sum(one.level is Level.COUNTY and one.province == province for one in today)
        for province in ("310000", "320000", "330000", "340000")
    }
    assert counties == {"310000": 16, "320000": 95, "330000": 90, "340000": 104}
    assert sum(one.level is Level.PREFECTURE for one in today) == 13 + 11 + 16


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("安庆", "340800"),
        ("安庆市", "340800"),
        ("宿松县", "340826"),
        (" 安徽省 安庆市 宿松县 ", "340826"),
        ("安庆宿松", "340826"),
        ("上海市黄浦区", "310101"),
        ("上海浦东新区", "310115"),
        ("景宁", "331127"),
        ("和县", "340523"),
        ("南京市鼓楼区", "320106"),
        ("340826", "340826"),
        ("卢湾区", "310103"),
        ("吴县", "320586"),
    ],
)
def test_a_place_is_found_by_code_or_name(text: str, first: str) -> None:
    assert codes(text)[0] == first


def test_a_name_that_two_divisions_bear_gives_both() -> None:
    assert codes("鼓楼区") == ["320106", "320302"]


def test_todays_division_comes_before_the_former_one() -> None:
    assert codes("宿松县") == ["340826", "342826"]


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("上海市榆林区", ["310110"]),
        ("榆林区", ["310110"]),
        ("上海新成区", ["310106", "310101"]),
        ("於潜县", ["330112"]),
        ("江宁区", ["320115", "310106"]),
        ("安徽省至德县", ["341721"]),
    ],
)
def test_a_name_from_before_the_codes_gives_what_lies_there_today(text: str, now: list[str]) -> None:
    assert codes(text) == now


def test_every_older_name_leads_to_divisions_that_exist() -> None:
    today = {one.code for one in DIVISIONS if one.valid_to is None}
    for older in BEFORE_CODES:
        assert older.now and set(older.now) <= today, older
        for name in older.spellings:
            assert named_first(f"{name}人民委员会") == (find(name), "人民委员会")


def test_a_name_that_many_places_had_needs_its_province() -> None:
    assert (codes("高桥区"), codes("上海市高桥区")) == ([], ["310115"])


@pytest.mark.parametrize("text", ["", "上海宿松", "不存在的县", "999999"])
def test_an_unknown_place_gives_nothing(text: str) -> None:
    assert find(text) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("310103", ["310101"]),  # Luwan into Huangpu, 2011
        ("310108", ["310106"]),  # Zhabei into Jing'an, 2015
        ("310225", ["310115"]),  # Nanhui County, Nanhui District, Pudong
        ("330184", ["330110", "330113"]),  # Yuhang City, then the larger Yuhang District, divided 2021
        ("330104", ["330102", "330114"]),  # Jianggan, divided 2021
        ("341400", ["340100", "340200", "340500"]),  # Chaohu, dissolved 2011
        ("342622", ["340124"]),  # Lujiang, three codes
        ("320205", ["320205"]),  # Mashan's code is Xishan's today
        ("340826", ["340826"]),
        ("000000", []),
    ],
)
def test_a_former_code_leads_to_what_it_became(old: str, new: list[str]) -> None:
    assert [division.code for division in current(old)] == new


@pytest.mark.parametrize(
    ("first", "second", "kinship"),
    [
        ("340826", "340826", Kinship.SAME),
        ("342826", "340826", Kinship.SUCCESSOR),
        ("310225", "310119", Kinship.SUCCESSOR),
        ("340800", "342826", Kinship.WITHIN),
        ("310000", "310225", Kinship.WITHIN),
        ("340826", "340828", Kinship.SAME_PREFECTURE),
        ("340823", "340826", Kinship.SAME_PREFECTURE),  # Zongyang, before it moved to Tongling in 2015
        ("340826", "340102", Kinship.SAME_PROVINCE),
        ("340826", "310101", Kinship.UNRELATED),
        ("110101", "110102", Kinship.SAME_PREFECTURE),
    ],
)
def test_two_divisions_are_related(first: str, second: str, kinship: Kinship) -> None:
    assert related(first, second).kinship is kinship
    assert related(second, first).kinship is kinship


def test_the_table_holds_together() -> None:
    known = {one.code for one in DIVISIONS}
    for one in DIVISIONS:
        assert set(one.successor_codes) <= known
        assert bool(one.successor_codes) == (one.valid_to is not None)
        assert one.valid_to is None or one.valid_from is None or one.valid_from <= one.valid_to
        assert current(one.code), one
        assert one in find(one.full_name)


def test_a_code_means_one_division_at_a_time() -> None:
    for code in {one.code for one in DIVISIONS}:
        spans = [(one.valid_from or 0, one.valid_to or 9999) for one in DIVISIONS if one.code == code]
        assert all(early[1] <= late[0] for early, late in pairwise(spans)), code


@pytest.mark.parametrize(
    ("text", "code", "rest"),
    [
        ("安徽省 安庆市宿松县民政局", "340826", "民政局"),
        ("上海市黄浦区", "310101", ""),
        ("某某公社", "", "某某公社"),
        ("", "", ""),
    ],
)
def test_words_are_read_up_to_the_longest_name_of_a_division(text: str, code: str, rest: str) -> None:
    found, after = named_first(text)
    assert ([one.code for one in found][:1], after) == ([code] if code else [], rest)
