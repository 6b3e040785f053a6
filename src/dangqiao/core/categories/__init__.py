"""What a record category is: its fields, who may ask, what must be shown, what a deliverable says."""

from dangqiao.core.categories.loader import add, digest, first, get, known, parse, shipped, shipped_files
from dangqiao.core.categories.schema import (
    COMMON_FIELDS,
    Category,
    Eligibility,
    FieldDefinition,
    FieldKind,
    PartyDefinition,
    Words,
)

__all__ = [
    "COMMON_FIELDS",
    "Category",
    "Eligibility",
    "FieldDefinition",
    "FieldKind",
    "PartyDefinition",
    "Words",
    "add",
    "digest",
    "first",
    "get",
    "known",
    "parse",
    "shipped",
    "shipped_files",
]
