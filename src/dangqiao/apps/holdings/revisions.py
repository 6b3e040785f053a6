"""What is said of an entry: composed for the database, and replaced with history by updates and corrections."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dangqiao.apps.holdings import bulk
from dangqiao.apps.holdings.contents import stored
from dangqiao.apps.holdings.features import features, name_counts, stored_keys
from dangqiao.apps.holdings.models import (
    CatalogueEntry,
    Digitisation,
    EntryKey,
    EntryRevision,
    OriginalState,
    Restriction,
)
from dangqiao.core.categories import Category
from dangqiao.core.matching import EntryFeatures

_KEPT_BESIDE = ("fonds", "year", "pages", "digitisation", "original_state", "restriction", "checked_by")
"""Columns that an earlier revision keeps under "columns" in its content."""


FLAGS: dict[str, dict[str, str]] = {
    "digitisation": {"": Digitisation.UNKNOWN, "已数字化": "full", "部分数字化": "part", "未数字化": "none"},
    "original_state": {"": OriginalState.UNKNOWN, "完好": "sound", "破损": "damaged", "缺失": "missing"},
    "restriction": {"": Restriction.NONE, "无": "none", "限本人": "party_only", "不予提供": "not_provided"},
}
"""Words of COMMON_FIELDS -> codes of the columns."""
ENTRY_COLUMNS = (
    "reference_code",
    "item_number",
    "fonds",
    "year",
    "event_date",
    "event_number",
    "place",
    "pages",
    "content",
    "content_digest",
    *FLAGS,
)
"""What is said of an entry decides these. The others are the import's or the database's."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What is said of an entry, as the database keeps it: ENTRY_COLUMNS, keys and name counts."""

    columns: dict[str, Any]
    keys: list[int]
    counts: list[tuple[str, str]]


def compose(
    category: Category,
    archive_code: str,
    common: Mapping[str, Any],
    fields: Mapping[str, Any],
    parties: Mapping[str, Mapping[str, Any]],
    digest: str,
) -> Composed:
    """From values as the readers of cells give them to columns, keys and counts."""
    remarks = {"remarks": common["remarks"]} if "remarks" in common else {}
    content = stored({**fields, **remarks}, parties)
    iso = fields[category.event_date]["iso"] if category.event_date in fields else ""
    number = fields.get(category.event_number, "") if category.event_number else ""
    year = common.get("year") or (int(iso[:4]) if iso else None)
    entry = features(category, "", archive_code, content, iso, year, number)
    columns = {
        "reference_code": common["reference_code"],
        "item_number": common.get("item_number") or 1,
        "fonds": common.get("fonds", ""),
        "year": year,
        "event_date": iso,
        "event_number": number,
        "place": fields.get(category.place, ""),
        "pages": common.get("pages"),
        "content": content,
        "content_digest": digest,
    }
    columns |= {key: words[common.get(key, "")] for key, words in FLAGS.items()}
    return Composed(columns, stored_keys(entry, category.id), name_counts(entry, category.id, archive_code))


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
    counts: Counter[tuple[str, str]],
) -> None:
    """Makes the next revision in the caller's transaction, which holds the archive's lock; changes `counts` in place.

    What was checked against the original was the old content: the new one starts unchecked.
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
    before, after = set(stored_keys(old, category.id)), set(new.keys)
    bulk.delete_keys(EntryKey, [(key, row.archive_code, row.id) for key in before - after])
    bulk.insert(EntryKey, ("key", "archive_code", "entry"), [(key, row.archive_code, row.id) for key in after - before])
    counts.subtract(name_counts(old, category.id, row.archive_code))
    counts.update(new.counts)
    for name, value in new.columns.items():
        setattr(row, name, value)
    row.revision += 1
    row.checked_by, row.checked_at, row.deleted, row.imported_at = "", None, False, moment
    row.save()
