"""An entry in 64 bytes: what a first comparison needs, so that thousands of candidates need not be read and built.

    persons (3 × 18 bytes): name (4 × u16) · hashes of area, birth and sequence of the number (3 × u16) · facts (u32)
    event   (u32): its date (20 bits), how many persons follow (3 bits), whether there is more than fits
    places  (6 bytes): two division codes of 20 bits

All numbers are little-endian; `LAYOUT_VERSION` changes with any of this. A name is its folded characters; one that does
not fit (Latin, dotted, longer than four) is a hash of its fold and one of its sound. Of identity numbers there are 16
bits of each keyed hash, no digit. What does not fit is marked: such an entry must be compared in full.
"""

from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import Any

from dangqiao.core.matching.features import EntryFeatures, Person
from dangqiao.core.vocabulary.dates import Calendar, PartialDate
from dangqiao.core.vocabulary.identity import Sex
from dangqiao.core.vocabulary.names import (
    DOT,
    ILLEGIBLE,
    fold_name,
    is_clan_name,
    parse_name,
    pinyin_of_fold,
    surname_length,
    without_husbands_surname,
)

LAYOUT_VERSION = 1
SIZE = 64
"""Bytes of a record."""
PERSONS = 3
"""Persons that a record holds."""
CHARACTERS = 4
"""Characters of a name that it holds."""
FIRST_YEAR = 1799
"""Counted as 0, which is no year: `PartialDate` begins a year later."""

SEX_SHIFT, SURNAME_SHIFT = 20, 22
HAS_NUMBER, CLAN, HUSBAND, HASHED, ASK = (1 << bit for bit in (25, 26, 27, 28, 29))
"""Bits of a person's facts: an identity number is known · 王氏 · the name without its first character may be the
woman's own · the name is hashed · other names are known, so only a full comparison tells."""
COUNT_SHIFT, MORE_PERSONS, MORE_PLACES = 20, 1 << 23, 1 << 24
"""In the event: number of persons; whether there are more persons, or more places, than fit."""
PLACE_BITS = 20

_SEXES = {Sex.UNKNOWN: 0, Sex.MALE: 1, Sex.FEMALE: 2}
_CALENDARS = {Calendar.UNSAID: 0, Calendar.SOLAR: 1, Calendar.LUNAR: 2}
_PERSON = Struct("<8sHHHI")
_EVENT = Struct("<IHI")
_NAME = Struct("<4H")
_HASHES = Struct("<II")
_NOBODY = bytes(_PERSON.size)
_PRIVATE_USE, _PRIVATE_SIZE = 0xE000, 0x1900
"""Folding leaves no character in the private use area: those beyond 16 bits go there."""


def pack(entry: EntryFeatures) -> bytes:
    """The record of an entry: SIZE bytes, the same for ever and everywhere with one LAYOUT_VERSION."""
    persons, places = entry.persons, entry.place_codes
    more = (MORE_PERSONS if len(persons) > PERSONS else 0) | (MORE_PLACES if len(places) > 2 else 0)
    event = date_bits(entry.event_date)
    if not event and entry.event_year:
        event = year_bits(entry.event_year)
    first, second, *_ = (*places, "0", "0")
    codes = int(first) | int(second) << PLACE_BITS
    packed = b"".join([*map(_person, persons[:PERSONS]), *[_NOBODY] * (PERSONS - len(persons))])
    return packed + _EVENT.pack(event | min(len(persons), PERSONS) << COUNT_SHIFT | more, codes & 0xFFFF, codes >> 16)


def _person(person: Person) -> bytes:
    name, facts = name_bits(person.name)
    facts |= date_bits(person.birth) | _SEXES[person.sex] << SEX_SHIFT
    if person.former_names:
        facts |= ASK
    if parts := person.id_parts:
        area, birth, sequence = parts
        return _PERSON.pack(name, area & 0xFFFF, birth & 0xFFFF, sequence & 0xFFFF, facts | HAS_NUMBER)
    return _PERSON.pack(name, 0, 0, 0, facts)


@lru_cache(maxsize=1 << 16)
def name_bits(written: str) -> tuple[bytes, int]:
    """A written name as eight bytes, and what the facts say of it."""
    folded = fold_name(written)
    if not folded.strip(ILLEGIBLE + DOT):
        return bytes(8), 0
    facts = ASK if len(folded) < len(written) and parse_name(written).former else 0
    if folded[0].isascii() or DOT in folded or len(folded) > CHARACTERS:
        return _HASHES.pack(_hash(folded), _hash(pinyin_of_fold(folded))), facts | HASHED
    facts |= surname_length(folded) << SURNAME_SHIFT
    if folded.endswith(ILLEGIBLE) and not folded[surname_length(folded) :].strip(ILLEGIBLE):
        facts |= ASK  # 赵□□ may be 赵□
    facts |= (CLAN if is_clan_name(folded) else 0) | (HUSBAND if without_husbands_surname(folded) else 0)
    return _NAME.pack(*map(character_bits, folded.ljust(CHARACTERS, "\0"))), facts


def character_bits(character: str) -> int:
    """A folded character in 16 bits: its code point, or a place in the private use area."""
    point = ord(character)
    return point if point < 1 << 16 else _PRIVATE_USE + point % _PRIVATE_SIZE


def date_bits(date: PartialDate) -> int:
    """Year (9 bits), month (4), day (5) and calendar (2) of a date; 0 when nothing is known."""
    if date.year is None:
        return 0
    year = date.year - FIRST_YEAR
    return year | (date.month or 0) << 9 | (date.day or 0) << 13 | _CALENDARS[date.calendar] << 18


def says_more(inside: Any, given: Any) -> Any:
    """Whether a date says all that another one does, and more, both as `date_bits` has them. Of arrays too."""
    year, month = inside & 0x1FF, inside & 0x1FFF
    return (inside > 0) & (given != inside) & ((given == 0) | (given == year) | (given == month))


def year_bits(year: int) -> int:
    """A year alone, as `date_bits` has it; 0 if no date can have it."""
    return year - FIRST_YEAR if 0 < year - FIRST_YEAR < 1 << 9 else 0


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=4, person=b"dq-packed-1").digest(), "little")
