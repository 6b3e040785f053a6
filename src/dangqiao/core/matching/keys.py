"""Blocking keys: what an entry is found by. A query's keys and an entry's keys meet when the two may be the same.

An entry has about 15 keys for a couple. All tolerance for slips of the pen is on the query's side and costs no storage:
stage 1 looks under what the query says, stage 2 under what a clerk may have made of the names, stage 3, when nothing is
certain yet, under what is left when the name or the year is wrong altogether. Keys are non-negative 63-bit integers and
are the same for ever and everywhere (BLAKE2b with a version); they say nothing about identity numbers, whose parts are
keyed hashes already.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain, combinations, islice
from typing import NamedTuple

from dangqiao.core.matching.characters import look_alikes, torn_apart
from dangqiao.core.matching.features import EntryFeatures, IdParts, Person, Query
from dangqiao.core.vocabulary.dates import PartialDate
from dangqiao.core.vocabulary.names import (
    ILLEGIBLE,
    descriptions_unread,
    fold_name,
    fuzzy_readings,
    heard_alike,
    is_clan_name,
    is_han,
    parse_name,
    pinyin_of_fold,
    plain_sound,
    surname_length,
    without_husbands_surname,
)

STAGES = (1, 2, 3)
PERSON = b"dq-keys-1"
"""What the hash of a text is personalised with: BLAKE2b of 8 bytes, of which the first bit is left out."""
_HASH = blake2b(digest_size=8, person=PERSON)
_BITS = (1 << 63) - 1
_SPREAD = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
_ALL_YEARS = tuple(range(1912, 2031))
"""Years that a query without a year looks under."""
_FAR, _WIDE = (-20, 20), 10
"""Years that a wrong digit of a year leads to, and how far off people remember one."""
LARGEST_FAMILY = 4
"""Entries that name more persons (rosters) get no keys of pairs."""


@lru_cache(maxsize=1 << 16)
def _hash(text: str) -> int:
    hashed = _HASH.copy()
    hashed.update(text.encode())
    return int.from_bytes(hashed.digest(), "big") & _BITS


@lru_cache(maxsize=1 << 17)
def kind_hash(kind: str, value: int | str = "", more: str = "") -> int:
    """What keys of a kind are combined with: the hash of a year, a day, a county."""
    return _hash(f"{kind}|{value}|{more}")


_NO_YEAR = kind_hash("name,year", 0)
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
    surname, _, given = sound.partition(" ")
    # Whole names are too many to be remembered, and who asks for them remembers them.
    return _hash.__wrapped__(sound), _hash(surname), _hash(given) if " " in given else 0


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


def query_keys(query: Query, stage: int) -> list[int]:
    """The keys that a query looks under in one stage (1, 2 or 3); distinct, those of earlier stages not repeated."""
    return next(islice(keys_by_stage(query), stage - 1, None))


def keys_by_stage(query: Query) -> Iterator[list[int]]:
    """`query_keys` of one stage after another: each is computed when it is asked for, and once."""
    earlier: set[int] = set()
    for maker in (_as_said, _as_miswritten, _as_left_over):
        keys = [key for key in dict.fromkeys(maker(query)) if key not in earlier]
        earlier.update(keys)
        yield keys


def _as_said(query: Query) -> list[int]:
    person = query.person
    right = _wholes(person)
    keys = _named(right, _event_years(query.year, 2) + _birth_years(person.birth.year, 1))
    for other in query.others:
        keys += _pairs(right, _wholes(other))
    for each in (person, *query.others):
        if each.id_parts:
            keys += identity_keys(each.id_parts)
        if each.birth.day:
            keys += _births([sound.surname for sound in _sounds(each)], each.birth)
    return keys


def _as_miswritten(query: Query) -> list[int]:
    person = query.person
    right, (wrong, surnames) = _wholes(person), _mistakes(person)
    keys = _named(wrong, _event_years(query.year, 1) + _birth_years(person.birth.year, 0))
    keys += _births(surnames, person.birth)
    for other in query.others:
        keys += _pairs(wrong, _wholes(other)) + _pairs(right, _mistakes(other)[0])
    return keys


def _as_left_over(query: Query) -> list[int]:
    """Names in other years; parts of names; the other person alone."""
    person, born = query.person, query.person.birth.year
    wide = _years("name,year", _around(query.year, _FAR, _WIDE) if query.year else _ALL_YEARS)
    births = _years("name,birth", _around(born, (-10, 10), 4)) if born else ()
    keys = _named(_wholes(person), (*wide, _NO_YEAR, *births))
    for year in (*_around(query.year, (), 1), 0) if query.year else ():
        given_in_year, in_counties = event_hashes(year, query.place_codes)[1:]
        for _whole, surname, given in (*_sounds(person), *_clan(person.name)):
            if given:
                keys.append(given_in_year ^ given)
            keys += [in_county ^ surname for in_county in in_counties]
    for other in query.others:
        keys += _named(_wholes(other), (*wide, _NO_YEAR, *_birth_years(other.birth.year, 1)))
    return keys


def _sounds(person: Person) -> tuple[SoundHashes, ...]:
    """Of all names of a person."""
    own = sound_hashes(person.name)
    if not person.former_names:
        return own
    return tuple(dict.fromkeys(chain(own, *map(sound_hashes, person.former_names))))


def _wholes(person: Person) -> list[int]:
    return [sound.whole for sound in _sounds(person)]


def _named(wholes: Iterable[int], years: tuple[int, ...]) -> list[int]:
    return [year ^ whole for whole in wholes for year in years]


def _births(surnames: Iterable[int], birth: PartialDate) -> list[int]:
    if not birth.day:
        return []
    born = born_hash(birth)
    return [born ^ surname for surname in surnames]


def born_hash(birth: PartialDate) -> int:
    """What the keys of a whole birth date are combined with."""
    return kind_hash("surname,birth", ((birth.year or 0) * 100 + (birth.month or 0)) * 100 + (birth.day or 0))


def _event_years(year: int | None, reach: int) -> tuple[int, ...]:
    """Hashes of the years around, and of 0 for entries whose year is not known."""
    return (*_years("name,year", _around(year, (), reach)), _NO_YEAR) if year else ()


def _birth_years(year: int | None, reach: int) -> tuple[int, ...]:
    return _years("name,birth", _around(year, (), reach)) if year else ()


def _around(year: int, far: Iterable[int], reach: int) -> tuple[int, ...]:
    return tuple([year + shift for shift in (*far, *range(-reach, reach + 1))])


@lru_cache(maxsize=1 << 12)
def _years(kind: str, years: tuple[int, ...]) -> tuple[int, ...]:
    return tuple([kind_hash(kind, year) for year in years])


def pair_key(one: int, other: int) -> int:
    """Of the hashes of two names, unordered: husband and wife stand in either column."""
    return ((one + other) & _BITS) ^ _PAIR


def _pairs(ones: Iterable[int], others: Sequence[int]) -> list[int]:
    return [pair_key(one, other) for one in ones for other in others]


def identity_keys(parts: IdParts) -> tuple[int, int]:
    """Without the area, and without the birth date: a wrong digit in the sequence is left to the other keys."""
    spread, other = _SPREAD
    sequence = parts.sequence * other
    return (
        ((parts.birth * spread + sequence) & _BITS) ^ _ID_BIRTH,
        ((parts.area * spread + sequence) & _BITS) ^ _ID_AREA,
    )


def _clan(name: str) -> tuple[SoundHashes, ...]:
    """王秀英 may stand as 王氏."""
    folded = fold_name(name)
    length = surname_length(folded)
    return (SoundHashes(*hashes_of_sound(pinyin_of_fold(folded[:length] + "氏"))),) if length else ()


def _mistakes(person: Person) -> tuple[list[int], list[int]]:
    """How the sounds change when a clerk takes a character for a look-alike or for two, reads it otherwise, leaves it
    out, doubles it, changes places, writes the sign for illegible or 氏 for the given name: hashes of whole names and
    of surnames."""
    right, made = set(_wholes(person)), [_mistakes_in(name) for name in (person.name, *person.former_names)]
    clan = _clan(person.name)
    wholes = dict.fromkeys(chain(*[wholes for wholes, _ in made]))
    surnames = dict.fromkeys(chain(*[surnames for _, surnames in made], [sound.surname for sound in clan]))
    return [*[whole for whole in wholes if whole not in right], *[sound.whole for sound in clan]], list(surnames)


@lru_cache(maxsize=1 << 10)
def _mistakes_in(name: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    folded = fold_name(name)
    if not folded or not is_han(folded[0]) or len(folded) > 6:
        return (), ()
    wrong = [plain_sound(changed) or pinyin_of_fold(changed) for changed in _rewritten(folded)]
    wrong += [" ".join(changed) for changed in _respelled(folded, pinyin_of_fold(folded).split())]
    sounds = dict.fromkeys(wrong)
    surnames = dict.fromkeys([sound.partition(" ")[0] for sound in sounds])
    return tuple(map(_hash.__wrapped__, sounds)), tuple(map(_hash, surnames))


def _rewritten(folded: str) -> Iterator[str]:
    for place, character in enumerate(folded):
        for other in (*look_alikes(character), *heard_alike(character), *torn_apart(character)):
            yield folded[:place] + other + folded[place + 1 :]


def _respelled(folded: str, syllables: list[str]) -> Iterator[list[str]]:
    start = 1 if len(syllables) == len(folded) else 0
    for place in range(len(syllables)):
        if len(syllables) > 2:
            yield syllables[:place] + syllables[place + 1 :]
        yield [*syllables[:place], "?", *syllables[place + 1 :]]
        if place >= start:
            yield [*syllables[: place + 1], *syllables[place:]]
            if start:
                for reading in sorted(filter(str.isascii, fuzzy_readings(folded[place]))):
                    yield [*syllables[:place], reading, *syllables[place + 1 :]]
            if place + 1 < len(syllables):
                yield [*syllables[:place], syllables[place + 1], syllables[place], *syllables[place + 2 :]]
