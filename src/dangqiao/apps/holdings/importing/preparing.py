"""From a piece of a file to what the database takes: reading, hashing, encrypting, keys. Here an import spends most of
its time, and nothing here needs the database or another piece, so that several processes can do it (see `workers`)."""

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from dangqiao.apps.holdings.composing import ENTRY_COLUMNS
from dangqiao.apps.holdings.features import counts_of
from dangqiao.apps.holdings.importing.csvfile import Block, CsvFile
from dangqiao.apps.holdings.importing.entries import Composer
from dangqiao.apps.holdings.importing.layout import Layout, Rejected
from dangqiao.apps.holdings.importing.rows import Piece
from dangqiao.core.categories import Category

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
    """

    numbers: list[int]
    last: int
    stop: int
    columns: tuple[Sequence[Any], ...]
    keys: "array[int]"
    owners: "array[int]"
    records: bytes
    counts: str
    rejected: list[Rejected]

    def identities(self) -> list[Identity]:
        """What the entries are called."""
        return list(zip(self.columns[_CODE], self.columns[_ITEM], strict=True))

    def values(self, place: int) -> dict[str, Any]:
        """Columns of one entry, as the model has them."""
        values = {name: column[place] for name, column in zip(ENTRY_COLUMNS, self.columns, strict=True)}
        return values | {"content": json.loads(values["content"])}


class Preparer:
    """Prepares the pieces of one file."""

    def __init__(self, recipe: Recipe) -> None:
        self._layout = Layout(recipe.category, recipe.header, recipe.this_year)
        self._compose = Composer(recipe.category, recipe.archive_code)
        self._entries = f"{recipe.category.id}/{recipe.archive_code}"
        self._file = CsvFile(recipe.path, recipe.encoding) if recipe.encoding else None

    def __call__(self, piece: Piece) -> Chunk:
        """Prepares a piece."""
        if isinstance(piece, Block):
            assert self._file
            rows, problems, stop = self._file.read(piece)
            numbers: Sequence[int] = range(1, len(rows) + 1)
        else:
            rows, stop = [row.cells for row in piece], 0
            numbers = [row.number for row in piece]
            problems = {place: row.problem for place, row in enumerate(piece) if row.problem}
        table, rejected = self._layout.read(rows, numbers, problems)
        composed = self._compose(table)
        indexed = composed.indexed
        counts = counts_of(composed.names, composed.places, self._entries, len(table.numbers))
        return Chunk(
            table.numbers,
            numbers[-1] if numbers else 0,
            stop,
            composed.columns,
            array("q", indexed.keys.tobytes()),
            array("I", indexed.owners.tobytes()),
            indexed.records,
            json.dumps(counts, ensure_ascii=False),
            rejected,
        )
