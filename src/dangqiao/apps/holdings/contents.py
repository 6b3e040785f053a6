"""What stands in `CatalogueEntry.content`, written and read: {"fields": {key: value}, "parties": [{"role": …, …}]}.

A date is {"iso", "original", "calendar"} so that its precision and its words stay. An identity number is encrypted;
beside it are keyed hashes of its three parts, so that one wrong digit spoils one part only, and the reason where the
number is not well formed, and the birth date inside it where the file gives none or less of it. Unknown values have no
key.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from dangqiao.apps.fields import cipher
from dangqiao.apps.fields import keyed_hash as _keyed_hash
from dangqiao.core.matching import IdParts
from dangqiao.core.matching.columns import mark
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.dates import Calendar, PartialDate, from_iso


class Number(NamedTuple):
    """What an identity number tells.

    Attributes:
        parts: keyed hashes of area, birth and sequence; None for what is no legible citizen identity number.
        wrong: code of what is wrong with it, or empty.
        born: the birth date in it (ISO 8601), or empty.
    """

    parts: IdParts | None
    wrong: str
    born: str


AREA, BIRTH, SEQUENCE = "identity.area", "identity.birth", "identity.sequence"
"""Contexts of the hashes of an identity number's parts."""


def part_hashes(texts: Iterable[str], context: str) -> list[int]:
    """63 bits of the keyed hash of each part of an identity number."""
    return [int(found[:16], 16) >> 1 for found in cipher().keyed_hashes((text.encode() for text in texts), context)]


@lru_cache(maxsize=1 << 16)
def part_hash(text: str, context: str) -> int:
    """`part_hashes` of one. The parts have few different values: most are met again."""
    return part_hashes([text], context)[0]


def identity_hashes(number: str) -> IdParts | None:
    """Keyed hashes of area, birth and sequence; None for what is no legible citizen identity number."""
    return number_tells(number).parts


@lru_cache(maxsize=1 << 15)
def _born(digits: str) -> str:
    return identity.born_on(digits).iso()


def number_tells(number: str) -> Number:
    """What a number tells that is stored beside it, because it is stored encrypted."""
    verdict, said = identity.read(number)
    if said is None:
        return Number(None, verdict.reason, _born(identity.legible_birth(number)))
    area, birth, sequence = said
    parts = IdParts(
        part_hash(area, AREA),
        part_hash(birth, BIRTH),
        part_hash(sequence, SEQUENCE),
    )
    return Number(parts, "" if verdict.valid else verdict.reason, _born(birth))


def number_json(told: Number, born: bool) -> str:
    """What a number tells as members of a JSON object, behind commas.

    Args:
        born: whether the birth date is wanted.
    """
    text = f',"identity_parts":[{",".join(map(str, told.parts))}]' if told.parts else ""
    if told.wrong:
        text += f',"identity_check":"{told.wrong}"'
    if born and told.born:
        text += f',"birth_in_number":"{told.born}"'
    return text


def says_more(inside: str, given: str) -> bool:
    """Whether the birth date in a number says all that the file gives of it, and more: 1962-12-23 beside 1962.

    Args:
        inside: ISO 8601. `given`: as `core.matching.columns.mark` writes it.
    """
    return len(inside) > len(given) and inside.startswith(given)


def digests(sources: Iterable[bytes | memoryview]) -> list[str]:
    """`digest` of many, each in UTF-8."""
    return cipher().keyed_hashes(sources, "content")


def digest(source: str) -> str:
    """Keyed digest of an entry's source: equal digests are equal content."""
    return _keyed_hash(source, "content")


def stored(fields: Mapping[str, Any], parties: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Values as the readers of cells give them, as content. Parties of whom nothing is known are left out."""
    return {"fields": fields, "parties": [_party(role, values) for role, values in parties.items() if values]}


def _party(role: str, values: Mapping[str, Any]) -> dict[str, Any]:
    party = {"role": role, **values}
    number = values.get("identity_number")
    if number:
        told = number_tells(number)
        party["identity_number"] = cipher().encrypt(number)
        if told.parts:
            party["identity_parts"] = told.parts
        if told.wrong:
            party["identity_check"] = told.wrong
        if says_more(told.born, marked_date(values.get("birth_date"))):
            party["birth_in_number"] = told.born
    return party


def stored_date(date: PartialDate) -> dict[str, str]:
    """A date as content keeps it."""
    kept = {"iso": date.iso(), "original": date.original}
    return kept | {"calendar": date.calendar.value} if date.calendar else kept


def marked_date(value: Mapping[str, str] | None) -> str:
    """A stored date in one word; empty for None."""
    return mark(value["iso"], value.get("calendar", "")) if value else ""


def date_of(value: Any) -> PartialDate:
    """A stored date again; the unknown date for None."""
    if not value:
        return PartialDate()
    return from_iso(value["iso"], Calendar(value.get("calendar", "")), value["original"])
