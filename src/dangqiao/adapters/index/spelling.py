"""How far a name of a needle and a packed name agree: `core.matching.compare.compare_names` in numbers."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dangqiao.adapters.index.compiled import compiled
from dangqiao.core.matching.characters import Step
from dangqiao.core.matching.needle import (
    ASIDE,
    AT_FLAT,
    AT_NAMES,
    AT_STEP_M,
    BY_SOUND,
    FACTS,
    FOLD,
    LENGTH,
    LOOKS,
    LOOKS_AT,
    MOST_WANTED,
    OF_SURNAME,
    SAME_NAME,
    SOUND,
    STEPS,
    Whole,
)
from dangqiao.core.matching.packed import ASK, CHARACTERS, CLAN, HASHED, HUSBAND, PERSONS, SURNAME_SHIFT, character_bits
from dangqiao.core.vocabulary.names import ILLEGIBLE, fuzzy_readings, readings

DIFFERENT, SAME, LIKE, MISSING = range(4)
"""Levels as far as they matter here; LIKE is all between."""
_SAME, _SOUND, _NEAR, _LOOK, _ILLEGIBLE, _OTHER, _LOST, _DOUBLED, _SWAPPED = (
    STEPS.index(step)
    for step in (
        Step.SAME,
        Step.SOUND,
        Step.NEAR_SOUND,
        Step.LOOK,
        Step.ILLEGIBLE,
        Step.OTHER,
        Step.LOST,
        Step.DOUBLED,
        Step.SWAPPED,
    )
)
_UNREAD = character_bits(ILLEGIBLE)
_MOST_READINGS = 8
_STEPS = len(STEPS)
_DIFFERENT_BITS, _CLAN_BITS, _HUSBAND_BITS, _FORMER_BITS, _ROMANISED_BITS = (AT_NAMES + one for one in Whole)
_HALF_KNOWN = -4.0
"""Bits that a name which differs in what a record does not hold can be worth beside those of the very same name."""


class Sounds(NamedTuple):
    """Readings of each 16-bit character, as numbers above 0: exact ones, and with dialect sounds merged; and a bit for
    each of the merged ones, several of which share one: characters without a bit in common sound unlike."""

    exact: NDArray[np.uint16]
    merged: NDArray[np.uint16]
    bits: NDArray[np.uint64]


class Room(NamedTuple):
    """Where a comparison keeps its intermediate results; made once for many comparisons, one after another."""

    steps: NDArray[np.int64]
    trial: NDArray[np.int64]
    worth: NDArray[np.float64]
    """Bits of each person of the needle in each column; `marks` likewise."""
    marks: NDArray[np.int64]


def room() -> Room:
    """Room for one comparison at a time."""
    shape = MOST_WANTED, PERSONS
    steps, trial = np.zeros(CHARACTERS + 1, np.int64), np.zeros(CHARACTERS + 1, np.int64)
    return Room(steps, trial, np.zeros(shape), np.zeros(shape, np.int64))


@cache
def sounds() -> Sounds:
    """The readings of all characters; takes a fifth of a second, once in a process."""
    tables = [np.zeros((1 << 16, _MOST_READINGS), np.uint16) for _ in range(2)]
    for table, read in zip(tables, (readings, fuzzy_readings), strict=True):
        numbers: dict[str, int] = {}
        for point in (0x3007, *range(0x3400, 0xA000)):
            character = chr(point)
            found = [sound for sound in read.__wrapped__(character) if sound != character]
            for place, sound in enumerate(sorted(found)[:_MOST_READINGS]):
                table[point, place] = numbers.setdefault(sound, len(numbers) + 1)
    bits = np.zeros(1 << 16, np.uint64)
    for merged in tables[1].T:
        bits |= np.where(merged > 0, np.uint64(1) << (merged % 64).astype(np.uint64), np.uint64(0))
    return Sounds(tables[0], tables[1], bits)


@compiled
def _meet(table: NDArray[np.uint16], one: int, other: int) -> Any:
    for i in range(_MOST_READINGS):
        reading = table[one, i]
        if reading == 0:
            return False
        for j in range(_MOST_READINGS):
            if table[other, j] == reading:
                return True
            if table[other, j] == 0:
                break
    return False


@compiled
def _likeness(tables: Any, names: Any, form: int, place: int, other: int) -> Any:
    """`characters.likeness` of a character of the needle and another."""
    one = names[form, place]
    if one == _UNREAD or other == _UNREAD:
        return _ILLEGIBLE
    if one == other:
        return _SAME
    alike = tables.bits[one] & tables.bits[other] != 0
    if alike and _meet(tables.exact, one, other):
        return _SOUND
    for i in range(LOOKS):
        look = names[form, LOOKS_AT + place * LOOKS + i]
        if look == other:
            return _LOOK
        if look < 0:
            break
    return _NEAR if alike and _meet(tables.merged, one, other) else _OTHER


@compiled
def _cost(step: int) -> Any:
    if step == _SAME:
        return 0.0
    if step == _SOUND:
        return 1.0
    if step == _LOOK:
        return 1.1
    if step == _NEAR:
        return 1.3
    if step == _ILLEGIBLE or step == _SWAPPED:
        return 0.8
    if step == _DOUBLED:
        return 1.5
    return 2.0 if step == _LOST else 3.0


@compiled
def _judge(steps: Any, count: int) -> Any:
    """`compare._level`, as far as it matters here."""
    others = same = lost = illegible = swapped = 0
    for i in range(count):
        step = steps[i]
        same += step == _SAME
        others += step == _OTHER
        lost += step == _LOST or step == _DOUBLED
        illegible += step == _ILLEGIBLE
        swapped += step == _SWAPPED
    if others:
        return LIKE if others == 1 and same >= 2 and same + 1 == count else DIFFERENT
    if lost:
        return LIKE if same >= 2 else DIFFERENT
    if swapped:
        return LIKE
    if illegible:
        return LIKE if count > illegible else MISSING
    return SAME if same == count else LIKE


@compiled
def _compare_han(
    tables: Any, names: Any, worth: Any, form: int, words: Any, at: int, skip: int, weights: Any, room: Any
) -> Any:
    """Bits, level and cost of a name of the needle and a packed one without its first `skip` characters."""
    steps, trial = room.steps, room.trial
    length = names[form, LENGTH]
    length2 = 0
    while length2 + skip < CHARACTERS and words[at + skip + length2]:
        length2 += 1
    surname = names[form, FACTS] >> SURNAME_SHIFT & 7
    gap = length - length2
    different = weights[_DIFFERENT_BITS]
    if abs(gap) > 1:
        return different, DIFFERENT, 100.0
    count = max(length, length2)
    extra = -1
    """Where the step stands that belongs to no character of the needle."""
    if gap == 0:
        apart = first = last = others = 0
        for i in range(length):
            steps[i] = _likeness(tables, names, form, i, np.int64(words[at + i + skip]))
            if steps[i] != _SAME:
                others += steps[i] == _OTHER
                first = i if apart == 0 else first
                last = i
                apart += 1
                if others > 1 and (
                    apart > 2
                    or first == 0
                    or last > first + 1
                    or names[form, first] != words[at + last + skip]
                    or names[form, last] != words[at + first + skip]
                ):
                    return different, DIFFERENT, 100.0  # not even two that changed places
        if (
            apart == 2
            and first > 0
            and last == first + 1
            and names[form, first] == words[at + last + skip]
            and names[form, last] == words[at + first + skip]
        ):
            unread = False
            for i in range(length):
                unread |= steps[i] == _ILLEGIBLE
            if not unread:
                steps[first] = steps[last] = _SWAPPED
    else:
        shared = 0
        for j in range(length2):
            for i in range(length):
                if names[form, i] == words[at + j + skip]:
                    shared += 1
                    break
        if shared < 2:
            return different, DIFFERENT, 100.0
        best = 1e9
        for hole in range(count):
            # The longer name without the character at `hole`, beside the shorter one.
            total = 0.0
            for i in range(count - 1):
                mine = i + (1 if gap > 0 and i >= hole else 0)
                theirs = i + (1 if gap < 0 and i >= hole else 0)
                step = _likeness(tables, names, form, mine, np.int64(words[at + theirs + skip]))
                trial[mine] = step
                total += _cost(step)
            doubled = False
            for near in (hole - 1, hole + 1):
                if 0 <= near < count:
                    if gap > 0:
                        doubled |= names[form, hole] == names[form, near]
                    else:
                        doubled |= words[at + hole + skip] == words[at + near + skip]
            place = hole if gap > 0 else count - 1
            trial[place] = _DOUBLED if doubled else _LOST
            total += _cost(trial[place])
            if total < best:
                best = total
                for i in range(count):
                    steps[i] = trial[i]
        extra = -1 if gap > 0 else count - 1
    level = _judge(steps, count)
    if level == DIFFERENT:
        return different, DIFFERENT, 100.0
    if level == MISSING:
        return 0.0, MISSING, 100.0
    bits = m = cost = 0.0
    sound = True
    before = False
    for i in range(count):
        step = steps[i]
        cost += _cost(step)
        m += weights[AT_STEP_M + step]
        sound &= step == _SAME or step == _SOUND or step == _NEAR
        if i == extra:
            bits += weights[AT_FLAT + step]
            continue
        if not (before and i < surname and step == _SAME):
            bits += worth[form, i * _STEPS + step]
        before = i < surname
    if level == SAME and skip == 0:
        bits = min(bits, worth[form, SAME_NAME])
    elif sound and level != SAME:
        bits = min(bits, m + worth[form, BY_SOUND])
    return bits, level, cost


@compiled
def _compare_form(
    tables: Any, names: Any, worth: Any, form: int, words: Any, at: int, facts: int, weights: Any, room: Any
) -> Any:
    """Bits, level, cost, and whether only a full comparison tells, of one name of a needle and a packed name."""
    own = names[form, FACTS]
    hashed, hashed2 = own & HASHED != 0, facts & HASHED != 0
    if hashed or hashed2:
        if hashed and names[form, LENGTH] == 0 and hashed2:
            fold = np.int64(words[at]) | np.int64(words[at + 1]) << 16
            sound = np.int64(words[at + 2]) | np.int64(words[at + 3]) << 16
            if fold == names[form, FOLD]:
                return worth[form, SAME_NAME], SAME, 0.0, False
            if sound == names[form, SOUND]:
                return weights[_ROMANISED_BITS] + worth[form, BY_SOUND], LIKE, 1.0, True
        return worth[form, SAME_NAME] + _HALF_KNOWN, LIKE, 3.0, True
    bits, level, cost = _compare_han(tables, names, worth, form, words, at, 0, weights, room)
    if level == SAME or level == MISSING:
        return bits, level, cost, False
    length2 = CHARACTERS if words[at + CHARACTERS - 1] else CHARACTERS - 1
    if level == DIFFERENT or names[form, LENGTH] != length2:
        if facts & HUSBAND:
            bits2, level2, cost2 = _compare_han(tables, names, worth, form, words, at, 1, weights, room)
            if level2 != DIFFERENT and level2 != MISSING and cost2 + 0.5 < cost:
                bits, level, cost = bits2 + weights[_HUSBAND_BITS], LIKE, cost2 + 0.5
        if (own & CLAN != 0) != (facts & CLAN != 0):
            place = names[form, LENGTH] - 2 if own & CLAN else 0
            place2 = 0
            if facts & CLAN:
                while words[at + place2 + 2]:
                    place2 += 1
            step = _likeness(tables, names, form, place, np.int64(words[at + place2]))
            if step == _SAME or step == _SOUND:
                return weights[_CLAN_BITS] + worth[form, place * _STEPS + step], LIKE, 3.0 + _cost(step), False
    if level == DIFFERENT:
        surname = own >> SURNAME_SHIFT & 7
        alike = surname > 0
        for i in range(surname):
            alike &= names[form, i] == words[at + i]
        bits += worth[form, OF_SURNAME] if alike else 0.0
    return bits, level, cost, False


@compiled
def compare(
    tables: Any, names: Any, worth: Any, begin: int, end: int, words: Any, at: int, facts: int, weights: Any, room: Any
) -> Any:
    """The closest of all names of a person of the needle: bits, level, and whether only a full comparison tells."""
    nothing = words[at] == 0 and words[at + 1] == 0 and words[at + 2] == 0 and words[at + 3] == 0
    bits, level, cost, unsure, most = 0.0, MISSING, 1e9, False, 0.0
    for form in range(begin, end):
        aside = worth[form, ASIDE]
        if nothing or (names[form, LENGTH] == 0 and names[form, FACTS] & HASHED == 0):
            continue
        bits2, level2, cost2, unsure2 = _compare_form(tables, names, worth, form, words, at, facts, weights, room)
        cost2 += 0.5 if aside else 0.0
        most = max(most, worth[form, SAME_NAME])
        if cost2 < cost:
            bits, cost, unsure = bits2 + (aside if level2 != DIFFERENT else 0.0), cost2, unsure2
            level = LIKE if aside and level2 == SAME else level2
    if facts & ASK and level != SAME:
        bits, unsure = max(bits, most + weights[_FORMER_BITS]), True
    return bits, level, unsure
