"""What is said of an entry, composed for the database. Knows no model: the processes that help an import load no Django
apps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dangqiao.apps.holdings.contents import stored
from dangqiao.apps.holdings.features import Counted, counted, features, stored_keys
from dangqiao.core.categories import Category
from dangqiao.core.matching.packed import pack

FLAGS: dict[str, dict[str, str]] = {
    "digitisation": {"": "unknown", "已数字化": "full", "部分数字化": "part", "未数字化": "none"},
    "original_state": {"": "unknown", "完好": "sound", "破损": "damaged", "缺失": "missing"},
    "restriction": {"": "none", "无": "none", "限本人": "party_only", "不予提供": "not_provided"},
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
    """What is said of an entry, as the database keeps it: ENTRY_COLUMNS, keys, packed record, and what `NameCount`
    counts."""

    columns: dict[str, Any]
    keys: list[int]
    record: bytes
    counted: Counted


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
    return Composed(columns, stored_keys(entry, category.id), pack(entry), counted(entry))
