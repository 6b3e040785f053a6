"""One batch of entries into the database, in one short transaction: entries, keys and name counts together, so that
the index is ready as soon as an entry is there.

What costs time (parsing, hashing, encrypting) is done before, outside the transaction: SQLite has one write lock.
Batches for one archive follow one another under a named lock; so two imports of the same file write each entry once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from dangqiao.apps.holdings import bulk, index
from dangqiao.apps.holdings.composing import ENTRY_COLUMNS, Composed
from dangqiao.apps.holdings.features import name_counts
from dangqiao.apps.holdings.importing.preparing import Chunk, Identity, Prepared
from dangqiao.apps.holdings.models import CatalogueEntry, NameCount
from dangqiao.apps.holdings.revisions import revise
from dangqiao.core.categories import Category
from dangqiao.core.matching.candidates import Addition, Change
from dangqiao.core.matching.packed import SIZE

_FIXED_COLUMNS = ("archive_code", "id", "category", "revision", "imported_at", "checked_by", "deleted")
_LOOK_UP = 900
"""Identities asked for at once: within the number of places that every database takes."""


class Fate(StrEnum):
    """What became of a draft."""

    ADDED = "added"
    UPDATED = "updated"
    SKIPPED = "skipped"
    CONFLICT = "import.conflict"


class Known(NamedTuple):
    """What the database has under an identity."""

    id: int
    digest: str
    imported_at: datetime


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


@dataclass(frozen=True, slots=True)
class Target:
    """Where a batch goes.

    Attributes:
        update: whether other content becomes a new revision.
        since: when the import began: an entry changed after that is another row's or another process's, not older data.
    """

    category: Category
    archive_code: str
    update: bool
    since: datetime
    actor: str


def write(
    target: Target, chunk: Chunk, waiting: Mapping[int, Prepared], first_id: int, moment: datetime
) -> dict[int, Fate]:
    """Writes entries in the caller's transaction, which holds the archive's lock.

    Args:
        waiting: those of the chunk's drafts that are not settled yet, by their place in the chunk.
        first_id: the first of as many ids as the chunk has drafts.

    Returns:
        What became of each of `waiting`.
    """
    there = known(target.archive_code, target.category.id, {one.identity[0] for one in waiting.values()})
    fresh: dict[int, Prepared] = {}
    changed: dict[int, tuple[Known, Prepared]] = {}
    fates: dict[int, Fate] = {}
    for place, one in waiting.items():
        before = there.get(one.identity)
        fate = fates[place] = _fate(target, before, one.digest)
        if fate is Fate.ADDED:
            fresh[place] = one
        elif fate is Fate.UPDATED and before:
            changed[place] = before, one
        if fate in (Fate.ADDED, Fate.UPDATED):
            there[one.identity] = Known(before.id if before else first_id + place, one.digest, moment)
    counts: Counter[tuple[str, str]] = Counter()
    if fresh:
        _add(target, fresh, first_id, moment)
        counts.update(
            chunk.counts
            if chunk.all_new(fresh)
            else name_counts((one.counted for one in fresh.values()), target.category.id, target.archive_code)
        )
    changes = _change(target, chunk, changed, moment, counts) if changed else []
    bulk.count_up(NameCount, counts)
    # Last: the index may take a lock that all archives share.
    if fresh:
        ids = [first_id + place if place in fresh else 0 for place in range(len(chunk.drafts))]
        index.add(Addition(target.archive_code, ids, chunk.keys, chunk.owners, chunk.records))
    index.change(changes)
    return fates


def _fate(target: Target, before: Known | None, digest: str) -> Fate:
    if before is None:
        return Fate.ADDED
    if before.digest == digest:
        return Fate.SKIPPED
    # Changed since this import began: by another row of the same file or by somebody else. Neither may be overwritten.
    return Fate.UPDATED if target.update and before.imported_at < target.since else Fate.CONFLICT


def _add(target: Target, fresh: Mapping[int, Prepared], first_id: int, moment: datetime) -> None:
    when = bulk.database_time(moment)
    archive, category = target.archive_code, target.category.id
    bulk.insert(
        CatalogueEntry,
        (*_FIXED_COLUMNS, *ENTRY_COLUMNS),
        [(archive, first_id + place, category, 1, when, "", False, *one.values) for place, one in fresh.items()],
    )


def _change(
    target: Target,
    chunk: Chunk,
    changed: Mapping[int, tuple[Known, Prepared]],
    moment: datetime,
    counts: Counter[tuple[str, str]],
) -> list[Change]:
    ids = [before.id for before, _one in changed.values()]
    keys: dict[int, list[int]] = {place: [] for place in changed}
    for key, owner in zip(chunk.keys, chunk.owners, strict=True):
        if owner in keys:
            keys[owner].append(key)
    rows = {row.id: row for row in _entries(target.archive_code, ids)}
    changes: list[Change] = []
    for place, (before, one) in changed.items():
        columns = dict(zip(ENTRY_COLUMNS, one.values, strict=True)) | {"content": one.content}
        record = chunk.records[place * SIZE : (place + 1) * SIZE]
        new = Composed(columns, keys[place], record, one.counted)
        changes.append(
            revise(
                rows[before.id], target.category, new, actor=target.actor, reason="import", moment=moment, counts=counts
            )
        )
    return changes


def _entries(archive_code: str, ids: Sequence[int]) -> Iterable[CatalogueEntry]:
    for start in range(0, len(ids), _LOOK_UP):
        yield from CatalogueEntry.objects.filter(archive_code=archive_code, id__in=ids[start : start + _LOOK_UP])
