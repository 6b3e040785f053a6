"""Rows of a dBase or FoxPro table (DBF, with its memo file beside it), one at a time: what cataloguing programs wrote
from the nineties on. Text is read as GB18030, which holds GBK (cp936); the mark of a code page is mostly missing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dbf
from dbf.tables import code_pages

from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.rows import Row
from dangqiao.apps.holdings.importing.source import DBASE_MARK
from dangqiao.core.errors import N_, ImportRefused
from dangqiao.core.vocabulary.private_use import unprivate

_UTF8, _CHINESE = 0xF0, 0x7A
"""Marks of code pages."""
_LONGEST_NAME = 10
"""Bytes of a column's name: longer ones were cut off."""
code_pages[_CHINESE] = ("gb18030", "Chinese")


@contextmanager
def opened(path: Path, columns: Mapping[str, str]) -> Iterator["DbaseTable"]:
    """Opens a table.

    Args:
        columns: names that its columns may have, and what they mean; one that was cut off after ten bytes gets its
            meaning.

    Raises ImportRefused (`import.table_unreadable`).
    """
    with path.open("rb") as stream:
        mark = stream.read(DBASE_MARK + 1)[DBASE_MARK]
    try:
        found = dbf.Table(str(path), codepage=mark if mark == _UTF8 else _CHINESE)
        found.open(dbf.READ_ONLY)
    except (dbf.DbfError, OSError, ValueError, KeyError, IndexError) as error:
        raise ImportRefused(
            "import.table_unreadable",
            N_("The dBase table cannot be read: {problem}."),
            N_("Its memo file (.dbt, .fpt) must lie beside it. Or save it as XLSX with a spreadsheet program."),
            problem=str(error).splitlines()[0] if str(error) else type(error).__name__,
        ) from error
    try:
        yield DbaseTable(found, columns)
    finally:
        found.close()


class DbaseTable:
    """Records that are not deleted. The first record is row 2, as if there were a header."""

    def __init__(self, found: Any, columns: Mapping[str, str]) -> None:
        self._table, self._read = found, 0
        self.left_out: list[str] = []
        self.header = [_whole(unprivate(name), columns) for name in found.field_names]

    def __iter__(self) -> Iterator[Row]:
        for record in self._table:
            self._read += 1
            if dbf.is_deleted(record):
                continue
            cells: list[str] = []
            problem = None
            for place, name in enumerate(self.header):
                try:
                    cells.append(_text(record[place]))
                except UnicodeDecodeError:
                    cells.append("")
                    problem = Problem("import.damaged_text", name)
                except (dbf.DbfError, ValueError, ArithmeticError):
                    cells.append("")
                    problem = Problem("import.damaged_cell", name)
            if any(cells) or problem:
                yield Row(self._read + 1, cells, problem)

    def done(self) -> float:
        """By records read."""
        return self._read / max(len(self._table), 1)


def _whole(name: str, columns: Mapping[str, str]) -> str:
    """The one column that is meant by what a name of ten bytes begins, or the name."""
    meant = {column for spelling, column in columns.items() if spelling.startswith(name)}
    cut = name not in columns and len(name.encode("gb18030", "replace")) == _LONGEST_NAME
    return meant.pop() if cut and len(meant) == 1 else name


def _text(value: Any) -> str:
    return _FORMS.get(type(value), str)(value)


def _number(value: Any) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _moment(value: datetime) -> str:
    return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")


_FORMS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _nothing: "",
    str: lambda text: unprivate(text.rstrip("\0 ")),
    bool: lambda yes: "是" if yes else "否",
    float: _number,
    date: date.isoformat,
    datetime: _moment,
}
"""How the values of fields are written in cells."""
