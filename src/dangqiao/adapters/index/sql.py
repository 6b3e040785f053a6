"""The index *sql*: keys and packed records in the node's database, on one machine or many."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from dangqiao.adapters.index import warming
from dangqiao.adapters.index.searching import RowSearch
from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, Unavailable
from dangqiao.core.matching.candidates import Addition, Change, IndexStore, Limits, Numbers, Records, Search
from dangqiao.core.matching.needle import Needle, Weights
from dangqiao.core.matching.packed import SIZE

Told = Callable[[float], None]


class SqlIndex:
    """Satisfies `core.matching.candidates.CandidateIndex`."""

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        self._checked = False

    def add(self, store: IndexStore, addition: Addition) -> None:
        """Adds new entries in the caller's transaction."""
        ids, owners = np.asarray(addition.ids, np.int64), np.asarray(addition.owners, np.int64)
        new = ids > 0
        own = new[owners]
        keys, places = np.asarray(addition.keys, np.int64)[own], (np.cumsum(new) - 1)[owners[own]]
        store.add(addition.archive_code, ids[new], _unpacked(addition.records)[new], keys, places)

    def change(self, store: IndexStore, changes: Sequence[Change]) -> None:
        """Changes or removes entries in the caller's transaction."""
        for archive in sorted({one.archive_code for one in changes}):
            own = [one for one in changes if one.archive_code == archive]
            # Also keys that stay are removed and added: of an entry that was withdrawn there may be none.
            store.remove(archive, _ids(own), *_keys({*one.before, *one.after} for one in own))
            kept = [one for one in own if one.record]
            records = _unpacked(b"".join(one.record for one in kept))
            store.add(archive, _ids(kept), records, *_keys(sorted(set(one.after)) for one in kept))

    def search(
        self, store: IndexStore, needle: Needle, weights: Weights, archives: Sequence[str] | None, limits: Limits
    ) -> Search:
        """Begins a search.

        Raises:
            Unavailable: `index.missing`: this database was used with the index *segment*.
        """
        self._check(store)
        return RowSearch(store, needle, weights, archives, limits)

    def _check(self, store: IndexStore) -> None:
        """Once in a process: the index *segment* leaves changes behind."""
        if not self._checked:
            if store.changes(0):
                raise missing()
            self._checked = True

    def tidy(self, store: IndexStore, *, finished: bool) -> None:
        """Nothing lies apart."""

    def build(self, store: IndexStore, additions: Iterable[Addition], told: Told) -> None:
        """Builds the rows anew beside those that serve, and switches."""
        with store.anew() as rows:
            for addition in additions:
                self.add(rows, addition)
            store.clear_changes()
        told(1.0)

    def warm(self) -> None:
        """Makes ready what the first search would have to wait for."""
        warming.warm()

    def describe(self, store: IndexStore) -> dict[str, int]:
        """How many entries it holds."""
        self._check(store)
        return {"entries": store.number_of_records()}


def _ids(changes: Sequence[Change]) -> Numbers:
    return np.array([one.id for one in changes], np.int64)


def _keys(of_each: Iterable[Iterable[int]]) -> tuple[Numbers, Numbers]:
    """All keys, and whose each is."""
    pairs = [(key, owner) for owner, keys in enumerate(of_each) for key in keys]
    keys, owners = np.array(pairs, np.int64).reshape(-1, 2).T
    return keys, owners


def _unpacked(records: bytes) -> Records:
    return np.frombuffer(records, np.uint8).reshape(-1, SIZE)


def missing() -> Unavailable:
    """The error where the index is not that of the database. Searching on would say "not found" of what is there."""
    return Unavailable(
        "index.missing",
        N_("The index of the catalogue is missing or belongs to another state of the database."),
        N_("Build it with: dangqiao holdings index build"),
    )
