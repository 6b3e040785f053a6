"""The same content is skipped, other content is a conflict or with --update a revision; stopped imports go on."""

import pytest

from dangqiao.apps.holdings.importing import csvfile, run
from dangqiao.apps.holdings.models import CatalogueEntry, EntryKey, EntryRevision, ImportRun, NameCount, PackedEntry
from tests.apps.holdings.conftest import key_rows, report_rows

pytestmark = pytest.mark.django_db


def many(count: int) -> list[dict[str, str]]:
    return [{"档号": f"3001-{number:05d}", "男方姓名": f"张建{'国军平'[number % 3]}"} for number in range(count)]


def counts() -> dict[tuple[str, str], int]:
    rows = NameCount.objects.exclude(kind="stamp").values_list("kind", "value", "count")
    return {(kind, value): count for kind, value, count in rows if count}


def test_the_same_content_is_skipped(take_in, couples):
    take_in(couples({}))
    result = take_in(couples({}, {"档号": "3001-1987-002"}, name="other.csv"))
    assert (result.added, result.skipped) == (1, 1)


def test_other_content_is_a_conflict(take_in, couples):
    take_in(couples({}))
    result = take_in(couples({"女方姓名": "李秀瑛"}))
    assert (result.skipped, result.rejected) == (0, 1)
    assert report_rows(result)[0]["错误代码"] == "import.conflict"
    assert CatalogueEntry.objects.get().content["parties"][1]["name"] == "李秀英"


@pytest.mark.parametrize("update", [False, True])
def test_a_reference_code_with_two_contents_in_one_file_is_a_conflict(take_in, couples, update):
    result = take_in(couples({}, {}, {"女方姓名": "李秀瑛"}), update=update)
    assert (result.added, result.skipped, result.rejected) == (1, 1, 1)


def test_update_makes_a_revision_and_the_index_follows(take_in, couples, choose_index):
    choose_index("sql")
    take_in(couples({"女方姓名": "李秀瑛"}))
    CatalogueEntry.objects.update(checked_by="user:somebody")
    result = take_in(couples({}), update=True)
    entry, before = CatalogueEntry.objects.get(), EntryRevision.objects.get()
    assert (result.updated, entry.revision, before.revision) == (1, 2, 1)
    assert (entry.content["parties"][1]["name"], before.content["parties"][1]["name"]) == ("李秀英", "李秀瑛")
    assert entry.checked_by == ""
    after_update, keys = counts(), {key for key, *_ in key_rows()}
    for model in (CatalogueEntry, EntryKey, PackedEntry, NameCount):
        model.objects.all().delete()
    take_in(couples({}))
    assert (after_update, keys) == (counts(), {key for key, *_ in key_rows()})


def test_columns_in_another_order_are_the_same_content(take_in, couples, tmp_path):
    path = couples({})
    take_in(path)
    header, row = path.read_text("utf-8").splitlines()
    turned = tmp_path / "turned.csv"
    turned.write_text("\n".join(",".join(reversed(line.split(","))) for line in (header, row)), encoding="utf-8")
    assert take_in(turned).skipped == 1


def test_a_stopped_import_goes_on_where_it_was(take_in, couples, monkeypatch):
    monkeypatch.setattr(csvfile, "BLOCK", 2000)
    path = couples(*many(15), {"档号": "bad", "页数": "x"}, *({"档号": f"late-{n}"} for n in range(15)))
    settle, seen = run._Importer.settle, []

    def stop_after_two(self, piece, chunk):
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(piece)
        settle(self, piece, chunk)

    monkeypatch.setattr(run._Importer, "settle", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        take_in(path)
    stopped = ImportRun.objects.get()
    assert (stopped.rows_done, stopped.position) == (
        CatalogueEntry.objects.count() + stopped.rejected + 1,
        seen[1].stop,
    )
    assert 10 < stopped.rows_done < 32
    monkeypatch.setattr(run._Importer, "settle", settle)
    result = take_in(path)
    assert (result.added, result.rejected, result.skipped, result.resumed_after) == (30, 1, 0, stopped.rows_done)
    assert [row["档号"] for row in report_rows(result)] == ["bad"]
    assert ImportRun.objects.count() == 1
    assert counts()["entries", "marriage/310115"] == 30
    assert counts()["name", "李秀英"] == 30


def test_what_a_killed_import_had_counted_is_brought_together_by_the_next(take_in, couples, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(run._Importer, "finish", lambda *_arguments: pytest.fail("killed"))
        killed.setattr(run.counting, "bring_together", lambda *_arguments: True)
        with pytest.raises(pytest.fail.Exception):
            take_in(couples(*many(3)))
    assert not counts()
    assert take_in(couples(*many(3))).added == 3
    assert (counts()["entries", "marriage/310115"], counts()["name", "李秀英"]) == (3, 3)


def test_rows_that_a_killed_import_had_reported_too_early_are_reported_once(take_in, couples, monkeypatch):
    path = couples({}, {"档号": "bad", "页数": "x"})
    result = take_in(path)
    ImportRun.objects.update(state="running", rows_done=0, added=0, rejected=0)
    CatalogueEntry.objects.all().delete()
    again = take_in(path)
    assert (again.added, again.rejected) == (1, 1)
    assert len(report_rows(result)) == 1


def test_a_finished_import_of_the_same_file_begins_anew(take_in, couples):
    path = couples({})
    take_in(path)
    assert take_in(path).skipped == 1
    assert ImportRun.objects.count() == 2
