"""Whole columns of cells read at once: values, and what the digest and the content say of them.

A cell is read as `cells` says. What a catalogue repeats (dates, offices) is read once for each distinct text;
texts and names are looked at together, and one by one only if something is wrong with one.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from dangqiao.apps.holdings.importing.cells import (
    LONGEST,
    LONGEST_NAME,
    LONGEST_TEXT,
    Reader,
    Unfit,
    Value,
    other_document_number,
    reader,
)
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.core.categories import FieldDefinition, FieldKind

BLANKS = " \t\r\n\u3000\ufeff"
IDENTITY_CARDS = frozenset({"", "身份证", "居民身份证", "公民身份证", "二代身份证", "第二代身份证", "户口簿"})
"""Kinds of document that carry the citizen identity number."""
MOST_REMEMBERED = 1 << 16
"""Distinct texts of a column that are remembered; then it begins anew, and memory stays flat."""
SEPARATOR = "\x1f"
USUAL_NUMBER = re.compile(r"[0-9]{17}[0-9X]|[0-9]{15}")
"""An identity number that is written as it should be."""
to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class Cells(NamedTuple):
    """A column, by rows.

    Attributes:
        values: as the readers of cells give them; None or "" where the cell says nothing.
        said: separator, column, separator, text: equal rows say the same.
        json: a member of an object, behind a comma; empty where there is no value.
        problems: of cells that cannot be taken in, by row.
    """

    values: Sequence[Value]
    said: Sequence[str]
    json: Sequence[str]
    problems: Mapping[int, Problem]


_Cell = tuple[Value, str, str, Problem | None]


class Column:
    """A column of the file, and how to read it: cell by cell."""

    def __init__(self, field: FieldDefinition, position: int, this_year: int) -> None:
        self.position, self.key = position, field.key
        self._name, self._required = field.column, field.required
        self._read = reader(field, this_year)
        self._said = f"{SEPARATOR}{field.column}{SEPARATOR}"
        self._member = f',"{field.key}":'

    def __call__(self, rows: Sequence[Sequence[str]]) -> Cells:
        """Reads the column of rows that are given by columns."""
        return _by_rows(map(self._cell, rows[self.position]))

    def _cell(self, text: str, read: Reader | None = None) -> _Cell:
        text = text.strip(BLANKS)
        if not text:
            return None, "", "", Problem("import.required", self._name) if self._required else None
        try:
            value = (read or self._read)(text)
        except Unfit as unfit:
            return None, "", "", unfit.problem(self._name)
        return value, self._said + text, "" if value is None else self._member + to_json(value), None


class _Remembering(dict[str, _Cell]):
    def __init__(self, read: Callable[[str], _Cell]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> _Cell:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        cell = self[text] = self._read(text)
        return cell


class RepeatedColumn(Column):
    """A column whose texts are met again."""

    def __init__(self, field: FieldDefinition, position: int, this_year: int) -> None:
        super().__init__(field, position, this_year)
        self._cells = _Remembering(self._cell)

    def __call__(self, rows: Sequence[Sequence[str]]) -> Cells:
        return _by_rows(map(self._cells.__getitem__, rows[self.position]))


class TextColumn(Column):
    """A column of plain text or names."""

    def __init__(self, field: FieldDefinition, position: int, this_year: int) -> None:
        super().__init__(field, position, this_year)
        self._limit = LONGEST_NAME if field.kind is FieldKind.NAME else LONGEST.get(field.key, LONGEST_TEXT)

    def __call__(self, rows: Sequence[Sequence[str]]) -> Cells:
        texts = [text.strip(BLANKS) for text in rows[self.position]]
        together = "".join(texts)
        usual = together.isprintable() and '"' not in together and "\\" not in together
        if not usual or max(map(len, texts), default=0) > self._limit or (self._required and "" in texts):
            return super().__call__(rows)
        said, member = self._said, self._member + '"'
        return Cells(
            texts, [text and said + text for text in texts], [text and f'{member}{text}"' for text in texts], {}
        )


class NumberColumn(Column):
    """A column of identity numbers. They are encrypted later: `json` is empty.

    Args:
        kind_position: of the column that names the kind of document, or -1.
    """

    def __init__(self, field: FieldDefinition, position: int, this_year: int, kind_position: int) -> None:
        super().__init__(field, position, this_year)
        self._kind_position = kind_position

    def __call__(self, rows: Sequence[Sequence[str]]) -> Cells:
        texts = rows[self.position]
        if self._kind_position < 0 or IDENTITY_CARDS.issuperset(rows[self._kind_position]):
            return _by_rows(map(self._cell, texts))
        kinds = (kind.strip(BLANKS) for kind in rows[self._kind_position])
        readers = (None if kind in IDENTITY_CARDS else other_document_number for kind in kinds)
        return _by_rows(map(self._cell, texts, readers))

    def _cell(self, text: str, read: Reader | None = None) -> _Cell:
        text = text.strip(BLANKS)
        if read is None and USUAL_NUMBER.fullmatch(text):
            return text, self._said + text, "", None
        value, said, _json, problem = super()._cell(text, read)
        return value, said, "", problem


def _by_rows(cells: Iterable[_Cell]) -> Cells:
    values, said, members, problems = tuple(zip(*cells, strict=True)) or ((), (), (), ())
    if any(problems):
        return Cells(values, said, members, {row: problem for row, problem in enumerate(problems) if problem})
    return Cells(values, said, members, {})


def column(field: FieldDefinition, position: int, kind_position: int, this_year: int) -> Column:
    """What reads the cells of a field.

    Args:
        position: of the column in the file.
        kind_position: of the column with the kind of document of the same person, or -1.
    """
    if field.kind in (FieldKind.TEXT, FieldKind.NAME):
        return TextColumn(field, position, this_year)
    if field.kind is FieldKind.IDENTITY_NUMBER:
        return NumberColumn(field, position, this_year, kind_position)
    return RepeatedColumn(field, position, this_year)
