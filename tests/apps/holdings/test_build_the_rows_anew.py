"""The index of rows is made anew beside the rows that serve: these answer until it ends, whatever it ends of, and what
changes meanwhile is not lost."""

import os
import signal
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from dangqiao.adapters.index.sql import SqlIndex
from dangqiao.apps.holdings import index, index_anew, queries, services
from dangqiao.apps.holdings.index_store import STORE
from dangqiao.apps.holdings.models import EntryKey, PackedEntry, RowMeanwhile
from dangqiao.apps.holdings.reading_back import additions
from dangqiao.apps.holdings.records import Citation
from dangqiao.apps.holdings.withdrawing import withdraw
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.holdings.conftest import ARCHIVE, key_rows

pytestmark = pytest.mark.django_db(transaction=True)
POSTGRESQL = connection.vendor == "postgresql"
NAMES = {"a-1": "张建国", "a-2": "欧阳震华", "a-3": "司马文海"}
LONG = 120


def ignore(*_all):
    pass


def found(clerk, name):
    search = queries.searcher(clerk, [ARCHIVE], "marriage")
    verdict = search.search(queries.query(queries.person(name))).verdict
    return [queries.citation(one.identity).reference_code for one in verdict.candidates]


def citation(code):
    return Citation(ARCHIVE, "marriage", code, 1)


def correct(clerk, code, name):
    services.correct_entry(clerk, Purpose.CATALOGUING, citation(code), {"男方姓名": name}, revision=1, reason="test")


def take_out(clerk, code):
    withdraw(clerk, Purpose.CATALOGUING, [citation(code)], reason="error")


def rows():
    return key_rows(), [
        (*place, bytes(record)) for *place, record in PackedEntry.objects.order_by("entry").values_list()
    ]


def shape():
    """All tables, and the indexes and options of the two."""
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        keys = [connection.introspection.get_constraints(cursor, one._meta.db_table) for one in (EntryKey, PackedEntry)]
        if POSTGRESQL:
            cursor.execute(
                "SELECT relname, relkind, relpersistence, reloptions FROM pg_class"
                " WHERE relname LIKE 'holdings_entrykey%' OR relname LIKE 'holdings_packedentry%' ORDER BY 1"
            )
            keys += cursor.fetchall()
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'holdings_packedentry' ORDER BY 1")
            keys += cursor.fetchall()
    return tables, keys


def tell(statement):
    """As an operator does, of PostgreSQL."""
    if POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute(statement)


class Building:
    """A build in a thread of its own, which stops before it reads the catalogue and after."""

    def __init__(self) -> None:
        self.begun, self.read = Event(), Event()
        self._go_and_read, self._go_on = Event(), Event()
        self._pool = ThreadPoolExecutor(3)
        self._result = self.beside(self._run)
        assert self.begun.wait(LONG)

    def _run(self) -> None:
        SqlIndex(folder=None, configuration=None).build(STORE, self._additions(), ignore)

    def _additions(self):
        self.begun.set()
        assert self._go_and_read.wait(LONG)
        yield from additions()
        self.read.set()
        assert self._go_on.wait(LONG)

    def beside(self, act, *words) -> Future:
        """Begins an act on a connection of its own."""

        def run():
            try:
                return act(*words)
            finally:
                connection.close()

        return self._pool.submit(run)

    def go_and_read(self) -> None:
        self._go_and_read.set()
        assert self.read.wait(LONG)

    def go_on(self) -> None:
        self._go_on.set()

    def end(self) -> None:
        """Lets it go on to its end."""
        self._go_and_read.set()
        self._go_on.set()
        self._result.result(LONG)


@pytest.fixture
def catalogue(take_in, couples, choose_index):
    choose_index("sql")
    take_in(couples(*({"档号": code, "男方姓名": name} for code, name in NAMES.items())))


@pytest.fixture
def damaged(catalogue):
    """Of a-2 the index knows nothing any more, which only building it anew mends."""
    (entry,) = PackedEntry.objects.order_by("entry").values_list("entry", flat=True)[1:2]
    EntryKey.objects.filter(entry=entry).delete()
    tell(f"UPDATE holdings_packedentry SET keys = '{{}}' WHERE entry = {entry}")


def test_until_it_ends_searches_find_the_old_rows_and_then_the_new_ones(clerk, damaged):
    tell("ALTER TABLE holdings_packedentry SET (fillfactor = 80, autovacuum_enabled = off)")
    before = shape()
    building = Building()
    for _ in range(8):  # as often as it takes for a statement to be prepared
        assert (found(clerk, "欧阳震华"), found(clerk, "张建国")) == ([], ["a-1"])
    building.go_and_read()
    assert (found(clerk, "欧阳震华"), found(clerk, "张建国")) == ([], ["a-1"])
    building.end()
    assert (found(clerk, "欧阳震华"), found(clerk, "张建国")) == (["a-2"], ["a-1"])
    assert shape() == before
    assert index.describe() == {"entries": 3}
    tell("ALTER TABLE holdings_packedentry RESET (fillfactor, autovacuum_enabled)")


def test_what_changes_meanwhile_is_found_and_what_it_was_is_not(clerk, damaged, take_in, couples):
    building = Building()
    acts = [
        (take_in, couples({"档号": "a-4", "男方姓名": "诸葛长庚"}, name="early.csv")),
        (correct, clerk, "a-1", "令狐冲远"),
    ]
    early = [building.beside(*act) for act in acts]
    if POSTGRESQL:  # SQLite lets one write at a time: they wait for the build
        [act.result(LONG) for act in early]
        assert (found(clerk, "诸葛长庚"), found(clerk, "令狐冲远")) == (["a-4"], ["a-1"])
    building.go_and_read()
    acts = [
        (take_in, couples({"档号": "a-5", "男方姓名": "皇甫端阳"}, name="late.csv")),
        (correct, clerk, "a-3", "上官云飞"),
        (take_out, clerk, "a-2"),
    ]
    late = [building.beside(*act) for act in acts]
    if POSTGRESQL:
        [act.result(LONG) for act in late]
        assert (found(clerk, "皇甫端阳"), found(clerk, "上官云飞")) == (["a-5"], ["a-3"])
    building.end()
    [act.result(LONG) for act in (*early, *late)]
    for code, name in {"a-1": "令狐冲远", "a-3": "上官云飞", "a-4": "诸葛长庚", "a-5": "皇甫端阳"}.items():
        assert found(clerk, name) == [code]
    assert not {"a-1", "a-2", "a-3"} & {code for name in NAMES.values() for code in found(clerk, name)}
    assert not RowMeanwhile.objects.exists()
    after = rows()
    withdrawn = PackedEntry.objects.order_by("entry").values_list("entry", flat=True)[1]
    index.build(ignore)
    keys, records = rows()
    assert keys == [row for row in after[0] if row[2] != withdrawn]
    assert records == [row for row in after[1] if row[1] != withdrawn]


def test_a_build_that_is_killed_leaves_the_old_rows_and_nothing_else(clerk, damaged):
    before, written = shape(), rows()
    reading, writing = os.pipe()
    connection.close()
    child = os.fork()
    if not child:

        def some():
            yield from additions()
            os.write(writing, b"!")
            signal.pause()

        try:
            SqlIndex(folder=None, configuration=None).build(STORE, some(), ignore)
        finally:
            os._exit(1)
    assert os.read(reading, 1) == b"!"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert (found(clerk, "欧阳震华"), found(clerk, "张建国")) == ([], ["a-1"])
    correct(clerk, "a-3", "上官云飞")
    index.build(ignore)
    assert (found(clerk, "欧阳震华"), found(clerk, "上官云飞")) == (["a-2"], ["a-3"])
    assert shape() == before
    assert len(rows()[1]) == len(written[1])
    assert not RowMeanwhile.objects.exists()


if POSTGRESQL:

    def test_the_switch_waits_for_who_has_read_and_writes_then(clerk, damaged, monkeypatch):
        waiting = Event()

        def sleep(_seconds):
            waiting.set()

        monkeypatch.setattr(index_anew, "_LOCK_TIMEOUT", "20ms")
        monkeypatch.setattr(index_anew, "sleep", sleep)
        building = Building()
        building.go_and_read()
        with transaction.atomic():
            assert found(clerk, "张建国") == ["a-1"]
            building.go_on()
            assert waiting.wait(LONG)
            correct(clerk, "a-1", "令狐冲远")
        building.end()
        assert (found(clerk, "令狐冲远"), found(clerk, "欧阳震华")) == (["a-1"], ["a-2"])
        assert "a-1" not in found(clerk, "张建国")

    def test_who_comes_while_the_tables_are_exchanged_goes_on_with_the_new_rows(clerk, damaged, monkeypatch):
        lock, came = index_anew._lock, []

        def lock_and_wait():
            lock()
            came.append(building.beside(correct, clerk, "a-1", "令狐冲远"))
            came.append(building.beside(found, clerk, "欧阳震华"))
            with connection.cursor() as cursor:
                waiting = 0
                while waiting < 2 and not any(act.done() for act in came):
                    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                    ((waiting,),) = cursor.fetchall()

        monkeypatch.setattr(index_anew, "_lock", lock_and_wait)
        building = Building()
        building.end()
        assert [act.result(LONG) for act in came] == [None, ["a-2"]]
        assert found(clerk, "令狐冲远") == ["a-1"]
        assert "a-1" not in found(clerk, "张建国")
