"""The index *sql*: key rows and packed records in the node's database, on one machine or many."""

from collections.abc import Sequence
from pathlib import Path

from dangqiao.core.configuration import Configuration
from dangqiao.core.matching.candidates import Addition, Change, IndexStore
from dangqiao.core.matching.packed import SIZE


class SqlIndex:
    """Satisfies `core.matching.candidates.CandidateIndex`."""

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        pass

    def add(self, store: IndexStore, addition: Addition) -> None:
        """Adds new entries in the caller's transaction."""
        archive, ids, keys, owners, records = addition
        store.add_keys((key, archive, ids[owner]) for key, owner in zip(keys, owners, strict=True) if ids[owner])
        store.add_records(
            (archive, id, records[place * SIZE : (place + 1) * SIZE]) for place, id in enumerate(ids) if id
        )

    def change(self, store: IndexStore, changes: Sequence[Change]) -> None:
        """Changes or removes entries in the caller's transaction."""
        for archive, id, before, after, _record in changes:
            store.remove_keys((key, archive, id) for key in set(before).difference(after))
            store.add_keys((key, archive, id) for key in sorted(set(after).difference(before)))
        store.remove_records((one.archive_code, one.id) for one in changes)
        store.add_records((one.archive_code, one.id, one.record) for one in changes if one.record)

    def tidy(self, store: IndexStore, *, finished: bool) -> None:
        """Nothing lies apart."""
