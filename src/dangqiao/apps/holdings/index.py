"""The catalogue's index. Whoever writes entries says so here, in the same transaction; `search` asks it.

with transaction.atomic():              # under the archive's lock
    …                                   # entries
    index.add(Addition(…))              # last, after the name counts
index.tidy()                            # between transactions; index.tidy(finished=True) at the end
"""

from collections.abc import Iterable, Sequence

from dangqiao.apps.holdings import bulk
from dangqiao.apps.holdings.models import EntryKey, PackedEntry
from dangqiao.apps.ports import port
from dangqiao.core.matching.candidates import Addition, CandidateIndex, Change


class _Store:
    """The tables. Satisfies `core.matching.candidates.IndexStore`."""

    def add_keys(self, rows: Iterable[tuple[int, str, int]]) -> None:
        bulk.insert(EntryKey, ("key", "archive_code", "entry"), rows)

    def remove_keys(self, rows: Iterable[tuple[int, str, int]]) -> None:
        bulk.delete(EntryKey, ("key", "archive_code", "entry"), rows)

    def add_records(self, rows: Iterable[tuple[str, int, bytes]]) -> None:
        bulk.insert(PackedEntry, ("archive_code", "entry", "record"), rows)

    def remove_records(self, rows: Iterable[tuple[str, int]]) -> None:
        bulk.delete(PackedEntry, ("archive_code", "entry"), rows)


_store = _Store()


def _index() -> CandidateIndex:
    index: CandidateIndex = port("index")
    return index


def add(addition: Addition) -> None:
    """Adds new entries, in the transaction that writes them and as the last act in it: it may take a lock that all
    archives share."""
    _index().add(_store, addition)


def change(changes: Sequence[Change]) -> None:
    """Changes or removes entries; as `add`."""
    if changes:
        _index().change(_store, changes)


def tidy(*, finished: bool = False) -> None:
    """Outside of any transaction: brings together what additions left apart, if there is enough of it.

    Args:
        finished: whether nothing more follows soon.
    """
    _index().tidy(_store, finished=finished)
