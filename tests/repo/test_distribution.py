"""Which tables may be spread over machines, held to the rules that docs/operators/distribution.md gives."""

from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

SPREAD_BY = {
    "holdings.CatalogueEntry": "archive_code",
    "holdings.EntryRevision": "archive_code",
    "holdings.PackedEntry": "archive_code",
    "holdings.EntryKey": "key",
}


@pytest.mark.parametrize(("label", "column"), SPREAD_BY.items())
def test_every_key_of_a_distributed_table_holds_the_column_that_it_is_spread_by(label: str, column: str) -> None:
    meta = apps.get_model(label)._meta
    assert isinstance(meta.pk, models.CompositePrimaryKey)
    assert column in meta.pk.field_names
    unique = [set(one.fields) for one in meta.constraints if isinstance(one, models.UniqueConstraint)]
    assert all(column in fields for fields in unique)
    assert not [field for field in meta.local_fields if field.unique and not field.primary_key]
    assert not meta.unique_together


@pytest.mark.parametrize("label", SPREAD_BY)
def test_no_foreign_key_begins_or_ends_in_a_distributed_table(label: str) -> None:
    meta = apps.get_model(label)._meta
    assert not [field for field in meta.get_fields(include_hidden=True) if field.is_relation]


def test_the_guide_names_them_all() -> None:
    text = (Path(__file__).parents[2] / "docs" / "operators" / "distribution.md").read_text(encoding="utf-8")
    for label, column in SPREAD_BY.items():
        table = apps.get_model(label)._meta.db_table
        assert f"create_distributed_table('{table}', '{column}'" in text
