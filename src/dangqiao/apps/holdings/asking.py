"""Short questions to the node's database, thousands a second: Django's cursor costs more than the answer."""

import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

_own = threading.local()


def rows(sql: str, words: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows that a statement finds, as the database has them. The same text again is not parsed again.

    Args:
        sql: with `%s` for each word; the same text for every question of a kind.
    """
    database = _database()
    database.ensure_connection()
    with database.wrap_database_errors:
        if database.vendor == "sqlite":
            found: list[tuple[Any, ...]] = database.connection.execute(_with_marks(sql), words).fetchall()
            return found
        # Not Django's cursor, which writes the words into the statement, so that it is planned anew.
        with database.Database.Cursor(database.connection) as cursor:
            found = cursor.execute(sql, words).fetchall()
            return found


def _database() -> Any:
    """This thread's connection, remembered: Django asks every time which event loop runs, longer than for a row."""
    try:
        return _own.database
    except AttributeError:
        _own.database = connections[DEFAULT_DB_ALIAS]
        return _own.database


@lru_cache(maxsize=256)
def _with_marks(sql: str) -> str:
    return sql.replace("%s", "?")


def at_places(
    model: type[models.Model], columns: tuple[str, ...], places: Sequence[tuple[str, int]], where: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Columns of the rows that have these archive codes and ids, where `where` holds."""
    if not places:
        return []
    sql = _at_places(model, columns, len(places), tuple(where))
    return rows(sql, [*(word for place in places for word in place), *where.values()])


@lru_cache(maxsize=256)
def _at_places(model: type[models.Model], columns: tuple[str, ...], number: int, where: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    places = " OR ".join(["archive_code = %s AND id = %s"] * number)
    conditions = "".join(f" AND {quote(column)} = %s" for column in where)
    return f"SELECT {', '.join(map(quote, columns))} FROM {quote(model._meta.db_table)} WHERE ({places}){conditions}"  # noqa: S608
