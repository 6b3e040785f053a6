"""Reading keys and packed records of the index *sql*: thousands of rows for a search, so each database in its own way.

SQLite        one short statement for each key: nothing is sent, and to parse a long statement costs more than to run it
PostgreSQL    one statement for all keys, whose answer is one value: rows cost more to send than to find
spread tables (Citus, foreign partitions): `key = const` in every part, so that each part has one server to ask
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from dangqiao.apps.holdings.models import EntryKey, PackedEntry
from dangqiao.core.matching.candidates import ENTRY_BITS, Postings, archive_and_entry, place_of
from dangqiao.core.matching.packed import SIZE

Places = NDArray[np.int64]
Records = NDArray[np.uint8]

_KEYS, _RECORDS = (f'"{model._meta.db_table}"' for model in (EntryKey, PackedEntry))
_PARTS_AT_ONCE = 100
_ROWS_AT_ONCE = 2000
_POSTING = np.dtype([("key", ">i4"), ("place", ">i8")])
_RECORD = np.dtype([("place", ">i8"), ("record", "u1", SIZE)])


def postings(keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int) -> Postings:
    """See `candidates.IndexStore`."""
    if not keys or archives == []:
        return Postings(np.zeros(0, np.int64), np.zeros(0, np.int64), len(keys))
    if connection.vendor == "sqlite":
        return _one_by_one(keys, archives, per_key, enough)
    if is_spread():
        return _part_by_part(keys, archives, per_key, enough)
    return _all_at_once(keys, archives, per_key, enough)


def records(places: Places) -> tuple[Places, Records]:
    """See `candidates.IndexStore`."""
    if connection.vendor == "postgresql" and not is_spread():
        found = np.frombuffer(_one_value(_RECORDS_AT_ONCE, [places.tolist()]), _RECORD)
        return found["place"].astype(np.int64), found["record"]
    by_archive: dict[str, list[int]] = {}
    for archive, entry in map(archive_and_entry, places.tolist()):
        by_archive.setdefault(archive, []).append(entry)
    rows = [
        (place_of(archive, entry), record)
        for archive, entries in by_archive.items()
        for entry, record in _records_of(archive, entries)
    ]
    packed = np.frombuffer(b"".join([record for _, record in rows]), np.uint8).reshape(-1, SIZE)
    return np.array([place for place, _ in rows], np.int64), packed


@cache
def is_spread() -> bool:
    """Whether the keys lie on several servers; asked once in a process."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relkind = 'p' OR EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')"
            " FROM pg_class WHERE oid = %s::regclass",
            [_KEYS],
        )
        (found,) = cursor.fetchone()
    return bool(found)


def _condition(archives: Sequence[str] | None, mark: str) -> str:
    return "" if archives is None else f" AND archive_code IN ({', '.join([mark] * len(archives))})"


def _one_by_one(keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int) -> Postings:
    connection.ensure_connection()
    sql = (
        f"SELECT archive_code * {1 << ENTRY_BITS} + entry FROM {_KEYS}"  # noqa: S608  (names and numbers of ours)
        f" WHERE key = ?{_condition(archives, '?')} ORDER BY archive_code, entry LIMIT {per_key:d}"
    )
    ask, more = connection.connection.execute, tuple(archives or ())
    places: list[int] = []
    ends: list[int] = []
    with connection.wrap_database_errors:
        for key in keys:
            places += [place for (place,) in ask(sql, (key, *more))]
            ends.append(len(places))
            if len(places) >= enough:
                break
    numbers = np.searchsorted(np.array(ends, np.int64), np.arange(len(places)), side="right")
    return Postings(numbers, np.array(places, np.int64), len(ends))


_ALL_AT_ONCE = (
    "SELECT string_agg(int4send(n) || int8send(place), ''::bytea) FROM ("  # noqa: S608
    f" SELECT sought.n::int AS n, (found.archive_code::bigint << {ENTRY_BITS}) + found.entry AS place"
    " FROM unnest(%s::bigint[]) WITH ORDINALITY AS sought (key, n), LATERAL ("
    f" SELECT archive_code, entry FROM {_KEYS} WHERE key = sought.key{{condition}}"
    " ORDER BY archive_code, entry LIMIT %s) AS found LIMIT %s) AS posting"
)
# OFFSET 0: looked up one by one, whatever the planner believes of the table.
_RECORDS_AT_ONCE = (
    "SELECT string_agg(int8send(place) || found.record, ''::bytea) FROM unnest(%s::bigint[]) AS place, LATERAL ("  # noqa: S608
    f" SELECT record FROM {_RECORDS} WHERE archive_code = lpad((place >> {ENTRY_BITS})::text, 6, '0')"
    f" AND entry = place & {(1 << ENTRY_BITS) - 1} OFFSET 0) AS found"
)


def _all_at_once(keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int) -> Postings:
    sql = _ALL_AT_ONCE.format(condition=_condition(archives, "%s"))
    found = np.frombuffer(_one_value(sql, [list(keys), *(archives or ()), per_key, enough]), _POSTING)
    numbers, places = found["key"].astype(np.int64) - 1, found["place"].astype(np.int64)
    if len(found) < enough:
        return Postings(numbers, places, len(keys))
    whole = int(numbers[-1])  # of the last key there may be more
    within = numbers < whole
    return Postings(numbers[within], places[within], whole)


def _one_value(sql: str, words: Sequence[Any]) -> bytes:
    """The bytes that a statement gives. Django's cursors write words into the statement and read bytes as digits."""
    database: Any = connection
    database.ensure_connection()
    with database.wrap_database_errors, database.Database.Cursor(database.connection) as cursor:
        (found,) = cursor.execute(sql, words, binary=True).fetchone()
    return found or b""


def _part_by_part(keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int) -> Postings:
    one = (
        f"(SELECT %s AS n, archive_code, entry FROM {_KEYS}"  # noqa: S608
        f" WHERE key = %s{_condition(archives, '%s')} ORDER BY archive_code, entry LIMIT {per_key:d})"
    )
    rows: list[tuple[int, str, int]] = []
    looked = 0
    while looked < len(keys) and len(rows) < enough:
        some = range(looked, min(looked + _PARTS_AT_ONCE, len(keys)))
        words: list[int | str] = []
        for n in some:
            words += (n, keys[n], *(archives or ()))
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join([one] * len(some)), words)
            rows += sorted(cursor.fetchall())
        looked = some.stop
    places = [place_of(archive, entry) for _, archive, entry in rows]
    return Postings(np.array([n for n, _, _ in rows], np.int64), np.array(places, np.int64), looked)


def _records_of(archive: str, entries: Sequence[int]) -> list[tuple[int, bytes]]:
    rows: list[tuple[int, bytes]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(entries), _ROWS_AT_ONCE):
            some = entries[start : start + _ROWS_AT_ONCE]
            cursor.execute(
                f"SELECT entry, record FROM {_RECORDS} WHERE archive_code = %s"  # noqa: S608
                f" AND entry IN ({', '.join(map(str, some))})",
                [archive],
            )
            rows += cursor.fetchall()
    return rows
