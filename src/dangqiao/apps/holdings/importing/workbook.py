"""Rows of a workbook's first sheet (XLSX), one at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.rows import Row
from dangqiao.core.categories.headings import MOST_ABOVE, heading_row
from dangqiao.core.errors import N_, ImportRefused
from dangqiao.core.vocabulary.private_use import unprivate

LARGEST_SHEET_PART = 1 << 32
LARGEST_SHARED_STRINGS = 1 << 28
"""Bytes unpacked. Shared strings are the one part of a workbook that must be held in memory."""


@contextmanager
def opened(path: Path, columns: Mapping[str, str]) -> Iterator["Workbook"]:
    """Opens a workbook.

    Args:
        columns: names that its columns may have, and what they mean: above the headings a title may stand.

    Raises:
        ImportRefused: `import.workbook_unreadable`, `import.workbook_too_large`.
    """
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
        yield Workbook(book.worksheets[0], columns)
    finally:
        book.close()


class Workbook:
    """Rows of a workbook's first sheet. Formulas and spreadsheet errors are problems: their values are not in the file
    for certain. Empty cells at the end of a row are not in the file either, so short rows are filled up."""

    def __init__(self, sheet: Any, columns: Mapping[str, str]) -> None:
        self._total = max(sheet.max_row or 0, 1)
        # A file may say of itself that it ends sooner than it does: what lies beyond would be lost without a word.
        sheet.reset_dimensions()
        self._rows = sheet.iter_rows()
        first = list(islice(self._rows, MOST_ABOVE))
        above = [[_plain(cell)[0] for cell in cells] for cells in first]
        place, self.header = heading_row(columns, above)
        self._read = place + 1
        self._rows = chain(first[self._read :], self._rows)
        while self.header and not self.header[-1]:
            self.header.pop()

    def __iter__(self) -> Iterator[Row]:
        width = len(self.header)
        for number, cells in enumerate(self._rows, start=self._read + 1):
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
            yield Row(number, [*map(unprivate, texts), *[""] * (width - len(texts))], problem)

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
