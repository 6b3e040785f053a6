"""The port `index`: finds the entries that may be meant, the best first. The node's database stays the record of all.

    apps.holdings.index --> CandidateIndex (an adapter) --> IndexStore (tables of the node's database)
                                                      \\-> files of its own, if it has any

Adapters see keys and packed records, never an entry's content.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dangqiao.core.matching.needle import Needle, Weights


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


Numbers = NDArray[np.int64]
Records = NDArray[np.uint8]
"""Packed records, a row each."""
ENTRY_BITS = 40
"""Bits of an entry's id in a place."""


def place_of(archive_code: str, entry: int) -> int:
    """Archive and id of an entry in one number, which sorts as they do."""
    return int(archive_code) << ENTRY_BITS | entry


def archive_and_entry(place: int) -> tuple[str, int]:
    """Archive code and id in a place."""
    return f"{place >> ENTRY_BITS:06d}", place & (1 << ENTRY_BITS) - 1


class Rows(NamedTuple):
    """What stands under some keys.

    Attributes:
        keys: the number of the key that each place stands under, or of the first of some keys that were looked under
            together and give no more places than one may; ascending.
        places: under each key ascending, see `place_of`; `records`: theirs, a row each.
        looked: how many of the keys were looked under.
    """

    keys: NDArray[np.int64]
    places: NDArray[np.int64]
    records: NDArray[np.uint8]
    looked: int


class Limits(NamedTuple):
    """How much a search reads: entries under one key, and entries in all. Less than everything is said so."""

    per_key: int
    entries: int


class Window(NamedTuple):
    """Which candidates are worth being compared in full.

    Attributes:
        nothing: sum of 2 ** bits of all candidates below which none of them is, unless its name fits.
        behind: bits behind the best that one may be.
        probable: bits from which one is worth it whatever the best has.
        most: how many of the best are.
    """

    nothing: float
    behind: float
    probable: float
    most: int


class Search(Protocol):
    """A search of one query in progress: candidates come key by key, each is weighed once by its packed record.

    Its bits are those of `weigh.Weigher`, but for what a record does not hold: then it is UNSURE and has the most that
    they can be.

    Attributes:
        complete: whether everything under the keys so far was weighed.
    """

    complete: bool

    def under(self, keys: Numbers) -> None:
        """Looks under more keys."""
        ...

    def best(self) -> float:
        """The most bits that a candidate has; minus infinity if there is none."""
        ...

    def worthy(self, window: Window) -> list[int]:
        """Those of the best candidates that should be compared in full and were not, the best first."""
        ...

    def place(self, candidate: int) -> tuple[str, int]:
        """Archive code and id of a candidate."""
        ...

    def settle(self, candidate: int, bits: float) -> None:
        """Gives a candidate the bits of its full comparison; minus infinity takes it out."""
        ...

    def rest(self) -> tuple[float, float]:
        """Of the candidates that were not compared in full the sum of 2 ** bits, and of their odds of telling of
        another event of the same persons as `decide` counts them."""
        ...


FITS, UNSURE, FULL = 1, 2, 4
"""Marks of a candidate: its name is the very same and nothing speaks against it; only a full comparison tells; it was
compared in full."""


class IndexStore(Protocol):
    """What the node's database keeps for an index. Writing happens in the caller's transaction."""

    def add(self, archive_code: str, entries: Numbers, records: Records, keys: Numbers, owners: Numbers) -> None:
        """Adds entries of an archive.

        Args:
            records: theirs, packed, a row each.
            keys: theirs; `owners`: the place among `entries` that each key belongs to.
        """
        ...

    def remove(self, archive_code: str, entries: Numbers, keys: Numbers, owners: Numbers) -> None:
        """Removes entries of an archive with these keys, if they are there."""
        ...

    def anew(self) -> "AbstractContextManager[IndexStore]":
        """A store to add to, whose rows take the place of all keys and records when this ends; all of it, and what else
        is written inside, or nothing. Until then searches find the old ones."""
        ...

    def candidates(self, keys: Sequence[int], archives: Sequence[str] | None, per_key: int, enough: int) -> Rows:
        """What stands under keys, of some archives or all.

        Args:
            per_key: places read under one key; which of more the database decides.
            enough: places after which no further key need be looked under; more than `per_key`.
        """
        ...

    def has_records(self) -> bool:
        """Whether there are any records."""
        ...

    def number_of_records(self) -> int:
        """How many there are."""
        ...

    def add_change(self, entries: int, payload: bytes) -> None:
        """Adds a change under the next sequence number. Locks the sequence until the caller's transaction ends."""
        ...

    def changes(self, since: int) -> list[tuple[int, str, int]]:
        """Sequence number, token and number of entries of the changes from `since` on, in order."""
        ...

    def payload(self, sequence: int) -> bytes:
        """The payload of a change; empty if it was forgotten."""
        ...

    def forget_changes(self, through: int) -> None:
        """Removes the changes before this one, and empties it."""
        ...

    def clear_changes(self) -> None:
        """Removes all changes."""
        ...

    def clear_rows(self) -> None:
        """Removes all keys and records."""
        ...


class CandidateIndex(Protocol):
    """The port. Additions and changes are found by the next search after the caller's transaction."""

    def add(self, store: IndexStore, addition: Addition) -> None:
        """Adds new entries in the caller's transaction."""
        ...

    def change(self, store: IndexStore, changes: Sequence[Change]) -> None:
        """Changes or removes entries in the caller's transaction."""
        ...

    def search(
        self, store: IndexStore, needle: Needle, weights: Weights, archives: Sequence[str] | None, limits: Limits
    ) -> Search:
        """Begins a search in some archives, or all.

        Raises:
            Unavailable: `index.missing`: the index is not there, or does not belong to this database.
        """
        ...

    def tidy(self, store: IndexStore, *, finished: bool) -> None:
        """Outside of any transaction: brings together what additions left apart, if there is enough of it.

        Args:
            finished: whether nothing more follows soon.
        """
        ...

    def build(self, store: IndexStore, additions: Iterable[Addition], told: Callable[[float], None]) -> None:
        """Builds the index anew. What serves goes on serving until the new one is whole.

        Args:
            additions: all entries; those that change meanwhile may come as they were or as they are.
            told: told the part that is done, 0..1, after the last addition was read.
        """
        ...

    def warm(self) -> None:
        """Makes ready what the first search would have to wait for."""
        ...

    def describe(self, store: IndexStore) -> dict[str, int]:
        """Facts for an operator: how many entries it holds, and how large it is. Raises as `search`."""
        ...
