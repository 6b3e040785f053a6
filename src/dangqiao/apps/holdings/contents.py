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
        # Most numbers are as they should be; reading them by the book costs five times as much.
        whole = len(number) == 18 and number.isascii() and number[:17].isdecimal()
        parts = (number[:6], number[6:14], number[14:17]) if whole else identity.parts(number)
    except BadInput:
        return None
    area, birth, sequence = parts
    return IdParts(
        _hash(area, "identity.area"),
        _hash(birth, "identity.birth"),
        _hash(sequence, "identity.sequence"),
    )


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
        party["identity_number"] = cipher().encrypt(number)
        hashes = identity_hashes(number)
        if hashes:
            party["identity_parts"] = hashes
        verdict = identity.check(number)
        if not verdict.valid:
            party["identity_check"] = verdict.reason
        if verdict.readable and "birth_date" not in values and (born := identity.birth_date(number)).known:
            party["birth_in_number"] = born.iso()
    return party


def stored_date(date: PartialDate) -> dict[str, str]:
    """A date as content keeps it."""
    kept = {"iso": date.iso(), "original": date.original}
    return kept | {"calendar": date.calendar.value} if date.calendar else kept


def date_of(value: Any) -> PartialDate:
    """A stored date again; the unknown date for None."""
    if not value:
        return PartialDate()
    return from_iso(value["iso"], Calendar(value.get("calendar", "")), value["original"])
