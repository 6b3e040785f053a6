"""The port `index`: finds the entries that may be meant, the best first. The node's database stays the record of all.

    apps.holdings.index --> CandidateIndex (an adapter) --> IndexStore (tables of the node's database)
                                                      \\-> files of its own, if it has any

Adapters see keys and packed records, never an entry's content.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol


class Addition(NamedTuple):
    """New entries of one archive.

    Attributes:
        ids: the entry's id, by its place; 0: what stands at this place is not added.
        keys: blocking keys, ascending (type code q); `owners`: the place that each belongs to (type code I).
        records: packed.SIZE bytes for each place.
    """

    archive_code: str
    ids: Sequence[int]
    keys: "array[int]"
    owners: "array[int]"
    records: bytes


class Change(NamedTuple):
    """An entry that says something else now, or is gone.

    Attributes:
        before, after: its blocking keys.
        record: as it is now; empty when the entry is gone, and then `after` is empty too.
    """

    archive_code: str
    id: int
    before: Sequence[int]
    after: Sequence[int]
    record: bytes


class IndexStore(Protocol):
    """What the node's database keeps for an index. Writing happens in the caller's transaction."""

    def add_keys(self, rows: Iterable[tuple[int, str, int]]) -> None:
        """Adds rows of key, archive code, entry."""
        ...

    def remove_keys(self, rows: Iterable[tuple[int, str, int]]) -> None:
        """Removes such rows."""
        ...

    def add_records(self, rows: Iterable[tuple[str, int, bytes]]) -> None:
        """Adds records: archive code, entry, packed."""
        ...

    def remove_records(self, rows: Iterable[tuple[str, int]]) -> None:
        """Removes records of entries."""
        ...


class CandidateIndex(Protocol):
    """The port. Additions and changes are found by the next search after the caller's transaction."""

    def add(self, store: IndexStore, addition: Addition) -> None:
        """Adds new entries in the caller's transaction."""
        ...

    def change(self, store: IndexStore, changes: Sequence[Change]) -> None:
        """Changes or removes entries in the caller's transaction."""
        ...

    def tidy(self, store: IndexStore, *, finished: bool) -> None:
        """Outside of any transaction: brings together what additions left apart, if there is enough of it.

        Args:
            finished: whether nothing more follows soon.
        """
        ...
