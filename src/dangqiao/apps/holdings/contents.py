"""What stands in `CatalogueEntry.content`, written and read: {"fields": {key: value}, "parties": [{"role": …, …}]}.

A date is {"iso", "original", "calendar"} so that its precision and its words stay. An identity number is encrypted;
beside it are keyed hashes of its three parts, so that one wrong digit spoils one part only, and the reason where the
number is not well formed, and the birth date inside it where the file gives none. Unknown values have no key.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from dangqiao.apps.fields import cipher
from dangqiao.apps.fields import keyed_hash as _keyed_hash
from dangqiao.core.errors import BadInput
from dangqiao.core.matching import IdParts
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.dates import Calendar, PartialDate, from_iso


@lru_cache(maxsize=1 << 17)
def _hash(text: str, context: str) -> int:
    """63 bits of a keyed hash. The three parts have few different values: most are met again."""
    return int(_keyed_hash(text, context)[:16], 16) >> 1


def identity_hashes(number: str) -> IdParts | None:
    """Keyed hashes of area, birth and sequence; None for what is no legible citizen identity number."""
    try:
        parts = identity.parts(number)
    except BadInput:
        return None
    return IdParts(
        _hash(parts.area, "identity.area"),
        _hash(parts.birth, "identity.birth"),
        _hash(parts.sequence, "identity.sequence"),
    )


def digest(source: str) -> str:
    """Keyed digest of an entry's source: equal digests are equal content."""
    return _keyed_hash(source, "content")


def stored(fields: Mapping[str, Any], parties: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Parsed values as content. Parties of whom nothing is known are left out."""
    return {
        "fields": {key: _stored(value) for key, value in fields.items()},
        "parties": [_party(role, values) for role, values in parties.items() if values],
    }


def _stored(value: Any) -> Any:
    if isinstance(value, PartialDate):
        date = {"iso": value.iso(), "original": value.original}
        if value.calendar:
            date["calendar"] = value.calendar
        return date
    return list(value) if isinstance(value, tuple) else value


def _party(role: str, values: Mapping[str, Any]) -> dict[str, Any]:
    party = {"role": role} | {key: _stored(value) for key, value in values.items()}
    number = values.get("identity_number")
    if number:
        party["identity_number"] = cipher().encrypt(number)
        hashes = identity_hashes(number)
        if hashes:
            party["identity_parts"] = hashes
            if "birth_date" not in values:
                party["birth_in_number"] = identity.birth_date(number).iso()
        verdict = identity.check(number)
        if not verdict.valid:
            party["identity_check"] = verdict.reason
    return party


def date_of(value: Any) -> PartialDate:
    """A stored date again; the unknown date for None."""
    if not value:
        return PartialDate()
    return from_iso(value["iso"], Calendar(value.get("calendar", "")), value["original"])
