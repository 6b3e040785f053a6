"""A view on the platform's own database, read by SQLAlchemy: the narrowest bridge, where its owner allows one.

The view has one row a record; only the columns that the mapping names are read, in pages by (changed, id), so that no
row is missed however the table grows meanwhile. An account that may only select is enough and should be all it is.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import Field
from sqlalchemy import (
    ColumnClause,
    Connection,
    Engine,
    RowMapping,
    Select,
    TableClause,
    and_,
    column,
    create_engine,
    false,
    or_,
    select,
    table,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from dangqiao.adapters.connectors.surroundings import MOST_FOUND, Limited, Part, Surroundings, text
from dangqiao.core.connectors import (
    Answer,
    Batch,
    Capability,
    ContentUnreadable,
    Mapping,
    PlatformRefused,
    PlatformUnreachable,
    Question,
    Receipt,
    Record,
    asked,
    cannot,
)
from dangqiao.core.errors import N_, Misconfigured

"""Candidates of one query."""
_REFUSALS = (
    "password",
    "denied",
    "authentication",
    "permission",
    "no pg_hba",
    "1045",
    "1044",
    "1142",
    "28000",
    "42501",
)
_MISMATCHES = ("no such", "not exist", "n't exist", "unknown column", "1146", "1054", "42p01", "42703", "mismatch")
"""Words and codes by which drivers say that the account, or the view, is not right; they share no class for it."""
_TIMEOUTS: dict[str, dict[str, Any]] = {
    "postgresql": {"connect_timeout": 5, "options": "-c statement_timeout=60000"},
    "mysql": {"connect_timeout": 5, "read_timeout": 60},
    "sqlite": {"timeout": 10},
}


class SqlSection(Part):
    """`[sql]`. `url` has no password: it comes from the file that `secret` names."""

    url: str
    secret: str = ""
    view: str
    page: int = Field(1000, ge=1, le=10_000)
    overlap: int = Field(0, ge=0, le=7 * 86400)
    """Seconds by which a new harvest goes back behind the last one's end, for platforms that stamp a row long before
    they commit it. Rows that come again change nothing."""


class SqlConnector(Limited):
    """`core.connectors.Connector` on a database."""

    Section = SqlSection

    def __init__(self, mapping: Mapping, section: SqlSection, surroundings: Surroundings) -> None:
        super().__init__(mapping)
        self._section = section
        self._engine = self._engine_of(section, surroundings)

    def _engine_of(self, section: SqlSection, surroundings: Surroundings) -> Engine:
        try:
            url = make_url(section.url)
            if url.password:
                raise ArgumentError("a password in the address")
            if section.secret:
                url = url.set(password=surroundings.secret(section.secret))
            options = _TIMEOUTS.get(url.get_backend_name(), {})
            return create_engine(url, connect_args=options, pool_size=1, max_overflow=0, hide_parameters=True)
        except (SQLAlchemyError, ModuleNotFoundError) as error:
            raise Misconfigured(
                "connector.database",
                N_("The database address of the connector {connector} cannot be used ({problem})."),
                N_("It reads dialect+driver://user@host:port/name; the password is in the file that `secret` names."),
                connector=self.mapping.name,
                problem=type(error).__name__ if isinstance(error, SQLAlchemyError) else f"no package {error.name}",
            ) from error

    def close(self) -> None:
        """Closes the connection."""
        self._engine.dispose()

    def check(self) -> str:
        """Asks for no row of the view's columns, and whether each row can be found again."""
        with self._reading() as connection:
            connection.execute(self._columns().where(false()))
            for name in self._order():
                self._no_row_without(name, connection)
        return f"{self._engine.dialect.name}: {self._section.view}, {len(self.mapping.sources)} columns"

    def harvest(self, mark: str) -> Iterator[Batch]:
        """Pages in the order of `changed` and id; in the order of the id alone where the view says no change."""
        self._need(Capability.HARVEST)
        last = self._read_mark(mark)
        if last and self._section.overlap:
            last = [_earlier(last[0], self._section.overlap), None]
        while True:
            with self._reading() as connection:
                if not last:
                    self._no_row_without(self._order()[0], connection)
                rows = connection.execute(self._page(last)).mappings().all()
            if not rows:
                return
            last = [rows[-1][name] for name in self._order()]
            kept = _write_mark(last) if self.mapping.record.changed else ""
            yield Batch([_record(row) for row in rows], kept, self._section.view)
            if len(rows) < self._section.page:
                return

    def settled(self, batch: Batch, receipt: Receipt) -> None:
        """A view is only read."""

    def search(self, question: Question) -> tuple[Record, ...]:
        """By equality; a parameter that ends with * by its beginning."""
        self._need(Capability.SEARCH)
        found: dict[str, Record] = {}
        with self._reading() as connection:
            for parameters in asked(self.mapping, question):
                condition = and_(*(_condition(column(name), said) for name, said in parameters.items()))
                rows = connection.execute(self._columns().where(condition).limit(MOST_FOUND)).mappings()
                found |= {record.values[self.mapping.record.id]: record for record in map(_record, rows)}
        return tuple(found.values())[:MOST_FOUND]

    def hand_over(self, key: str, question: Question) -> str:
        """A view takes nothing."""
        raise cannot(self.mapping.name, Capability.HAND_OVER)

    def poll(self, ticket: str) -> Answer:
        """A view takes nothing."""
        raise cannot(self.mapping.name, Capability.HAND_OVER)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A read-only transaction. Every error of SQLAlchemy becomes one of ours; none quotes what was asked."""
        try:
            with self._engine.connect() as connection:
                readonly = {"postgresql_readonly": True} if self._engine.dialect.name == "postgresql" else {}
                yield connection.execution_options(**readonly)
        except DBAPIError as error:
            said = str(error.orig).lower()
            if any(word in said for word in _MISMATCHES):
                raise ContentUnreadable(self.mapping.name, "the view or one of its columns is missing") from None
            if any(word in said for word in _REFUSALS):
                raise PlatformRefused(self.mapping.name, type(error.orig).__name__) from None
            if error.connection_invalidated or type(error).__name__ in ("OperationalError", "InterfaceError"):
                raise PlatformUnreachable(self.mapping.name, type(error.orig).__name__) from None
            raise ContentUnreadable(self.mapping.name, type(error.orig).__name__) from None
        except SQLAlchemyError as error:
            raise ContentUnreadable(self.mapping.name, type(error).__name__) from error

    def _order(self) -> list[str]:
        return [name for name in (self.mapping.record.changed, self.mapping.record.id) if name]

    def _view(self) -> TableClause:
        schema, _, name = self._section.view.rpartition(".")
        return table(name, schema=schema or None)

    def _columns(self) -> Select[*tuple[Any, ...]]:
        columns: list[ColumnClause[Any]] = [column(name) for name in self.mapping.sources]
        return select(*columns).select_from(self._view())

    def _page(self, last: list[Any] | None) -> Select[*tuple[Any, ...]]:
        order: list[ColumnClause[Any]] = [column(name) for name in self._order()]
        query = self._columns().order_by(*order).limit(self._section.page)
        if not last:
            return query
        first = order[0]
        if len(order) == 1 or last[1] is None:
            return query.where(first > last[0] if len(order) == 1 else first >= last[0])
        return query.where(or_(first > last[0], and_(first == last[0], order[1] > last[1])))

    def _no_row_without(self, name: str, connection: Connection) -> None:
        """A row without it would never be read: better an error now than a record that nobody misses."""
        where: ColumnClause[Any] = column(name)
        query = select(where).select_from(self._view()).where(where.is_(None)).limit(1)
        if connection.execute(query).first():
            raise ContentUnreadable(self.mapping.name, f"{name} is NULL in some row")

    def _read_mark(self, mark: str) -> list[Any] | None:
        return [_READ[kind](value) for kind, value in json.loads(mark)] if mark else None


def _earlier(value: Any, seconds: int) -> Any:
    """A moment, or its text in ISO 8601, so many seconds before; anything else as it is."""
    if isinstance(value, datetime):
        return value - timedelta(seconds=seconds)
    try:
        before = datetime.fromisoformat(value) - timedelta(seconds=seconds)
    except (TypeError, ValueError):
        return value
    return before.isoformat(sep="T" if "T" in value else " ")[: len(value)]


def _record(row: RowMapping) -> Record:
    return Record({name: text(value) for name, value in row.items()})


def _condition(where: ColumnClause[Any], said: str) -> Any:
    if said.endswith("*") and len(said) > 1:
        return where.startswith(said[:-1], autoescape=True)
    return where == said


_READ: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "int": int,
    "Decimal": Decimal,
    "str": str,
}


def _write_mark(values: Sequence[Any]) -> str:
    """With the kind of each value: databases compare a time with a time only."""
    return json.dumps([[type(one).__name__, one.isoformat() if isinstance(one, date) else str(one)] for one in values])
