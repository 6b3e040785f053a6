"""A query as arrays: what compiled code needs to weigh packed entries (`packed`) as `weigh` weighs whole ones.

All weights that depend on the query's own words (how rare its characters and names are) are computed here, once for a
query; what remains is comparing numbers. The compiled half is `dangqiao.adapters.index.ranking`.
"""

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate
from math import log2
from struct import Struct
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dangqiao.core.matching.characters import Step, look_alikes
from dangqiao.core.matching.compare import IdLevel, PlaceLevel
from dangqiao.core.matching.dates import DateLevel
from dangqiao.core.matching.features import Frequencies, Query
from dangqiao.core.matching.packed import (
    CHARACTERS,
    HASHED,
    PERSONS,
    SURNAME_SHIFT,
    character_bits,
    date_bits,
    name_bits,
    year_bits,
)
from dangqiao.core.matching.parameters import Parameters
from dangqiao.core.matching.weigh import Rarity, readings_of_columns
from dangqiao.core.vocabulary.identity import Sex
from dangqiao.core.vocabulary.names import fold_name, without_husbands_surname

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

MOST_WANTED = 4
"""Persons of a query that are compared; more are left to the full comparison."""
STEPS, DATES, IDS, PLACES = list(Step), list(DateLevel), list(IdLevel), list(PlaceLevel)
_SEXES = {Sex.UNKNOWN: 0, Sex.MALE: 1, Sex.FEMALE: 2}
LOOKS = 10
_FLAT = (Step.ILLEGIBLE, Step.OTHER, Step.LOST, Step.DOUBLED)


class Weights(NamedTuple):
    """What does not depend on the query.

    Attributes:
        bits: by level, in the order of the enumerations, beginning at `AT_BIRTH` and so on; log2 m by Step; what
            concerns whole names by Whole; how many entries there are; m of the same county.
        counties: division codes, ascending; `counts`: entries of each.
    """

    bits: Floats
    counties: Ints
    counts: Floats


class Whole(IntEnum):
    """Bits of what concerns a whole name, from AT_NAMES on."""

    DIFFERENT = 0
    CLAN = 1
    HUSBAND = 2
    FORMER = 3
    ROMANISED = 4


_SIZES = (len(DATES), len(DATES), len(DATES), len(DATES), len(IDS), 2, len(STEPS), len(STEPS), len(Whole), 1, 1)
(
    AT_BIRTH,
    AT_BIRTH_ALONE,
    AT_EVENT,
    AT_AGAIN,
    AT_IDENTITY,
    AT_SEX,
    AT_STEP_M,
    AT_FLAT,
    AT_NAMES,
    AT_ENTRIES,
    AT_COUNTY_M,
) = (
    0,
    *accumulate(_SIZES[:-1]),
)
"""Where things stand in `Weights.bits`."""
LENGTH, FACTS, FOLD, SOUND, LOOKS_AT = range(CHARACTERS, CHARACTERS + 5)
"""Where things stand in a row of `Needle.names`, after the characters."""
SAME_NAME, BY_SOUND, OF_SURNAME, ASIDE = range(CHARACTERS * len(STEPS), CHARACTERS * len(STEPS) + 4)
"""Where things stand in a row of `Needle.worth`, after the bits by character and Step."""
BIRTH, SEX, NUMBERED, AREA, BORN, SEQUENCE, FIRST_NAME, LAST_NAME = range(8)
"""Where things stand in a row of `Needle.who`."""


class Needle(NamedTuple):
    """One query.

    Attributes:
        who: for each person birth, sex, whether there is a number, its three hashes, 16 bits each, and where the
            person's names begin and end.
        names: for each name its characters, its length (0: hashed or empty), its facts and hashes as in `packed`, and
            LOOKS look-alikes of each character.
        worth: for each name the bits by character and Step; bits of the very same name; most bits by sound without
            the steps' m; bits of the surname where nothing else agrees; bits of not being the first name.
        event: date of the act.
        places: division codes; `given`: whether the query has them, or they are of the number of somebody in it.
        near: bits by PlaceLevel.
        orders, starts: which column is which person (-1: none), by the number of columns.
    """

    who: Ints
    names: Ints
    worth: Floats
    event: int
    places: Ints
    given: bool
    near: Floats
    orders: Ints
    starts: Ints


class _Character(NamedTuple):
    """What a character of a name gives to its rows: bits if it agrees; bits by Step, and look-alikes, as bytes."""

    same: float
    steps: bytes
    looks: bytes


_WHO, _HEAD, _CHARACTERS, _HASHES, _WHOLE, _ASIDE = map(Struct, ("<8q", "<8q", "<4H", "<II", "<3d", "<d"))
_NO_LOOKS = b"\xff" * (8 * CHARACTERS * LOOKS)


class Needles:
    """Makes needles with one set of frequencies and parameters; remembers what characters and names are worth."""

    def __init__(self, frequencies: Frequencies, parameters: Parameters) -> None:
        self._same = log2(parameters.step[Step.SAME])
        self.rarity = Rarity(frequencies, parameters)
        self.weights = _weights(frequencies, parameters)
        self._given = np.array([parameters.bits("place", level) for level in PLACES], np.float64)
        self._of_home = lru_cache(maxsize=1 << 12)(self._near_home)
        self._worth = lru_cache(maxsize=1 << 12)(self._worth_of)
        self._spelled = lru_cache(maxsize=1 << 12)(self._spell)

    def of(self, query: Query) -> Needle:
        """The needle of a query."""
        wanted = (query.person, *query.others)[:MOST_WANTED]
        who, names, worth = list[bytes](), list[bytes](), list[bytes]()
        for person in wanted:
            begin = len(names)
            forms = [(person.name, 0.0)]
            if alone := without_husbands_surname(fold_name(person.name)):
                forms.append((alone, self._whole(Whole.HUSBAND)))
            forms += [(name, self._whole(Whole.FORMER)) for name in person.former_names]
            for name, aside in forms:
                numbers, bits = self._spelled(name)
                names.append(numbers)
                worth += (bits, _ASIDE.pack(aside))
            area, born, sequence = person.id_parts or (0, 0, 0)
            number = person.id_parts is not None, area & 0xFFFF, born & 0xFFFF, sequence & 0xFFFF
            who.append(_WHO.pack(date_bits(person.birth), _SEXES[person.sex], *number, begin, len(names)))
        return Needle(
            _rows(who, np.int64, LAST_NAME + 1),
            _rows(names, np.int64, LOOKS_AT + CHARACTERS * LOOKS),
            _rows(worth, np.float64, ASIDE + 1),
            date_bits(query.event_date) or (year_bits(query.event_year) if query.event_year else 0),
            *self._near(query.place_codes, query.home),
            *_orders(len(wanted)),
        )

    def _near(self, given: tuple[str, ...], home: tuple[str, ...]) -> tuple[Ints, bool, Floats]:
        codes = np.array([int(code) for code in given or home], np.int64)
        return codes, bool(given), self._given if given or not home else self._of_home(home)

    def _near_home(self, home: tuple[str, ...]) -> Floats:
        bits = self.rarity.home_bits(home)
        return np.array([bits[level] for level in PLACES], np.float64)

    def _whole(self, which: Whole) -> float:
        return float(self.weights.bits[AT_NAMES + which])

    def _spell(self, name: str) -> tuple[bytes, bytes]:
        """The rows of a name, the second without the last number. The counts that they rest on change with the
        catalogue: needles are made anew then."""
        packed, facts = name_bits(name)
        if not any(packed):
            return _HEAD.pack(0, 0, 0, 0, 0, facts, 0, 0) + _NO_LOOKS, bytes(8 * ASIDE)
        folded, hashed = fold_name(name), facts & HASHED
        length = facts >> SURNAME_SHIFT & 7
        read = [
            self._worth(character, place < length)
            for place, character in enumerate(folded.split() if hashed else folded)
        ]
        # The second character of a compound surname adds nothing.
        same = sum([one.same for place, one in enumerate(read) if not 0 < place < length])
        share, sound_share = self.rarity.share_of_name(folded), self.rarity.share_of_sound(folded)
        surname = self.rarity.surname_bits(folded[:length])
        whole = _WHOLE.pack(min(same, sum([self._same] * len(read)) - log2(share)), -log2(sound_share), surname)
        if hashed:
            head = _HEAD.pack(0, 0, 0, 0, 0, facts, *_HASHES.unpack(packed))
            return head + _NO_LOOKS, bytes(8 * SAME_NAME) + whole
        head = _HEAD.pack(*_CHARACTERS.unpack(packed), len(folded), facts, 0, 0)
        looks, steps = b"".join([one.looks for one in read]), b"".join([one.steps for one in read])
        return head + looks.ljust(len(_NO_LOOKS), b"\xff"), steps.ljust(8 * SAME_NAME, b"\0") + whole

    def _worth_of(self, character: str, is_surname: bool) -> _Character:
        bits = [self.rarity.step_bits(character, is_surname, step) for step in STEPS]
        looks = map(character_bits, look_alikes(character)[:LOOKS])
        return _Character(
            bits[0], np.array(bits).tobytes(), np.array([*looks], np.int64).tobytes().ljust(8 * LOOKS, b"\xff")
        )


def _rows(parts: list[bytes], kind: type, columns: int) -> NDArray[Any]:
    """An array of rows: made of bytes, because to fill a small array number by number takes ten times as long."""
    return np.frombuffer(b"".join(parts), kind).reshape(-1, columns)


@lru_cache(maxsize=8)
def _orders(wanted: int) -> tuple[Ints, Ints]:
    rows: list[list[int]] = []
    starts = [0]
    for columns in range(PERSONS + 1):
        found = readings_of_columns(wanted, columns)
        rows += [[-1 if column is None else column for column in order] for order in found]
        starts.append(len(rows))
    return np.array(rows, np.int64).reshape(-1, wanted), np.array(starts, np.int64)


def _weights(frequencies: Frequencies, parameters: Parameters) -> Weights:
    def by(field: str, levels: Iterable[str]) -> list[float]:
        return [parameters.bits(field, level) for level in levels]

    counts = sorted((int(code), count) for code, count in frequencies.places.items() if code.isdecimal())
    m, u = parameters.name_m, parameters.name_u
    bits = [
        *by("birth", DATES),
        *by("birth_alone", DATES),
        *by("event", DATES),
        *(parameters.again.get(level, 0.0) for level in DATES),
        *by("identity", IDS),
        *by("sex", ("same", "different")),
        *(log2(parameters.step[step]) for step in STEPS),
        *(log2(parameters.step[step] / parameters.step_u[step]) if step in _FLAT else 0.0 for step in STEPS),
        *(log2(m["different"] / u["different"]), log2(m["clan"] / u["clan"])),
        *(log2(m["husband"]), log2(m["former"]), log2(m["romanised"])),
        frequencies.entries,
        parameters.m["place"]["same_county"],
    ]
    return Weights(
        np.array(bits, np.float64),
        np.array([code for code, _ in counts], np.int64),
        np.array([count for _, count in counts], np.float64),
    )
