"""Rows of a workbook's sheets (XLSX), one at a time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from dangqiao.apps.holdings.importing.merged import Merged
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.rows import Row
from dangqiao.core.categories.headings import MOST_ABOVE, canonical, heading_row, known
from dangqiao.core.errors import N_, ImportRefused
from dangqiao.core.vocabulary.private_use import unprivate

LARGEST_SHEET_PART = 1 << 32
LARGEST_SHARED_STRINGS = 1 << 28
"""Bytes unpacked. Shared strings are the one part of a workbook that must be held in memory."""
MOST_KEPT = 10**15
"""A spreadsheet keeps 15 digits of a number; of a longer one the others are noughts, and in the file anything."""


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
        yield Workbook(book.worksheets, columns, path)
    finally:
        book.close()


class Workbook:
    """Rows of a workbook's sheets: of the first one with headings, and of all others with the same ones, in any order.
    Their rows are counted on. Formulas are problems: their values are not in the file for certain. Empty cells at the
    end of a row are not in the file either, so short rows are filled up.

    Attributes:
        header: the headings of the first sheet that has some.
        left_out: names of the sheets with something in them that are not read.
    """

    def __init__(self, sheets: Sequence[Any], columns: Mapping[str, str], path: Path) -> None:
        begun = [_Sheet(sheet, columns, path) for sheet in sheets]
        first = next((one for one in begun if one.shown and one.headings), begun[0])
        self.header = first.header
        same = [one for one in begun if one is first or (one.shown and one.like(first))]
        self.left_out = [one.name for one in begun if one not in same and one.filled]
        self._sheets = [first, *(one for one in same if one is not first)]
        self._total, self._read = sum(one.total for one in self._sheets), 0

    def __iter__(self) -> Iterator[Row]:
        before, width = 0, len(self.header)
        for sheet in self._sheets:
            order, merged = sheet.order(self._sheets[0]), sheet.merged()
            for number, cells in enumerate(sheet.rows, start=before + sheet.begins + 1):
                self._read = number
                plain = [_plain(cell) for cell in cells]
                if not any(text for text, _code in plain):
                    continue
                texts = merged.filled(number - before, [text for text, _code in plain])
                plain = [(text, code) for text, (_text, code) in zip(texts, plain, strict=True)]
                if order:
                    plain = [plain[place] if 0 <= place < len(plain) else ("", "") for place in order]
                wrong = next((position for position, (_text, code) in enumerate(plain) if code), None)
                problem = None
                if wrong is not None:
                    column = self.header[wrong] if wrong < width else ""
                    problem = Problem(plain[wrong][1], column)
                texts = [unprivate(text) for text, _code in plain]
                yield Row(number, [*texts, *[""] * (width - len(texts))], problem)
            before = max(self._read, before)

    def done(self) -> float:
        """By rows read."""
        return min(self._read / self._total, 1.0)


class _Sheet:
    """A sheet, begun: its headings are read, the rows below them are not.

    Attributes:
        begins: number of the row with the headings. `headings`: whether there are any that are known. `filled`: whether
            there is anything.
    """

    def __init__(self, sheet: Any, columns: Mapping[str, str], path: Path) -> None:
        self._path, self._part = path, sheet._worksheet_path
        self.name, self.shown = sheet.title, sheet.sheet_state == "visible"
        self.total = max(sheet.max_row or 0, 1)
        # A file may say of itself that it ends sooner than it does: what lies beyond would be lost without a word.
        sheet.reset_dimensions()
        rows = sheet.iter_rows()
        first = list(islice(rows, MOST_ABOVE))
        above = [[_plain(cell)[0] for cell in cells] for cells in first]
        place, self.header = heading_row(columns, above)
        self.begins, self.rows = place + 1, chain(first[place + 1 :], rows)
        while self.header and not self.header[-1]:
            self.header.pop()
        self.headings, self.filled = known(columns, self.header) > 1, any(map(any, above))
        self._meant = canonical(columns, self.header)
        self._known = {name for name in self._meant if name in set(columns.values())}

    def merged(self) -> Merged:
        """Its merged cells."""
        return Merged(str(self._path), self._part)

    def like(self, other: "_Sheet") -> bool:
        """Whether it has the same columns."""
        return self.headings and self._known == other._known

    def order(self, other: "_Sheet") -> list[int]:
        """Where each column of the other one stands here, or -1; empty if they stand alike."""
        if self._meant == other._meant:
            return []
        return [self._meant.index(name) if name and name in self._meant else -1 for name in other._meant]


def _plain(cell: Any) -> tuple[str, str]:
    """A cell as text, and the code of what is wrong with it."""
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if value is None:
        return "", ""
    if kind == "f":
        return str(value), "import.formula_cell"
    if isinstance(value, datetime):
        return (value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")), ""
    if isinstance(value, date):
        return value.isoformat(), ""
    if isinstance(value, float) and value.is_integer():
        if abs(value) >= MOST_KEPT:
            return f"{value:.14E}", ""
        value = int(value)
    return str(value), ""
