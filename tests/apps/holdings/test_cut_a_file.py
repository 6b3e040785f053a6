"""However a CSV file is cut, its rows are the same, and so are the places where they end."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from dangqiao.apps.holdings.importing import csvfile
from dangqiao.apps.holdings.importing.csvfile import CsvFile
from dangqiao.apps.holdings.importing.pieces import opened
from dangqiao.apps.holdings.importing.source import inspect

PARTS = ["甲", "ab", ",", ",", "\n", "\n", "\r\n", '"', '"x"', '"两\n行"', '""', "", " ", "𬸚", "\ue81e"]


def rows_of(path: Path, encoding: str, block: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """Rows and the codes of what is wrong with them; each block begins where the last row ended."""
    monkeypatch.setattr(csvfile, "BLOCK", block)
    file = CsvFile(path, encoding)
    found: list[tuple[list[str], str]] = []
    position = file.first
    while cut := next(file.blocks(position), None):
        assert cut.stop > cut.start == position
        rows, problems, position = file.read(cut)
        found += [(cells, problems[place].code if place in problems else "") for place, cells in enumerate(rows)]
    file.close()
    return found


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("seed", range(40))
def test_blocks_of_any_size_give_the_same_rows(written, monkeypatch, seed, encoding):
    chance = random.Random(seed)
    path = written("档号,备注\n" + "".join(chance.choices(PARTS, k=400)), encoding)
    whole = rows_of(path, encoding, 1 << 20, monkeypatch)
    assert whole
    for block in (1, 7, 40, 300):
        assert rows_of(path, encoding, block, monkeypatch) == whole


def test_a_file_of_quoted_cells_is_cut_between_rows(written, monkeypatch):
    row = '"A-1","两\n行"\n'
    path = written("档号,备注\n" + row * 200)
    monkeypatch.setattr(csvfile, "BLOCK", 100)
    file = CsvFile(path, "utf-8")
    blocks = list(file.blocks(file.first))
    assert len(blocks) > 10
    assert all(file.read(block).stop == block.stop for block in blocks), "no guess was wrong"


def test_lines_may_end_as_on_an_old_macintosh(written, monkeypatch):
    path = written("档号,备注\r" + "A,甲\r" * 50)
    assert rows_of(path, "utf-8", 64, monkeypatch) == [(["A", "甲"], "")] * 50


def test_lines_far_too_long_are_skipped_without_being_held(written, monkeypatch):
    monkeypatch.setattr(csvfile, "LONGEST_LINE", 100)
    path = written("档号,备注\n" + "A,甲\n" + "长" * 5000 + "\nB,乙\n")
    for block in (50, 1 << 20):
        assert [code for _cells, code in rows_of(path, "utf-8", block, monkeypatch)] == ["", "import.line_too_long", ""]


def test_rows_are_numbered_through_all_blocks(written, monkeypatch):
    path = written("档号,备注\n" + 'A,"两\n行"\n\n' * 30)
    monkeypatch.setattr(csvfile, "BLOCK", 40)
    with opened(inspect(path, ("档号", "备注"))) as rows:
        assert [row.number for row in rows] == list(range(2, 62, 2))
        assert rows.done() == 1
