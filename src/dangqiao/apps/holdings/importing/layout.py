"""Which cell of a row is which field, and a row as an entry. Made once for a file, used for each row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dangqiao.apps.holdings.importing.cells import Reader, Unfit, other_document_number, reader
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.rows import Row
from dangqiao.core.categories import COMMON_FIELDS, Category, FieldDefinition
from dangqiao.core.errors import N_, ImportRefused

REPORT_COLUMNS = ("行号", "错误列", "错误代码", "错误说明")
"""What the report of rejected rows adds to the file's own columns; a corrected report is imported as it is."""
IDENTITY_CARDS = frozenset({"", "身份证", "居民身份证", "公民身份证", "二代身份证", "第二代身份证", "户口簿"})
"""Kinds of document that carry the citizen identity number."""
_BLANKS = " \t\r\n\u3000\ufeff"


@dataclass(frozen=True, slots=True)
class Draft:
    """A row that can be taken in.

    Attributes:
        source: what is said, in the category's order and with the columns' names: equal sources are equal content.
        common: values of COMMON_FIELDS by key; `fields`: of the category's; `parties`: of each party, by role.
    """

    source: str
    common: dict[str, Any]
    fields: dict[str, Any]
    parties: dict[str, dict[str, Any]]

    @property
    def identity(self) -> tuple[str, int]:
        """What the entry is called within archive and category."""
        return self.common["reference_code"], self.common.get("item_number") or 1


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be taken in, and why."""

    row: Row
    problems: tuple[Problem, ...] = field(default=())


class _Column(NamedTuple):
    position: int
    """In the row."""
    target: int
    """0: common, 1: fields, 2…: parties."""
    key: str
    name: str
    read: Reader
    required: bool
    kind_position: int = -1
    """Where the kind of document stands that decides how an identity number is read."""


class Layout:
    """The columns of one file.

    Attributes:
        unknown: columns of the file that the category does not have. They are not taken in.
    """

    def __init__(self, category: Category, header: list[str], this_year: int) -> None:
        self.header = [name.strip(_BLANKS) for name in header]
        self._check(category)
        where = {name: position for position, name in enumerate(self.header)}
        self._reference_code = next(where[one.column] for one in COMMON_FIELDS if one.key == "reference_code")
        known = {one.column for one in category.all_fields()}
        self.unknown = [name for name in self.header if name and name not in known and name not in REPORT_COLUMNS]
        self._roles = [party.role for party in category.parties]
        self._columns: list[_Column] = []
        groups = (COMMON_FIELDS, category.fields, *(party.fields for party in category.parties))
        for target, fields in enumerate(groups):
            kinds = [where.get(one.column, -1) for one in fields if one.key == "identity_kind"]
            for one in fields:
                if one.column in where:
                    kind_position = kinds[0] if kinds and one.key == "identity_number" else -1
                    read = reader(one, this_year)
                    self._columns.append(
                        _Column(where[one.column], target, one.key, one.column, read, one.required, kind_position)
                    )

    def _check(self, category: Category) -> None:
        twice = sorted({name for name in self.header if name and self.header.count(name) > 1})
        if twice:
            raise ImportRefused(
                "import.column_twice", N_("The column {column} stands twice in the header."), column=twice[0]
            )
        missing = [one.column for one in category.all_fields() if not self._has(one)]
        if missing:
            raise ImportRefused(
                "import.column_missing",
                N_("The column {column} is missing; a file of {category} needs it."),
                N_("Found: {found}. Columns are separated by commas."),
                column="、".join(missing),
                category=category.name.zh,
                found="、".join(filter(None, self.header))[:300] or "—",
            )

    def _has(self, definition: FieldDefinition) -> bool:
        return definition.optional_column or definition.column in self.header

    def entry(self, row: Row) -> Draft | Rejected:
        """The row as an entry, or everything that is wrong with it."""
        cells = row.cells
        if row.problem:
            return Rejected(row, (row.problem,))
        width = len(self.header)
        if len(cells) < width or any(cells[width:]):
            facts = {"found": len(cells), "expected": width}
            return Rejected(row, (Problem("import.cell_count", facts=facts),))
        targets: list[dict[str, Any]] = [{} for _ in range(2 + len(self._roles))]
        said: list[str] = []
        problems: list[Problem] = []
        for position, target, key, name, read, required, kind_position in self._columns:
            text = cells[position].strip(_BLANKS)
            if not text:
                if required:
                    problems.append(Problem("import.required", name))
                continue
            said += (name, text)
            other = kind_position >= 0 and cells[kind_position].strip(_BLANKS) not in IDENTITY_CARDS
            try:
                value = other_document_number(text) if other else read(text)
            except Unfit as unfit:
                problems.append(unfit.problem(name))
            else:
                if value is not None:
                    targets[target][key] = value
        if problems:
            return Rejected(row, tuple(problems))
        common, fields, *parties = targets
        named = dict(zip(self._roles, parties, strict=True))
        return Draft("\x1f".join(said), common, fields, named)

    def reference_codes(self, rows: Iterable[Row]) -> set[str]:
        """The reference codes that rows give, unchecked."""
        place = self._reference_code
        return {row.cells[place].strip(_BLANKS) for row in rows if place < len(row.cells)}
