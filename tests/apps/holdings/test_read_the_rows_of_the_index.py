"""Keys and records come from the database whole and in order, however the database is asked."""

import numpy as np
import pytest
from django.db import connection, transaction

from dangqiao.apps.holdings import index_rows, known
from dangqiao.apps.holdings.index_store import STORE
from dangqiao.apps.holdings.models import PackedEntry
from dangqiao.core.matching.candidates import archive_and_entry, place_of

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
        records = np.repeat(np.arange(1, 7, dtype=np.uint8), 64).reshape(6, 64)
        STORE.add(archive, np.arange(1, 7), records, keys, entries - 1)
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


@pytest.mark.parametrize("number", [230, 9])
@pytest.mark.parametrize("archives", [None, ["310115"], ["310101", "340826"], []])
@pytest.mark.parametrize(("per_key", "enough"), [(100, 10_000), (100, 101), (20, 50), (2, 3)])
def test_every_key_gives_its_places_in_order_and_no_more_than_wanted(stored, archives, per_key, enough, number):
    keys = KEYS[:number]
    found = read(keys, archives, per_key, enough)
    assert [key for key, _ in found] == sorted((key for key, _ in found), reverse=True)
    there = [
        (n, (archive, entry))
        for n, key in enumerate(keys)
        for which, archive, entry in stored
        if which == key and (archives is None or archive in archives)
    ]
    met = {key: [place for which, place in found if which == key] for key in keys}
    for n, places in enumerate(met.values()):
        assert places == sorted(set(places))
        assert len(places) <= per_key
        if places:  # of this key, or of some from this one on
            assert set(places) <= {place for which, place in there if which >= n}
    if per_key == 2:  # each key by itself
        assert [len(places) for places in met.values()] == [
            min(per_key, sum(which == n for which, _ in there)) for n in range(number)
        ]
    else:
        assert {place for _, place in found} == {place for _, place in there}


def test_every_place_comes_with_its_record_and_what_has_none_is_left_out(stored):
    PackedEntry.objects.filter(archive_code=ARCHIVES[1], entry=2).delete()
    found = index_rows.candidates(KEYS, None, 100, 10_000)
    places = [archive_and_entry(place) for place in found.places.tolist()]
    assert set(places) == {(archive, entry) for _, archive, entry in stored} - {(ARCHIVES[1], 2)}
    assert [set(one.tolist()) for one in found.records] == [{entry} for _, entry in places]


def test_what_was_removed_is_not_found_and_may_come_again_under_other_keys(stored):
    one = np.array([2])
    STORE.remove(ARCHIVES[1], one, *np.array([(key, 0) for key, *place in stored if place == [ARCHIVES[1], 2]]).T)
    place = place_of(ARCHIVES[1], 2)
    assert place not in index_rows.candidates(KEYS, None, 100, 10_000).places
    STORE.add(ARCHIVES[1], one, np.full((1, 64), 9, np.uint8), np.array([KEYS[0], 5, 7]), np.array([0, 0, 0]))
    found = index_rows.candidates([*KEYS, 5], None, 100, 10_000)
    assert len(found.keys[found.places == place]) == 2
    assert (found.records[found.places == place] == 9).all()


if connection.vendor == "postgresql":

    def test_the_smallest_table_is_not_read_as_a_whole(take_in, couples):
        """The plan would be kept when it has grown."""
        take_in(couples({}))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            index_rows.candidates(KEYS, None, 100, 10_000)
            cursor.execute("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'holdings_packedentry'")
            assert cursor.fetchone() == (0,)


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
