"""Writing many rows fast, and alike on both databases: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

COUNT_UP = (
    "INSERT INTO {table} (kind, value, count) VALUES (%s, %s, %s)"
    " ON CONFLICT (kind, value) DO UPDATE SET count = {table}.count + excluded.count"
)


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Inserts rows in the caller's transaction. Values are as the database has them: see `database_time`.

    Raises:
        django.db.IntegrityError: as any insert.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", list(rows))  # noqa: S608


def select(
    model: type[models.Model], columns: Sequence[str], where: Mapping[str, Any], one_of: str, values: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """Columns of the rows where `where` holds and the column `one_of` has one of `values`, as the database has them."""
    quote = connection.ops.quote_name
    conditions = " AND ".join(f"{quote(column)} = %s" for column in where)
    places = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(map(quote, columns))} FROM {quote(model._meta.db_table)}"  # noqa: S608
            f" WHERE {conditions} AND {quote(one_of)} IN ({places})",
            [*where.values(), *values],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def count_up(model: type[models.Model], counts: Mapping[tuple[str, str], int]) -> None:
    """Adds to the counters of `NameCount`. In key order, so that two transactions cannot wait for each other."""
    rows = [(*key, change) for key, change in sorted(counts.items()) if change]
    with connection.cursor() as cursor:
        cursor.executemany(COUNT_UP.format(table=connection.ops.quote_name(model._meta.db_table)), rows)


def delete(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Deletes the rows that have these values in these columns."""
    quote = connection.ops.quote_name
    conditions = " AND ".join(f"{quote(column)} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM {quote(model._meta.db_table)} WHERE {conditions}", list(rows))  # noqa: S608


def database_time(value: Any) -> Any:
    """A moment as a raw insert needs it."""
    return connection.ops.adapt_datetimefield_value(value)


@contextmanager
def loading() -> Iterator[None]:
    """Makes this connection fit for many large transactions that can be repeated: on SQLite commits are not synced one
    by one and the log is written back seldom. What is committed afterwards is synced with all that went before."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        (synchronous,) = cursor.fetchone()
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA wal_autocheckpoint=16000")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA synchronous={synchronous:d}")
            cursor.execute("PRAGMA wal_autocheckpoint=1000")
