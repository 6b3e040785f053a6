"""Weighs packed entries against a needle: `core.matching.weigh` once more, in numbers, some hundred times as fast.

It gives the same bits as the whole comparison but for what a record does not hold: other names beside the first, long
and Latin names that differ, more persons than three, more places than two. Where a name may be worth more than it seems
the entry is marked UNSURE and has the bits that it can have at most; whoever decides compares it in full.
"""

from typing import Any

import numpy as np

from dangqiao.adapters.index import dates, spelling
from dangqiao.adapters.index.compiled import compiled
from dangqiao.core.matching.candidates import FITS, FULL, UNSURE
from dangqiao.core.matching.compare import IdLevel, PlaceLevel
from dangqiao.core.matching.needle import (
    AREA,
    AT_AGAIN,
    AT_BIRTH,
    AT_BIRTH_ALONE,
    AT_COUNTY_M,
    AT_ENTRIES,
    AT_EVENT,
    AT_IDENTITY,
    AT_SEX,
    BIRTH,
    BORN,
    FIRST_NAME,
    IDS,
    LAST_NAME,
    NUMBERED,
    PLACES,
    SEQUENCE,
    SEX,
)
from dangqiao.core.matching.packed import (
    COUNT_SHIFT,
    HAS_NUMBER,
    MORE_PERSONS,
    MORE_PLACES,
    PLACE_BITS,
    SEX_SHIFT,
)

WORDS = 32
"""A record as 16-bit words."""
_PERSON, _NUMBER, _FACTS, _EVENT, _PLACES = 9, 4, 7, 27, 29
"""Words of a person; where in it number and facts stand; where in a record event and places stand."""
_AGAINST = -1.0
"""`decide` says what it means."""
_ID_SAME, _ID_AREA, _ID_BIRTH, _ID_SEQUENCE, _ID_PART, _ID_COLUMN, _ID_DIFFERENT, _ID_MISSING = (
    IDS.index(level)
    for level in (
        IdLevel.SAME,
        IdLevel.OTHER_AREA,
        IdLevel.OTHER_BIRTH,
        IdLevel.OTHER_SEQUENCE,
        IdLevel.ONE_PART,
        IdLevel.OTHER_COLUMN,
        IdLevel.DIFFERENT,
        IdLevel.MISSING,
    )
)
_ONE_PLACE = (1 << PLACE_BITS) - 1
_SAME_COUNTY, _PLACE_MISSING = PLACES.index(PlaceLevel.SAME_COUNTY), PLACES.index(PlaceLevel.MISSING)


@compiled
def _odds(bits: float) -> Any:
    return np.exp2(min(bits, 200.0))


@compiled
def _facts(words: Any, at: int) -> Any:
    return np.int64(words[at + _FACTS]) | np.int64(words[at + _FACTS + 1]) << 16


@compiled
def _identity(who: Any, person: int, words: Any, column: int, columns: int) -> Any:
    """`compare.compare_ids`."""
    if who[person, NUMBERED] == 0:
        return _ID_MISSING
    level = _ID_MISSING
    elsewhere = False
    for each in range(columns):
        at = each * _PERSON
        if _facts(words, at) & HAS_NUMBER == 0:
            continue
        area = who[person, AREA] == words[at + _NUMBER]
        birth = who[person, BORN] == words[at + _NUMBER + 1]
        sequence = who[person, SEQUENCE] == words[at + _NUMBER + 2]
        if each != column:
            elsewhere |= area and birth and sequence
        elif area and birth:
            level = _ID_SAME if sequence else _ID_SEQUENCE
        elif sequence and (area or birth):
            level = _ID_BIRTH if area else _ID_AREA
        else:
            level = _ID_PART if birth or sequence else _ID_DIFFERENT
    if elsewhere and level != _ID_SAME:
        return _ID_COLUMN
    return level


@compiled
def _size(code: int) -> Any:
    """Pairs of digits of a division code that say something: 3 county, 2 city, 1 province."""
    if code % 100:
        return 3
    return 2 if code % 10000 else 1


@compiled
def _place(needle: Any, weights: Any, words: Any) -> Any:
    """Bits of `compare.compare_places`, as `Weigher.weigh` has them."""
    packed = np.int64(words[_PLACES]) | np.int64(words[_PLACES + 1]) << 16 | np.int64(words[_PLACES + 2]) << 32
    level, inside = _PLACE_MISSING, False
    for shift in (0, PLACE_BITS):
        code = packed >> shift & _ONE_PLACE
        if code == 0:
            continue
        for mine in needle.places:
            shared = min(_size(mine), _size(code))
            same = 0
            if shared >= 1 and mine // 10000 == code // 10000:
                same = 1
                if shared >= 2 and mine // 100 == code // 100:
                    same = 3 if shared == 3 and mine == code else 2
            if 0 < same == shared < 3:
                inside = True
            else:
                level = min(level, _SAME_COUNTY + 3 - same)
    if inside and level != _SAME_COUNTY:
        level = _PLACE_MISSING
    if needle.given and level == _SAME_COUNTY and weights.bits[AT_ENTRIES] > 0:
        counted = 0.0
        for shift in (0, PLACE_BITS):
            code = packed >> shift & _ONE_PLACE
            at = np.searchsorted(weights.counties, code)
            if at < len(weights.counties) and weights.counties[at] == code:
                counted += weights.counts[at]
        if counted > 0:
            return np.log2(weights.bits[AT_COUNTY_M] * max(1.0, weights.bits[AT_ENTRIES] / counted))
    return needle.near[level]


@compiled
def _compare_persons(
    tables: Any, who: Any, names: Any, worth: Any, weights: Any, words: Any, room: Any, columns: int, alone: bool
) -> None:
    """Every person of the needle with every column, into `room`; `alone`: the query says no year of the act."""
    event = np.int64(words[_EVENT]) | np.int64(words[_EVENT + 1]) << 16
    for person in range(len(who)):
        begin, end = who[person, FIRST_NAME], who[person, LAST_NAME]
        for column in range(columns):
            at = column * _PERSON
            facts = _facts(words, at)
            bits, level, unsure = spelling.compare(tables, names, worth, begin, end, words, at, facts, weights, room)
            fits = (level == spelling.SAME or person > 0) and bits > _AGAINST
            identity = _identity(who, person, words, column, columns)
            if identity != _ID_MISSING:
                bits += weights[AT_IDENTITY + identity]
                fits &= weights[AT_IDENTITY + identity] > _AGAINST
            in_number = (
                identity == _ID_SAME or identity == _ID_AREA or identity == _ID_SEQUENCE or identity == _ID_COLUMN
            )
            if not in_number:
                births = AT_BIRTH_ALONE if alone and person == 0 else AT_BIRTH
                birth = weights[births + dates.compare_births(who[person, BIRTH], facts, event)]
                bits += birth
                fits &= birth > _AGAINST
            sex = facts >> SEX_SHIFT & 3
            if person == 0 and sex and who[0, SEX]:
                sexes = weights[AT_SEX + (sex != who[0, SEX])]
                bits += sexes
                fits &= sexes > _AGAINST
            room.worth[person, column] = bits
            room.marks[person, column] = (FITS if fits else 0) | (UNSURE if unsure else 0)


@compiled
def weigh(tables: Any, needle: Any, weights: Any, words: Any, room: Any) -> Any:
    """Bits, odds of another event of the same persons, and marks of one record: the best reading of who in it is whom.

    As `Weigher.weigh` and `decide._of_another_event`.
    """
    event = np.int64(words[_EVENT]) | np.int64(words[_EVENT + 1]) << 16
    columns, asked = event >> COUNT_SHIFT & 7, needle.event & 511
    _compare_persons(tables, needle.who, needle.names, needle.worth, weights.bits, words, room, columns, asked == 0)
    persons, own, mark = -1e9, 0.0, 0
    for order in range(needle.starts[columns], needle.starts[columns + 1]):
        total, marked = 0.0, FITS
        for person in range(len(needle.who)):
            column = needle.orders[order, person]
            if column >= 0:
                total += room.worth[person, column]
                found = room.marks[person, column]
                marked = (marked & found & FITS) | ((marked | found) & UNSURE)
        if total > persons:
            persons, mark = total, marked
            own = room.worth[0, needle.orders[order, 0]]
    if columns == 0:
        persons = 0.0
    level = dates.compare(needle.event, event)
    year, apart = weights.bits[AT_EVENT + level], weights.bits[AT_AGAIN + level]
    place = _place(needle, weights, words)
    others = persons - own
    elsewhere = _odds(own + place + apart) + (_odds(others + apart) if others > 0 else 0.0)
    # A later year may be that of a copy, which says nothing against it.
    if (year <= _AGAINST and event & 511 <= asked) or (needle.given and place <= _AGAINST and not event & MORE_PLACES):
        mark &= UNSURE
    if event & MORE_PERSONS:
        mark |= UNSURE
    return persons + year + place, elsewhere, mark


@compiled
def weigh_rows(
    keys: Any,
    places: Any,
    records: Any,
    per_key: int,
    seen: Any,
    stamp: int,
    found: int,
    tables: Any,
    needle: Any,
    weights: Any,
    room: Any,
    numbers: Any,
    bits: Any,
    elsewhere: Any,
    marks: Any,
) -> Any:
    """Weighs the records whose places were not seen yet. As `segment.search`, of rows that were read already.

    Args:
        keys: the number of the key that each row stands under, ascending.

    Returns:
        How many are in the last four arrays now, and whether nothing was left out.
    """
    mask = len(seen) - 1
    whole = True
    key, read = -1, 0
    for i in range(len(keys)):
        if keys[i] != key:
            key, read = keys[i], 0
        if read >= per_key:
            whole = False
            continue
        read += 1
        slot = (places[i] * 0x9E3779B1 >> 7) & mask
        while seen[slot] >> 40 == stamp and numbers[seen[slot] & 0xFFFFFFFF] != places[i]:
            slot = (slot + 1) & mask
        if seen[slot] >> 40 == stamp:
            continue
        if found >= len(numbers):
            return found, False
        seen[slot] = stamp << 40 | found
        numbers[found] = places[i]
        bits[found], elsewhere[found], marks[found] = weigh(tables, needle, weights, records[i], room)
        found += 1
    return found, whole


@compiled
def choose(bits: Any, marks: Any, nothing: float, behind: float, probable: float, out: Any) -> Any:
    """Into `out` the places of candidates worth a full comparison, the best first; how many. See
    `candidates.Window`."""
    best, total, marked = -np.inf, 0.0, False
    for i in range(len(bits)):
        best = max(best, bits[i])
        marked |= marks[i] & (FITS | UNSURE) != 0
        if total < nothing and not marked:
            total += _odds(bits[i])
    if total < nothing and not marked:
        return 0
    floor = min(best - behind, probable)
    count = 0
    fitting = -1
    for i in range(len(bits)):
        if marks[i] & FITS and not marks[i] & FULL and (fitting < 0 or bits[i] > bits[fitting]):
            fitting = i
        if bits[i] < floor or (count == len(out) and bits[i] <= bits[out[count - 1]]):
            continue
        at = min(count, len(out) - 1)
        while at > 0 and bits[out[at - 1]] < bits[i]:
            out[at] = out[at - 1]
            at -= 1
        out[at] = i
        count = min(count + 1, len(out))
    if count == 0 and fitting >= 0:
        out[0] = fitting
        return 1
    fresh = 0
    for each in out[:count]:
        if not marks[each] & FULL:
            out[fresh] = each
            fresh += 1
    return fresh


@compiled
def sums(bits: Any, elsewhere: Any, marks: Any) -> Any:
    """Sums of odds over the candidates that are neither compared in full nor unsure."""
    odds = other = 0.0
    for i in range(len(bits)):
        if marks[i] & (FULL | UNSURE) == 0:
            odds += _odds(bits[i])
            other += elsewhere[i]
    return odds, other
