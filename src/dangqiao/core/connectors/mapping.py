"""The mapping file: one TOML file says how one category of one existing platform is read. Data, not code.

[connector]  who, which kind, which category and archive, what it can do, how often
[record]     which field is the id, when it changed, when it is deleted, how it writes dates and "unknown"
[fields]     column of the category's catalogue = field of the platform
[codes.NAME] code of the platform = our word
[[search]]   parameters of the platform = what they ask for, with {places}
[<kind>]     how to reach it; its schema is the adapter's
"""

import re
import tomllib
from collections.abc import Iterator
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dangqiao.core import categories
from dangqiao.core.categories import Category, FieldKind
from dangqiao.core.connectors.contract import Capability
from dangqiao.core.errors import N_, Misconfigured

PLACES = frozenset(
    {"name", "identity_number", "birth_date", "birth_year", "event_date", "event_year", "other", "place", "archive"}
)
"""What a `[[search]]` may ask for. A set of parameters with a place of which nothing is known is not sent."""
KINDS = ("sql", "rest", "soap", "files", "oai")
_DATE_FORM = re.compile(r"(?=.*YYYY)[YMD0-9./年月日 \-]+")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Part):
    """Where the text of one column comes from: a field, several joined, or a word that is always the same."""

    field: str = ""
    fields: tuple[str, ...] = ()
    join: str = "-"
    value: str = ""
    codes: str = ""
    """Name of the table that the text is looked up in. A code that is not in it rejects the record."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, said: Any) -> Any:
        return {"field": said} if isinstance(said, str) else said

    @model_validator(mode="after")
    def _one_source(self) -> "Rule":
        if sum(map(bool, (self.field, self.fields, self.value))) != 1:
            raise ValueError("exactly one of field, fields and value says where the text comes from")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The fields of the platform that it reads."""
        return self.fields or ((self.field,) if self.field else ())


class ConnectorPart(_Part):
    """`[connector]`."""

    title: str
    """What people call the platform: 浙江婚姻登记档案系统. Handlers see it beside a candidate."""
    kind: Literal["sql", "rest", "soap", "files", "oai"]
    category: str
    archive: str | Rule
    """The archive's code, or the field that says it."""
    can: Annotated[tuple[Capability, ...], Field(min_length=1)]
    every: Annotated[int, Field(ge=0, le=7 * 86400)] = 0
    """Seconds between harvests; 0: only by command."""

    @field_validator("archive", mode="before")
    @classmethod
    def _code_or_table(cls, said: Any) -> Any:
        if isinstance(said, str) and not re.fullmatch(r"[0-9]{6}", said):
            raise ValueError("an archive's code has six digits; a field is named as { field = … }")
        return said


class RecordPart(_Part):
    """`[record]`."""

    id: str = ""
    """Field with the platform's own number of the record. Empty for kinds that bring one (oai)."""
    changed: str = ""
    """Field that says when the record changed last: harvests go on from there."""
    deleted: str = ""
    deleted_values: tuple[str, ...] = ()
    """A record whose field `deleted` says one of these is withdrawn from the catalogue."""
    dates: tuple[str, ...] = ()
    """Forms such as DD/MM/YYYY beyond those that an import reads anyway. Time of day behind a date is ignored."""
    unknown: tuple[str, ...] = ()
    """Texts that mean "not known" here: 00000000, 19000101, 无."""

    @field_validator("dates")
    @classmethod
    def _date_forms(cls, forms: tuple[str, ...]) -> tuple[str, ...]:
        for form in forms:
            if not _DATE_FORM.fullmatch(form):
                raise ValueError(f"{form}: a form consists of YYYY, MM, DD and what stands between them")
        return forms


class Mapping(_Part):
    """One mapping file. `name` is the file's name without `.toml`; `section` is the kind's own part, unread."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
    connector: ConnectorPart
    record: RecordPart
    fields: Annotated[dict[str, Rule], Field(min_length=1)]
    codes: dict[str, dict[str, str]] = {}
    search: tuple[Annotated[dict[str, str], Field(min_length=1)], ...] = ()
    section: dict[str, Any] = {}

    @property
    def sources(self) -> tuple[str, ...]:
        """Every field of the platform that is read, each once."""
        archive = self.connector.archive
        rules = [*self.fields.values(), *([archive] if isinstance(archive, Rule) else [])]
        named = [self.record.id, self.record.changed, self.record.deleted]
        every = [*named, *(field for rule in rules for field in rule.sources)]
        return tuple(dict.fromkeys(filter(None, every)))

    def can(self, capability: Capability) -> bool:
        """Whether the file allows it."""
        return capability in self.connector.can


def parse(name: str, source: bytes) -> Mapping:
    """The mapping in the bytes of a file.

    Raises:
        Misconfigured: `connector.file`: not TOML in UTF-8, or rules are broken; each with its line.
        NotThere: `category.unknown`.
    """
    try:
        text = source.decode("utf-8")
        document = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise invalid(name, [str(error)]) from error
    about = document.get("connector")
    kind = about.get("kind", "") if isinstance(about, dict) else ""
    section = document.pop(kind, {}) if kind in KINDS else {}
    try:
        mapping = Mapping.model_validate({**document, "name": name, "section": section})
    except ValidationError as error:
        raise invalid(name, told(error, text)) from error
    problems = [
        f"{where_stands(text, where)}{'.'.join(where)}: {problem}"
        for where, problem in _against(mapping, categories.get(mapping.connector.category))
    ]
    if problems:
        raise invalid(name, problems)
    return mapping


def invalid(name: str, problems: list[str]) -> Misconfigured:
    """The error of a mapping file, with everything that is wrong with it."""
    return Misconfigured(
        "connector.file",
        N_("The mapping file {name} has mistakes:\n{problems}"),
        name=name,
        problems="\n".join(problems),
    )


def told(error: ValidationError, text: str, prefix: tuple[str, ...] = ()) -> list[str]:
    """What a schema found wrong, each with line and key."""
    found = []
    for one in error.errors():
        where = (*prefix, *(str(part) for part in one["loc"]))
        found.append(f"{where_stands(text, where)}{'.'.join(where)}: {one['msg'].removeprefix('Value error, ')}")
    return list(dict.fromkeys(found))


def where_stands(text: str, where: tuple[str, ...]) -> str:
    """`line 12, ` of the deepest part of a key path that the file has; empty where it has none."""
    best, line, table = 0, 0, tuple[str, ...]()
    tables: dict[tuple[str, ...], int] = {}
    for number, one in enumerate(text.splitlines(), 1):
        plain = one.strip()
        if plain.startswith("["):
            table = tuple(part.strip(" \"'") for part in plain.split("#")[0].strip(" []").split("."))
            if plain.startswith("[["):
                tables[table] = tables.get(table, -1) + 1
                table = (*table, str(tables[table]))
            path = table
        elif "=" in plain and not plain.startswith("#"):
            path = (*table, plain.split("=")[0].strip(" \"'"))
        else:
            continue
        if len(path) > best and where[: len(path)] == path:
            best, line = len(path), number
    return f"line {line}, " if line else ""


def _against(mapping: Mapping, category: Category) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with a file that is well formed."""
    columns = {field.column: field for field in category.all_fields()}
    for column, rule in mapping.fields.items():
        if column not in columns:
            yield ("fields", column), f"{category.id} has no such column"
        if rule.codes and rule.codes not in mapping.codes:
            yield ("fields", column), f"there is no table [codes.{rule.codes}]"
        field = columns.get(column)
        if field and field.kind is FieldKind.CODE and rule.codes in mapping.codes:
            for code, word in mapping.codes[rule.codes].items():
                if word and word not in field.codes:
                    yield ("codes", rule.codes, code), f"{column} has no word {word}; it has {'、'.join(field.codes)}"
    for column, field in columns.items():
        if field.required and column not in mapping.fields:
            yield ("fields",), f"the column {column} is needed"
    archive = mapping.connector.archive
    if isinstance(archive, Rule) and archive.codes and archive.codes not in mapping.codes:
        yield ("connector", "archive"), f"there is no table [codes.{archive.codes}]"
    if not mapping.record.id and mapping.connector.kind != "oai":
        yield ("record",), "id is needed: the platform's own number of the record"
    if mapping.can(Capability.SEARCH) and not mapping.search:
        yield ("connector", "can"), "search needs at least one [[search]]"
    if mapping.can(Capability.HAND_OVER) and mapping.connector.kind not in ("rest", "soap"):
        yield ("connector", "can"), f"hand_over is not for kind {mapping.connector.kind}"
    for number, asked in enumerate(mapping.search):
        for parameter, text in asked.items():
            for place in places(text):
                if place not in PLACES:
                    yield ("search", str(number), parameter), f"there is no place {{{place}}}"


def places(text: str) -> set[str]:
    """The places in braces of a text."""
    try:
        return {name for _text, name, _form, _conversion in Formatter().parse(text) if name is not None}
    except ValueError:
        return {text}
