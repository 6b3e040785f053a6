"""An entry as people and deliverables see it: values typed, identity numbers readable. Made only for audited reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dangqiao.apps.fields import cipher
from dangqiao.apps.holdings.contents import date_of
from dangqiao.apps.holdings.models import CatalogueEntry, EntryPage
from dangqiao.core import categories
from dangqiao.core.categories import FieldDefinition
from dangqiao.core.matching import is_named
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.dates import PartialDate
from dangqiao.core.vocabulary.names import fold_name

Value = str | int | PartialDate | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """What an entry is called for ever, outside this database too."""

    archive: str
    category: str
    reference_code: str
    item_number: int = 1

    def __str__(self) -> str:
        return f"{self.archive}/{self.category}/{self.reference_code}/{self.item_number}"


@dataclass(frozen=True, slots=True)
class Party:
    """One person of an entry. `values` by field key; without what is not known. `name` is empty for an unnamed one."""

    role: str
    values: Mapping[str, Value]

    @property
    def name(self) -> str:
        """As the catalogue has it."""
        return str(self.values.get("name", ""))

    @property
    def masked_number(self) -> str:
        """The identity number for a screen."""
        return identity.mask(str(self.values.get("identity_number", "")))


@dataclass(frozen=True, slots=True)
class Page:
    """One page image of an entry. `masks`: (left, top, width, height) in pixels of the picture."""

    number: int
    sha256: str
    media_type: str
    size: int
    release: str
    masks: tuple[tuple[int, int, int, int], ...]
    label: str


@dataclass(frozen=True, slots=True)
class Record:
    """The current revision of one entry."""

    citation: Citation
    revision: int
    fonds: str
    year: int | None
    event_date: PartialDate
    event_number: str
    place: str
    pages: int | None
    fields: Mapping[str, Value]
    parties: tuple[Party, ...]
    checked_by: str
    checked_at: datetime | None
    digitisation: str
    original_state: str
    restriction: str
    images: tuple[Page, ...]

    @property
    def all_named(self) -> bool:
        """Whether it names every party that an entry of its category should, in characters that can be read."""
        names = {party.role: fold_name(party.name) for party in self.parties}
        return all(is_named(names.get(role, "")) for role in categories.get(self.citation.category).named_roles)

    @property
    def issuable_at_once(self) -> bool:
        """Whether a machine may issue from it: checked against the original, with images, without restriction."""
        return bool(self.checked_by and self.images) and self.restriction == "none" and self.original_state != "missing"


def text(field: FieldDefinition, value: Value | None) -> str:
    """A value in words, as precise as it is; empty for the unknown."""
    if isinstance(value, PartialDate):
        return value.chinese() or value.original
    if isinstance(value, tuple):
        return "、".join(value)
    if field.codes and value in field.codes:
        return field.codes[str(value)].zh
    return "" if value is None else str(value)


def record(row: CatalogueEntry, pages: list[EntryPage]) -> Record:
    """The record of a row. Decrypts: the caller audits."""
    category = categories.get(row.category)
    fields = {key: _value(value) for key, value in row.content["fields"].items()}
    date = fields.get(category.event_date)
    return Record(
        citation=Citation(row.archive_code, row.category, row.reference_code, row.item_number),
        revision=row.revision,
        fonds=row.fonds,
        year=row.year,
        event_date=date if isinstance(date, PartialDate) else PartialDate(),
        event_number=row.event_number,
        place=row.place,
        pages=row.pages,
        fields=fields,
        parties=tuple(_party(party) for party in row.content["parties"]),
        checked_by=row.checked_by,
        checked_at=row.checked_at,
        digitisation=row.digitisation,
        original_state=row.original_state,
        restriction=row.restriction,
        images=tuple(_page(page) for page in pages),
    )


def _party(stored: Mapping[str, object]) -> Party:
    values = {key: _value(value) for key, value in stored.items() if key not in ("role", "identity_parts")}
    number = values.get("identity_number")
    if number:
        values["identity_number"] = cipher().decrypt(str(number))
    return Party(str(stored["role"]), values)


def _value(stored: object) -> Value:
    if isinstance(stored, Mapping):
        return date_of(stored)
    if isinstance(stored, list | tuple):
        return tuple(str(one) for one in stored)
    return stored if isinstance(stored, str | int) else str(stored)


def _page(page: EntryPage) -> Page:
    image = page.image
    masks = tuple((left, top, width, height) for left, top, width, height in page.masks)
    return Page(page.number, image.sha256, image.media_type, image.size, page.release, masks, image.label)
