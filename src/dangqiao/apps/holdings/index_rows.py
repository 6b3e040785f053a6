"""Reading keys and packed records of the index *sql*: thousands of rows for a search, so each database in its own way.

SQLite        one short statement for each key: nothing is sent, and to parse a long statement costs more than to run it
PostgreSQL    one statement for all keys and their records, which answers one value, as rows cost more to send than to
              find; some keys at a time, and once more one by one where there may be too much under one of them
spread tables (Citus, foreign partitions): `key = const` in every part, so that each part has one server to ask

Only PostgreSQL on one server keeps keys and record of an entry together, in one row: see the migration.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from dangqiao.apps.holdings.models import EntryKey, PackedEntry
from dangqiao.core.matching.candidates import ENTRY_BITS, Rows, archive_and_entry, place_of
from dangqiao.core.matching.packed import SIZE

Places = NDArray[np.int64]
Records = NDArray[np.uint8]

_KEYS, _RECORDS = (f'"{model._meta.db_table}"' for model in (EntryKey, PackedEntry))
_PARTS_AT_ONCE = 100
_ROWS_AT_ONCE = 2000
_POSTING = np.dtype([("key", ">i4"), ("place", ">i8"), ("record", "u1", SIZE)])


def candidates(keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int) -> Rows:
    """See `candidates.IndexStore`."""
    if not keys or archives == []:
        return Rows(np.zeros(0, np.int64), np.zeros(0, np.int64), _unpacked(b""), len(keys))
    if are_together():
        return _all_at_once(keys, archives, per_key, enough)
    read = _one_by_one if connection.vendor == "sqlite" else _part_by_part
    numbers, places, looked = read(keys, archives, per_key, enough)
    recorded, records = _records(np.unique(places))
    there = np.isin(places, recorded)
    return Rows(numbers[there], places[there], records[np.searchsorted(recorded, places[there])], looked)


def _records(places: Places) -> tuple[Places, Records]:
    """The records of places, ascending, and whose they are."""
    by_archive: dict[str, list[int]] = {}
    for archive, entry in map(archive_and_entry, places.tolist()):
        by_archive.setdefault(archive, []).append(entry)
    rows = [
        (place_of(archive, entry), record)
        for archive, entries in by_archive.items()
        for entry, record in sorted(_records_of(archive, entries))
    ]
    return np.array([place for place, _ in rows], np.int64), _unpacked(b"".join([record for _, record in rows]))


def _unpacked(records: bytes) -> Records:
    return np.frombuffer(records, np.uint8).reshape(-1, SIZE)


def are_together() -> bool:
    """Whether keys and record of an entry stand in one row."""
    return connection.vendor == "postgresql" and not is_spread()


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


def _one_by_one(
    keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int
) -> tuple[Places, Places, int]:
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
    return numbers, np.array(places, np.int64), len(ends)


_ALL_AT_ONCE = "SELECT holdings_candidates(%s::bigint[], %s::text[], %s::int, %s::int, %s::int)"
_FEW, _TOGETHER = 12, 4
"""How many keys are looked under in one go, and in how many of more: what each of them costs is less than to begin."""


def _all_at_once(keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int) -> Rows:
    together = len(keys) if len(keys) <= _FEW else _TOGETHER
    numbers, found, looked = _looked_under(keys, archives, per_key, enough, together)
    if together > 1 and len(full := _full(numbers, per_key)):  # one of these keys may have more than it may give
        alone = (full[:, None] + np.arange(together)).ravel()
        alone = alone[alone < looked]
        own, theirs, read = _looked_under([keys[n] for n in alone.tolist()], archives, per_key, enough, 1)
        apart = ~np.isin(numbers, full)
        numbers = np.concatenate([numbers[apart], alone[own]])
        found = np.concatenate([found[apart], theirs])
        if read < len(alone):
            looked = int(alone[read])
            numbers, found = numbers[numbers < looked], found[numbers < looked]
    places = found["place"].astype(np.int64)
    order = np.lexsort((places, numbers))
    return Rows(numbers[order], places[order], found["record"][order], looked)


def _full(numbers: Places, most: int) -> Places:
    """Those of the numbers that stand there so often."""
    if len(numbers) < most:
        return numbers[:0]
    different, counts = np.unique(numbers, return_counts=True)
    return different[counts >= most]


def _looked_under(
    keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int, together: int
) -> tuple[Places, NDArray[np.void], int]:
    """The number of the first of each `together` keys, what stands under them; how many keys were looked under."""
    # Keys as text: psycopg takes long over lists.
    some = None if archives is None else list(archives)
    words = ["{" + ",".join(map(str, keys)) + "}", some, per_key, enough, together]
    database: Any = connection
    database.ensure_connection()
    # Not Django's cursor, which writes words into the statement and reads bytes as digits.
    with database.wrap_database_errors, database.Database.Cursor(database.connection) as cursor:
        (answer,) = cursor.execute(_ALL_AT_ONCE, words, binary=True).fetchone()
    found = np.frombuffer(answer or b"", _POSTING)
    numbers = found["key"].astype(np.int64) - 1
    if len(found) < enough:
        return numbers, found, len(keys)
    looked = int(numbers[-1])  # of the last there may be more
    return numbers[numbers < looked], found[numbers < looked], looked


def _part_by_part(
    keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int
) -> tuple[Places, Places, int]:
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
    return np.array([n for n, _, _ in rows], np.int64), np.array(places, np.int64), looked


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
