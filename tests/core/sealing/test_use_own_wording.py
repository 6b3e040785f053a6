"""An archive's own words go before the category's, and never before the rules."""

import pytest

from dangqiao.core import categories
from dangqiao.core.errors import BadInput, DangqiaoError, Malformed
from dangqiao.core.sealing.own_wording import OwnWording, parse

MARRIAGE = categories.get("marriage")
PLATFORM = """
[categories.marriage]
caution = "本件仅供所列用途使用。"
[archives.310115.marriage]
statement = "经查，{archive}馆藏{file_title}（{reference_code}）记载："
"""


def test_words_of_the_archive_go_before_those_of_the_platform() -> None:
    own = parse(PLATFORM.encode())
    there, elsewhere = own.applied(MARRIAGE, "310115").wording, own.applied(MARRIAGE, "310101").wording
    assert there.caution == elsewhere.caution == "本件仅供所列用途使用。"
    assert there.statement.startswith("经查，{archive}馆藏") and elsewhere.statement == MARRIAGE.wording.statement
    assert there.not_found == MARRIAGE.wording.not_found


def test_nothing_said_changes_nothing() -> None:
    assert parse(b"") == OwnWording()
    assert OwnWording().applied(MARRIAGE, "310101") == MARRIAGE


HERE, THERE = "[categories.marriage]", "[archives.310115.marriage]"


@pytest.mark.parametrize(
    ("table", "line", "code", "where"),
    [
        (HERE, 'caution = "特此证明。"', "deliverable.wording_concludes", "categories.marriage"),
        (
            HERE,
            'not_found = "{archive}{file_title}{range}未婚"',
            "deliverable.wording_single_status",
            "categories.marriage",
        ),
        (THERE, 'caution = "系夫妻。"', "deliverable.wording_concludes", "archives.310115.marriage"),
        (HERE, 'statement = "经查，{archive}记载"', "wording.invalid", "categories.marriage.statement"),
        (HERE, 'statment = "x"', "wording.invalid", "categories.marriage.statment"),
        ("[categories.nothing]", 'caution = "x"', "wording.invalid", "categories.nothing"),
        ("[archives.3101.marriage]", 'caution = "x"', "wording.invalid", "archives.3101.[key]"),
        ("[titles]", 'copy = "x"', "wording.invalid", "titles"),
    ],
)
def test_what_may_not_be_said_is_refused_and_the_place_named(table: str, line: str, code: str, where: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(f"{table}\n{line}".encode())
    assert (caught.value.code, caught.value.facts["where"]) == (code, where)


@pytest.mark.parametrize("source", [b"[", b"\xff"])
def test_what_is_no_wording_file_is_said(source: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        parse(source)
    assert isinstance(caught.value, DangqiaoError) and caught.value.code == "wording.unreadable"
