"""Blocking keys: what an entry is found by. A query's keys and an entry's keys meet when the two may be the same.

An entry has about 15 keys for a couple. All tolerance for slips of the pen is on the query's side and costs no storage:
stage 1 looks under what the query says, stage 2 under what a clerk may have made of the names, stage 3, when nothing is
certain yet, under what is left when the name or the year is wrong altogether. Keys are non-negative 63-bit integers and
are the same for ever and everywhere (BLAKE2b with a version); they say nothing about identity numbers, whose parts are
keyed hashes already.

The hash of a name is the sum of the hashes of its syllables, each at its place: whoever has it of 王秀英 has it of
王香英 by one addition, so that hundreds of slips cost no more than a few. What joins two names is no sum (`pair_key`):
else husband and wife would have the key of the couple that has changed its given names.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import chain, combinations, islice
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dangqiao.core.matching.characters import look_alikes, torn_apart
from dangqiao.core.matching.dates import ordinal
from dangqiao.core.matching.features import EntryFeatures, IdParts, Person, Query
from dangqiao.core.vocabulary.dates import UNKNOWN, Calendar, PartialDate
from dangqiao.core.vocabulary.lunar import lunar_of
from dangqiao.core.vocabulary.names import (
    DOT,
    ILLEGIBLE,
    descriptions_unread,
    fold_name,
    fuzzy_readings,
    heard_alike,
    is_clan_name,
    is_han,
    parse_name,
    pinyin_of_fold,
    surname_length,
    syllable,
    without_husbands_surname,
)

STAGES = (1, 2, 3)
Keys: TypeAlias = NDArray[np.int64]
BITS = (1 << 63) - 1
"""Bits of a key, and of a sum of hashes."""
_HASH = blake2b(digest_size=8, person=b"dq-keys-2")
"""The first bit of its 8 bytes is left out."""
_SPREAD = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
_ALL_YEARS = tuple(range(1912, 2031))
"""Years that a query without a year looks under."""
_NEAR, _NEAR_BIRTH = range(-2, 3), range(-1, 2)
"""Years off that are looked under at once."""
_WIDE, _WIDE_BIRTH = (-20, *range(-10, 11), 20), (-10, *range(-4, 5), 10)
"""Years off that people remember, or that a wrong digit leads to."""
LARGEST_FAMILY = 4
"""Entries that name more persons (rosters) get no keys of pairs."""


@lru_cache(maxsize=1 << 16)
def _hash(text: str) -> int:
    hashed = _HASH.copy()
    hashed.update(text.encode())
    return int.from_bytes(hashed.digest(), "big") & BITS


@lru_cache(maxsize=1 << 17)
def kind_hash(kind: str, value: int | str = "", more: str = "") -> int:
    """What keys of a kind are combined with: the hash of a year, a day, a county."""
    return _hash(f"{kind}|{value}|{more}")


_NO_YEAR = kind_hash("name,year", 0)
_NONE = np.zeros(0, np.int64)
_PAIR, _ID_BIRTH, _ID_AREA = kind_hash("pair"), kind_hash("id,birth"), kind_hash("id,area")


def sounds_of(name: str) -> tuple[str, ...]:
    """The sounds that a written name is found by: its own, without a husband's surname, Latin words turned round,
    and those of other names that the field itself mentions."""
    folded = fold_name(name)
    if not folded.strip(ILLEGIBLE):
        return ()
    own = pinyin_of_fold(folded)
    if len(folded) < 4 and len(folded) == len(name) and folded[-1] != "氏":
        return (own,)
    forms = [without_husbands_surname(folded)]
    if is_clan_name(folded):
        forms.append(folded[-2:])
    if " " in folded:
        first, *rest = folded.split()
        forms.append(" ".join((*rest, first)))
    if len(folded) < len(name):
        forms.extend(map(fold_name, parse_name(name).former))
        forms.append(descriptions_unread(name))
    return tuple(dict.fromkeys((own, *map(pinyin_of_fold, filter(None, forms)))))


class SoundHashes(NamedTuple):
    """Hashes of a sound: the whole, the surname, and the given name (0 if it has one syllable only)."""

    whole: int
    surname: int
    given: int


@lru_cache(maxsize=1 << 17)
def sound_hashes(name: str) -> tuple[SoundHashes, ...]:
    """Of all sounds of a written name; most names of a catalogue come more than once."""
    return tuple(SoundHashes(*hashes_of_sound(sound)) for sound in sounds_of(name))


def hashes_of_sound(sound: str) -> tuple[int, int, int]:
    """As `SoundHashes` has them."""
    syllables = sound.split(" ")
    surname, whole = syllable_hash(0, syllables[0]), _whole(syllables)
    return whole, surname, whole - surname & BITS if len(syllables) > 2 else 0


@lru_cache(maxsize=1 << 14)
def syllable_hash(place: int, sound: str) -> int:
    """The hash of a syllable at a place of a name, from 0. Those of a name are added."""
    return _hash.__wrapped__(f"{place} {sound}")


def _whole(syllables: Sequence[str]) -> int:
    return sum([syllable_hash(place, each) for place, each in enumerate(syllables)]) & BITS


def entry_keys(features: EntryFeatures) -> list[int]:
    """The keys that an entry is stored under; distinct."""
    in_year, given_in_year, in_counties = event_hashes(features.year or 0, features.place_codes)
    keys: list[int] = []
    names: list[tuple[SoundHashes, ...]] = []
    for person in features.persons:
        forms = sound_hashes(person.name)
        if person.former_names:
            forms = tuple(dict.fromkeys(chain(forms, *map(sound_hashes, person.former_names))))
        names.append(forms)
        birth = person.birth
        for whole, surname, given in forms:
            keys.append(in_year ^ whole)
            if birth.year:
                keys.append(kind_hash("name,birth", birth.year) ^ whole)
                if birth.day:
                    keys.append(born_hash(birth) ^ surname)
            if given:
                keys.append(given_in_year ^ given)
            keys += [in_county ^ surname for in_county in in_counties]
        if person.id_parts:
            keys += identity_keys(person.id_parts)
    if len(names) <= LARGEST_FAMILY:
        for one, other in combinations(names, 2):
            keys += [pair_key(a.whole, b.whole) for a in one for b in other]
    return list(dict.fromkeys(keys))


@lru_cache(maxsize=1 << 12)
def event_hashes(year: int, counties: tuple[str, ...]) -> tuple[int, int, tuple[int, ...]]:
    """What the keys of names in an entry have in common."""
    in_counties = (kind_hash("surname,year,county", year, county) for county in counties)
    return kind_hash("name,year", year), kind_hash("given,year", year), tuple(in_counties)


def query_keys(query: Query, stage: int) -> Keys:
    """The keys that a query looks under in one stage (1, 2 or 3); those of earlier stages are not repeated."""
    return next(islice(keys_by_stage(query), stage - 1, None))


def keys_by_stage(query: Query) -> Iterator[Keys]:
    """`query_keys` of one stage after another: each is computed when it is asked for, and once."""
    for maker in (_as_said, _as_miswritten, _as_left_over):
        yield maker(query)


def _as_said(query: Query) -> Keys:
    person, year, born = query.person, query.year, query.person.birth.year
    right = _wholes(person)
    years = (*_years("name,year", year, tuple(_NEAR)), *((_NO_YEAR,) if year else ()))
    keys = _named(right, (*years, *_years("name,birth", born, tuple(_NEAR_BIRTH))))
    for other in query.others:
        keys += [pair_key(one, another) for one in right for another in _wholes(other)]
    for each in (person, *query.others):
        if each.id_parts:
            keys += identity_keys(each.id_parts)
        if each.birth.day:
            born_on = born_hash(each.birth)
            keys += [born_on ^ surname for surname in _surnames(each)]
    return np.array(keys, np.int64)


def _as_miswritten(query: Query) -> Keys:
    """Keys of hundreds of names, so in arrays."""
    person = query.person
    right, (wrong, surnames) = _wholes(person), _mistakes(person)
    years = (*_years("name,year", query.year, (-1, 0, 1)), *((_NO_YEAR,) if query.year else ()))
    keys = [wrong ^ year for year in (*years, *_years("name,birth", person.birth.year, (0,)))]
    if person.birth.day:
        keys.append(surnames ^ born_hash(person.birth))
    if (lunar := _lunar(person.birth)).day:
        born_on = born_hash(lunar)
        keys.append(np.array([born_on ^ surname for surname in _surnames(person)], np.int64))
    pair: Any = pair_key  # sums and bits of numbers are the same of arrays
    for other in query.others:
        keys += [pair(wrong, whole) for whole in _wholes(other)]
        others_wrong = _mistakes(other)[0]
        keys += [pair(others_wrong, whole) for whole in right]
    return np.concatenate([*keys, _NONE])


def _as_left_over(query: Query) -> Keys:
    """Names in other years; parts of names; the other person alone."""
    person, year = query.person, query.year
    if year:
        far = _years("name,year", year, _beyond(_WIDE, _NEAR))
        wide = (*_years("name,year", year, _WIDE), _NO_YEAR)
    else:
        far = wide = (*_years("name,year", 0, _ALL_YEARS), _NO_YEAR)
    births = _years("name,birth", person.birth.year, _beyond(_WIDE_BIRTH, _NEAR_BIRTH))
    keys = _named(_wholes(person), (*far, *births))
    surnames = dict.fromkeys((*_surnames(person), *[one.surname for one in _clan(person.name)]))
    givens = [one.given for one in _sounds(person) if one.given]
    for near in (year - 1, year, year + 1, 0) if year else ():
        given_in_year, in_counties = event_hashes(near, query.place_codes)[1:]
        keys += [given_in_year ^ given for given in givens]
        keys += [in_county ^ surname for in_county in in_counties for surname in surnames]
    for other in query.others:
        keys += _named(_wholes(other), (*wide, *_years("name,birth", other.birth.year, tuple(_NEAR_BIRTH))))
    return np.array(keys, np.int64)


def _sounds(person: Person) -> tuple[SoundHashes, ...]:
    """Of all names of a person."""
    own = sound_hashes(person.name)
    if not person.former_names:
        return own
    return tuple(dict.fromkeys(chain(own, *map(sound_hashes, person.former_names))))


def _wholes(person: Person) -> list[int]:
    return [sound.whole for sound in _sounds(person)]


def _surnames(person: Person) -> dict[int, None]:
    return dict.fromkeys([sound.surname for sound in _sounds(person)])


def _named(wholes: Iterable[int], years: tuple[int, ...]) -> list[int]:
    return [year ^ whole for whole in wholes for year in years]


def _lunar(birth: PartialDate) -> PartialDate:
    """The lunar date of a day: most old files do not say by which calendar they count."""
    if not birth.day or birth.calendar is Calendar.LUNAR:
        return UNKNOWN
    found = lunar_of(ordinal(birth))
    return PartialDate(*found) if found else UNKNOWN


def born_hash(birth: PartialDate) -> int:
    """What the keys of a whole birth date are combined with."""
    return kind_hash("surname,birth", ((birth.year or 0) * 100 + (birth.month or 0)) * 100 + (birth.day or 0))


@lru_cache(maxsize=1 << 12)
def _years(kind: str, year: int | None, shifts: tuple[int, ...]) -> tuple[int, ...]:
    """Hashes of the years around one; of none if it is not known."""
    return () if year is None else tuple([kind_hash(kind, year + shift) for shift in shifts])


@cache
def _beyond(wide: tuple[int, ...], near: range) -> tuple[int, ...]:
    return tuple(shift for shift in wide if shift not in near)


def pair_key(one: int, other: int) -> int:
    """Of the hashes of two names, unordered: husband and wife stand in either column."""
    return (((one | 1) * (other | 1)) & BITS) ^ _PAIR


def identity_keys(parts: IdParts) -> tuple[int, int]:
    """Without the area, and without the birth date: a wrong digit in the sequence is left to the other keys."""
    spread, other = _SPREAD
    sequence = parts.sequence * other
    return (
        ((parts.birth * spread + sequence) & BITS) ^ _ID_BIRTH,
        ((parts.area * spread + sequence) & BITS) ^ _ID_AREA,
    )


def _clan(name: str) -> tuple[SoundHashes, ...]:
    """王秀英 may stand as 王氏."""
    folded = fold_name(name)
    length = surname_length(folded)
    return (SoundHashes(*hashes_of_sound(pinyin_of_fold(folded[:length] + "氏"))),) if length else ()


def _mistakes(person: Person) -> tuple[Keys, Keys]:
    """How the sounds change when a clerk takes a character for a look-alike or for two, reads it otherwise, leaves it
    out, doubles it, changes places, writes the sign for illegible or 氏 for the given name: hashes of whole names and
    of surnames."""
    if not person.former_names:
        return _mistakes_in(person.name)
    made = [_mistakes_in(name) for name in (person.name, *person.former_names)]
    wholes, surnames = (np.concatenate(parts).tolist() for parts in zip(*made, strict=True))
    return _without(wholes, _wholes(person)), _without(surnames, _surnames(person))


@lru_cache(maxsize=1 << 10)
def _mistakes_in(name: str) -> tuple[Keys, Keys]:
    folded, clan, right = fold_name(name), _clan(name), sound_hashes(name)
    wholes, surnames = [one.whole for one in clan], [one.surname for one in clan]
    if folded and is_han(folded[0]) and len(folded) <= 6:
        syllables = pinyin_of_fold(folded).split()
        own = [syllable_hash(place, each) for place, each in enumerate(syllables)]
        for place, (mine, taken) in enumerate(zip(own, _taken_for(folded, syllables), strict=True)):
            rest = sum(own) - mine
            wholes += [rest + each & BITS for each in taken]
            surnames += taken if not place else ()
        for changed in _respelled(folded, syllables):
            wholes.append(_whole(changed))
            surnames.append(syllable_hash(0, changed[0]))
    return _without(wholes, [one.whole for one in right]), _without(surnames, [one.surname for one in right])


def _without(hashes: Iterable[int], right: Iterable[int]) -> Keys:
    """Each once, but not the right ones."""
    wrong = dict.fromkeys(hashes)
    for one in right:
        wrong.pop(one, None)
    return np.array(list(wrong), np.int64)


def _taken_for(folded: str, syllables: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """For each syllable the hashes of those that may stand in its place."""
    characters, length = folded.replace(DOT, ""), surname_length(folded)
    if len(characters) != len(syllables):
        return ((syllable_hash(place, "?"),) for place in range(len(syllables)))
    return (_taken_for_character(each, place, place < length) for place, each in enumerate(characters))


@lru_cache(maxsize=1 << 14)
def _taken_for_character(character: str, place: int, in_surname: bool) -> tuple[int, ...]:
    alike = [syllable(other, in_surname) for other in (*look_alikes(character), *heard_alike(character))]
    readings = sorted(filter(str.isascii, fuzzy_readings(character))) if place else ()
    return tuple([syllable_hash(place, each) for each in dict.fromkeys(("?", *alike, *readings))])


def _respelled(folded: str, syllables: list[str]) -> Iterator[list[str]]:
    """With a syllable less or more, or two changed about."""
    whole = len(syllables) == len(folded)
    if whole:
        yield [syllables[0], "?"]
        yield [syllables[0], "?", "?"]
    for place, own in enumerate(syllables):
        before, after = syllables[:place], syllables[place + 1 :]
        if len(syllables) > 2:
            yield [*before, *after]
        for two in torn_apart(folded[place]) if whole else ():
            yield [*before, syllable(two[0], not place), syllable(two[1], False), *after]
        if place or not whole:
            yield [*before, own, own, *after]
            if after:
                yield [*before, after[0], own, *after[1:]]
