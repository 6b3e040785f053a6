"""From a table of values to entries as the database has them, by columns: what `composing.compose` does for one.

A test compares both ways for every category.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, compress
from typing import Any, NamedTuple

from dangqiao.apps.fields import cipher
from dangqiao.apps.holdings import contents
from dangqiao.apps.holdings.composing import FLAGS
from dangqiao.apps.holdings.features import SEXES, Met, born_by_event, counted_name, marked, place_codes, salt
from dangqiao.apps.holdings.importing.columns import Cells
from dangqiao.apps.holdings.importing.layout import Table
from dangqiao.core.categories import Category, FieldKind, PartyDefinition
from dangqiao.core.matching import IdParts, columns
from dangqiao.core.vocabulary.identity import Sex

_NONE: tuple[str, ...] = ()


class Composed(NamedTuple):
    """Entries by columns.

    Attributes:
        columns: in the order of ENTRY_COLUMNS.
        met: what of all of them `NameCount` counts.
    """

    columns: tuple[Sequence[Any], ...]
    indexed: columns.Indexed
    met: Met


class Composer:
    """Composes the entries of one category and archive. Remembers what it has seen of names and dates."""

    def __init__(self, category: Category, archive_code: str) -> None:
        self._category = category
        self._nowhere = (archive_code,)
        self._entries = f"{category.id}/{archive_code}"
        self._places = [one.key for one in category.fields if one.kind is FieldKind.PLACE]
        self._index = columns.Indexer(salt(category.id))

    def __call__(self, table: Table) -> Composed:
        """All entries of a table."""
        category, common, fields = self._category, table.common, table.fields
        count = len(table.numbers)
        nothing = [""] * count
        dates = _texts(fields.get(category.event_date), nothing)
        iso = [date.partition("/")[0] if "/" in date else date for date in dates]
        said = common["year"].values if "year" in common else [None] * count
        years = [year or (int(day[:4]) if day else None) for year, day in zip(said, iso, strict=True)]
        parties = [_Party(party, table.parties[party.role], years) for party in category.parties]
        places = self._codes(fields, count)
        entries = columns.Entries([one.matching for one in parties], dates, years, places)
        stored: list[Sequence[Any]] = [
            common["reference_code"].values,
            [number or 1 for number in common["item_number"].values] if "item_number" in common else [1] * count,
            _texts(common.get("fonds"), nothing),
            years,
            iso,
            _texts(fields.get(category.event_number), nothing),
            _texts(fields.get(category.place), nothing),
            common["pages"].values if "pages" in common else [None] * count,
            _content(fields, common.get("remarks"), parties, count),
            contents.digests(text.encode() for text in table.said()),
        ]
        for key, words in FLAGS.items():
            stored.append([words[value] for value in _texts(common.get(key), nothing)])
        names = marked(map(counted_name, chain.from_iterable(map(_Party.names, parties))))
        counted = Met(names, Counter(chain.from_iterable(places)), {self._entries: count})
        return Composed(tuple(stored), self._index(entries), counted)

    def _codes(self, fields: Mapping[str, Cells], count: int) -> list[tuple[str, ...]]:
        """Division codes of each entry."""
        named = [list(map(place_codes, _texts(fields[key], ()))) for key in self._places if key in fields]
        if not named:
            return [self._nowhere] * count
        if len(named) == 1:
            return [codes or self._nowhere for codes in named[0]]
        together = (dict.fromkeys(chain.from_iterable(codes)) for codes in zip(*named, strict=True))
        return [tuple(codes) or self._nowhere for codes in together]


class _Party:
    """The persons of one role.

    Attributes:
        json: of each, a member of a list behind a comma; empty where nothing is known.
        matching: what the index needs.
    """

    def __init__(self, party: PartyDefinition, cells: Mapping[str, Cells], years: Sequence[int | None]) -> None:
        count = len(years)
        nothing = [""] * count
        births = cells["birth_date"] if "birth_date" in cells else Cells(nothing, nothing, nothing, {})
        sealed, parts, born = _numbers(_texts(cells.get("identity_number"), nothing), births.values)
        members = map("".join, zip(*(one.json for one in cells.values()), sealed, strict=True))
        head = f',{{"role":"{party.role}"'
        self.json = [text and f"{head}{text}}}" for text in members]
        sex = SEXES.get(party.sex, Sex.UNKNOWN)
        self.matching = columns.Party(
            there=list(map(bool, self.json)),
            names=_texts(cells.get("name"), nothing),
            former_names=[tuple(names or ()) for names in cells["former_names"].values]
            if "former_names" in cells
            else [_NONE] * count,
            sexes=[SEXES.get(text, Sex.UNKNOWN) if text else sex for text in _texts(cells.get("sex"), nothing)],
            births=[
                inside or given or (member and _by_event(member, year, party.role))
                for given, inside, member, year in zip(births.values, born, births.json, years, strict=True)
            ],
            numbers=parts,
        )

    def names(self) -> Iterable[str]:
        """The names of those who are there."""
        return compress(self.matching.names, self.matching.there)


def _by_event(member: str, year: int | None, role: str) -> str:
    """See `born_by_event`; the birth date as a member of an object, behind a comma."""
    return born_by_event(json.loads(f"{{{member[1:]}}}")["birth_date"], year, role)


def _texts(cells: Cells | None, nothing: Sequence[str]) -> list[str]:
    """The values of a column of texts, or nothing where the file does not have it."""
    return [text or "" for text in (cells.values if cells else nothing)]


def _numbers(numbers: Sequence[str], births: Sequence[str | None]) -> tuple[list[str], list[IdParts | None], list[str]]:
    """Of identity numbers: members of an object behind a comma; keyed hashes of their parts; the birth date inside,
    where it says more than `births`."""
    sealed, parts, born = [""] * len(numbers), list[IdParts | None]([None]) * len(numbers), [""] * len(numbers)
    there = [place for place, number in enumerate(numbers) if number]
    given = [number for number in numbers if number]
    for place, number, stored in zip(there, given, cipher().encrypt_all(given), strict=True):
        told = contents.number_tells(number)
        parts[place] = told.parts
        if contents.says_more(told.born, births[place] or ""):
            born[place] = told.born
        sealed[place] = f',"identity_number":"{stored}"{contents.number_json(told, bool(born[place]))}'
    return sealed, parts, born


def _content(fields: Mapping[str, Cells], remarks: Cells | None, parties: Sequence[_Party], count: int) -> list[str]:
    """`CatalogueEntry.content` as JSON."""
    members = [cells.json for cells in fields.values()] + ([remarks.json] if remarks else [])
    said = map("".join, zip(*members, strict=True)) if members else [""] * count
    persons = map("".join, zip(*(party.json for party in parties), strict=True))
    return [f'{{"fields":{{{text[1:]}}},"parties":[{people[1:]}]}}' for text, people in zip(said, persons, strict=True)]
