"""A file in pieces that are prepared and written one after another: blocks of CSV, or rows of a sheet or table."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib import import_module
from itertools import islice
from types import MappingProxyType
from typing import Protocol

from dangqiao.apps.holdings.importing.csvfile import Block, CsvFile
from dangqiao.apps.holdings.importing.rows import Piece, Pieces, Row
from dangqiao.apps.holdings.importing.source import Form, Source

BATCH = 4000
"""Rows of a sheet in one piece, which is written in one transaction."""
_READERS = {Form.WORKBOOK: f"{__package__}.workbook", Form.DBASE: f"{__package__}.dbase"}
"""By name: their libraries take half a second to load, and most files are CSV."""


@contextmanager
def cut(source: Source, columns: Mapping[str, str] = MappingProxyType({})) -> Iterator[Pieces]:
    """Opens a file. Raises ImportRefused as `opened` of its reader.

    Args:
        columns: names that its columns may have, and what they mean: a title may stand above them, and a table of
            dBase has their first ten bytes only.
    """
    if source.form is Form.CSV:
        with closing(CsvFile(source.path, source.encoding, columns)) as file:
            yield _Blocks(file)
    else:
        with import_module(_READERS[source.form]).opened(source.path, columns) as table:
            yield _Rows(table)


class Rows:
    """The rows of an open file, one after another, for those who need no pieces."""

    def __init__(self, pieces: Pieces) -> None:
        self.header, self.left_out = pieces.header, pieces.left_out
        self._pieces = pieces
        self._position = 0

    def __iter__(self) -> Iterator[Row]:
        before = self._pieces.first_row
        while piece := self._pieces.next():
            rows, self._position = self._pieces.rows(piece)
            for row in rows:
                if row.cells:
                    yield row._replace(number=before + row.number)
            if isinstance(piece, Block):
                before += len(rows)
                self._pieces.go_back(self._position)

    def done(self) -> float:
        """The part of the file that has been read, 0..1."""
        return self._pieces.done(self._position)


@contextmanager
def opened(source: Source, columns: Mapping[str, str] = MappingProxyType({})) -> Iterator[Rows]:
    """Opens a file. Raises ImportRefused as `cut`."""
    with cut(source, columns) as pieces:
        yield Rows(pieces)


class _Blocks:
    def __init__(self, file: CsvFile) -> None:
        self.header, self.first_row, self.left_out = file.header, file.header_row, list[str]()
        self._file = file
        self._blocks = file.blocks(file.first)

    def begin(self, after: int, position: int) -> None:
        if after:
            self.first_row, self._blocks = after, self._file.blocks(position)

    def next(self) -> Piece | None:
        return next(self._blocks, None)

    def rows(self, piece: Piece) -> tuple[list[Row], int]:
        assert isinstance(piece, Block)
        rows, problems, stop = self._file.read(piece)
        return [Row(place + 1, cells, problems.get(place)) for place, cells in enumerate(rows)], stop

    def go_back(self, position: int) -> None:
        self._blocks = self._file.blocks(position)

    def done(self, position: int) -> float:
        return position / max(self._file.size, 1)


class Table(Protocol):
    """A sheet or a table of rows."""

    header: list[str]
    left_out: list[str]

    def __iter__(self) -> Iterator[Row]: ...

    def done(self) -> float:
        """The part that has been read, 0..1."""
        ...


class _Rows:
    def __init__(self, table: Table) -> None:
        self.header, self.first_row, self.left_out = table.header, 0, table.left_out
        self._table = table
        self._rows = iter(table)

    def begin(self, after: int, position: int) -> None:
        self._rows = (row for row in self._rows if row.number > after)

    def next(self) -> Piece | None:
        return list(islice(self._rows, BATCH)) or None

    def rows(self, piece: Piece) -> tuple[list[Row], int]:
        assert isinstance(piece, list)
        return piece, 0

    def go_back(self, position: int) -> None:
        raise AssertionError("rows have no bytes")

    def done(self, position: int) -> float:
        return self._table.done()
