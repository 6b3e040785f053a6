"""The shape of a category file. A category (民生档案种类) is data: adding one needs no code.

Everything that differs between marriage registration and educated youth stands in one TOML file: columns of the
catalogue, party roles, who may ask and with which materials, the policy by default, what a deliverable says.
A default of this schema is never changed: digests are taken of what a file says, so a new key leaves the digests of
older files as they are, and a changed default would change rules behind an unchanged digest.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from string import Formatter
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from dangqiao.core.vocabulary.entitlement import ApplicantKind, Material
from dangqiao.core.vocabulary.purpose import PURPOSES_OF_APPLICANTS, Purpose


class Words(BaseModel):
    """A label in the interface's languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str


class FieldKind(StrEnum):
    """How a column is read."""

    TEXT = "text"
    NAME = "name"
    NAMES = "names"
    """Several names, separated by 、 or ; or /."""
    DATE = "date"
    IDENTITY_NUMBER = "identity_number"
    INTEGER = "integer"
    CODE = "code"
    """A word of the field's `codes` table."""
    YEAR = "year"
    PLACE = "place"
    """A division or registration office, by code or in words."""


Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class FieldDefinition(BaseModel):
    """One column of the catalogue.

    `shown` says on what it may appear: `certificate` (and extract), or nothing for the archive's own use.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: Key
    column: str
    kind: FieldKind
    label: Words
    required: bool = False
    """Whether every entry should have it; a party's name may be missing where another party has one."""
    optional_column: bool = False
    """Whether a file may lack the column altogether."""
    shown: bool = True
    codes: dict[str, Words] = {}
    """For `code`: the word in the file -> label."""

    @model_validator(mode="after")
    def _codes_only_with_kind_code(self) -> "FieldDefinition":
        if bool(self.codes) != (self.kind is FieldKind.CODE):
            raise ValueError(f"{self.key}: a table of codes belongs to kind 'code' and to it only")
        return self


class PartyDefinition(BaseModel):
    """A role within an entry: `party_a`, `child`, … with its columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    role: Key
    label: Words
    sex: Literal["male", "female", ""] = ""
    fields: tuple[FieldDefinition, ...]
    """Keys among: name, former_names, sex, birth_date, identity_number, identity_kind, nationality, ethnicity, …"""


class Eligibility(BaseModel):
    """Who may ask, in what relation, and what they must show. Codes: `core.vocabulary.entitlement`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    applicant: ApplicantKind
    roles: tuple[str, ...] = ()
    """Which parties the applicant may be or stand for; empty: any."""
    materials: tuple[Material, ...] = ()
    needs_approval: bool = False
    """The archive's leader decides (用途合理且经批准)."""
    basis: str = ""
    """The rule, cited."""


class PolicyDefaults(BaseModel):
    """The policy that holds where an archive has set none. See `core.lookup.policy`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    level: Literal["instant", "handler", "reviewer", "signatory"] = "handler"
    acceptance_days: int = Field(1, ge=1, le=30)
    processing_days: int = Field(5, ge=1, le=60)
    extension_days: int = Field(5, ge=0, le=60)
    supplement_days: int = Field(10, ge=1, le=60)
    warn_days: int = Field(1, ge=0, le=10)
    refusal_level: Literal["handler", "reviewer", "signatory"] = "reviewer"
    """Who must look at a decision not to provide."""
    not_found_notice: bool = True
    deliveries: tuple[Literal["download", "counter", "post", "nearest_archive"], ...] = (
        "download",
        "counter",
        "post",
        "nearest_archive",
    )


class Wording(BaseModel):
    """What deliverables say. Never a conclusion of law: only whether and how something is recorded."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    file_title: str
    """What the archive calls such a file: 婚姻登记档案."""
    statement: str
    """The sentence of the certificate. Places: {archive}, {file_title}, {reference_code}."""
    not_found: str
    """What was searched, and the sentence that it proves nothing. Places: {archive}, {range}."""
    caution: str
    """The line under every deliverable."""

    @field_validator("statement", "not_found")
    @classmethod
    def _known_places(cls, sentence: str, info: ValidationInfo) -> str:
        needed = {"archive", "file_title", _PLACES[str(info.field_name)]}
        found = {name for _text, name, _form, _conversion in Formatter().parse(sentence) if name is not None}
        if found != needed:
            raise ValueError(f"the places in braces must be {', '.join(sorted(needed))}")
        return sentence


_PLACES = {"statement": "reference_code", "not_found": "range"}


class Category(BaseModel):
    """A record category, as its file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    version: int = Field(ge=1)
    name: Words
    description: Words
    retention: Words
    pack: Key = "base"
    """The set it belongs to: `base`, `rural`, or a deployment's own. A label for lists; every pack works alike."""
    first: bool = False
    """One of those that every member serves; a platform that says nothing else serves these."""
    order: int = Field(1000, ge=1)
    """Where it stands in lists, the smallest first."""
    restricted: bool = False
    """Whether more is protected than usual: a person always decides, however certain the match, an archive may make
    the policy stricter but not looser, and nobody is entitled by an approved purpose alone."""
    secluded: bool = False
    """Whether an entry is found by nothing but a search for one person in this very category: no blind inquiry, no
    batch. Adoption (民法典第一千一百一十条)."""
    blind_inquiry: bool = True
    """Whether other platforms may be asked `possible` or `none`."""
    event: Words
    """What the entry records: 婚姻登记."""
    event_date: str
    """The field that dates the event."""
    event_number: str = ""
    """The field with the number of the paper the event produced; equal numbers are one event."""
    place: str
    """The field that says where: office or division."""
    deliverables: tuple[Literal["copy", "extract", "certificate"], ...]
    may_be_left_out: tuple[str, ...] = ()
    """Fields that a certificate or extract does not show if the applicant so wishes: a `key` of `fields`, or
    `role.key`. Never the name of a party nor what dates the event: without them nothing is certified."""
    fields: tuple[FieldDefinition, ...]
    parties: Annotated[tuple[PartyDefinition, ...], Field(min_length=1)]
    interchangeable: tuple[str, ...] = ()
    """Party roles whose columns are sometimes swapped in old files."""
    reissues: tuple[str, ...] = ()
    """Words of the field `act` for a paper issued again: it and the first one are one event."""
    endings: tuple[str, ...] = ()
    """Words of the field `act` for what ends another event (a divorce): never taken for it without a human. The first
    is what an application offers to choose."""
    unspecific: tuple[str, ...] = ()
    """Words of the field `act` that may mean an event or its end."""
    again: tuple[str, ...] = ()
    """Words of the field `act` for what the same parties do again after it had ended (复婚)."""
    act_by_number: dict[str, str] = {}
    """Where an entry does not say its kind: patterns of the event's number (regular expressions; in capitals, no
    blanks), and the word of the field `act` that the first one found in it tells."""
    eligibility: Annotated[tuple[Eligibility, ...], Field(min_length=1)]
    policy: PolicyDefaults
    wording: Wording
    purposes: tuple[Purpose, ...] = ()
    """Purposes of use offered first."""

    @model_validator(mode="after")
    def _consistent(self) -> "Category":
        for fields in (self.fields, *(party.fields for party in self.parties)):
            keys = [field.key for field in fields]
            if len(set(keys)) != len(keys):
                raise ValueError("two fields have the same key")
        kinds = {field.key: field.kind for field in self.fields}
        for name, kind in (
            (self.event_date, FieldKind.DATE),
            (self.event_number, FieldKind.TEXT),
            (self.place, FieldKind.PLACE),
        ):
            if name and kinds.get(name) is not kind:
                raise ValueError(f"there is no field {name!r} of kind {kind}")
        for pattern in self.act_by_number:
            re.compile(pattern)
        words = {*self.reissues, *self.endings, *self.unspecific, *self.again, *self.act_by_number.values()}
        if unknown := words - set(self.acts):
            raise ValueError(f"the field 'act' has no code {min(unknown)!r}")
        if unfit := set(self.purposes) - set(PURPOSES_OF_APPLICANTS):
            raise ValueError(f"{min(unfit)!r} is not a purpose that applicants state")
        columns = [field.column for field in self.all_fields()]
        if len(set(columns)) != len(columns):
            raise ValueError("two fields have the same column")
        roles = {party.role for party in self.parties}
        if len(roles) != len(self.parties):
            raise ValueError("two parties have the same role")
        for role in {role for row in self.eligibility for role in row.roles} | set(self.interchangeable):
            if role not in roles:
                raise ValueError(f"there is no party {role!r}")
        shown = {path for path, field in self.by_path().items() if field.shown}
        needed = {self.event_date, "act", *(f"{party.role}.name" for party in self.parties)}
        if fixed := [path for path in self.may_be_left_out if path not in shown - needed]:
            raise ValueError(f"{fixed[0]!r} is not a field that can be left out")
        for party in self.parties:
            if "name" not in {field.key for field in party.fields}:
                raise ValueError(f"party {party.role} has no name")
        return self

    @model_validator(mode="after")
    def _protected(self) -> "Category":
        if self.secluded and (self.blind_inquiry or not self.restricted):
            raise ValueError("a secluded category is restricted and allows no blind inquiry")
        if self.restricted and self.policy.level == "instant":
            raise ValueError("a restricted category is never issued without a person")
        if self.restricted and ApplicantKind.OTHER in {row.applicant for row in self.eligibility}:
            raise ValueError("a restricted category is not open to applicants of kind 'other'")
        return self

    @cached_property
    def named_roles(self) -> tuple[str, ...]:
        """The parties whom every entry should name."""
        return tuple(
            party.role for party in self.parties if any(one.key == "name" and one.required for one in party.fields)
        )

    @cached_property
    def acts(self) -> Mapping[str, Words]:
        """The words of the field `act`, in the file's order; none where there is no such field."""
        return next((field.codes for field in self.fields if field.key == "act"), {})

    def acts_to_choose(self) -> tuple[str, ...]:
        """The words by which an application says which act it means: the first that begins something, and the first
        that ends it. None where nothing ends."""
        others = {*self.endings, *self.reissues, *self.unspecific}
        begins = next((word for word in self.acts if word not in others), "")
        return (begins, self.endings[0]) if begins and self.endings else ()

    def field(self, key: str) -> FieldDefinition:
        """The field with this key. Raises KeyError."""
        return next(field for field in self.fields if field.key == key)

    def party(self, role: str) -> PartyDefinition:
        """The party with this role. Raises StopIteration where there is none."""
        return next(party for party in self.parties if party.role == role)

    def by_path(self) -> dict[str, FieldDefinition]:
        """The fields of the event by key, those of the parties by `role.key`."""
        own = {field.key: field for field in self.fields}
        return own | {f"{party.role}.{field.key}": field for party in self.parties for field in party.fields}

    def label_of(self, path: str) -> Words:
        """What documents call a field (`by_path`): 女方出生日期. Raises KeyError."""
        label, role = self.by_path()[path].label, path.rpartition(".")[0]
        if not role or len(self.parties) == 1:
            return label
        party = self.party(role).label
        return Words(zh=party.zh + label.zh, en=f"{party.en}: {label.en}")

    def may_lack(self, field: FieldDefinition) -> bool:
        """Whether a file may come without the field's column: most were never kept somewhere."""
        return field.optional_column or not (field.required or field.key == self.event_date)

    def all_fields(self) -> tuple[FieldDefinition, ...]:
        """Every field, the parties' included, in the order of the file's columns."""
        return (*COMMON_FIELDS, *self.fields, *(field for party in self.parties for field in party.fields))


def _common(key: str, column: str, kind: FieldKind, zh: str, en: str, **more: object) -> FieldDefinition:
    return FieldDefinition.model_validate(
        {"key": key, "column": column, "kind": kind, "label": Words(zh=zh, en=en), **more}
    )


COMMON_FIELDS = (
    _common("reference_code", "档号", FieldKind.TEXT, "档号", "Reference code", required=True),
    _common("item_number", "件内序号", FieldKind.INTEGER, "件内序号", "Item number", optional_column=True),
    _common("fonds", "全宗号", FieldKind.TEXT, "全宗号", "Fonds", optional_column=True),
    _common("year", "年度", FieldKind.YEAR, "年度", "Year", optional_column=True),
    _common("pages", "页数", FieldKind.INTEGER, "页数", "Pages", optional_column=True),
    _common("remarks", "备注", FieldKind.TEXT, "备注", "Remarks", optional_column=True, shown=False),
    _common(
        "digitisation",
        "数字化状态",
        FieldKind.CODE,
        "数字化状态",
        "Digitisation",
        optional_column=True,
        shown=False,
        codes={
            "已数字化": {"zh": "已数字化", "en": "digitised"},
            "部分数字化": {"zh": "部分数字化", "en": "partly digitised"},
            "未数字化": {"zh": "未数字化", "en": "not digitised"},
        },
    ),
    _common(
        "original_state",
        "原件状态",
        FieldKind.CODE,
        "原件状态",
        "State of the original",
        optional_column=True,
        shown=False,
        codes={
            "完好": {"zh": "完好", "en": "sound"},
            "破损": {"zh": "破损", "en": "damaged"},
            "缺失": {"zh": "缺失", "en": "missing"},
        },
    ),
    _common(
        "restriction",
        "利用限制",
        FieldKind.CODE,
        "利用限制",
        "Restriction on use",
        optional_column=True,
        shown=False,
        codes={
            "无": {"zh": "无", "en": "none"},
            "限本人": {"zh": "限本人", "en": "the party only"},
            "不予提供": {"zh": "不予提供", "en": "not provided"},
        },
    ),
)
"""Columns that every category's file has (DA/T 18: reference code; the rest is the archive's own bookkeeping)."""
