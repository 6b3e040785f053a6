"""One chunk of entries into the database, in one short transaction: entries, index and what they count together, so
that an entry is found as soon as it is there.

What costs time (parsing, hashing, encrypting) is done before, outside the transaction: SQLite has one write lock.
Chunks for one archive follow one another under a named lock; so two imports of the same file write each entry once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import compress
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from dangqiao.apps.holdings import bulk, counting, index
from dangqiao.apps.holdings.composing import ENTRY_COLUMNS, Composed
from dangqiao.apps.holdings.features import Counts, additions, counted, features, name_counts, stored_keys
from dangqiao.apps.holdings.importing.preparing import Chunk, Identity
from dangqiao.apps.holdings.models import CatalogueEntry, NameCount
from dangqiao.apps.holdings.revisions import revise
from dangqiao.apps.holdings.sequences import Same
from dangqiao.core.categories import Category
from dangqiao.core.matching import EntryFeatures
from dangqiao.core.matching.candidates import Addition, Change
from dangqiao.core.matching.packed import SIZE

_LOOK_UP = 900
"""Identities asked for at once: within the number of places that every database takes."""
_DIGEST = ENTRY_COLUMNS.index("content_digest")


class Fate(StrEnum):
    """What became of an entry."""

    ADDED = "added"
    UPDATED = "updated"
    SKIPPED = "skipped"
    CONFLICT = "import.conflict"


class Known(NamedTuple):
    """What the database has under an identity."""

    id: int
    digest: str
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """Where a chunk goes.

    Attributes:
        update: whether other content becomes a new revision.
        since: when the import began: an entry changed after that is another row's or another process's, not older data.
    """

    category: Category
    archive_code: str
    update: bool
    since: datetime
    actor: str


def write_new(target: Target, chunk: Chunk, first_id: int, moment: datetime) -> bool:
    """Writes all entries of a chunk in the caller's transaction, which holds the archive's lock, if none of them is
    known yet; whether it did. Nobody is asked before, so that a first import is fast: the database refuses an identity
    that it has.

    Args:
        first_id: the first of as many ids as the chunk has entries.
    """
    ids = range(first_id, first_id + len(chunk.numbers))
    try:
        with transaction.atomic():
            _insert(target, ids, chunk.columns, moment)
    except IntegrityError:
        return False
    counting.keep(chunk.counts)
    # Last: the index may take a lock that all archives share.
    index.add(Addition(target.archive_code, ids, chunk.keys, chunk.owners, chunk.records))
    return True


def write(target: Target, chunk: Chunk, first: int, first_id: int, moment: datetime) -> dict[int, Fate]:
    """Writes the entries of a chunk from the place `first` on, each as it must be, in the caller's transaction, which
    holds the archive's lock.

    Returns:
        What became of each, by its place.
    """
    identities, digests = chunk.identities(), chunk.columns[_DIGEST]
    there = known(target.archive_code, target.category.id, {code for code, _item in identities[first:]})
    fates: dict[int, Fate] = {}
    changed: dict[int, Known] = {}
    for place in range(first, len(identities)):
        before = there.get(identities[place])
        fate = fates[place] = _fate(target, before, digests[place])
        if fate is Fate.UPDATED and before:
            changed[place] = before
        if fate in (Fate.ADDED, Fate.UPDATED):
            there[identities[place]] = Known(before.id if before else first_id + place, digests[place], moment)
    counts: Counts = {}
    fresh = [fates.get(place) is Fate.ADDED for place in range(len(identities))]
    if any(fresh):
        ids = [first_id + place if new else 0 for place, new in enumerate(fresh)]
        _insert(target, list(filter(None, ids)), [list(compress(column, fresh)) for column in chunk.columns], moment)
        new_ones = [counted(_features(target, chunk.values(place))) for place, new in enumerate(fresh) if new]
        counts = name_counts(new_ones, target.category.id, target.archive_code)
    changes = _change(target, chunk, changed, moment, counts) if changed else []
    bulk.count_up(NameCount, additions(counts))
    if any(fresh):
        index.add(Addition(target.archive_code, ids, chunk.keys, chunk.owners, chunk.records))
    index.change(changes)
    return fates


def known(archive_code: str, category_id: str, reference_codes: Iterable[str]) -> dict[Identity, Known]:
    """What the database has under these reference codes."""
    codes = list(reference_codes)
    found: dict[Identity, Known] = {}
    for start in range(0, len(codes), _LOOK_UP):
        columns = ("reference_code", "item_number", "id", "content_digest", "imported_at")
        where = {"archive_code": archive_code, "category": category_id}
        rows = bulk.select(CatalogueEntry, columns, where, "reference_code", codes[start : start + _LOOK_UP])
        for code, item, number, digest, moment in rows:
            # SQLite's moments are in UTC without saying so.
            found[code, item] = Known(number, digest, moment.replace(tzinfo=UTC))
    return found


def _fate(target: Target, before: Known | None, digest: str) -> Fate:
    if before is None:
        return Fate.ADDED
    if before.digest == digest:
        return Fate.SKIPPED
    # Changed since this import began: by another row of the same file or by somebody else. Neither may be overwritten.
    return Fate.UPDATED if target.update and before.imported_at < target.since else Fate.CONFLICT


def _insert(target: Target, ids: Sequence[int], columns: Sequence[Sequence[object]], moment: datetime) -> None:
    fixed = {
        "archive_code": target.archive_code,
        "category": target.category.id,
        "revision": 1,
        "imported_at": str(bulk.database_time(moment)),
        "checked_by": "",
        "deleted": False,
    }
    same = {name: Same(value, len(ids)) for name, value in fixed.items()}
    bulk.insert_columns(CatalogueEntry, same | {"id": ids} | dict(zip(ENTRY_COLUMNS, columns, strict=True)))


def _features(target: Target, columns: Mapping[str, Any]) -> EntryFeatures:
    content, iso = columns["content"], columns["event_date"]
    number, year = columns["event_number"], columns["year"]
    return features(target.category, "", target.archive_code, content, iso, year, number)


def _change(target: Target, chunk: Chunk, changed: dict[int, Known], moment: datetime, counts: Counts) -> list[Change]:
    rows = {row.id: row for row in _entries(target.archive_code, [before.id for before in changed.values()])}
    changes: list[Change] = []
    for place, before in changed.items():
        columns = chunk.values(place)
        entry = _features(target, columns)
        record = chunk.records[place * SIZE : (place + 1) * SIZE]
        new = Composed(columns, stored_keys(entry, target.category.id), record, counted(entry))
        changes.append(
            revise(
                rows[before.id], target.category, new, actor=target.actor, reason="import", moment=moment, counts=counts
            )
        )
    return changes


def _entries(archive_code: str, ids: Sequence[int]) -> Iterable[CatalogueEntry]:
    for start in range(0, len(ids), _LOOK_UP):
        yield from CatalogueEntry.objects.filter(archive_code=archive_code, id__in=ids[start : start + _LOOK_UP])
