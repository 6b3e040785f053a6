"""Tables of pages and coverage: the first mistake is named with its row, in the reader's language."""

from pathlib import Path

import pytest

from dangqiao.apps.holdings import tables
from dangqiao.core.errors import BadInput

PAGES = ",".join(tables.PAGE_COLUMNS)


def _problem(tmp_path: Path, header: str, row: str) -> BadInput:
    path = tmp_path / "in" / "table.csv"
    path.parent.mkdir(exist_ok=True)
    (path.parent / "page.jpg").write_bytes(b"\xff\xd8\xff")
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    with pytest.raises(BadInput) as told:
        list(tables.pages(path, "310101", "marriage")) if header is PAGES else tables.coverage(path)
    return told.value


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A-1,1,1,missing.jpg,全部公开,", "table.file_missing"),
        ("A-1,1,1,../secret.jpg,全部公开,", "table.file_missing"),
        ("A-1,1,one,page.jpg,全部公开,", "table.number_unfit"),
        ("A-1,1,1,page.jpg,公开,", "table.word_unknown"),
        ("A-1,1,1,page.jpg,遮盖后公开,1 2 3", "table.mask_unfit"),
    ],
)
def test_a_page_that_cannot_be_attached(tmp_path: Path, row: str, code: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"\xff\xd8\xff")
    told = _problem(tmp_path, PAGES, row)
    assert (told.code, told.facts["row"]) == (code, 2)


def test_a_state_of_holdings_that_there_is_not(tmp_path: Path) -> None:
    told = _problem(tmp_path, ",".join(tables.COVERAGE_COLUMNS), "310101,marriage,310101,,1950,1960,某处,,")
    assert told.code == "table.word_unknown"
    assert "在馆" in told.facts["words"]
