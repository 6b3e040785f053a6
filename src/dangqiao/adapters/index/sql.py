"""The index *sql*: key rows and packed records in the node's database, on one machine or many."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from dangqiao.adapters.index import warming
from dangqiao.adapters.index.searching import RowSearch
from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, Unavailable
from dangqiao.core.matching.candidates import Addition, Change, IndexStore, Limits, Search
from dangqiao.core.matching.needle import Needle, Weights
from dangqiao.core.matching.packed import SIZE

Told = Callable[[float], None]


class SqlIndex:
    """Satisfies `core.matching.candidates.CandidateIndex`."""

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        self._checked = False

    def add(self, store: IndexStore, addition: Addition) -> None:
        """Adds new entries in the caller's transaction."""
        archive, ids, keys, owners, records = addition
        store.add_keys((key, archive, ids[owner]) for key, owner in zip(keys, owners, strict=True) if ids[owner])
        store.add_records(
            (archive, id, records[place * SIZE : (place + 1) * SIZE]) for place, id in enumerate(ids) if id
        )

    def change(self, store: IndexStore, changes: Sequence[Change]) -> None:
        """Changes or removes entries in the caller's transaction."""
        # Also keys that stay are removed and added: of an entry that was withdrawn there may be none.
        for archive, id, before, after, _record in changes:
            store.remove_keys((key, archive, id) for key in {*before, *after})
            store.add_keys((key, archive, id) for key in sorted(set(after)))
        store.remove_records((one.archive_code, one.id) for one in changes)
        store.add_records((one.archive_code, one.id, one.record) for one in changes if one.record)

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
        """Nothing lies apart; what was written is made fast to read."""
        if finished:
            store.settle()

    def build(self, store: IndexStore, additions: Iterable[Addition], told: Told) -> None:
        """Builds the rows anew, in one transaction: searches find the old ones until it ends."""
        with store.at_once():
            store.clear_rows()
            for addition in additions:
                self.add(store, addition)
            store.clear_changes()
        store.settle()
        told(1.0)

    def warm(self) -> None:
        """Makes ready what the first search would have to wait for."""
        warming.warm()

    def describe(self, store: IndexStore) -> dict[str, int]:
        """How many entries it holds."""
        self._check(store)
        return {"entries": store.number_of_records()}


def missing() -> Unavailable:
    """The error where the index is not that of the database. Searching on would say "not found" of what is there."""
    return Unavailable(
        "index.missing",
        N_("The index of the catalogue is missing or belongs to another state of the database."),
        N_("Build it with: dangqiao holdings index build"),
    )
