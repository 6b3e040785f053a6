"""Rows of cells from CSV and XLSX, one at a time. What is wrong with a row is said in the row, and the file goes on."""

import csv
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.source import Source
from dangqiao.core.errors import N_, ImportRefused

LONGEST_LINE = 1 << 18
"""Characters of one line of CSV; a longer one is skipped without being held in memory."""
LONGEST_CELL = 1 << 14
LARGEST_SHEET_PART = 1 << 32
LARGEST_SHARED_STRINGS = 1 << 28
"""Bytes unpacked. Shared strings are the one part of a workbook that must be held in memory."""


class Row(NamedTuple):
    """One row as it stands in the file. The header is row 1, as spreadsheet programs count."""

    number: int
    cells: list[str]
    problem: Problem | None = None


class Rows(Protocol):
    """An open file: its header, and its rows once."""

    header: list[str]

    def __iter__(self) -> Iterator[Row]: ...

    def done(self) -> float:
        """The part of the file that has been read, 0..1."""
        ...


@contextmanager
def opened(source: Source) -> Iterator[Rows]:
    """Opens CSV or XLSX. Raises ImportRefused (`import.workbook_unreadable`, `import.workbook_too_large`)."""
    if not source.encoding:
        with _workbook(source.path) as rows:
            yield rows
        return
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    with source.path.open(encoding=encoding, newline="") as stream:
        yield CsvRows(stream, source.size)


class CsvRows:
    """Rows of CSV (RFC 4180). A quotation mark that never closes spoils its own line only: the lines that the parser
    swallowed after it are read again as rows."""

    def __init__(self, stream: Any, size: int) -> None:
        self._stream, self._size = stream, max(size, 1)
        self._returned: deque[str] = deque()
        self._consumed: list[str] = []
        self._too_long = False
        csv.field_size_limit(LONGEST_CELL)
        first = self._next()
        self.header = first.cells if first else []

    def __iter__(self) -> Iterator[Row]:
        number = 1
        reader = csv.reader(self._lines(), strict=True)
        consumed = self._consumed
        while True:
            consumed.clear()
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield self._spoiled(number)
                reader = csv.reader(self._lines(), strict=True)
                continue
            if self._too_long:
                self._too_long = False
                yield Row(number, [cells[0][:80]], Problem("import.line_too_long", facts={"limit": LONGEST_LINE}))
            elif cells:
                yield Row(number, cells)

    def done(self) -> float:
        """By bytes read."""
        return min(float(self._stream.buffer.tell()) / self._size, 1.0)

    def _next(self) -> Row | None:
        """The header."""
        try:
            return Row(1, next(csv.reader(self._lines(), strict=True)))
        except (StopIteration, csv.Error):
            return None

    def _spoiled(self, number: int) -> Row:
        first, *rest = self._consumed
        self._returned.extendleft(reversed(rest))
        return Row(
            number, [first.rstrip("\r\n")[:LONGEST_CELL]], Problem("import.quotes", facts={"limit": LONGEST_CELL})
        )

    def _lines(self) -> Iterator[str]:
        while line := self._returned.popleft() if self._returned else self._stream.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
                while (rest := self._stream.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
                    pass
                self._too_long = True
                line = line[:80].replace('"', "").replace(",", " ") + "\n"
            self._consumed.append(line)
            yield line


@contextmanager
def _workbook(path: Path) -> Iterator["WorkbookRows"]:
    try:
        with ZipFile(path) as parts:
            sizes = {part.filename: part.file_size for part in parts.infolist()}
        too_large = sizes.get("xl/sharedStrings.xml", 0) > LARGEST_SHARED_STRINGS
        if too_large or max(sizes.values(), default=0) > LARGEST_SHEET_PART:
            raise ImportRefused(
                "import.workbook_too_large",
                N_("The workbook is too large to be read safely."),
                N_("Save the sheet as CSV in UTF-8; CSV may be of any size."),
            )
        book = load_workbook(path, read_only=True, data_only=False)
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise ImportRefused(
            "import.workbook_unreadable",
            N_("The file is not a workbook that can be read."),
            N_("Open it in a spreadsheet program and save it as XLSX, or as CSV in UTF-8."),
        ) from error
    try:
        yield WorkbookRows(book.worksheets[0])
    finally:
        book.close()


class WorkbookRows:
    """Rows of a workbook's first sheet. Formulas and spreadsheet errors are problems: their values are not in the file
    for certain. Empty cells at the end of a row are not in the file either, so short rows are filled up."""

    def __init__(self, sheet: Any) -> None:
        self._total = max(sheet.max_row or 0, 1)
        # A file may say of itself that it ends sooner than it does: what lies beyond would be lost without a word.
        sheet.reset_dimensions()
        self._rows = sheet.iter_rows()
        self._read = 1
        self.header = [_plain(cell)[0] for cell in next(self._rows, ())]
        while self.header and not self.header[-1]:
            self.header.pop()

    def __iter__(self) -> Iterator[Row]:
        width = len(self.header)
        for number, cells in enumerate(self._rows, start=2):
            self._read = number
            plain = [_plain(cell) for cell in cells]
            texts = [text for text, _code in plain]
            if not any(texts):
                continue
            wrong = next((position for position, (_text, code) in enumerate(plain) if code), None)
            problem = None
            if wrong is not None:
                column = self.header[wrong] if wrong < width else ""
                problem = Problem(plain[wrong][1], column)
            yield Row(number, texts + [""] * (width - len(texts)), problem)

    def done(self) -> float:
        """By rows read."""
        return min(self._read / self._total, 1.0)


def _plain(cell: Any) -> tuple[str, str]:
    """A cell as text, and the code of what is wrong with it."""
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if value is None:
        return "", ""
    if kind == "f":
        return str(value), "import.formula_cell"
    if kind == "e":
        return str(value), "import.error_cell"
    if isinstance(value, datetime):
        return (value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")), ""
    if isinstance(value, date):
        return value.isoformat(), ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        return str(value), "import.identity_number_rounded"  # a spreadsheet keeps 15 digits and makes zeros of the rest
    return str(value), ""
