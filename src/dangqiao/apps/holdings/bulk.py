"""Writing many rows fast, and alike on both databases: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from secrets import randbits
from typing import Any

from django.db import connection, models

from dangqiao.apps.holdings.features import Additions
from dangqiao.apps.holdings.sequences import Same, Texts

STAMP = "stamp"
"""Kind of the one row of `NameCount` that is another after every change of the others."""
_ADD_UP = " ON CONFLICT (kind, value) DO UPDATE SET count = {table}.count + excluded.count"
_COUNT_UP = {
    "postgresql": "INSERT INTO {table} (kind, value, count) SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[])",
    "sqlite": "INSERT INTO {table} (kind, value, count) VALUES (%s, %s, %s)",
}

_ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
"""What COPY reads otherwise; the backslash first."""
_TRANSLATED = str.maketrans(_ESCAPED)


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Inserts rows in the caller's transaction. Values are as the database has them: see `database_time`.

    Raises:
        django.db.IntegrityError: as any insert.
    """
    table, names = _names(model, columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            many: Any = rows
            values = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", many)  # noqa: S608  (names are ours)


def insert_columns(model: type[models.Model], columns: Mapping[str, Sequence[Any]]) -> None:
    """`insert` of rows that are given by columns: texts, numbers, null. `Texts` go as they are, and a value that is the
    `Same` everywhere goes once: what is bound for each row costs time, a tenth of a microsecond a column."""
    table, names = _names(model, columns)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            rows = zip(*map(_copied, columns.values()), strict=True)
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                copy.write(b"".join([b"\t".join(row) + b"\n" for row in rows]))
        else:
            values = ", ".join(map(_place, columns.values()))
            bound = [
                column.encoded() if isinstance(column, Texts) else column
                for column in columns.values()
                if not isinstance(column, Same)
            ]
            # Not by Django's cursor, which keeps all rows until the last one is written.
            connection.connection.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({values})",  # noqa: S608  (names are ours)
                zip(*bound, strict=True),
            )


def _names(model: type[models.Model], columns: Iterable[str]) -> tuple[str, str]:
    """Of the table and of columns, in SQL."""
    quote = connection.ops.quote_name
    return quote(model._meta.db_table), ", ".join(map(quote, columns))


def _place(column: Sequence[Any]) -> str:
    """What stands for a column where SQLite takes values."""
    if isinstance(column, Same):
        return _literal(column.value)
    return "CAST(? AS TEXT)" if isinstance(column, Texts) else "?"


def _literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(int(value)) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _copied(column: Sequence[Any]) -> Sequence[bytes]:
    """A column as COPY takes it."""
    if isinstance(column, Same):
        return [_cell(column.value)] * len(column)
    if isinstance(column, Texts):
        together = column.together
        for one, written in _ESCAPED.items():
            together = together.replace(one.encode(), written.encode())
        return Texts(together).encoded()
    return list(map(_cell, column))


def _cell(value: str | int | None) -> bytes:
    if value is None:
        return rb"\N"
    text = str(value)
    return (text if text.isprintable() and "\\" not in text else text.translate(_TRANSLATED)).encode()


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


def count_up(model: type[models.Model], counts: Additions) -> None:
    """Adds to the counters of `NameCount`. In the order of the key, but the stamp first, so that two transactions
    cannot wait for each other. A random number is added to the stamp: whoever keeps counts sees that they are not those
    any more, even where a transaction was rolled back or the database was put back from a copy."""
    if not counts.values:
        return
    columns: list[list[Any]] = [[STAMP, *counts.kinds], ["", *counts.values], [randbits(32), *counts.counts]]
    vendor, table = connection.vendor, connection.ops.quote_name(model._meta.db_table)
    sql = (_COUNT_UP[vendor] + _ADD_UP).format(table=table)
    with connection.cursor() as cursor:
        if vendor == "postgresql":
            cursor.execute(sql, columns)
        else:
            cursor.executemany(sql, list(zip(*columns, strict=True)))


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
