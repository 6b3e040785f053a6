"""The tables of an index in the node's database. Satisfies `core.matching.candidates.IndexStore`."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import uuid4

from django.db import connection, transaction

from dangqiao.apps.holdings import asking, bulk, index_rows
from dangqiao.apps.holdings.models import EntryKey, IndexChange, PackedEntry
from dangqiao.apps.work.services import named_number
from dangqiao.core.matching.candidates import Rows

_SEQUENCE = "holdings.index"
"""The named lock under which changes get their numbers: they are visible in that order."""


def _table(model: type[EntryKey | IndexChange | PackedEntry]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


_CHANGES = f"SELECT sequence, token, entries FROM {_table(IndexChange)} WHERE sequence >= %s ORDER BY sequence"  # noqa: S608


class Store:
    """The tables, by plain SQL: a search reads thousands of rows."""

    def add_keys(self, rows: Iterable[tuple[int, str, int]]) -> None:
        """Adds rows of key, archive code, entry."""
        bulk.insert(EntryKey, ("key", "archive_code", "entry"), rows)

    def remove_keys(self, rows: Iterable[tuple[int, str, int]]) -> None:
        """Removes such rows."""
        bulk.delete(EntryKey, ("key", "archive_code", "entry"), rows)

    def add_records(self, rows: Iterable[tuple[str, int, bytes]]) -> None:
        """Adds records: archive code, entry, packed."""
        bulk.insert(PackedEntry, ("archive_code", "entry", "record"), rows)

    def remove_records(self, rows: Iterable[tuple[str, int]]) -> None:
        """Removes records of entries."""
        bulk.delete(PackedEntry, ("archive_code", "entry"), rows)

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

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """All or nothing of what is written inside."""
        with transaction.atomic():
            yield


STORE = Store()
