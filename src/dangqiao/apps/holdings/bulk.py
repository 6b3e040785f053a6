"""Writing many rows fast, and alike on both databases: COPY on PostgreSQL, executemany on SQLite."""

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from secrets import randbits
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, models
from numpy.typing import NDArray

from dangqiao.apps.holdings.features import BETWEEN, Added
from dangqiao.apps.holdings.sequences import Same, Texts

STAMP = "stamp"
"""Kind of the one row of `NameCount` that is another after every change of the others."""
_ADD_UP = " ON CONFLICT (kind, value) DO UPDATE SET count = {table}.count + excluded.count"
_COUNT_UP = {
    "postgresql": "INSERT INTO {table} (kind, value, count) SELECT %s, * FROM unnest(%s::text[], %s::bigint[])",
    # One statement for thousands: bound row by row they take half as long again. WHERE: else ON would belong to a join.
    "sqlite": "INSERT INTO {table} (kind, value, count) SELECT %s, key, value FROM json_each(%s) WHERE true",
}

_COPY_BEGINS, _COPY_ENDS = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
"""What COPY reads otherwise; the backslash first."""
_TRANSLATED = str.maketrans(_ESCAPED)


def insert_columns(model: type[models.Model], columns: Mapping[str, Sequence[Any]]) -> None:
    """Inserts rows that are given by columns, as the database has them (see `database_time`): texts, numbers, null.
    `Texts` go as they are, and a value that is the `Same` everywhere goes once: what is bound for each row costs time,
    a tenth of a microsecond a column.

    Raises:
        django.db.IntegrityError: as any insert.
    """
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


class Lists(NamedTuple):
    """A column of PostgreSQL whose values are lists of 64-bit numbers.

    Attributes:
        numbers: of all lists, one after another; `lengths`: how many each list has.
    """

    numbers: NDArray[np.int64]
    lengths: NDArray[np.int64]


_LIST = np.dtype(
    [("bytes", ">i4"), ("dimensions", ">i4"), ("nulls", ">i4"), ("type", ">i4"), ("length", ">i4"), ("first", ">i4")]
)
_ITEM = np.dtype([("bytes", ">i4"), ("number", ">i8")])
_INT8 = 20
"""What PostgreSQL calls the type of 64-bit numbers."""


def insert_arrays(table: str, columns: Mapping[str, Any], *, frozen: bool = False) -> None:
    """Inserts rows that are given by arrays: 64-bit numbers, texts in ASCII that all fill their width, bytes.

    Args:
        columns: an array of two dimensions has the bytes of each row; the last may be `Lists`.
        frozen: PostgreSQL; the table was made in this transaction, and its rows need never be looked at again to know
            that everybody may see them.
    """
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            form = "FORMAT BINARY, FREEZE" if frozen else "FORMAT BINARY"
            with cursor.copy(f"COPY {quote(table)} ({names}) FROM STDIN ({form})") as copy:
                copy.write(_COPY_BEGINS)
                copy.write(_binary(columns))
                copy.write(_COPY_ENDS)
        else:
            values = ", ".join("CAST(? AS TEXT)" if one.dtype.kind == "S" else "?" for one in columns.values())
            connection.connection.executemany(
                f"INSERT INTO {quote(table)} ({names}) VALUES ({values})",  # noqa: S608  (names are ours)
                zip(*(map(bytes, one) if one.ndim > 1 else one.tolist() for one in columns.values()), strict=True),
            )


def _binary(columns: Mapping[str, Any]) -> bytes:
    """Rows as COPY takes them in binary: how many values; of each its width, and itself."""
    kinds: list[tuple[Any, ...]] = [("values", ">i2")]
    for name, column in columns.items():
        if isinstance(column, Lists):
            kinds += [(name, _LIST), ("items", _ITEM, (column.lengths.max(initial=0),))]
        else:
            kinds += [(f"width of {name}", ">i4"), (name, column.dtype.newbyteorder(">"), column.shape[1:])]
    rows = np.empty(len(next(iter(columns.values()))), kinds)
    rows["values"] = len(columns)
    for name, column in columns.items():
        if isinstance(column, Lists):
            return _with_lists(rows, name, column)
        rows[f"width of {name}"] = column[:1].nbytes
        rows[name] = column
    return rows.tobytes()


def _with_lists(rows: NDArray[Any], name: str, lists: Lists) -> bytes:
    """Rows that end with a list: all have room for the longest, which is left out again."""
    there = np.arange(rows["items"].shape[1]) < lists.lengths[:, None]
    size = _LIST.itemsize - 4 + _ITEM.itemsize * lists.lengths
    for part, value in zip(_LIST.names or (), (size, 1, 0, _INT8, lists.lengths, 1), strict=True):
        rows[name][part] = value
    rows["items"]["bytes"] = 8
    rows["items"]["number"][there] = lists.numbers
    kept = np.ones((len(rows), rows.itemsize), bool)
    kept[:, rows.itemsize - there.shape[1] * _ITEM.itemsize :] = there.repeat(_ITEM.itemsize, axis=1)
    return rows.view(np.uint8).reshape(kept.shape)[kept].tobytes()


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


def count_up(model: type[models.Model], counts: Sequence[Added]) -> None:
    """Adds to the counters of `NameCount`. To the stamp first, so that two transactions cannot wait for each other. A
    random number is added to the stamp: whoever keeps counts sees that they are not those any more, even where a
    transaction was rolled back or the database was put back from a copy."""
    if not counts:
        return
    vendor, table = connection.vendor, connection.ops.quote_name(model._meta.db_table)
    sql = (_COUNT_UP[vendor] + _ADD_UP).format(table=table)
    stamp = Added(STAMP, "", array("q", [randbits(32)]))
    with connection.cursor() as cursor:
        for kind, joined, numbers in (stamp, *counts):
            values = joined.split(BETWEEN)
            if vendor == "postgresql":
                cursor.execute(sql, [kind, values, numbers.tolist()])
            else:
                counted = dict(zip(values, numbers, strict=False))
                cursor.execute(sql, [kind, json.dumps(counted, ensure_ascii=False)])


def delete(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Deletes the rows that have these values in these columns."""
    quote = connection.ops.quote_name
    conditions = " AND ".join(f"{quote(column)} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM {quote(model._meta.db_table)} WHERE {conditions}", list(rows))  # noqa: S608


def database_time(value: Any) -> Any:
    """A moment as a raw insert needs it."""
    return connection.ops.adapt_datetimefield_value(value)
