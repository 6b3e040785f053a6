"""One batch of entries into the database, in one short transaction: entries, keys and name counts together, so that
the index is ready as soon as an entry is there.

What costs time (parsing, hashing, encrypting) is done before, outside the transaction: SQLite has one write lock.
Batches for one archive follow one another under a named lock; so two imports of the same file write each entry once.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from dangqiao.apps.holdings import bulk
from dangqiao.apps.holdings.importing.layout import Draft
from dangqiao.apps.holdings.models import CatalogueEntry, EntryKey, NameCount
from dangqiao.apps.holdings.revisions import ENTRY_COLUMNS, Composed, compose, revise
from dangqiao.core.categories import Category

_FIXED_COLUMNS = ("archive_code", "id", "category", "revision", "imported_at", "checked_by", "deleted")
_LOOK_UP = 900
"""Identities asked for at once: within the number of places that every database takes."""

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode

Identity = tuple[str, int]


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
    revision: int
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft ready to be written."""

    draft: Draft
    digest: str
    values: tuple[Any, ...]
    """In the order of ENTRY_COLUMNS."""
    content: dict[str, Any]
    keys: list[int]
    counts: list[tuple[str, str]]


def prepare(category: Category, archive_code: str, draft: Draft, digest: str) -> Prepared:
    """A draft with what it becomes in the database."""
    composed = compose(category, archive_code, draft.common, draft.fields, draft.parties, digest)
    content = composed.columns["content"]
    values = tuple(_json(content) if name == "content" else composed.columns[name] for name in ENTRY_COLUMNS)
    return Prepared(draft, digest, values, content, composed.keys, composed.counts)


def known(archive_code: str, category_id: str, identities: Iterable[Identity]) -> dict[Identity, Known]:
    """What the database has under these identities."""
    codes = list({code for code, _item in identities})
    found: dict[Identity, Known] = {}
    for start in range(0, len(codes), _LOOK_UP):
        columns = ("reference_code", "item_number", "id", "content_digest", "revision", "imported_at")
        where = {"archive_code": archive_code, "category": category_id}
        rows = bulk.select(CatalogueEntry, columns, where, "reference_code", codes[start : start + _LOOK_UP])
        for code, item, number, digest, revision, moment in rows:
            # SQLite's moments are in UTC without saying so.
            found[code, item] = Known(number, digest, revision, moment.replace(tzinfo=UTC))
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


def write(target: Target, batch: Sequence[Prepared], first_id: int, moment: datetime) -> list[Fate]:
    """Writes a batch in the caller's transaction, which holds the archive's lock.

    Args:
        first_id: the first of as many ids as there are rows.

    Returns:
        What became of each, in order.
    """
    there = known(target.archive_code, target.category.id, (one.draft.identity for one in batch))
    fresh: list[tuple[int, Prepared]] = []
    changed: list[tuple[Known, Prepared]] = []
    fates: list[Fate] = []
    for number, one in enumerate(batch, start=first_id):
        identity = one.draft.identity
        before = there.get(identity)
        fate = _fate(target, before, one.digest)
        fates.append(fate)
        if fate is Fate.ADDED:
            fresh.append((number, one))
        elif fate is Fate.UPDATED and before:
            changed.append((before, one))
        if fate in (Fate.ADDED, Fate.UPDATED):
            there[identity] = Known(before.id if before else number, one.digest, 1, moment)
    counts: Counter[tuple[str, str]] = Counter()
    _add(target, fresh, moment, counts)
    if changed:
        _change(target, changed, moment, counts)
    bulk.count_up(NameCount, counts)
    return fates


def _fate(target: Target, before: Known | None, digest: str) -> Fate:
    if before is None:
        return Fate.ADDED
    if before.digest == digest:
        return Fate.SKIPPED
    # Changed since this import began: by another row of the same file or by somebody else. Neither may be overwritten.
    return Fate.UPDATED if target.update and before.imported_at < target.since else Fate.CONFLICT


def _add(target: Target, fresh: list[tuple[int, Prepared]], moment: datetime, counts: Counter[tuple[str, str]]) -> None:
    when = bulk.database_time(moment)
    archive, category = target.archive_code, target.category.id
    bulk.insert(
        CatalogueEntry,
        (*_FIXED_COLUMNS, *ENTRY_COLUMNS),
        [(archive, number, category, 1, when, "", False, *one.values) for number, one in fresh],
    )
    bulk.insert(
        EntryKey,
        ("key", "archive_code", "entry"),
        sorted((key, archive, number) for number, one in fresh for key in one.keys),  # neighbours share a page
    )
    for _number, one in fresh:
        counts.update(one.counts)


def _change(
    target: Target, changed: list[tuple[Known, Prepared]], moment: datetime, counts: Counter[tuple[str, str]]
) -> None:
    ids = [before.id for before, _one in changed]
    rows = {row.id: row for row in CatalogueEntry.objects.filter(archive_code=target.archive_code, id__in=ids)}
    for before, one in changed:
        columns = dict(zip(ENTRY_COLUMNS, one.values, strict=True)) | {"content": one.content}
        new = Composed(columns, one.keys, one.counts)
        revise(rows[before.id], target.category, new, actor=target.actor, reason="import", moment=moment, counts=counts)
