"""From an old platform's words to ours, and a question into its parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.connectors import Mapping, Question, Record, Translator, asked, parse
from dangqiao.core.vocabulary.dates import parse_partial_date
from tests.adapters.connectors.words import MARRIAGES, cells, flat_row, mapping_file

SECTION = '[sql]\nurl = "sqlite://"\nview = "v"\n'
SEARCH = """
[[search]]
sfzh = "{identity_number}"
[[search]]
xm = "{name}"
nd = "{event_year}"
[[search]]
xm = "{name}"
rq = "{event_date}"
[[search]]
po = "{other}"
"""


def mapping(old: str = "", new: str = "", search: str = SEARCH, more: str = "") -> Mapping:
    text = mapping_file("sql", SECTION, can='"harvest", "search"', search=search, more=more).decode()
    assert old in text
    return parse("legacy", text.replace(old, new).encode() if old else text.encode())


def test_every_word_finds_its_column() -> None:
    for one in MARRIAGES:
        found = Translator(mapping())(Record(flat_row(one)))
        assert (found.id, found.archive, found.cells, found.problems) == (one["id"], "330106", cells(one), ())


def test_a_code_that_is_not_in_the_table_is_a_problem_of_its_column() -> None:
    found = Translator(mapping())(Record(flat_row(MARRIAGES[0]) | {"ywlx": "77"}))
    assert found.problems == (("connector.code_unknown", "业务类型"),)
    assert "业务类型" not in found.cells


def test_a_reference_code_of_several_fields_is_joined_or_not_known() -> None:
    translate = Translator(mapping('"档号" = "dh"', '"档号" = { fields = ["qzh", "nd", "jh"], join = "·" }'))
    assert translate(Record({"qzh": "X1", "nd": "1987", "jh": "3"})).cells["档号"] == "X1·1987·3"
    assert "档号" not in translate(Record({"qzh": "X1", "jh": "3"})).cells


@pytest.mark.parametrize(
    ("text", "iso"),
    [("05/03/1987", "1987-03-05"), ("5/3/1987 00:00:00", "1987-03-05"), ("03.1987", "1987-03-00"), ("1987", "1987")],
)
def test_dates_in_the_platforms_own_forms(text: str, iso: str) -> None:
    translate = Translator(mapping(more='dates = ["DD/MM/YYYY", "MM.YYYY"]\n'))
    row = flat_row(MARRIAGES[0]) | {"djrq": text, "dh": "05/03/1987"}
    found = translate(Record(row)).cells
    assert found["登记日期"] == iso
    assert found["档号"] == "05/03/1987"
    assert parse_partial_date(iso).year == 1987


def test_a_constant_and_an_archive_by_its_code() -> None:
    text = mapping_file("sql", SECTION, can='"harvest"').decode()
    text = text.replace('archive = "330106"', 'archive = { field = "dag", codes = "archives" }')
    text = (
        text.replace('"登记机关" = "djjg"', '"登记机关" = { value = "杭州市" }') + '[codes.archives]\n"1" = "330106"\n'
    )
    translate = Translator(parse("legacy", text.encode()))
    found = translate(Record(flat_row(MARRIAGES[0]) | {"dag": "1"}))
    assert (found.archive, found.cells["登记机关"], found.problems) == ("330106", "杭州市", ())
    unknown = translate(Record(flat_row(MARRIAGES[0]) | {"dag": "2"}))
    assert ("connector.code_unknown", "archive") in unknown.problems


def test_a_record_that_goes_needs_nothing_but_its_number() -> None:
    translate = Translator(mapping())
    assert translate(Record({"jlbh": "1", "zt": "9", "ywlx": "77"})).problems == ()
    assert translate(Record({"zt": "9"})).problems == (("connector.no_id", "jlbh"),)
    assert translate(Record({}, id="7", deleted=True)).deleted


def test_only_what_is_known_is_asked_and_the_same_once() -> None:
    whole = Question(
        "尤䶮", identity_number="1", event_date=parse_partial_date("1992-06-01"), others=("𬸚若兰", "其他")
    )
    assert list(asked(mapping(), whole)) == [
        {"sfzh": "1"},
        {"xm": "尤䶮", "nd": "1992"},
        {"xm": "尤䶮", "rq": "1992-06-01"},
        {"po": "𬸚若兰"},
    ]
    assert list(asked(mapping(), Question("尤䶮", event_date=parse_partial_date("1992-06")))) == [
        {"xm": "尤䶮", "nd": "1992"}
    ]
    assert list(asked(mapping(), Question("尤䶮"))) == []
    form = mapping(more='dates = ["YYYYMMDD"]\n')
    assert {"xm": "尤䶮", "rq": "19920601"} in list(asked(form, whole))


@given(st.text())
def test_whatever_somebody_types_stays_one_text(name: str) -> None:
    for parameters in asked(mapping(), Question(name, event_year=1990)):
        assert all(text.isprintable() and "*" not in text for text in parameters.values())


@given(st.dictionaries(st.sampled_from(["jlbh", "dh", "ywlx", "zt", "djrq", "nan_xm"]), st.text()))
def test_whatever_a_platform_says_is_a_row_or_a_problem(values: dict[str, str]) -> None:
    found = Translator(mapping())(Record(values))
    assert found.id or found.problems
