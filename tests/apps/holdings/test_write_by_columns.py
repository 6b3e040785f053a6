"""Columns go into the database as they are, whatever stands in them."""

import pytest
from django.db import IntegrityError, transaction

from dangqiao.apps.fields import now
from dangqiao.apps.holdings import bulk
from dangqiao.apps.holdings.models import CatalogueEntry
from dangqiao.apps.holdings.sequences import Same, Texts

pytestmark = pytest.mark.django_db
ODD = ["張國強", r"\N", "a\tb", "c\nd\re", "it's 100%s?", "\U00020087"]


def columns(**others):
    count = len(ODD)
    return {
        "archive_code": Same("310115", count),
        "id": range(1, count + 1),
        "category": Same("marriage", count),
        "reference_code": Texts("".join(f"{text}\x1e" for text in ODD).encode()),
        "item_number": Same(1, count),
        "revision": [1, 2, 3, 4, 5, 6],
        "fonds": ODD,
        "year": [1987, None, 1988, 1989, None, 1990],
        "event_date": Same("", count),
        "event_number": ODD,
        "place": Same("it's \\ 100%s?", count),
        "pages": Same(None, count),
        "content": Texts(b'{"fields":{"remarks":"a\\\\b\\n"},"parties":[]}\x1e' * count),
        "content_digest": ["00"] * count,
        "checked_by": Same("", count),
        "digitisation": Same("unknown", count),
        "original_state": Same("unknown", count),
        "restriction": Same("none", count),
        "deleted": Same(False, count),
        "imported_at": Same(str(bulk.database_time(now())), count),
    } | others


def test_what_was_written_is_read():
    bulk.insert_columns(CatalogueEntry, columns())
    rows = CatalogueEntry.objects.order_by("id")
    assert [row.reference_code for row in rows] == [row.fonds for row in rows] == ODD
    assert [row.year for row in rows] == columns()["year"]
    assert {(row.place, row.pages, row.deleted) for row in rows} == {("it's \\ 100%s?", None, False)}
    assert [row.content["fields"] for row in rows] == [{"remarks": "a\\b\n"}] * len(ODD)
    assert CatalogueEntry.objects.filter(reference_code=ODD[0], content__fields__remarks="a\\b\n").exists()


def test_the_database_refuses_an_identity_that_it_has():
    bulk.insert_columns(CatalogueEntry, columns())
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert_columns(CatalogueEntry, columns(id=range(11, 17)))
    assert CatalogueEntry.objects.count() == len(ODD)


def test_the_same_value_many_times():
    same = Same("a", 3)
    assert (list(same), len(same), same[1], list(same[:2])) == (["a"] * 3, 3, "a", ["a", "a"])
