"""The tables of an index in the node's database. Satisfies `core.matching.candidates.IndexStore`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from dangqiao.apps.holdings import asking, bulk, index_anew, index_rows
from dangqiao.apps.holdings.models import EntryKey, IndexChange, PackedEntry
from dangqiao.apps.work.services import named_number
from dangqiao.core.matching.candidates import IndexStore, Numbers, Records, Rows

_SEQUENCE = "holdings.index"
"""The named lock under which changes get their numbers: they are visible in that order."""


def _table(model: type[EntryKey | IndexChange | PackedEntry]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


_CHANGES = f"SELECT sequence, token, entries FROM {_table(IndexChange)} WHERE sequence >= %s ORDER BY sequence"  # noqa: S608


class Store:
    """The tables, by plain SQL: a search reads thousands of rows."""

    def __init__(self, tables: index_anew.Tables = index_anew.SERVING) -> None:
        self._tables = tables

    def add_keys(self, archive_code: str, keys: Numbers, entries: Numbers) -> None:
        """Adds rows of an archive: key, and the entry that has it."""
        self._insert(self._tables.keys, key=keys, archive_code=_codes(archive_code, entries), entry=entries)

    def remove_keys(self, archive_code: str, keys: Numbers, entries: Numbers) -> None:
        """Removes such rows."""
        self._delete(EntryKey, key=keys, archive_code=_codes(archive_code, entries), entry=entries)

    def add_records(self, archive_code: str, entries: Numbers, records: Records) -> None:
        """Adds the packed records of entries of an archive."""
        codes = _codes(archive_code, entries)
        self._insert(self._tables.records, archive_code=codes, entry=entries, record=records)

    def remove_records(self, archive_code: str, entries: Numbers) -> None:
        """Removes the records of entries."""
        self._delete(PackedEntry, archive_code=_codes(archive_code, entries), entry=entries)

    def _insert(self, table: str, **columns: NDArray[Any]) -> None:
        if self._tables.seen:
            index_anew.note(**{name: column for name, column in columns.items() if name != "record"})
        bulk.insert_arrays(table, columns, frozen=not self._tables.seen)

    @staticmethod
    def _delete(model: type[EntryKey | PackedEntry], **columns: NDArray[Any]) -> None:
        index_anew.note(**columns)
        values = (
            column.astype(str).tolist() if column.dtype.kind == "S" else column.tolist() for column in columns.values()
        )
        bulk.delete(model, list(columns), zip(*values, strict=True))

    @contextmanager
    def anew(self) -> Iterator[IndexStore]:
        """A store whose rows take the place of all keys and records when this ends, in one transaction."""
        with index_anew.anew() as tables:
            yield Store(tables)

    def candidates(self, keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int) -> Rows:
        """What stands under keys: see `index_rows`."""
        return index_rows.candidates(keys, archives, per_key, enough)

    def settle(self) -> None:
        """After much was written, outside of any transaction: PostgreSQL answers from the keys alone only where it has
        seen that every transaction sees them."""
        if connection.vendor == "postgresql" and not connection.in_atomic_block and not index_rows.is_spread():
            with connection.cursor() as cursor:
                cursor.execute(f"VACUUM {_table(EntryKey)}, {_table(PackedEntry)}")

    def has_records(self) -> bool:
        """Whether there are any records."""
        return PackedEntry.objects.exists()

    def number_of_records(self) -> int:
        """How many there are."""
        return PackedEntry.objects.count()

    def add_change(self, entries: int, payload: bytes) -> None:
        """Adds a change under the next sequence number."""
        with transaction.atomic():
            IndexChange.objects.create(
                sequence=named_number(_SEQUENCE), token=uuid4().hex, entries=entries, payload=payload
            )

    def changes(self, since: int) -> list[tuple[int, str, int]]:
        """Sequence number, token and number of entries of the changes from `since` on, in order."""
        found: list[tuple[int, str, int]] = asking.rows(_CHANGES, [since])
        return found

    def payload(self, sequence: int) -> bytes:
        """The payload of a change; empty if it was forgotten."""
        found = IndexChange.objects.filter(sequence=sequence).values_list("payload", flat=True).first()
        return bytes(found or b"")

    def forget_changes(self, through: int) -> None:
        """Removes the changes before this one, and empties it."""
        with transaction.atomic():
            IndexChange.objects.filter(sequence__lt=through).delete()
            IndexChange.objects.filter(sequence=through).update(payload=b"", entries=0)

    def clear_changes(self) -> None:
        """Removes all changes."""
        IndexChange.objects.all().delete()

    def clear_rows(self) -> None:
        """Removes all keys and records."""
        for model in (EntryKey, PackedEntry):
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {_table(model)}")  # noqa: S608


def _codes(archive_code: str, entries: Numbers) -> NDArray[np.bytes_]:
    return np.full(len(entries), archive_code, "S6")


STORE = Store()
