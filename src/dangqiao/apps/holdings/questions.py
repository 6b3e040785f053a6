"""Files of queries: which columns they have, and rows as queries.

A file has the columns of `KINDS`, whatever the category; or those of the category itself, as an archivist who knows
the catalogue heads them: 子女姓名, 父亲姓名, 发证日期. Other spellings of both: `core.categories.headings`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from dangqiao.apps.fields import now
from dangqiao.apps.holdings import queries
from dangqiao.apps.holdings.contents import date_of, stored_date
from dangqiao.apps.holdings.features import place_codes
from dangqiao.apps.holdings.importing import source
from dangqiao.apps.holdings.importing.cells import NOTHING_SAID, Reader, Unfit, Value, cell, reader
from dangqiao.apps.holdings.importing.pieces import Rows, opened
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.rows import Row
from dangqiao.core.categories import Category, FieldDefinition, FieldKind, Words, headings
from dangqiao.core.errors import N_, ImportRefused
from dangqiao.core.matching import Person, Query, meant_by
from dangqiao.core.vocabulary import typed

KINDS = {
    "查询号": FieldKind.TEXT,
    "姓名": FieldKind.NAME,
    "性别": FieldKind.TEXT,
    "出生日期": FieldKind.DATE,
    "身份证件号": FieldKind.IDENTITY_NUMBER,
    "配偶姓名": FieldKind.NAME,
    "登记年份": FieldKind.YEAR,
    "登记地": FieldKind.PLACE,
    "档号": FieldKind.TEXT,
}
"""Columns of every file of queries. Anything but a name may be empty or missing altogether; without its number a query
has that of its row."""
_NUMBER, _NAME, _SPOUSE = "查询号", "姓名", "配偶姓名"
_PERSON = {"name": _NAME, "sex": "性别", "birth_date": "出生日期", "identity_number": "身份证件号"}
"""What is asked of a person -> the column of `KINDS`."""
_NO_NAME = frozenset(word for word in NOTHING_SAID if len(word) > 1 or not word.isalnum())
"""不详 is no name; 空 may be one."""
_LONGEST_NUMBER = 60
"""Characters: a cell may hold anything."""


@dataclass(frozen=True, slots=True)
class Question:
    """A row of a file of queries.

    Attributes:
        query: None where the row cannot be read.
        answer: the reference code in the column 档号, where an archivist has confirmed one.
    """

    number: str
    query: Query | None
    problems: tuple[Problem, ...]
    answer: str = ""


class _Column(NamedTuple):
    position: int
    name: str
    read: Reader


class QueryFile:
    """A file of queries about a category.

    Args:
        act: the kind of act that is meant where a row says none.

    Raises:
        ImportRefused: the file cannot be read.
    """

    def __init__(self, path: Path, category: Category, act: str = "") -> None:
        self._category, self._meant = category, act
        self._spellings = headings.of_queries(category, KINDS)
        self._source = source.inspect(path, self._spellings)
        self._names = {party.role: {field.key: field.column for field in party.fields} for party in category.parties}
        self._places = [one.column for one in category.fields if one.kind is FieldKind.PLACE]
        self._date = category.field(category.event_date).column
        self._act = next((one.column for one in category.fields if one.key == "act"), "")
        self._of_names = {_NAME, _SPOUSE, *(columns["name"] for columns in self._names.values())}
        first = category.parties[0].role
        self._first = "" if first in category.interchangeable else first

    def opened(self) -> AbstractContextManager[Rows]:
        """Opens it. Raises ImportRefused."""
        return opened(self._source, self._spellings)

    def unknown(self, rows: Rows) -> list[str]:
        """Headings of columns that say nothing to a search."""
        known = {*KINDS, *(one.column for one in self._category.all_fields())}
        return [name for name in headings.canonical(self._spellings, rows.header) if name and name not in known]

    def questions(self, rows: Rows, complain: Callable[[int, str, Problem], None]) -> Iterator[Question]:
        """Its rows.

        Args:
            complain: told of each cell that cannot be read: row, number of the query, problem.

        Raises:
            ImportRefused: `match.column_missing`.
        """
        header = headings.canonical(self._spellings, rows.header)
        names = {_NAME, *(columns["name"] for columns in self._names.values())}
        if names.isdisjoint(header):
            raise ImportRefused(
                "match.column_missing",
                N_("The column {column} is missing from the file of queries."),
                N_("Its columns are: {columns}."),
                column=_NAME,
                columns=",".join(KINDS),
            )
        definitions = {one.column: one for one in self._category.all_fields()}
        definitions |= {name: _definition(name, kind) for name, kind in KINDS.items()}
        this_year = now().year
        columns = [
            _Column(position, name, _in_own_words(definitions[name], this_year))
            for position, name in enumerate(header)
            if name in definitions
        ]
        for row in rows:
            if not row.problem and not any(map(str.strip, row.cells)):
                continue  # spreadsheets leave such rows behind
            question = self._question(row, columns, len(header))
            for problem in question.problems:
                complain(row.number, question.number, problem)
            yield question

    def _question(self, row: Row, columns: list[_Column], width: int) -> Question:
        problems = [row.problem] if row.problem else []
        cells = row.cells + [""] * (width - len(row.cells))
        values: dict[str, Value] = {}
        for position, name, read in columns:
            text = cell(cells[position])
            try:
                values[name] = read(text) if text and not (name in self._of_names and text in _NO_NAME) else None
            except Unfit as unfit:
                problems.append(unfit.problem(name))
        number = (values.get(_NUMBER) or str(row.number))[:_LONGEST_NUMBER]
        persons = self._persons(values)
        if not persons and not any(problem.column == _NAME for problem in problems):
            problems.append(Problem("import.required", _NAME))
        query = None if not persons or row.problem else self._query(persons, values)
        return Question(number, query, tuple(problems), values.get("档号") or "")

    def _query(self, persons: list[Person], values: Mapping[str, Value]) -> Query:
        places = (place_codes(values[name]) for name in ("登记地", *self._places) if values.get(name))
        return Query(
            persons[0],
            tuple(persons[1:]),
            values.get("登记年份"),
            date_of(values.get(self._date)),
            tuple(dict.fromkeys(code for codes in places for code in codes)),
            meant_by(self._category, values.get(self._act) or self._meant),
        )

    def _persons(self, values: Mapping[str, Value]) -> list[Person]:
        """Whom the row names, first the one who is best known: 姓名, or who has a number or a birth date."""
        general = {key: values.get(name) for key, name in _PERSON.items()}
        named = bool(general["name"])
        found = [general] if named else []
        for role, columns in self._names.items():
            own = {key: values.get(column) for key, column in columns.items() if column not in _PERSON.values()}
            if role == self._first and not named:
                own = {key: own.get(key) or general.get(key) for key in {*own, *general}}
            if own.get("name") and own["name"] != general["name"]:
                found.append(own)
        if not named:
            found.sort(key=lambda one: (not one.get("identity_number"), not one.get("birth_date")))
        people = list(map(_person, found))
        spouse = values.get(_SPOUSE) or (len(found) == 1 and typed.named(found[0]["name"] or "").companion)
        if spouse and all(columns["name"] != _SPOUSE for columns in self._names.values()):
            people.append(queries.person(spouse))
        return people if found else []


def _person(facts: Mapping[str, Value]) -> Person:
    return queries.person(
        facts["name"],
        sex=facts.get("sex") or "",
        birth=date_of(facts.get("birth_date")),
        identity_number=facts.get("identity_number") or "",
        former_names=facts.get("former_names") or (),
    )


def _in_own_words(field: FieldDefinition, this_year: int) -> Reader:
    """A reader that also takes what people say and catalogues do not: 54年的, 1986-1988, a number among words. Words
    that say that somebody does not know are no error."""
    read = reader(field, this_year)

    def year(text: str) -> Value:
        found = typed.year(text, this_year)
        return read(text) if found is None else found or None

    def date(text: str) -> Value:
        try:
            return read(text)
        except Unfit:
            if (found := typed.date(text, this_year)) is None:
                raise
            return stored_date(found)

    def number(text: str) -> Value:
        try:
            return read(text)
        except Unfit:
            if (found := typed.identity_number(text)) is None:
                raise
            return read(found) if found else None

    return {FieldKind.YEAR: year, FieldKind.DATE: date, FieldKind.IDENTITY_NUMBER: number}.get(field.kind, read)


def _definition(name: str, kind: FieldKind) -> FieldDefinition:
    return FieldDefinition(key="cell", column=name, kind=kind, label=Words(zh=name, en=name))
