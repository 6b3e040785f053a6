"""Rows are prepared by several processes as by one, and a process that is gone is no silent loss."""

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from dangqiao.apps.holdings.composing import ENTRY_COLUMNS
from dangqiao.apps.holdings.features import Names
from dangqiao.apps.holdings.importing import csvfile, workers
from dangqiao.apps.holdings.importing.pieces import cut
from dangqiao.apps.holdings.importing.preparing import Chunk, Recipe
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.rows import Piece, Pieces, Row
from dangqiao.apps.holdings.importing.source import inspect
from dangqiao.core import categories
from dangqiao.core.errors import Unavailable
from tests.apps.holdings.conftest import ARCHIVE, COUPLE


@pytest.fixture
def pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Recipe, Pieces]]]:
    """A file of 40 couples in some 20 blocks; without identity numbers, whose hashes differ from node to node."""
    opened = ExitStack()
    couple = COUPLE | {"男方身份证件号": ""}

    def make(spoil: str = "") -> tuple[Recipe, Pieces]:
        path = tmp_path / "file.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, couple)
            writer.writeheader()
            writer.writerows(couple | {"档号": f"A-{n}", "页数": "x" * (n % 7 == 3)} for n in range(40))
        path.write_text(path.read_text("utf-8").replace("A-9,", f"{spoil}A-9,"), encoding="utf-8")
        monkeypatch.setattr(csvfile, "BLOCK", 350)
        found = opened.enter_context(cut(inspect(path, COUPLE)))
        recipe = Recipe(categories.get("marriage"), ARCHIVE, found.header, 2026, path, "utf-8")
        return recipe, found

    with opened:
        yield make


def said(chunk: Chunk) -> dict[str, list[Any]]:
    """Columns, without the digest: it differs from node to node as well."""
    columns = dict(zip(ENTRY_COLUMNS, map(list, chunk.columns), strict=True))
    return {name: column for name, column in columns.items() if name != "content_digest"}


def prepared(recipe: Recipe, pieces: Pieces, hands: int) -> list[workers.Prepared]:
    """All pieces, prepared by so many processes."""
    with workers.Crew(hands) as crew:
        crew.begin(recipe, pieces)
        return [one for one in crew.results() if isinstance(one, workers.Prepared)]


@pytest.mark.parametrize("spoil", ["", '"'], ids=["whole", "a quotation mark that never closes"])
def test_chunks_come_in_order_and_are_the_same(pieces, spoil):
    alone, together = prepared(*pieces(spoil), 0), prepared(*pieces(spoil), 2)
    assert len(alone) > 10
    assert [piece.start for piece, _chunk in together] == [piece.start for piece, _chunk in alone]
    for (_piece, one), (_same, other) in zip(alone, together, strict=True):
        assert (one.numbers, one.last, one.stop, one.rejected) == (
            other.numbers,
            other.last,
            other.stop,
            other.rejected,
        )
        assert said(one) == said(other)
        assert one.records == other.records
        assert one.counts == other.counts
        assert (one.keys, one.owners) == (other.keys, other.owners)
    chunks = [chunk for _piece, chunk in together]
    assert sum(len(chunk.numbers) + len(chunk.rejected) for chunk in chunks) == 40
    assert all(chunk.stop == piece.start for chunk, (piece, _next) in zip(chunks, together[1:], strict=False))


@pytest.mark.parametrize("hands", [0, 2])
def test_names_are_added_up_among_the_pieces(pieces, hands):
    """Even where a piece ends elsewhere than was thought, and what workers are at is thrown away."""
    names = Names(
        {1: '{"names": "张三,张三,", "place": {}, "entries": {"marriage/310115": 1}}', 2: '{"names": "张三,欧阳修,"}'}
    )
    with workers.Crew(hands) as crew:
        crew.begin(*pieces('"'))
        results = crew.results()
        found = [next(results)]
        crew.add_up(names)
        found += results
        crew.add_up(names)
        found += crew.results()
    sums = [one for one in found if isinstance(one, workers.AddedUp)]
    assert [one.names for one in sums] == [names, names]
    assert sums[0].sums == sums[1].sums
    rows = {
        (kind, value, count)
        for kind, values, counts in sums[0].sums
        for value, count in zip(values.split("\n"), counts, strict=True)
    }
    assert {
        ("name", "张三", 3),
        ("surname", "张", 3),
        ("surname", "欧阳", 1),
        ("char", "三", 3),
        ("entries", "marriage/310115", 1),
    } < rows
    assert sum(len(one.chunk.numbers) + len(one.chunk.rejected) for one in found if one not in sums) == 40


class Sheet:
    """Rows that bring their own numbers, in one piece."""

    first_row = 0

    def __init__(self, *rows: Row) -> None:
        self.rows: Piece | None = list(rows)

    def next(self) -> Piece | None:
        rows, self.rows = self.rows, None
        return rows


def test_rows_of_a_sheet_are_prepared_as_well(pieces):
    sheet = Sheet(Row(5, list(COUPLE.values())), Row(7, ["x"], Problem("import.formula_cell", "档号")))
    recipe, _blocks = pieces()
    ((_piece, chunk),) = prepared(recipe, sheet, 1)
    assert (chunk.numbers, chunk.last, [one.row.number for one in chunk.rejected]) == ([5], 7, [7])


def test_a_worker_that_was_ended_is_an_error(pieces):
    with workers.Crew(2) as crew:
        crew.begin(*pieces())
        results = crew.results()
        next(results)
        for child in psutil.Process().children():
            if workers.__name__ in child.cmdline():
                child.kill()
                child.wait()
        with pytest.raises(Unavailable) as lost:
            list(results)
    assert lost.value.code == "import.worker_lost"


def test_an_error_in_a_worker_is_raised_here(pieces):
    recipe, found = pieces()
    recipe.path.unlink()
    with pytest.raises(FileNotFoundError):
        prepared(recipe, found, 1)


def test_nobody_is_left_behind(pieces):
    with workers.Crew(2) as crew:
        crew.begin(*pieces())
        next(crew.results())
        hired = [child for child in psutil.Process().children() if workers.__name__ in child.cmdline()]
        assert len(hired) == 2
    assert not any(child.is_running() for child in hired)


def test_small_files_need_no_help():
    assert workers.useful(10_000) == 0
