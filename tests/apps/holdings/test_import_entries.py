"""Taking in good files."""

from dangqiao.apps.holdings.models import CatalogueEntry, EntryKey, NameCount


def test_an_entry_is_stored_with_its_index(take_in, couples):
    result = take_in(couples({}))
    assert (result.added, result.rejected, result.report) == (1, 0, None)
    entry = CatalogueEntry.objects.get()
    assert (entry.reference_code, entry.event_date, entry.year, entry.checked_by) == (
        "3001-1987-001",
        "1987-03-05",
        1987,
        "",
    )
    assert entry.content["parties"][1]["birth_date"] == {"iso": "1963-04", "original": "1963年4月"}
    assert EntryKey.objects.filter(archive_code="310115", entry=entry.id).count() > 5
    assert NameCount.objects.get(kind="name", value="李秀英").count == 1
