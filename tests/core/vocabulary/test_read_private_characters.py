"""Characters that old systems kept in the private use area are read as what they are."""

from importlib.resources import files

import pytest

from dangqiao.core.vocabulary.private_use import unprivate

ROWS = [
    line.split("\t")
    for line in (files("dangqiao.core.vocabulary") / "data" / "private_use.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("private", "code", "character", "point"), ROWS, ids=[row[1] for row in ROWS])
def test_a_private_code_point_becomes_its_character(private: str, code: str, character: str, point: str) -> None:
    assert chr(int(point, 16)) == character
    assert unprivate(chr(int(private, 16))) == character
    # The bytes say the same whichever table reads them: Python's has some of these characters in the private area.
    assert unprivate(bytes.fromhex(code).decode("gb18030")) == character


def test_there_are_all_that_the_standards_have_moved() -> None:
    """10 vertical forms, 2 letters, 13 description characters, 80 characters and components (FE50 to FEA0)."""
    assert len(ROWS) == len({row[0] for row in ROWS}) == len({row[3] for row in ROWS}) == 10 + 2 + 13 + 80


def test_what_a_maker_put_there_stays() -> None:
    assert unprivate("张\ue000\uf8ff") == "张\ue000\uf8ff"


@pytest.mark.parametrize("text", ["", "王䶮", "莫𬸚"])
def test_other_text_stays(text: str) -> None:
    assert unprivate(text) == text
