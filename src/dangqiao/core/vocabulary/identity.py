"""The citizen identity number (公民身份号码) by GB 11643-1999: reading, checking, masking.

Form: area 6 digits (GB/T 2260), birth 8 digits, sequence 3 digits (odd = male), check character by ISO 7064 MOD 11-2.
Until 1999 the number had 15 digits: no century and no check character (GB 11643-1989). Tempting misreadings: the area
is where the number was *first issued*, not where the person lives or was born; and a wrong check character in an old
file is usually a slip of the pen, so such a number is still useful for a search and must not be thrown away.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from operator import mul
from typing import NamedTuple

from dangqiao.core.errors import N_, BadInput
from dangqiao.core.vocabulary.dates import Calendar, PartialDate, from_iso

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)
"""First two digits of GB/T 2260; 83 was given in 2018 to residents from Taiwan (81 and 82: Hong Kong, Macao)."""
_CENTENARIANS = frozenset({"996", "997", "998", "999"})
"""Sequences that the 15-digit number kept for people born before 1900 (GB 11643-1989)."""
_IGNORED = re.compile(r"[\s‐-―\-·.,，。'’`\u200b\ufeff]")

_HIDDEN = str.maketrans(dict.fromkeys("*?×", "□"))
"""Signs for a digit that is not shown."""


class Sex(StrEnum):
    """Sex as far as a file or number tells; codes of GB/T 2261.1 are 1 and 2."""

    UNKNOWN = ""
    MALE = "male"
    FEMALE = "female"


class IdentityReason(StrEnum):
    """Why a number is good or not. Stable codes."""

    VALID = "identity.valid"
    EMPTY = "identity.empty"
    BAD_LENGTH = "identity.bad_length"
    BAD_CHARACTERS = "identity.bad_characters"
    BAD_DIVISION = "identity.bad_division"
    BAD_DATE = "identity.bad_date"
    BAD_CHECK = "identity.bad_check"


_SENTENCES = {
    IdentityReason.VALID: N_("The identity number is well formed."),
    IdentityReason.EMPTY: N_("There is no identity number."),
    IdentityReason.BAD_LENGTH: N_("An identity number has 15 or 18 characters; this one has another length."),
    IdentityReason.BAD_CHARACTERS: N_("An identity number consists of digits; only the last of 18 may be X."),
    IdentityReason.BAD_DIVISION: N_("The first two digits of the identity number name no province."),
    IdentityReason.BAD_DATE: N_("The birth date inside the identity number does not exist."),
    IdentityReason.BAD_CHECK: N_("The last character of the identity number does not fit the others."),
}


@dataclass(frozen=True, slots=True)
class IdentityVerdict:
    """What a check of a number found.

    Attributes:
        reason: stable code.
        sentence: English msgid that says it to a clerk.
        readable: whether the three parts can still be read (so that a search can use them).
    """

    reason: IdentityReason
    readable: bool

    @property
    def valid(self) -> bool:
        """Whether the number is well formed. Says nothing about whether it was ever issued."""
        return self.reason is IdentityReason.VALID

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.reason]


_VALID = IdentityVerdict(IdentityReason.VALID, True)


class IdentityParts(NamedTuple):
    """The three parts that are hashed apart, so that one wrong digit spoils one part only."""

    area: str
    birth: str
    sequence: str


def normalise(number: str) -> str:
    """Half-width, upper case, without spaces and dashes. Does not judge."""
    if number.isascii() and number.isalnum():
        return number.upper()
    return _IGNORED.sub("", unicodedata.normalize("NFKC", number)).upper()


def check(number: str) -> IdentityVerdict:
    """Checks a 15- or 18-character number as far as it can be checked without a register."""
    return read(number)[0]


def read(number: str) -> tuple[IdentityVerdict, IdentityParts | None]:
    """What `check` finds, and the parts of a number that can be read."""
    plain = normalise(number)
    if not plain:
        return IdentityVerdict(IdentityReason.EMPTY, False), None
    if len(plain) not in (15, 18):
        return IdentityVerdict(IdentityReason.BAD_LENGTH, False), None
    if not (_digits(plain[:17]) and (len(plain) == 15 or plain[17] in _CHECK_CHARACTERS)):
        return IdentityVerdict(IdentityReason.BAD_CHARACTERS, False), None
    body = plain[:17] if len(plain) == 18 else _body(plain)
    parts = IdentityParts(body[:6], body[6:14], body[14:])
    if body[:2] not in PROVINCES:
        return IdentityVerdict(IdentityReason.BAD_DIVISION, True), parts
    if not born_on(parts.birth).known:
        return IdentityVerdict(IdentityReason.BAD_DATE, True), parts
    if len(plain) == 18 and plain[17] != _check_character(body):
        return IdentityVerdict(IdentityReason.BAD_CHECK, True), parts
    return _VALID, parts


def upgrade(number: str) -> str:
    """The 18-character form of a 15-digit number; an 18-character one comes back normalised, even if it is wrong.

    Raises:
        BadInput: `identity.unreadable` when it is neither.
    """
    plain = normalise(number)
    if len(plain) == 15 and _digits(plain):
        return _upgraded(plain)
    if len(plain) == 18 and _digits(plain[:17]) and plain[17] in _CHECK_CHARACTERS:
        return plain
    raise BadInput(
        "identity.unreadable",
        N_("This is not an identity number that can be read."),
        N_("It has 18 characters, or 15 if it was issued before October 1999. Compare it with the document."),
    )


def parts(number: str) -> IdentityParts:
    """Area (6), birth (8) and sequence (3), 15 digits counted as their 18; the check character is left out.

    Raises:
        BadInput: `identity.unreadable`.
    """
    full = upgrade(number)
    return IdentityParts(full[:6], full[6:14], full[14:17])


def birth_date(number: str) -> PartialDate:
    """The birth date inside the number; unknown when that date does not exist.

    Raises:
        BadInput: `identity.unreadable`.
    """
    return born_on(upgrade(number)[6:14])


def sex(number: str) -> Sex:
    """Odd sequence male, even female (GB 11643-1999, 5.3).

    Raises:
        BadInput: `identity.unreadable`.
    """
    return Sex.MALE if int(parts(number).sequence) % 2 else Sex.FEMALE


def division(number: str) -> str:
    """The GB/T 2260 code of the place of first issue, as it was then.

    Raises:
        BadInput: `identity.unreadable`.
    """
    return parts(number).area


def mask(number: str) -> str:
    """`310***********1234` for screens and paper: first three and last four. Short or odd text is hidden whole."""
    plain = normalise(number)
    if len(plain) < 15:
        return "*" * len(plain)
    return plain[:3] + "*" * (len(plain) - 7) + plain[-4:]


def _digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _body(old: str) -> str:
    """The first 17 digits of what had 15."""
    return old[:6] + ("18" if old[12:] in _CENTENARIANS else "19") + old[6:]


def _upgraded(old: str) -> str:
    """The 18 characters of 15 digits."""
    body = _body(old)
    return body + _check_character(body)


@lru_cache(maxsize=1 << 15)
def born_on(digits: str) -> PartialDate:
    """The day that the eight digits of a number name; unknown when there is no such day."""
    try:
        date = from_iso(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}", Calendar.SOLAR)
    except BadInput:
        return PartialDate()
    return PartialDate(date.year, date.month, date.day, date.original) if date.day else PartialDate()


def legible_birth(number: str) -> str:
    """The eight digits of the birth date, if all digits before the sequence can be read; else empty."""
    plain = normalise(number)
    digits = {15: 12, 18: 14}.get(len(plain), 0)
    if not digits or not _digits(plain[:digits]):
        return ""
    return plain[6:14] if digits == 14 else f"19{plain[6:12]}"


def completed(number: str, born: PartialDate) -> str:
    """A number of 18 whose birth date is hidden or illegible (310115********0011), with that date, if the check
    character then fits; else as it is."""
    plain = normalise(number).translate(_HIDDEN)
    if len(plain) != 18 or "□" not in plain[6:14] or not born.day or born.calendar is Calendar.LUNAR:
        return number
    whole = plain[:6] + born.iso().replace("-", "") + plain[14:]
    agrees = all(mark in ("□", digit) for mark, digit in zip(plain, whole, strict=True))
    return whole if agrees and check(whole).valid else number


def _check_character(body: str) -> str:
    return _CHECK_CHARACTERS[(_weighed(body[:6], 0) + _weighed(body[6:14], 6) + _weighed(body[14:], 14)) % 11]


@lru_cache(maxsize=1 << 15)
def _weighed(digits: str, place: int) -> int:
    """What digits from a place on add to the sum of ISO 7064. Areas, days and sequences are met again and again."""
    return sum(map(mul, map(int, digits), _WEIGHTS[place:]))
