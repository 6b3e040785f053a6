"""From a piece of a file to what the database takes: reading, hashing, encrypting, keys. Here an import spends most of
its time, and nothing here needs the database or another piece, so that several processes can do it (see `workers`)."""

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dangqiao.apps.holdings.composing import ENTRY_COLUMNS
from dangqiao.apps.holdings.importing.bytecolumns import cut
from dangqiao.apps.holdings.importing.csvfile import Block, CsvFile, rows_of
from dangqiao.apps.holdings.importing.entries import Composed, Composer
from dangqiao.apps.holdings.importing.layout import Complaint, Layout
from dangqiao.apps.holdings.importing.ordinary import Ordinary
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.rows import Piece
from dangqiao.apps.holdings.sequences import Same
from dangqiao.core.categories import Category
from dangqiao.core.matching.columns import Indexed
from dangqiao.core.matching.packed import SIZE

Identity = tuple[str, int]
"""Reference code and item number: what an entry is called within archive and category."""
_CODE, _ITEM = ENTRY_COLUMNS.index("reference_code"), ENTRY_COLUMNS.index("item_number")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What preparing needs to know beside the piece. `path`, `encoding`: of the CSV file that blocks are read from."""

    category: Category
    archive_code: str
    header: list[str]
    this_year: int
    path: Path
    encoding: str


class Chunk(NamedTuple):
    """A piece, prepared. Places are those of `numbers`.

    Attributes:
        numbers: of the rows that can be taken in, ascending. In a block of CSV the first row is 1.
        last: number of the last row of the piece.
        stop: the byte after that row; 0 if it is no block.
        columns: of these rows, in the order of ENTRY_COLUMNS.
        keys, owners: blocking keys, ascending, and the place of the entry that each belongs to.
        records: packed records, one after another.
        counts: what `counting.keep` takes.
        rejected, noticed: the others, and those of the rows that should be looked at again.
    """

    numbers: list[int]
    last: int
    stop: int
    columns: tuple[Sequence[Any], ...]
    keys: "array[int]"
    owners: "array[int]"
    records: bytes
    counts: str
    rejected: list[Complaint]
    noticed: list[Complaint]

    def identities(self) -> list[Identity]:
        """What the entries are called."""
        return list(zip(self.columns[_CODE], self.columns[_ITEM], strict=True))

    def values(self, place: int) -> dict[str, Any]:
        """Columns of one entry, as the model has them."""
        values = {name: column[place] for name, column in zip(ENTRY_COLUMNS, self.columns, strict=True)}
        return values | {"content": json.loads(values["content"])}


class _Part(NamedTuple):
    """Some rows of a piece: numbers of those that can be taken in, and what they are composed to; see `Chunk`."""

    numbers: list[int]
    composed: Composed
    rejected: list[Complaint]
    noticed: list[Complaint]


class Preparer:
    """Prepares the pieces of one file."""

    def __init__(self, recipe: Recipe) -> None:
        self._layout = Layout(recipe.category, recipe.header, recipe.this_year)
        self._compose = Composer(recipe.category, recipe.archive_code)
        self._ordinary = Ordinary(recipe.category, recipe.archive_code, self._layout, recipe.this_year)
        self._file = CsvFile(recipe.path, recipe.encoding) if recipe.encoding else None

    def __call__(self, piece: Piece) -> Chunk:
        """Prepares a piece."""
        if not isinstance(piece, Block):
            problems = {place: row.problem for place, row in enumerate(piece) if row.problem}
            part = self._with_care([row.cells for row in piece], [row.number for row in piece], problems)
            return _chunk(part, piece[-1].number, 0)
        return self._at_once(piece) or self._row_by_row(piece)

    def _row_by_row(self, block: Block) -> Chunk:
        assert self._file
        rows, problems, stop = self._file.read(block)
        return _chunk(self._with_care(rows, range(1, len(rows) + 1), problems), len(rows), stop)

    def _at_once(self, block: Block) -> Chunk | None:
        """The block by its bytes; rows that are out of the ordinary with care. None if it is not seen where rows
        end."""
        assert self._file
        data = self._file.bytes_of(block)
        found = None if data is None else cut(data, len(self._layout.header))
        if data is None or found is None:
            return None
        rows, composed, odd = self._ordinary(found)
        part = _Part((rows + 1).tolist(), composed, [], [])
        if len(odd):
            texts = [data[begin:end] for begin, end in zip(found.rows[odd], found.rows[odd + 1], strict=True)]
            others = rows_of(b"".join(texts).decode())
            if others is None or len(others) != len(odd):
                return None
            part = _together(part, self._with_care(others, (odd + 1).tolist(), {}))
        return _chunk(part, len(found.kinds), block.stop)

    def _with_care(self, rows: Sequence[list[str]], numbers: Sequence[int], problems: Mapping[int, Problem]) -> _Part:
        table, rejected, noticed = self._layout.read(rows, numbers, problems)
        return _Part(table.numbers, self._compose(table), rejected, noticed)


def _chunk(part: _Part, last: int, stop: int) -> Chunk:
    columns, indexed, met = part.composed
    return Chunk(
        part.numbers,
        last,
        stop,
        tuple(map(_shortened, columns)),
        array("q", indexed.keys.tobytes()),
        array("I", indexed.owners.tobytes()),
        indexed.records,
        met.json(),
        part.rejected,
        part.noticed,
    )


def _shortened(column: Sequence[Any]) -> Sequence[Any]:
    """A list of one value only as `Same`."""
    if isinstance(column, list) and column and column.count(column[0]) == len(column):
        return Same(column[0], len(column))
    return column


def _together(one: _Part, other: _Part) -> _Part:
    """Two parts of a block in the order of their rows."""
    if not other.numbers:
        return one._replace(rejected=other.rejected, noticed=other.noticed)
    numbers = np.array(one.numbers + other.numbers)
    order = np.argsort(numbers)
    place = np.argsort(order).astype(np.uint32)  # where each of them goes
    first, second = one.composed, other.composed
    keys = np.concatenate((first.indexed.keys, second.indexed.keys))
    owners = place[np.concatenate((first.indexed.owners, second.indexed.owners + np.uint32(len(one.numbers))))]
    by_key = np.argsort(keys, kind="stable")
    records = np.frombuffer(first.indexed.records + second.indexed.records, f"V{SIZE}")[order]
    where = order.tolist()
    columns = tuple(
        list(map([*some, *more].__getitem__, where)) for some, more in zip(first.columns, second.columns, strict=True)
    )
    indexed = Indexed(keys[by_key], owners[by_key], records.tobytes())
    return _Part(
        numbers[order].tolist(), Composed(columns, indexed, first.met + second.met), other.rejected, other.noticed
    )
