"""Whole columns of cells read at once: values, and what the digest and the content say of them.

A cell is read as `cells` says. What a catalogue repeats (dates, offices) is read once for each distinct text;
texts and names are looked at together, and one by one only if something is wrong with one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from dangqiao.apps.holdings.importing.cells import (
    BLANKS,
    LONGEST,
    LONGEST_NAME,
    LONGEST_TEXT,
    Reader,
    Unfit,
    Value,
    cell,
    other_document_number,
    recorder,
)
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.core.categories import FieldDefinition, FieldKind
from dangqiao.core.matching.columns import mark
from dangqiao.core.vocabulary.dates import OLDEST, number_in_words

IDENTITY_CARDS = frozenset({"", "身份证", "居民身份证", "公民身份证", "二代身份证", "第二代身份证", "户口簿"})
"""Kinds of document that carry the citizen identity number."""
MOST_REMEMBERED = 1 << 17
"""Distinct texts that a memory holds (some 60 MB); then it begins anew, and memory stays flat."""
SEPARATOR = "\x1f"
USUAL_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]|[1-9][0-9]{14}")
"""An identity number that is written as it should be; no province begins with 0, but numbers that stand for none do."""
_quoted = json.encoder.encode_basestring
to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class Cells(NamedTuple):
    """A column, by rows.

    Attributes:
        values: as the readers of cells give them, dates as `core.matching.columns.mark` writes them; None or "" where
            the cell says nothing.
        said: separator, column, separator, text: equal rows say the same.
        json: a member of an object, behind a comma; empty where there is no value.
        problems: of cells that cannot be taken in, by row.
    """

    values: Sequence[Value]
    said: Sequence[str]
    json: Sequence[str]
    problems: Mapping[int, Problem]


class Reading(NamedTuple):
    """A text without blanks, its value as it is and as JSON, and what is wrong with it."""

    text: str
    value: Value
    json: str
    problem: Problem | None


class Column:
    """A column of the file, and how to read it: cell by cell."""

    def __init__(self, field: FieldDefinition, position: int, this_year: int) -> None:
        self.position, self.key = position, field.key
        self._name, self._required = field.column, field.required
        self._read = recorder(field, this_year)
        self._said = f"{SEPARATOR}{field.column}{SEPARATOR}"
        self._member = f',"{field.key}":'

    def __call__(self, rows: Sequence[Sequence[str]]) -> Cells:
        """Reads the column of rows that are given by columns."""
        return self._cells([reading(text, self._read) for text in rows[self.position]])

    def _cells(self, readings: Sequence[Reading]) -> Cells:
        texts, values, json, wrong = tuple(zip(*readings, strict=True)) or ((), (), (), ())
        said, member = self._said, self._member
        problems: dict[int, Problem] = {}
        if any(wrong):
            problems = {row: replace(one, column=self._name) for row, one in enumerate(wrong) if one}
        if self._required and "" in texts:
            problems |= {row: Problem("import.required", self._name) for row, text in enumerate(texts) if not text}
        return Cells(values, [text and said + text for text in texts], [one and member + one for one in json], problems)


def reading(text: str, read: Reader) -> Reading:
    """One cell by itself."""
    text = cell(text)
    if not text:
        return _NOTHING
    try:
        value = read(text)
    except Unfit as unfit:
        return Reading(text, None, "", unfit.problem(""))
    if isinstance(value, dict):  # a date
        json = ",".join([f'"{key}":{_quoted(said)}' for key, said in value.items()])
        return Reading(text, mark(value["iso"], value.get("calendar", "")), f"{{{json}}}", None)
    return Reading(text, value, "" if value is None else to_json(value), None)


def _of_age(read: Reader, age: str) -> Reader:
    """Reads 24 as an age of this kind; what says by itself what it is, as it is."""

    def found(text: str) -> Value:
        years = number_in_words(text)
        return read(text if years is None or years > OLDEST else age + text)

    return found


_NOTHING = Reading("", None, "", None)


class Memory(dict[str, Reading]):
    """Texts that were read already."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Reading:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        found = self[text] = reading(text, self._read)
        return found


class RepeatedColumn(Column):
    """A column whose texts are met again.

    Args:
        memory: of a column that reads alike.
    """

    def __init__(self, field: FieldDefinition, position: int, this_year: int, memory: Memory | None = None) -> None:
        super().__init__(field, position, this_year)
        self.memory = Memory(self._read) if memory is None else memory

    def __call__(self, rows: Sequence[Sequence[str]]) -> Cells:
        return self._cells(list(map(self.memory.__getitem__, rows[self.position])))


class TextColumn(Column):
    """A column of plain text or names."""

    def __init__(self, field: FieldDefinition, position: int, this_year: int) -> None:
        super().__init__(field, position, this_year)
        self._limit = LONGEST_NAME if field.kind is FieldKind.NAME else LONGEST.get(field.key, LONGEST_TEXT)

    def __call__(self, rows: Sequence[Sequence[str]]) -> Cells:
        texts = list(map(cell, rows[self.position]))
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
        texts, usual = list(map(cell, rows[self.position])), USUAL_NUMBER.fullmatch
        cards = self._kind_position < 0 or IDENTITY_CARDS.issuperset(rows[self._kind_position])
        if cards and not self._required and all(usual(text) and text[-3:] != "000" for text in texts if text):
            said = self._said
            return Cells(texts, [text and said + text for text in texts], [""] * len(texts), {})
        kinds = [""] * len(texts) if cards else [kind.strip(BLANKS) for kind in rows[self._kind_position]]
        readers = (self._read if kind in IDENTITY_CARDS else other_document_number for kind in kinds)
        return self._cells(list(map(reading, texts, readers)))._replace(json=[""] * len(texts))


class Columns:
    """Makes the columns of one file. What reads alike shares a memory: dates above all.

    Args:
        this_year: in which no date lies after it.
    """

    def __init__(self, this_year: int) -> None:
        self._this_year = this_year
        self._dates: dict[bool, Memory | None] = {}

    def column(self, field: FieldDefinition, position: int, kind_position: int, age: str) -> Column:
        """What reads the cells of a field.

        Args:
            position: of the column in the file.
            kind_position: of the column with the kind of document of the same person, or -1.
            age: the kind of age that stands there instead of a birth date; or empty.
        """
        if field.kind in (FieldKind.TEXT, FieldKind.NAME):
            return TextColumn(field, position, self._this_year)
        if field.kind is FieldKind.IDENTITY_NUMBER:
            return NumberColumn(field, position, self._this_year, kind_position)
        if field.kind is not FieldKind.DATE:
            return RepeatedColumn(field, position, self._this_year)
        if age:
            return RepeatedColumn(
                field, position, self._this_year, Memory(_of_age(recorder(field, self._this_year), age))
            )
        born = field.key == "birth_date"
        column = RepeatedColumn(field, position, self._this_year, self._dates.get(born))
        self._dates[born] = column.memory
        return column
