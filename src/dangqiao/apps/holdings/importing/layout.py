"""Which column of a file is which field, and rows as columns of values. Made once for a file, used for each piece."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, NamedTuple

from dangqiao.apps.holdings.importing.cells import BLANKS, spoilt
from dangqiao.apps.holdings.importing.columns import Cells, Column, Columns
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.rows import Row
from dangqiao.core.categories import COMMON_FIELDS, Category, FieldDefinition, headings
from dangqiao.core.errors import N_, ImportRefused

_SUM = re.compile(r"(?:本[页卷册]|全[卷册])?(?:合计|总计|小计|共计|累计)")
_MOST_OF_A_SUM = 4
"""Cells of a row with a sum: the word, and numbers."""
_MAY_BE_KINDS = re.compile("(?<!证件)(?:类别|类型|种类)|性质|业务")
REPORT_COLUMNS = ("行号", "错误列", "错误代码", "错误说明")
"""What the report of rejected rows adds to the file's own columns; a corrected report is imported as it is."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A row that cannot be taken in, or was taken in though something about it needs a look; and why."""

    row: Row
    problems: tuple[Problem, ...] = field(default=())


class Placed(NamedTuple):
    """A field and its column in the file.

    Attributes:
        kind_position: the column with the kind of document of the same person, or -1.
        age: the kind of age that stands there instead of a birth date; or empty.
    """

    field: FieldDefinition
    position: int
    kind_position: int
    age: str


class Table(NamedTuple):
    """Rows that can be taken in, by columns.

    Attributes:
        numbers: of the rows.
        common: columns of COMMON_FIELDS by key; `fields`: of the category's; `parties`: of each party's, by role.
            Columns that the file does not have are not there.
    """

    numbers: list[int]
    common: dict[str, Cells]
    fields: dict[str, Cells]
    parties: dict[str, dict[str, Cells]]

    def said(self) -> list[str]:
        """What each row says, in the category's order and with the columns' names: equal rows say the same."""
        columns = [
            cells.said for group in (self.common, self.fields, *self.parties.values()) for cells in group.values()
        ]
        return [text[1:] for text in map("".join, zip(*columns, strict=True))]


class Read(NamedTuple):
    """Rows that were read: those that can be taken in, those that cannot, and those of the first to look at again."""

    table: Table
    rejected: list[Complaint]
    noticed: list[Complaint]


class Layout:
    """The columns of one file.

    Attributes:
        header: the columns that the file's headings mean, as the category calls them.
        unknown: columns of the file that the category does not have. They are not taken in.
        lacking: columns that the file should have and does not: nothing is known by them.
        common, fields, parties: where fields stand in the file, as in `Table`.
    """

    def __init__(self, category: Category, header: list[str], this_year: int) -> None:
        self._written = [headings.plain(name) for name in header]
        self.header = headings.canonical(headings.of_catalogue(category), [name.strip(BLANKS) for name in header])
        self._check(category)
        self._ages = headings.ages(category, self.header)
        known = {one.column for one in category.all_fields()} | {self.header[place] for place, _ in self._ages.values()}
        self.unknown = [name for name in self.header if name and name not in known and name not in REPORT_COLUMNS]
        self.lacking = [one.column for one in self._not_there(category) if one.column not in self._ages]
        self._check_kinds(category)
        self._names = {one.column for party in category.parties for one in party.fields if one.key == "name"}
        self.common, self.fields = self._placed(COMMON_FIELDS), self._placed(category.fields)
        self.parties = {party.role: self._placed(party.fields) for party in category.parties}
        columns = Columns(this_year)
        self._columns = [
            [columns.column(*one) for one in group] for group in (self.common, self.fields, *self.parties.values())
        ]

    def _placed(self, fields: Iterable[FieldDefinition]) -> list[Placed]:
        where = {name: (position, "") for position, name in enumerate(self.header)} | dict(self._ages)
        there = [one for one in fields if one.column in where]
        kind = next((where[one.column][0] for one in there if one.key == "identity_kind"), -1)
        places = ((one, *where[one.column]) for one in there)
        return [Placed(one, position, kind, age) for one, position, age in places]

    def _check(self, category: Category) -> None:
        twice = sorted({name for name in self.header if name and self.header.count(name) > 1})
        if twice:
            raise ImportRefused(
                "import.column_twice", N_("The column {column} stands twice in the header."), column=twice[0]
            )
        missing = [one.column for one in self._not_there(category) if not category.may_lack(one)]
        if missing:
            raise ImportRefused(
                "import.column_missing",
                N_("The column {column} is missing; a file of {category} needs it."),
                N_("Found: {found}. Columns are separated by commas."),
                column="、".join(missing),
                category=category.name.zh,
                found="、".join(filter(None, self.header))[:300] or "—",
            )

    def _check_kinds(self, category: Category) -> None:
        """A file without the kinds of its events may be of one kind (结婚登记目录). Not where they may stand under a
        heading that is not known: a divorce must not be taken for a marriage."""
        kinds = next((one.column for one in category.fields if one.key == "act"), "")
        perhaps = [name for name in self.unknown if _MAY_BE_KINDS.search(name)]
        if kinds in self.lacking and category.endings and perhaps:
            raise ImportRefused(
                "import.kinds_elsewhere",
                N_("The column {column} is missing; perhaps it is the one called {other}."),
                N_("Call it {column} if it is, or leave it out if it is not."),
                column=kinds,
                other="\u3001".join(perhaps),
            )

    def _not_there(self, category: Category) -> list[FieldDefinition]:
        """Fields that every catalogue of the kind should have, and this file has not."""
        return [one for one in category.all_fields() if not (one.optional_column or one.column in self.header)]

    def read(self, rows: Sequence[list[str]], numbers: Sequence[int], unreadable: Mapping[int, Problem]) -> Read:
        """Rows as a table, and those that cannot be taken in with everything that is wrong with them. A person without
        a name is no reason, where the row names another: who asks for that one shall find it.

        Args:
            numbers: of the rows; those without anything in their cells are blank lines, as spreadsheets leave behind.
            unreadable: rows that could not even be read, by their place.
        """
        width = len(self.header)
        rejected: list[Complaint] = []
        if unreadable or any(len(cells) != width or self._no_record(cells) for cells in rows):
            rows, numbers = self._whole(rows, numbers, unreadable, rejected)
        texts = list(zip(*rows, strict=True)) or [()] * width
        groups = [self._read(columns, texts) for columns in self._columns]
        wrong: dict[int, list[Problem]] = {}
        odd = {place: self._spoilt(cells) for place, cells in enumerate(rows) if any(map(spoilt, cells))}
        names = [group["name"].values for group in groups[2:] if "name" in group]
        for cells in (cells for group in groups for cells in group.values()):
            for place, problem in cells.problems.items():
                if self._no_name(problem) and any(one[place] for one in names):
                    odd.setdefault(place, []).append(Problem("import.not_named", problem.column))
                else:
                    wrong.setdefault(place, []).append(problem)

        def complaint(place: int, why: Sequence[Problem]) -> Complaint:
            return Complaint(Row(numbers[place], rows[place]), tuple(why))

        rejected += [complaint(*one) for one in wrong.items()]
        noticed = [complaint(*one) for one in odd.items() if one[0] not in wrong]
        if wrong:
            right = [place not in wrong for place in range(len(rows))]
            numbers = list(compress(numbers, right))
            groups = [{key: _some(cells, right) for key, cells in group.items()} for group in groups]
        common, fields, *parties = groups
        table = Table(list(numbers), common, fields, dict(zip(self.parties, parties, strict=True)))
        return Read(table, *(sorted(some, key=lambda one: one.row.number) for some in (rejected, noticed)))

    def _no_name(self, problem: Problem) -> bool:
        return problem.code == "import.required" and problem.column in self._names

    def _spoilt(self, cells: Sequence[str]) -> list[Problem]:
        """The cells of a row that a spreadsheet spoilt."""
        places = [place for place, text in enumerate(cells) if spoilt(text)]
        return [Problem("import.spoilt", self.header[place]) for place in places]

    def _whole(
        self,
        rows: Sequence[list[str]],
        numbers: Sequence[int],
        unreadable: Mapping[int, Problem],
        rejected: list[Complaint],
    ) -> tuple[list[list[str]], list[int]]:
        """Rows with a cell for each column, and their numbers; adds the others to `rejected`."""
        width = len(self.header)
        whole: list[list[str]] = []
        kept: list[int] = []
        for place, (number, cells) in enumerate(zip(numbers, rows, strict=True)):
            if place in unreadable:
                rejected.append(Complaint(Row(number, cells), (unreadable[place],)))
            elif self._no_record(cells):
                continue
            elif len(cells) == width or (len(cells) > width and not any(cells[width:])):
                whole.append(cells[:width])
                kept.append(number)
            else:
                facts = {"found": len(cells), "expected": width}
                rejected.append(Complaint(Row(number, cells), (Problem("import.cell_count", facts=facts),)))
        return whole, kept

    def _no_record(self, cells: Sequence[str]) -> bool:
        """Whether a row is none of the table's: a blank line, the headings once more on top of a printed page, or a sum
        below it."""
        said = [(place, text) for place, text in enumerate(cells) if text.strip(BLANKS)]
        if not said:
            return True
        if _SUM.match(headings.plain(said[0][1])):
            return len(said) <= _MOST_OF_A_SUM
        return all(self._is_heading(place, headings.plain(text)) for place, text in said)

    def _is_heading(self, place: int, text: str) -> bool:
        """Whether a cell has its column's heading, or the part of it in one of two rows (男方 over 姓名)."""
        own = self._written[place] if place < len(self._written) else ""
        return len(text) > 1 and (own.startswith(text) or own.endswith(text))

    @staticmethod
    def _read(columns: Iterable[Column], texts: Sequence[Sequence[str]]) -> dict[str, Cells]:
        return {one.key: one(texts) for one in columns}


def _some(cells: Cells, wanted: Sequence[bool]) -> Cells:
    def some(column: Sequence[Any]) -> list[Any]:
        return list(compress(column, wanted))

    return Cells(some(cells.values), some(cells.said), some(cells.json), {})
