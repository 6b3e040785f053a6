"""SQL written out for the few tables that every message goes through: at a fraction of the CPU that instances of
models and statements compiled anew would take. Everything else goes through the models.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models, transaction


@dataclass(frozen=True, slots=True)
class Insert:
    """Rows for one table.

    Attributes:
        rows: field name → value, all with the same fields; defaults of the model do not apply.
        ignore_conflicts: leave a row out that breaks a unique constraint.
    """

    model: type[models.Model]
    rows: Sequence[dict[str, Any]]
    ignore_conflicts: bool = False

    def to_sql(self) -> tuple[str, list[Any]]:
        """The statement and its values."""
        into, fields = _into(self.model, tuple(self.rows[0]))
        places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(self.rows))
        values = [
            value if type(value := row[field.name]) in plain else field.get_db_prep_save(value, connection)
            for row in self.rows
            for field, plain in fields
        ]
        return into + places + (" ON CONFLICT DO NOTHING" if self.ignore_conflicts else ""), values


_NUMBERS = (models.IntegerField, models.BigIntegerField, models.PositiveSmallIntegerField)
_PLAIN: dict[type, frozenset[type]] = {
    models.CharField: frozenset({str}),
    models.TextField: frozenset({str}),
    **dict.fromkeys(_NUMBERS, frozenset({int})),
}


@cache
def _into(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, list[tuple[Any, frozenset[type]]]]:
    """The beginning of the statement, and the fields whose values it takes, each with the types that it takes as they
    are: exactly these types, of exactly these fields, for another field may encrypt its text."""
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ", [  # noqa: S608  # our own names
        (field, _PLAIN.get(type(field), frozenset())) for field in fields
    ]


def insert(*inserts: Insert) -> None:
    """Inserts into one table or several: all or nothing, in the caller's transaction if there is one.

    On PostgreSQL it is one statement and one way to the server and back, where a transaction of three needs five.

    Raises IntegrityError.
    """
    statements = [one.to_sql() for one in inserts]
    if connection.vendor != "postgresql" and len(statements) > 1:
        with transaction.atomic(), connection.cursor() as cursor:
            for text, values in statements:
                cursor.execute(text, values)
        return
    *first, (last, _values) = statements
    named = ", ".join(f"part{number} AS ({text})" for number, (text, _) in enumerate(first))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {named} {last}" if named else last, [value for _, values in statements for value in values]
        )


def returned(text: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """The rows that a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return list(cursor.fetchall())


def prepared(model: type[models.Model], field: str, value: object) -> Any:
    """A value as the database takes it for a field."""
    found: Any = model._meta.get_field(field)
    return found.get_db_prep_save(value, connection)


def table_of(rows: Sequence[Sequence[object]]) -> tuple[str, list[Any]]:
    """`VALUES (%s, …), …` and what to fill in: a table `column1`, `column2`, … for `UPDATE … FROM`."""
    places = f"({', '.join(['%s'] * len(rows[0]))})"
    return f"VALUES {', '.join([places] * len(rows))}", [value for row in rows for value in row]
