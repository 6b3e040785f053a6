"""The ordinary rows of a block, read and composed by columns of bytes: what `layout` and `entries` do with objects.

    bytes --cut--> cells --number distinct texts--> facts of each, read once --join--> content, digests, keys, records

A row is ordinary if each of its cells can be taken in and nothing about it needs a second look: no quotation marks, no
character that JSON writes otherwise, no problem. All others are left to `layout` and `entries`, which tell what is
wrong with them. A test compares both ways.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dangqiao.apps.fields import cipher
from dangqiao.apps.holdings import contents
from dangqiao.apps.holdings.composing import FLAGS
from dangqiao.apps.holdings.features import SEXES, Met, salt
from dangqiao.apps.holdings.importing.bytecolumns import ByteColumn, ByteColumns, Cut, Seen
from dangqiao.apps.holdings.importing.cells import Value
from dangqiao.apps.holdings.importing.entries import Composed
from dangqiao.apps.holdings.importing.interned import Births, Parts
from dangqiao.apps.holdings.importing.kernels import CARD, FREE, ODD, ORDINARY, OTHER
from dangqiao.apps.holdings.importing.layout import Layout, Placed
from dangqiao.apps.holdings.importing.strings import Strings, constant, joined, listed, spread, strings
from dangqiao.core.categories import Category, FieldKind, PartyDefinition
from dangqiao.core.matching import EntryFeatures, IdParts, Person, columns
from dangqiao.core.matching.packed import says_more
from dangqiao.core.vocabulary.identity import Sex

_YEARS = 1 << 12
"""More than any year."""

Group = dict[str, Seen]
Codes = tuple[str, ...]


class Sorted(NamedTuple):
    """The rows of a block by their places: those composed, and those to be read with care."""

    ordinary: NDArray[np.int64]
    composed: Composed
    odd: NDArray[np.int64]


class Ordinary:
    """Reads and composes the ordinary rows of one file. Remembers what it has seen of texts.

    Args:
        layout: whose columns are looked at.
        this_year: in which no date lies after it.
    """

    def __init__(self, category: Category, archive_code: str, layout: Layout, this_year: int) -> None:
        self._category, self._nowhere = category, (archive_code,)
        self._entries = f"{category.id}/{archive_code}"
        self._index = columns.Indexer(salt(category.id))
        self._places = [one.key for one in category.fields if one.kind is FieldKind.PLACE]
        areas, sequences = (
            Parts(width, 10**width, partial(contents.part_hashes, context=context))
            for width, context in ((6, contents.AREA), (3, contents.SEQUENCE))
        )
        self._parts = _NumberParts(areas, Births(partial(contents.part_hashes, context=contents.BIRTH)), sequences)
        made = ByteColumns(this_year)

        def group(placed: Sequence[Placed], *, of_party: bool = False) -> dict[str, ByteColumn]:
            return {one.field.key: made.column(one, of_party=of_party) for one in placed}

        self._common, self._fields = group(layout.common), group(layout.fields)
        self._parties = [group(layout.parties[party.role], of_party=True) for party in category.parties]
        self._tables = made.tables

    def __call__(self, cut: Cut) -> Sorted:
        """Composes the ordinary rows."""
        for table in self._tables:
            table.begin()
        rows = np.flatnonzero(cut.kinds == ORDINARY)
        begins, ends = cut.begins.take(rows, axis=1), cut.ends.take(rows, axis=1)
        odd = np.zeros(len(rows), np.bool_)
        groups = [
            {key: column.see(cut.data, begins, ends, odd) for key, column in group.items()}
            for group in (self._common, self._fields, *self._parties)
        ]
        other = np.flatnonzero(cut.kinds == ODD)
        if odd.any():
            groups = [{key: seen.some(~odd) for key, seen in group.items()} for group in groups]
            rows, other = rows[~odd], np.sort(np.concatenate((other, rows[odd])))
        common, fields, *parties = groups
        return Sorted(rows, self._compose(len(rows), common, fields, parties), other)

    def _compose(self, count: int, common: Group, fields: Group, parties: Sequence[Group]) -> Composed:
        category = self._category
        persons = [
            _Persons(party, group, self._parts, count) for party, group in zip(category.parties, parties, strict=True)
        ]
        date = fields.get(category.event_date)
        dates = date.rows() if date else np.zeros(count, columns.DATE)
        said_year = common["year"].rows() if "year" in common else np.zeros(count, np.int64)
        years = np.where(said_year, said_year, dates["year"])
        events = self._events(fields, np.where(dates["year"], dates["year"], years))

        def features(row: int) -> EntryFeatures:
            return EntryFeatures(
                identity="",
                persons=tuple(one.person(row) for one in persons if one.there[row]),
                event_year=int(years[row]) or None,
                event_date=columns.unmarked(date.value(row) or "") if date else columns.unmarked(""),
                place_codes=events.codes[events.which[row]],
            )

        arranged = columns.Arranged(
            [one.there for one in persons], [one.rows for one in persons], dates, years, events.rows, features
        )
        nothing = [""] * count
        stored: list[Sequence[Any]] = [
            common["reference_code"].values(),
            [number or 1 for number in common["item_number"].values()] if "item_number" in common else [1] * count,
            _texts(common.get("fonds"), nothing),
            [year or None for year in years.tolist()],
            date.more() if date else nothing,
            _texts(fields.get(category.event_number), nothing),
            _texts(fields.get(category.place), nothing),
            common["pages"].values() if "pages" in common else [None] * count,
            listed(_content(fields, common.get("remarks"), persons, count)),
            _digests((common, fields, *parties), count),
        ]
        for key, words in FLAGS.items():
            stored.append([words[value] for value in _texts(common.get(key), nothing)])
        places: Counter[str] = Counter()
        for codes, often in zip(events.codes, np.bincount(events.which).tolist(), strict=False):
            for code in codes:
                places[code] += often
        counted = Met("".join([one.folded for one in persons]), places, {self._entries: count})
        return Composed(tuple(stored), self._index.index(arranged), counted)

    def _events(self, fields: Group, years: NDArray[np.int64]) -> "_Events":
        """Years with places: each that occurs is looked up once."""
        together = years.astype(np.int64)
        named = [fields[key] for key in self._places if key in fields]
        for seen in named:
            assert seen.ids is not None
            _, together = np.unique(together << 32 | seen.ids, return_inverse=True)
        _, first, which = np.unique(together, return_index=True, return_inverse=True)
        codes: list[Codes] = []
        for row in first.tolist():
            own = dict.fromkeys(code for seen in named for code in seen.one_more(row))
            codes.append(tuple(own) or self._nowhere)
        return _Events(self._index.events(zip(years[first].tolist(), codes, strict=True))[which], which, codes)


class _Events(NamedTuple):
    """Years and places of entries: what the index needs, and which division codes each has."""

    rows: NDArray[Any]
    which: NDArray[np.int64]
    codes: list[Codes]


class _NumberParts(NamedTuple):
    """Keyed hashes of the parts of identity numbers."""

    areas: Parts
    births: Births
    sequences: Parts


class _Persons:
    """The persons of one role.

    Attributes:
        json: of each, a member of a list behind a comma; empty where nothing is known.
        there: whether anything is known; `rows`: what the index needs; `folded`: their names, as they are counted.
    """

    def __init__(self, party: PartyDefinition, group: Group, parts: _NumberParts, count: int) -> None:
        self._group, self._parts = group, parts
        self._sex = SEXES.get(party.sex, Sex.UNKNOWN)
        birth, sex, former, name = (group.get(key) for key in ("birth_date", "sex", "former_names", "name"))
        births = birth.rows() if birth else np.zeros(count, columns.DATE)
        sexes = np.full(count, columns.SEX_BITS[self._sex], np.uint32)
        if sex:
            sexes = np.where(sex.there, sex.rows(), sexes)
        sealed, numbered = self._numbers(group.get("identity_number"), births, count)
        members = [part for seen in group.values() for part in seen.json()] + sealed
        text = joined(members, count)
        self.there = text.lengths > 0
        self.json = [constant(f',{{"role":"{party.role}"', self.there), text, constant("}", self.there)]
        names, self.folded = name.names() if name else (np.zeros(count, columns.NAME), "")
        self.rows = columns.party_rows(
            names,
            births,
            sexes,
            former.json_there() if former else np.zeros(count, np.bool_),
        )
        for rows, hashes in numbered:
            columns.add_numbers(self.rows, rows, hashes)

    def _numbers(
        self, seen: Seen | None, births: NDArray[Any], count: int
    ) -> tuple[list[Strings], list[tuple[NDArray[Any], Sequence[Any]]]]:
        """Members of an object, behind commas; rows with the hashes of their numbers. Fills in `births` where the file
        gives none, or less."""
        if seen is None or seen.numbers is None:
            return [], []
        kinds, areas, days, sequences = seen.numbers
        there = kinds != FREE
        rows = np.flatnonzero(there)
        if not len(rows):
            return [], []
        texts = listed(seen.text.some(rows))
        json = [
            constant(',"identity_number":"', there),
            spread(strings(cipher().encrypt_all(texts)), rows, count),
            constant('"', there),
        ]
        cards = kinds == CARD
        known = np.flatnonzero(cards)
        area, birth, sequence = self._parts
        ids = (area(areas[known]), birth.numbers(days[known]), sequence(sequences[known]))
        marks = (',"identity_parts":[', ",", ",")
        for mark, part, own in zip(marks, self._parts, ids, strict=True):
            json += [constant(mark, cards), spread(part.digits(own), known, count)]
        told_births = birth.rows()[ids[1]]
        inside = says_more(told_births["bits"], births["bits"][known])
        births[known[inside]] = told_births[inside]
        from_number = np.zeros(count, np.bool_)
        from_number[known[inside]] = True
        json += [
            constant("]", cards),
            constant(',"birth_in_number":', from_number),
            spread(birth.born(ids[1][inside]), known[inside], count),
        ]
        hashed: list[tuple[NDArray[Any], Sequence[Any]]] = [
            (known, [part.hashes()[own] for part, own in zip(self._parts, ids, strict=True)])
        ]
        odd = np.flatnonzero(kinds == OTHER)
        if len(odd):
            told = [contents.number_tells(texts[place]) for place in np.searchsorted(rows, odd).tolist()]
            born = columns.date_rows(one.born for one in told)
            some = says_more(born["bits"], births["bits"][odd])
            json.append(spread(strings(list(map(contents.number_json, told, some.tolist()))), odd, count))
            births[odd[some]] = born[some]
            with_parts = [place for place, one in enumerate(told) if one.parts]
            numbers = np.array([told[place].parts for place in with_parts], np.uint64).reshape(-1, 3)
            hashed.append((odd[with_parts], [numbers[:, column] for column in range(3)]))
        return json, hashed

    def person(self, row: int) -> Person:
        """One of them."""
        said: dict[str, Value] = {key: seen.value(row) for key, seen in self._group.items()}
        told = contents.number_tells(said.get("identity_number") or "")
        given = said.get("birth_date") or ""
        return Person(
            name=said.get("name") or "",
            former_names=tuple(said.get("former_names") or ()),
            sex=SEXES.get(said["sex"], Sex.UNKNOWN) if said.get("sex") else self._sex,
            birth=columns.unmarked(told.born if contents.says_more(told.born, given) else given),
            id_parts=told.parts and IdParts(*told.parts),
        )


def _texts(seen: Seen | None, nothing: Sequence[str]) -> Sequence[str]:
    """The values of a column of texts, or nothing where the file does not have it."""
    if seen is None:
        return nothing
    values = seen.values()
    return values if seen.ids is None else [text or "" for text in values]


def _content(fields: Group, remarks: Seen | None, persons: Sequence[_Persons], count: int) -> Strings:
    """`CatalogueEntry.content` as JSON."""
    always = np.ones(count, np.bool_)
    said = joined([part for seen in (*fields.values(), *([remarks] if remarks else [])) for part in seen.json()], count)
    people = joined([part for one in persons for part in one.json], count)
    parts = [
        constant('{"fields":{', always),
        said.without_first(),
        constant('},"parties":[', always),
        people.without_first(),
        constant("]}", always),
    ]
    return joined(parts, count)


def _digests(groups: Sequence[Group], count: int) -> list[str]:
    """Of what each row says; see `Table.said`."""
    said = joined([part for group in groups for seen in group.values() for part in seen.said()], count)
    return contents.digests(said.without_first().views())
