"""Several imports at once: each entry is written once, whoever comes first."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from dangqiao.apps.holdings import counting, index
from dangqiao.apps.holdings.features import Met, Names
from dangqiao.apps.holdings.importing import csvfile
from dangqiao.apps.holdings.importing.adding_up import summed
from dangqiao.apps.holdings.models import CatalogueEntry, ImportRun, NameCount, NamesMet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_once(take_in):
    def both(*calls):
        def call(arguments):
            try:
                return take_in(*arguments)
            finally:
                connection.close()

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(call, calls))

    return both


def entries(count: int, start: int = 0) -> list[dict[str, str]]:
    return [{"档号": f"3001-{number:05d}"} for number in range(start, start + count)]


def test_the_same_file_twice_at_once_is_one_import(at_once, couples, monkeypatch):
    monkeypatch.setattr(csvfile, "BLOCK", 3000)
    path = couples(*entries(200), {"档号": "bad", "页数": "x"})
    results = at_once((path,), (path,), (path,))
    assert CatalogueEntry.objects.count() == 200
    assert CatalogueEntry.objects.values("id").distinct().count() == 200
    assert NameCount.objects.get(kind="entries", value="marriage/310115").count == 200
    assert index.describe()["changed"] == 200
    assert sum(run.added for run in ImportRun.objects.all()) == 200
    assert all(result.rejected == 1 for result in results)


def test_overlapping_files_at_once_give_each_entry_once(at_once, couples, monkeypatch):
    monkeypatch.setattr(csvfile, "BLOCK", 3000)
    one, other = couples(*entries(120), name="one.csv"), couples(*entries(120, 60), name="other.csv")
    first, second = at_once((one,), (other,))
    assert first.added + second.added == 180
    assert first.skipped + second.skipped == 60
    assert CatalogueEntry.objects.count() == NameCount.objects.get(kind="entries").count == 180


def test_names_that_another_import_has_brought_together_are_not_counted_again():
    for name in ("张三", "李四"):
        counting.keep(Met(f"{name},{name},", Counter(), {"marriage/310115": 1}).json())
    slow = counting.kept()
    first, second = slow.counts.items()
    quick = Names(dict([first]))
    assert counting.bring_together(quick, summed(quick))
    before = set(NameCount.objects.values_list())
    assert not counting.bring_together(slow, summed(slow))
    assert before == set(NameCount.objects.values_list())
    rest = counting.kept()
    assert rest.counts == dict([second])
    assert counting.bring_together(rest, summed(rest)) and not NamesMet.objects.exists()
    assert NameCount.objects.get(kind="entries").count == 2
