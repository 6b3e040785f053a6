"""What is said of an entry replaced by updates and corrections, with history."""

from collections import Counter
from datetime import datetime

from dangqiao.apps.holdings.composing import Composed
from dangqiao.apps.holdings.features import Counts, counted, features, name_counts, stored_keys
from dangqiao.apps.holdings.models import CatalogueEntry, EntryRevision
from dangqiao.core.categories import Category
from dangqiao.core.matching import EntryFeatures
from dangqiao.core.matching.candidates import Change

_KEPT_BESIDE = ("fonds", "year", "pages", "digitisation", "original_state", "restriction", "checked_by")
"""Columns that an earlier revision keeps under "columns" in its content."""


def features_of(row: CatalogueEntry, category: Category, identity: str = "") -> EntryFeatures:
    """The features of a stored entry."""
    return features(category, identity, row.archive_code, row.content, row.event_date, row.year, row.event_number)


def revise(
    row: CatalogueEntry,
    category: Category,
    new: Composed,
    *,
    actor: str,
    reason: str,
    moment: datetime,
    counts: Counts,
) -> Change:
    """Makes the next revision in the caller's transaction, which holds the archive's lock; changes `counts` in place.

    What was checked against the original was the old content: the new one starts unchecked.

    Returns:
        What the caller must tell `index.change`, last in the transaction.
    """
    old = features_of(row, category)
    EntryRevision.objects.create(
        archive_code=row.archive_code,
        id=row.id,
        revision=row.revision,
        content=row.content | {"columns": {name: getattr(row, name) for name in _KEPT_BESIDE}},
        content_digest=row.content_digest,
        replaced_at=moment,
        replaced_by=actor,
        reason=reason,
    )
    for kind, values in name_counts([counted(old)], category.id, row.archive_code).items():
        counts.setdefault(kind, Counter()).subtract(values)
    for kind, values in name_counts([new.counted], category.id, row.archive_code).items():
        counts[kind].update(values)
    for name, value in new.columns.items():
        setattr(row, name, value)
    row.revision += 1
    row.checked_by, row.checked_at, row.deleted, row.imported_at = "", None, False, moment
    row.save()
    return Change(row.archive_code, row.id, stored_keys(old, category.id), new.keys, new.record)
