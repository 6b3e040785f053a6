"""`entry_keys` and `pack` for many entries at once, in arrays: what a bulk import can afford.

What depends on one value alone (a name, a date, a year with its places) is asked of `keys` and `packed`, once for each
distinct value. Only what joins values is done here. An entry that is out of the ordinary (a name that may sound in
several ways, former names) goes through `entry_keys` and `pack` itself. A test compares both ways.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dangqiao.core.matching.features import EntryFeatures, IdParts, Person
from dangqiao.core.matching.keys import (
    _LARGEST_FAMILY,
    _born,
    _hashes,
    _identity_keys,
    _kind,
    _of_event,
    _pair,
    entry_keys,
)
from dangqiao.core.matching.packed import (
    COUNT_SHIFT,
    HAS_NUMBER,
    MORE_PERSONS,
    MORE_PLACES,
    PERSONS,
    PLACE_BITS,
    SEX_SHIFT,
    SIZE,
    date_bits,
    name_bits,
    pack,
    year_bits,
)
from dangqiao.core.vocabulary.dates import Calendar, PartialDate, from_iso
from dangqiao.core.vocabulary.identity import Sex

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
            event_date=_date(self.dates[place]),
            place_codes=self.places[place],
        )


class Indexed(NamedTuple):
    """Keys, ascending; the place of the entry that each belongs to; packed records, one after another."""

    keys: NDArray[np.int64]
    owners: NDArray[np.uint32]
    records: bytes


def mark(iso: str, calendar: str = "") -> str:
    """A date in one word: ISO 8601 as precise as known, and after a stroke the calendar if the words name one."""
    return f"{iso}/{calendar}" if calendar else iso


class Indexer:
    """Makes keys and records. Remembers values from one call to the next.

    Args:
        salt: what keeps the keys of a category apart from those of others; all of its keys are combined with it.
    """

    def __init__(self, salt: int) -> None:
        self._salt = np.uint64(salt)
        self._names = _Distinct(_NAME, _of_name)
        self._dates = _Distinct(_DATE, _of_date)
        self._events = _Distinct(_EVENT, _of_place_and_year)

    def __call__(self, entries: Entries) -> Indexed:
        """Keys and records of entries."""
        dates = self._dates(entries.dates)
        years = [year or 0 for year in entries.years]
        events = self._events(zip(np.where(dates["year"], dates["year"], years).tolist(), entries.places, strict=True))
        parties = [self._party(party) for party in entries.parties]
        records = np.zeros(len(years), _RECORD)
        bits = np.fromiter(map(year_bits, years), np.uint32, len(years))
        records["event"] = np.where(dates["bits"], dates["bits"], bits) | events["more"]
        records["low"], records["high"] = events["codes"] & 0xFFFF, events["codes"] >> np.uint64(16)
        unusual = np.logical_or.reduce([party["unusual"] for party in parties]) | events["unusual"]
        there = [np.array(party.there, bool) & ~unusual for party in entries.parties]
        found = [self._keys_one_by_one(entries, np.flatnonzero(unusual), records)]
        for rows, present in _alike(there, ~unusual):
            persons = [parties[role][rows] for role in present]
            _fill(records, rows, persons)
            found.append(_keys(persons, events[rows], rows))
        keys, owners = (np.concatenate(parts) for parts in zip(*found, strict=True))
        keys ^= self._salt
        order = np.argsort(keys)
        return Indexed(keys[order].view(np.int64), owners[order], records.tobytes())

    def _party(self, party: Party) -> Array:
        """Everything about the persons of a role."""
        known = np.zeros(len(party.names), _PARTY)
        for table, values in ((self._names(party.names), _NAME), (self._dates(party.births), _DATE)):
            for name, _size in values:
                known[name] = table[name]
        rows = [row for row, number in enumerate(party.numbers) if number]
        if rows:
            numbers = np.array([party.numbers[row] for row in rows], np.uint64)
            for column, field in enumerate(IdParts._fields):
                known[field][rows] = numbers[:, column]
            known["facts"][rows] |= HAS_NUMBER
        known["facts"] |= known["bits"] | np.fromiter(map(_SEX_BITS.__getitem__, party.sexes), np.uint32)
        if any(party.former_names):
            known["unusual"] |= np.fromiter(map(bool, party.former_names), bool)
        return known

    def _keys_one_by_one(self, entries: Entries, rows: Array, records: Array) -> tuple[Array, Array]:
        keys: list[int] = []
        owners: list[int] = []
        for row in rows.tolist():
            features = entries.features(row)
            own = entry_keys(features)
            keys += own
            owners += [row] * len(own)
            records[row] = np.frombuffer(pack(features), _RECORD)[0]
        return np.array(keys, np.uint64), np.array(owners, np.uint32)


_NAME = [
    ("whole", "u8"),
    ("surname", "u8"),
    ("given", "u8"),
    ("named", "?"),
    ("unusual", "?"),
    ("name", "u8"),
    ("facts", "u4"),
]
_DATE = [("in_year", "u8"), ("on_day", "u8"), ("bits", "u4"), ("year", "u2")]
_NUMBER = [(field, "u8") for field in IdParts._fields]
_PARTY = np.dtype([*_NAME, *_DATE, *_NUMBER])
_EVENT = [
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
_SEX_BITS = {sex: place << SEX_SHIFT for place, sex in enumerate((Sex.UNKNOWN, Sex.MALE, Sex.FEMALE))}


class _Distinct(dict[Hashable, int]):
    """Numbers the distinct values of columns and keeps in a table what was computed of each."""

    def __init__(self, fields: Any, compute: Callable[[Any], tuple[Any, ...]]) -> None:
        super().__init__()
        self._compute = compute
        self._table = np.zeros(1 << 10, np.dtype(fields))
        self._new: list[tuple[Any, ...]] = []

    def __missing__(self, value: Hashable) -> int:
        self._new.append(self._compute(value))
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
            self._table[before : len(self)] = self._new
            self._new.clear()
        return self._table[numbers]


def _of_name(name: str) -> tuple[Any, ...]:
    # What is remembered here need not be remembered there as well.
    forms = _hashes.__wrapped__(name)
    written, facts = name_bits.__wrapped__(name)
    hashes = forms[0] if forms else (0, 0, 0)
    return (*hashes, bool(forms), len(forms) > 1, int.from_bytes(written, "little"), facts)


def _date(text: str) -> PartialDate:
    iso, _, calendar = text.partition("/")
    return from_iso(iso, Calendar(calendar))


def _of_date(text: str) -> tuple[int, int, int, int]:
    date = _date(text)
    in_year = _kind("name,birth", date.year) if date.year else 0
    return in_year, _born(date) if date.day else 0, date_bits(date), date.year or 0


def _of_place_and_year(event: tuple[int, tuple[str, ...]]) -> tuple[Any, ...]:
    year, places = event
    in_year, given_in_year, in_counties = _of_event(year, places)
    first, second, *_ = (*places, "0", "0")
    counties = (*in_counties, *[0] * MOST_COUNTIES)[:MOST_COUNTIES]
    codes = int(first) | int(second) << PLACE_BITS
    return in_year, given_in_year, counties, codes, MORE_PLACES if len(places) > 2 else 0, len(places) > MOST_COUNTIES


def _person(party: Party, place: int) -> Person:
    return Person(
        name=party.names[place],
        former_names=party.former_names[place],
        sex=party.sexes[place],
        birth=_date(party.births[place]),
        id_parts=party.numbers[place],
    )


def _alike(there: Sequence[Array], wanted: Array) -> Iterator[tuple[Array, list[int]]]:
    """Entries by the roles that they name: places of entries, and these roles."""
    pattern = np.zeros(len(wanted), np.uint64)
    for role, named in enumerate(there):
        pattern |= named.astype(np.uint64) << np.uint64(role)
    for value in np.unique(pattern[wanted]).tolist():
        rows = np.flatnonzero(wanted & (pattern == value))
        yield rows, [role for role in range(len(there)) if value >> role & 1]


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
    pair: Any = _pair  # sums and bits of numbers are the same of arrays
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
            found += [np.where(numbered, key, none) for key in _identity_keys(parts)]
    if len(persons) <= _LARGEST_FAMILY:
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
