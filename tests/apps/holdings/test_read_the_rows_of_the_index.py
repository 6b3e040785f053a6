"""Keys and records come from the database whole and in order, however the database is asked."""

import numpy as np
import pytest
from django.db import connection, transaction

from dangqiao.apps.holdings import index_rows, known
from dangqiao.apps.holdings.index_store import STORE
from dangqiao.core.matching.candidates import archive_and_entry

pytestmark = pytest.mark.django_db
ARCHIVES = ("310101", "310115", "340826")
KEYS = [(1 << 63) - 1 - number * 7_919 for number in range(230)]


WAYS = ["together", "part by part"] if connection.vendor == "postgresql" else ["key by key"]


@pytest.fixture(params=WAYS)
def stored(request, monkeypatch):
    """Under the key at n there are n % 7 entries in each archive; as tables of one server, and as spread ones."""
    if request.param == "part by part":
        monkeypatch.setattr(index_rows, "is_spread", lambda: True)
    rows = [(key, archive, entry + 1) for n, key in enumerate(KEYS) for archive in ARCHIVES for entry in range(n % 7)]
    for archive in ARCHIVES:
        keys, entries = np.array([(key, entry) for key, own, entry in rows if own == archive]).T
        STORE.add_keys(archive, keys, entries)
        STORE.add_records(archive, np.arange(1, 7), np.repeat(np.arange(1, 7, dtype=np.uint8), 64).reshape(6, 64))
    return rows


def read(keys, archives, per_key, enough):
    """Everything, however many questions it takes: pairs of key and place."""
    found = []
    while keys:
        some = index_rows.candidates(keys, archives, per_key, enough)
        assert some.looked > 0
        assert (np.diff(some.keys) >= 0).all()
        found += [(keys[n], archive_and_entry(place)) for n, place in zip(some.keys, some.places.tolist(), strict=True)]
        keys = keys[some.looked :]
    return found


@pytest.mark.parametrize("archives", [None, ["310115"], ["310101", "340826"], []])
@pytest.mark.parametrize(("per_key", "enough"), [(100, 10_000), (100, 101), (2, 3)])
def test_every_key_gives_its_first_places_in_order(stored, archives, per_key, enough):
    expected = [
        (key, place)
        for key in KEYS
        for place in sorted(
            (archive, entry)
            for which, archive, entry in stored
            if which == key and (archives is None or archive in archives)
        )[:per_key]
    ]
    assert read(KEYS, archives, per_key, enough) == expected


def test_records_come_each_once_in_order_and_what_has_none_is_left_out(stored):
    STORE.remove_records(ARCHIVES[1], np.array([2]))
    found = index_rows.candidates(KEYS, None, 100, 10_000)
    there = {(archive, entry) for _, archive, entry in stored} - {(ARCHIVES[1], 2)}
    assert [archive_and_entry(place) for place in found.recorded.tolist()] == sorted(there)
    assert [set(one.tolist()) for one in found.records] == [{entry} for _, entry in sorted(there)]


def test_what_is_known_of_names_is_kept_until_something_is_counted(take_in, couples):
    take_in(couples({}))
    before = known.current()
    assert known.current() is before
    assert before.population("marriage", None) == before.population("marriage", ["310115"]) == 1
    with transaction.atomic():
        take_in(couples({"档号": "3001-1987-002"}, name="other.csv"))
        assert known.current().population("marriage", None) == 2
        transaction.set_rollback(True)
    assert known.current().population("marriage", None) == 1
