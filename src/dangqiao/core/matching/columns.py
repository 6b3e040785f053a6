"""`entry_keys` and `pack` for many entries at once, in arrays: what a bulk import can afford.

What depends on one value alone (a name, a date, a year with its places) is asked of `keys` and `packed`, once for each
distinct value. Only what joins values is done here. An entry that is out of the ordinary (a name that may sound in
several ways, former names) gets its keys from `entry_keys` itself. A test compares both ways.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dangqiao.core.matching.features import EntryFeatures, IdParts, Person
from dangqiao.core.matching.keys import (
    LARGEST_FAMILY,
    born_hash,
    entry_keys,
    event_hashes,
    hashes_of_sound,
    identity_keys,
    kind_hash,
    pair_key,
    sound_hashes,
)
from dangqiao.core.matching.packed import (
    ASK,
    COUNT_SHIFT,
    FIRST_YEAR,
    HAS_NUMBER,
    MORE_PERSONS,
    MORE_PLACES,
    PERSONS,
    PLACE_BITS,
    SEX_SHIFT,
    SIZE,
    SURNAME_SHIFT,
    date_bits,
    name_bits,
)
from dangqiao.core.vocabulary.dates import Calendar, PartialDate, from_iso
from dangqiao.core.vocabulary.identity import Sex
from dangqiao.core.vocabulary.names import fold_name, plain_sound

MOST_DISTINCT = 1 << 17
"""Values that a table remembers before it begins anew: memory is bounded, whatever the catalogue."""
MOST_COUNTIES = 8
"""An entry that names more is out of the ordinary."""

Array = NDArray[Any]


class Party(NamedTuple):
    """The persons of one role, a place for each entry.

    Attributes:
        there: whether the entry says anything of this person.
        births: birth dates, as `mark` writes them.
    """

    there: Sequence[bool]
    names: Sequence[str]
    former_names: Sequence[tuple[str, ...]]
    sexes: Sequence[Sex]
    births: Sequence[str]
    numbers: Sequence[IdParts | None]


class Entries(NamedTuple):
    """Entries by columns. `dates`: of the event, as `mark` writes them; the others as in `EntryFeatures`."""

    parties: Sequence[Party]
    dates: Sequence[str]
    years: Sequence[int | None]
    places: Sequence[tuple[str, ...]]

    def features(self, place: int) -> EntryFeatures:
        """One of them; what keys and records need of it."""
        return EntryFeatures(
            identity="",
            persons=tuple(_person(party, place) for party in self.parties if party.there[place]),
            event_year=self.years[place],
            event_date=unmarked(self.dates[place]),
            place_codes=self.places[place],
        )


class Arranged(NamedTuple):
    """Entries as arrays, a place for each entry.

    Attributes:
        there: for each role, whether the entry says anything of this person; `parties`: as `party_rows` makes them.
        dates: of the event, as `date_rows` makes them; `years`: of the file, 0 where it is not known.
        events: as `event_rows` makes them.
        features: one of them; what keys and records need of it.
    """

    there: Sequence[Array]
    parties: Sequence[Array]
    dates: Array
    years: Array
    events: Array
    features: Callable[[int], EntryFeatures]


class Indexed(NamedTuple):
    """Keys, ascending; the place of the entry that each belongs to; packed records, one after another."""

    keys: NDArray[np.int64]
    owners: NDArray[np.uint32]
    records: bytes


def mark(iso: str, calendar: str = "") -> str:
    """A date in one word: ISO 8601 as precise as known, and after a stroke the calendar if the words name one."""
    return f"{iso}/{calendar}" if calendar else iso


def name_rows(names: Iterable[str]) -> Array:
    """Everything that keys and records need of written names."""
    return np.array(list(map(_of_name, names)), NAME)


def date_rows(marks: Iterable[str]) -> Array:
    """The same of dates, as `mark` writes them."""
    return np.array(list(map(_of_date, marks)), DATE)


def event_rows(events: Iterable[tuple[int, tuple[str, ...]]]) -> Array:
    """The same of years (0: unknown) with division codes."""
    return np.array(list(map(_of_place_and_year, events)), EVENT)


def party_rows(names: Array, births: Array, sexes: Array, former: Array) -> Array:
    """Persons of a role, without numbers.

    Args:
        names, births: of `name_rows` and `date_rows`.
        sexes: as `SEX_BITS` has them.
        former: whether former names are known.
    """
    known = np.zeros(len(names), _PARTY)
    for table, values in ((names, NAME), (births, DATE)):
        for name, _size in values:
            known[name] = table[name]
    known["facts"] |= births["bits"] | sexes | former * np.uint32(ASK)
    known["unusual"] |= former
    return known


def add_numbers(party: Array, rows: Array, parts: Sequence[Array]) -> None:
    """Gives the persons at these places the hashed parts of their identity numbers."""
    for field, values in zip(IdParts._fields, parts, strict=True):
        party[field][rows] = values
    party["facts"][rows] |= HAS_NUMBER


class Indexer:
    """Makes keys and records. Remembers values from one call to the next.

    Args:
        salt: what keeps the keys of a category apart from those of others; all of its keys are combined with it.
    """

    def __init__(self, salt: int) -> None:
        self._salt = np.uint64(salt)
        self._names = Distinct(NAME, name_rows)
        self._dates = Distinct(DATE, date_rows)
        self.events = Distinct(EVENT, event_rows)

    def __call__(self, entries: Entries) -> Indexed:
        """Keys and records of entries."""
        dates = self._dates(entries.dates)
        years = np.fromiter((year or 0 for year in entries.years), np.int64, len(entries.years))
        when = np.where(dates["year"], dates["year"], years).tolist()
        there = [np.array(party.there, bool) for party in entries.parties]
        parties = [self._party(party) for party in entries.parties]
        events = self.events(zip(when, entries.places, strict=True))
        return self.index(Arranged(there, parties, dates, years, events, entries.features))

    def index(self, entries: Arranged) -> Indexed:
        """Keys and records of entries in arrays."""
        dates, events, years = entries.dates, entries.events, entries.years
        records = np.zeros(len(years), _RECORD)
        alone = np.where((years > FIRST_YEAR) & (years < FIRST_YEAR + (1 << 9)), years - FIRST_YEAR, 0)  # `year_bits`
        records["event"] = np.where(dates["bits"], dates["bits"], alone) | events["more"]
        records["low"], records["high"] = events["codes"] & 0xFFFF, events["codes"] >> np.uint64(16)
        unusual = np.logical_or.reduce([party["unusual"] for party in entries.parties]) | events["unusual"]
        found = [self._keys_one_by_one(entries.features, np.flatnonzero(unusual))]
        for rows, present in _alike(entries.there, len(years)):
            _fill(records, rows, [entries.parties[role][rows] for role in present])
            usual = rows[~unusual[rows]]
            found.append(_keys([entries.parties[role][usual] for role in present], events[usual], usual))
        keys, owners = (np.concatenate(parts) for parts in zip(*found, strict=True))
        keys ^= self._salt
        order = np.argsort(keys)
        return Indexed(keys[order].view(np.int64), owners[order], records.tobytes())

    def _party(self, party: Party) -> Array:
        """Everything about the persons of a role."""
        sexes = np.fromiter(map(SEX_BITS.__getitem__, party.sexes), np.uint32, len(party.sexes))
        former = np.fromiter(map(bool, party.former_names), bool, len(party.former_names))
        known = party_rows(self._names(party.names), self._dates(party.births), sexes, former)
        rows = [row for row, number in enumerate(party.numbers) if number]
        if rows:
            numbers = np.array([party.numbers[row] for row in rows], np.uint64)
            add_numbers(known, np.array(rows), [numbers[:, column] for column in range(len(IdParts._fields))])
        return known

    @staticmethod
    def _keys_one_by_one(features_of: Callable[[int], EntryFeatures], rows: Array) -> tuple[Array, Array]:
        keys: list[int] = []
        owners: list[int] = []
        for row in rows.tolist():
            own = entry_keys(features_of(row))
            keys += own
            owners += [row] * len(own)
        return np.array(keys, np.uint64), np.array(owners, np.uint32)


NAME = [
    ("whole", "u8"),
    ("surname", "u8"),
    ("given", "u8"),
    ("named", "?"),
    ("unusual", "?"),
    ("name", "u8"),
    ("facts", "u4"),
]
DATE = [("in_year", "u8"), ("on_day", "u8"), ("bits", "u4"), ("year", "u2")]
_NUMBER = [(field, "u8") for field in IdParts._fields]
_PARTY = np.dtype([*NAME, *DATE, *_NUMBER])
EVENT = [
    ("in_year", "u8"),
    ("given_in_year", "u8"),
    ("in_county", "u8", MOST_COUNTIES),
    ("codes", "u8"),
    ("more", "u4"),
    ("unusual", "?"),
]
_PERSON = [("name", "<u8"), ("area", "<u2"), ("birth", "<u2"), ("sequence", "<u2"), ("facts", "<u4")]
_RECORD = np.dtype([("persons", _PERSON, PERSONS), ("event", "<u4"), ("low", "<u2"), ("high", "<u4")])
"""As `packed` lays a record out."""
assert _RECORD.itemsize == SIZE
SEX_BITS = {sex: place << SEX_SHIFT for place, sex in enumerate((Sex.UNKNOWN, Sex.MALE, Sex.FEMALE))}


class Distinct(dict[Hashable, int]):
    """Numbers the distinct values of columns and keeps in a table what was computed of each."""

    def __init__(self, fields: Any, compute: Callable[[Any], Array]) -> None:
        super().__init__()
        self._compute = compute
        self._table = np.zeros(1 << 10, np.dtype(fields))
        self._new: list[Hashable] = []

    def __missing__(self, value: Hashable) -> int:
        self._new.append(value)
        number = self[value] = len(self)
        return number

    def __call__(self, column: Iterable[Hashable]) -> Array:
        """A row of the table for each value."""
        if len(self) > MOST_DISTINCT:
            self.clear()
        before = len(self)
        numbers = np.fromiter(map(self.__getitem__, column), np.intp)
        if self._new:
            if len(self) > len(self._table):
                larger = np.zeros(2 * len(self), self._table.dtype)
                larger[:before] = self._table[:before]
                self._table = larger
            self._table[before : len(self)] = self._compute(self._new)
            self._new.clear()
        return self._table[numbers]


def _of_name(name: str) -> tuple[Any, ...]:
    folded = fold_name(name)
    if len(folded) == len(name) and (sound := plain_sound(folded)) and folded[-1] != "氏" and max(folded) <= "\uffff":
        points = ord(folded[0]) | ord(folded[1]) << 16 | (ord(folded[2]) << 32 if len(folded) > 2 else 0)
        return (*hashes_of_sound(sound), True, False, points, 1 << SURNAME_SHIFT)
    # What is remembered here need not be remembered there as well.
    forms = sound_hashes.__wrapped__(name)
    written, facts = name_bits.__wrapped__(name)
    hashes = forms[0] if forms else (0, 0, 0)
    return (*hashes, bool(forms), len(forms) > 1, int.from_bytes(written, "little"), facts)


def unmarked(text: str) -> PartialDate:
    """The date again that `mark` wrote."""
    iso, _, calendar = text.partition("/")
    return from_iso(iso, Calendar(calendar))


@lru_cache(maxsize=1 << 15)
def _of_date(text: str) -> tuple[int, int, int, int]:
    date = unmarked(text)
    in_year = kind_hash("name,birth", date.year) if date.year else 0
    return in_year, born_hash(date) if date.day else 0, date_bits(date), date.year or 0


def _of_place_and_year(event: tuple[int, tuple[str, ...]]) -> tuple[Any, ...]:
    year, places = event
    in_year, given_in_year, in_counties = event_hashes(year, places)
    first, second, *_ = (*places, "0", "0")
    counties = (*in_counties, *[0] * MOST_COUNTIES)[:MOST_COUNTIES]
    codes = int(first) | int(second) << PLACE_BITS
    return in_year, given_in_year, counties, codes, MORE_PLACES if len(places) > 2 else 0, len(places) > MOST_COUNTIES


def _person(party: Party, place: int) -> Person:
    return Person(
        name=party.names[place],
        former_names=party.former_names[place],
        sex=party.sexes[place],
        birth=unmarked(party.births[place]),
        id_parts=party.numbers[place],
    )


def _alike(there: Sequence[Array], count: int) -> Iterator[tuple[Array, list[int]]]:
    """Entries by the roles that they name: places of entries, and these roles."""
    pattern = np.zeros(count, np.uint64)
    for role, named in enumerate(there):
        pattern |= named.astype(np.uint64) << np.uint64(role)
    for value in np.unique(pattern).tolist():
        yield np.flatnonzero(pattern == value), [role for role in range(len(there)) if value >> role & 1]


def _fill(records: Array, rows: Array, persons: Sequence[Array]) -> None:
    """What the records of entries say of their persons."""
    count = min(len(persons), PERSONS) << COUNT_SHIFT | (MORE_PERSONS if len(persons) > PERSONS else 0)
    records["event"][rows] |= np.uint32(count)
    for place, person in enumerate(persons[:PERSONS]):
        for field, size in _PERSON:
            records["persons"][field][rows, place] = person[field].astype(size)


def _keys(persons: Sequence[Array], events: Array, rows: Array) -> tuple[Array, Array]:
    """The keys of entries that name the same roles, each key once, and whose they are."""
    none = np.uint64(0)
    found: list[Array] = []
    pair: Any = pair_key  # sums and bits of numbers are the same of arrays
    for one in persons:
        named, whole, surname, given = one["named"], one["whole"], one["surname"], one["given"]
        found.append(np.where(named, events["in_year"] ^ whole, none))
        found.append(np.where(named & (one["in_year"] > 0), one["in_year"] ^ whole, none))
        found.append(np.where(named & (one["on_day"] > 0), one["on_day"] ^ surname, none))
        found.append(np.where(given > 0, events["given_in_year"] ^ given, none))
        for county in events["in_county"].T:
            if county.any():
                found.append(np.where(named & (county > 0), county ^ surname, none))
        numbered = (one["facts"] & HAS_NUMBER) > 0
        if numbered.any():
            parts: Any = IdParts._make(one[field] for field in IdParts._fields)
            found += [np.where(numbered, key, none) for key in identity_keys(parts)]
    if len(persons) <= LARGEST_FAMILY:
        for one, other in combinations(persons, 2):
            both = one["named"] & other["named"]
            found.append(np.where(both, pair(one["whole"], other["whole"]), none))
    if not found:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint32)
    keys = np.stack(found, axis=1)
    keys.sort(axis=1)
    keys[:, 1:][keys[:, 1:] == keys[:, :-1]] = 0
    entry, slot = np.nonzero(keys)
    return keys[entry, slot], rows[entry].astype(np.uint32)
