"""The whole catalogue as an index is built from it: stored entries by columns, as an import has them."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from dangqiao.apps.holdings.features import SEXES, born_by_event, features, place_codes, salt, stored_keys
from dangqiao.apps.holdings.models import CatalogueEntry
from dangqiao.core import categories
from dangqiao.core.categories import Category, FieldKind, PartyDefinition
from dangqiao.core.matching import IdParts, columns
from dangqiao.core.matching.candidates import Addition
from dangqiao.core.matching.packed import pack
from dangqiao.core.vocabulary.identity import Sex

_READ_AT_ONCE = 4000


class _Row(NamedTuple):
    """What an index needs of a stored entry."""

    id: int
    category: str
    content: Mapping[str, Any]
    event_date: str
    year: int | None


def additions() -> Iterator[Addition]:
    """The whole catalogue, by archive."""
    archives = CatalogueEntry.objects.order_by("archive_code").values_list("archive_code", flat=True).distinct()
    indexer = cache(lambda category: columns.Indexer(salt(category)))
    for archive in list(archives):
        last = 0
        rows = CatalogueEntry.objects.filter(archive_code=archive, deleted=False).order_by("id")
        while some := [_Row(*row) for row in rows.filter(id__gt=last).values_list(*_Row._fields)[:_READ_AT_ONCE]]:
            last = some[-1].id
            some.sort(key=lambda row: row.category)
            for name, own in groupby(some, key=lambda row: row.category):
                category = categories.get(name)
                usual: list[_Row] = []
                others: list[_Row] = []
                roles = [party.role for party in category.parties]
                for row in own:
                    (usual if _in_order(row.content, roles) else others).append(row)
                if usual:
                    found = indexer(name)(_entries(category, archive, usual))
                    ids = [row.id for row in usual]
                    keys, owners = array("q", found.keys.tobytes()), array("I", found.owners.tobytes())
                    yield Addition(archive, ids, keys, owners, found.records)
                if others:
                    yield _one_by_one(category, archive, others)


def _in_order(content: Mapping[str, Any], roles: Iterable[str]) -> bool:
    """Whether the persons of an entry stand in the order of the roles, each once."""
    left = iter(roles)
    return all(party["role"] in left for party in content["parties"])


def _one_by_one(category: Category, archive: str, rows: Iterable[_Row]) -> Addition:
    keys: list[int] = []
    owners: list[int] = []
    records: list[bytes] = []
    ids: list[int] = []
    for place, row in enumerate(rows):
        entry = features(category, "", archive, row.content, row.event_date, row.year, "")
        own = stored_keys(entry, category.id)
        keys += own
        owners += [place] * len(own)
        records.append(pack(entry))
        ids.append(row.id)
    return Addition(archive, ids, array("q", keys), array("I", owners), b"".join(records))


def _entries(category: Category, archive: str, rows: list[_Row]) -> columns.Entries:
    """Rows as `features` has each of them."""
    nowhere, named = (archive,), [one.key for one in category.fields if one.kind is FieldKind.PLACE]
    fields = [row.content["fields"] for row in rows]
    there = [{party["role"]: party for party in row.content["parties"]} for row in rows]
    return columns.Entries(
        parties=[
            _party([parties.get(party.role) for parties in there], party, [row.year for row in rows])
            for party in category.parties
        ],
        dates=[
            _mark(said.get(category.event_date)) if row.event_date else ""
            for said, row in zip(fields, rows, strict=True)
        ],
        years=[row.year for row in rows],
        places=[
            tuple(dict.fromkeys(code for key in named if key in said for code in place_codes(said[key]))) or nowhere
            for said in fields
        ],
    )


def _party(persons: list[Mapping[str, Any] | None], party: PartyDefinition, years: list[int | None]) -> columns.Party:
    known = [person or {} for person in persons]
    return columns.Party(
        there=[person is not None for person in persons],
        names=[person.get("name", "") for person in known],
        former_names=[tuple(person.get("former_names", ())) for person in known],
        sexes=[SEXES.get(person.get("sex") or party.sex, Sex.UNKNOWN) for person in known],
        births=[_born(person, year, party.role) for person, year in zip(known, years, strict=True)],
        numbers=[IdParts(*parts) if (parts := person.get("identity_parts")) else None for person in known],
    )


def _born(person: Mapping[str, Any], year: int | None, role: str) -> str:
    birth = person.get("birth_date")
    return person.get("birth_in_number") or born_by_event(birth, year, role) or _mark(birth)


def _mark(date: Mapping[str, Any] | None) -> str:
    return columns.mark(date["iso"], date.get("calendar", "")) if date else ""
