"""Making the rows of the index *sql* anew, in one transaction: until it ends every search finds the old ones, and
whatever it dies of, nothing is left over.

SQLite        rows are gathered apart and put into the tables sorted: these are never written at random
PostgreSQL    a table beside the old one, filled before it gets its indexes, which takes the old one's name at last
spread tables removed and written again: they cannot be renamed on all servers in one step

On PostgreSQL entries may change meanwhile. Who writes rows then notes which (`RowMeanwhile`), and they are fetched from
the old table at the end. That somebody is at it tells an advisory lock: nobody's death leaves it behind.
"""

# ruff: noqa: S608  (names of tables are ours)

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import sleep
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from numpy.typing import NDArray

from dangqiao.apps.holdings import bulk
from dangqiao.apps.holdings.index_rows import are_together
from dangqiao.apps.holdings.models import EntryKey, PackedEntry, RowMeanwhile

_LOCK = "hashtext('holdings index anew')"
_SORTING_KIB = 512 * 1024
"""Memory that the server may take for sorting keys."""
_LOCK_TIMEOUT, _PAUSE = "300ms", 2.0
"""How long the switch waits for those who read, with searches waiting behind it, and until it tries again. Less than it
takes the server to see a deadlock: it is never this transaction that has to give up."""


class Tables(NamedTuple):
    """Where an index has its rows, and whether other transactions see them."""

    keys: str
    records: str
    seen: bool


SERVING = Tables(EntryKey._meta.db_table, PackedEntry._meta.db_table, seen=True)
_BESIDE = Tables(f"{SERVING.keys}_beside", f"{SERVING.records}_beside", seen=False)
_MEANWHILE = RowMeanwhile._meta.db_table
_PAIRS = (
    (SERVING.keys, _BESIDE.keys, "key, archive_code, entry"),
    (SERVING.records, _BESIDE.records, "archive_code, entry"),
)
"""Table, the one beside it, its primary key."""


@contextmanager
def anew() -> Iterator[Tables]:
    """The tables whose rows take the place of all others when this ends."""
    way = _emptied
    if connection.vendor == "sqlite":
        way = _gathered
    elif are_together():
        way = _beside
    with transaction.atomic(), way() as tables:
        yield tables


def note(rows: Mapping[str, NDArray[Any]]) -> None:
    """Says which rows the caller's transaction writes, if they are being made anew, on PostgreSQL. Before it writes
    them: whoever switches the tables waits for all that noted something and wrote it."""
    ((nobody,),) = _run(f"SELECT pg_try_advisory_xact_lock_shared({_LOCK})")
    if not nobody:
        bulk.insert_arrays(_MEANWHILE, rows)


def _run(*statements: str) -> list[tuple[Any, ...]]:
    """What the last one finds."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def _emptied() -> Iterator[Tables]:
    _run(*(f"DELETE FROM {table}" for table, *_ in _PAIRS))
    yield SERVING


@contextmanager
def _gathered() -> Iterator[Tables]:
    _run(*(f"CREATE TEMPORARY TABLE {beside} AS SELECT * FROM {table} LIMIT 0" for table, beside, *_ in _PAIRS))
    yield _BESIDE
    for table, beside, key in _PAIRS:
        _run(
            f"DELETE FROM {table}",
            f"INSERT INTO {table} SELECT * FROM {beside} ORDER BY {key}",
            f"DROP TABLE {beside}",
        )


@contextmanager
def _beside() -> Iterator[Tables]:
    table, beside = SERVING.records, _BESIDE.records
    # Waits for all who write without noting it; whoever begins to write from now on does not get this lock.
    _run(f"SELECT pg_advisory_xact_lock({_LOCK})", f"DELETE FROM {_MEANWHILE}")
    ((options,),) = _run(f"SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = '{table}'::regclass")
    _run(f"CREATE TABLE {beside} (LIKE {table} INCLUDING ALL EXCLUDING INDEXES)" + f" WITH ({options})" * bool(options))
    yield _BESIDE
    _run(
        f"SELECT set_config(name, greatest(setting::bigint, {_SORTING_KIB})::text, true)"
        " FROM pg_settings WHERE name = 'maintenance_work_mem'"
    )
    indexes = _run(
        "SELECT relname, pg_get_indexdef(oid) FROM pg_class JOIN pg_index ON indexrelid = oid"
        f" WHERE indrelid = '{table}'::regclass AND relname LIKE '{table}\\_%' ORDER BY relname"
    )
    _run(*(definition.replace(table, beside) for _, definition in indexes))
    _run(f"ALTER TABLE {beside} ADD PRIMARY KEY USING INDEX {beside}_pkey", f"ANALYZE {beside}")
    _fetch()
    _lock()
    _fetch()  # what was written since: little
    _run(f"DROP TABLE {table}", f"ALTER TABLE {beside} RENAME TO {table}")
    _run(*(f"ALTER INDEX {name.replace(table, beside)} RENAME TO {name}" for name, _ in indexes))


def _fetch() -> None:
    """Makes the rows that were written meanwhile what they are in the old table."""
    same = "one.archive_code = meanwhile.archive_code AND one.entry = meanwhile.entry"
    _run(
        "CREATE TEMPORARY TABLE meanwhile AS"
        f" WITH noted AS (DELETE FROM {_MEANWHILE} RETURNING archive_code, entry) SELECT DISTINCT * FROM noted",
        "ANALYZE meanwhile",
        f"DELETE FROM {_BESIDE.records} AS one USING meanwhile WHERE {same}",
        f"INSERT INTO {_BESIDE.records} SELECT one.* FROM {SERVING.records} AS one, meanwhile WHERE {same}",
        "DROP TABLE meanwhile",
    )


def _lock() -> None:
    """Keeps everybody out of the old table, also those who read: who wrote after reading could not go on otherwise,
    and this could not either."""
    while True:
        try:
            with transaction.atomic():
                _run(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'", f"LOCK TABLE {SERVING.records}")
                return
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
                raise
            sleep(_PAUSE)
