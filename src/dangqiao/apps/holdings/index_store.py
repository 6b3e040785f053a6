"""The tables of an index in the node's database. Satisfies `core.matching.candidates.IndexStore`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any
from uuid import uuid4

import numpy as np
from django.db import connection, transaction

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

    def add(self, archive_code: str, entries: Numbers, records: Records, keys: Numbers, owners: Numbers) -> None:
        """Adds entries of an archive, with their keys."""
        to = self._tables
        rows: dict[str, Any] = {"archive_code": np.full(len(entries), archive_code, "S6"), "entry": entries}
        if index_rows.are_together():
            if to.seen:
                index_anew.note(rows)
            lists = bulk.Lists(keys[np.argsort(owners, kind="stable")], np.bincount(owners, minlength=len(entries)))
            bulk.insert_arrays(to.records, rows | {"record": records, "keys": lists}, frozen=not to.seen)
        else:
            bulk.insert_arrays(to.keys, {"key": keys} | {name: column[owners] for name, column in rows.items()})
            bulk.insert_arrays(to.records, rows | {"record": records})

    def remove(self, archive_code: str, entries: Numbers, keys: Numbers, owners: Numbers) -> None:
        """Removes entries of an archive, with their keys."""
        if index_rows.are_together():
            index_anew.note({"archive_code": np.full(len(entries), archive_code, "S6"), "entry": entries})
        else:
            rows = zip(keys.tolist(), repeat(archive_code), entries[owners].tolist(), strict=False)
            bulk.delete(EntryKey, ("key", "archive_code", "entry"), rows)
        bulk.delete(PackedEntry, ("archive_code", "entry"), zip(repeat(archive_code), entries.tolist(), strict=False))

    @contextmanager
    def anew(self) -> Iterator[IndexStore]:
        """A store whose rows take the place of all keys and records when this ends, in one transaction."""
        with index_anew.anew() as tables:
            yield Store(tables)

    def candidates(self, keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int) -> Rows:
        """What stands under keys: see `index_rows`."""
        return index_rows.candidates(keys, archives, per_key, enough)

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


STORE = Store()
