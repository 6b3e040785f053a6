"""The index *segment*: immutable files that are mapped into memory, and what changed since in the node's database.

    a transaction --> one row of changes --> every search reads the new rows, and weighs them in memory
                                        \\-> tidy: a new segment beside the others, the manifest switched, rows emptied

For nodes whose processes share one machine. What serves is always whole: see `files`.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dangqiao.adapters.index import journal, warming
from dangqiao.adapters.index.building import Batch, Part, Told, batch_of, in_file, in_memory
from dangqiao.adapters.index.files import IndexFolder, Manifest, Named, Signature
from dangqiao.adapters.index.searching import SegmentSearch
from dangqiao.adapters.index.segment import Segment, open_segment
from dangqiao.adapters.index.sql import missing
from dangqiao.core.configuration import Configuration
from dangqiao.core.matching.candidates import Addition, Change, IndexStore, Limits, Search
from dangqiao.core.matching.needle import Needle, Weights

FLUSH_ROWS, FLUSH_ENTRIES, FLUSH_AT_END = 64, 250_000, 20_000
"""Changes, and entries in them, from which a segment of its own is made; and entries at the end of an import."""
_MOST_SEGMENTS = 100
_MOST_IN_MEMORY = 8
_FACTOR = 8
"""At the end of an import an older segment is merged too unless it is so many times as large as what comes to it."""


@dataclass(frozen=True, eq=False, slots=True)
class _View:
    """The index as one process knows it: the segments of a manifest, and the changes up to a sequence number."""

    signature: Signature | None
    manifest: Manifest
    files: tuple[Segment, ...]
    memory: tuple[Segment, ...]
    sequence: int
    token: str

    def with_change(self, sequence: int, token: str, batches: Sequence[Batch]) -> "_View":
        """The view after one more change."""
        gone = [(one.archive, int(entry)) for one in batches for entry in one.gone]
        files = tuple(one.without(gone) for one in self.files) if gone else self.files
        memory = tuple(one.without(gone) for one in self.memory) if gone else self.memory
        if any(map(len, batches)):
            memory = (*memory, in_memory(batches))
        if len(memory) > _MOST_IN_MEMORY:
            memory = (in_memory(memory),)
        return replace(self, files=files, memory=memory, sequence=sequence, token=token)


class SegmentIndex:
    """Satisfies `core.matching.candidates.CandidateIndex`."""

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        self._folder = IndexFolder(folder / "index")
        self._view: _View | None = None
        self._lock = threading.Lock()

    def add(self, store: IndexStore, addition: Addition) -> None:
        """Adds new entries in the caller's transaction."""
        batch = batch_of(*addition)
        store.add_change(len(batch), journal.encode([batch]))

    def change(self, store: IndexStore, changes: Sequence[Change]) -> None:
        """Changes or removes entries in the caller's transaction."""
        batches = []
        for archive in sorted({one.archive_code for one in changes}):
            own = [one for one in changes if one.archive_code == archive]
            kept = [one for one in own if one.record]
            keys = [(key, owner) for owner, one in enumerate(kept) for key in one.after]
            batches.append(
                batch_of(
                    archive,
                    [one.id for one in kept],
                    [key for key, _ in keys],
                    [owner for _, owner in keys],
                    b"".join(one.record for one in kept),
                    [one.id for one in own],
                )
            )
        store.add_change(len(changes), journal.encode(batches))

    def search(
        self, store: IndexStore, needle: Needle, weights: Weights, archives: Sequence[str] | None, limits: Limits
    ) -> Search:
        """Begins a search in what there is now.

        Raises:
            Unavailable: `index.missing`.
        """
        view = self._current(store)
        return SegmentSearch((*view.files, *view.memory), needle, weights, archives, limits)

    def _current(self, store: IndexStore) -> _View:
        """The view with everything that is committed. A change that is missing, or another one under its number, tells
        of a switch, of a transaction that was rolled back, or of a database that the files do not belong to."""
        with self._lock:
            opened = False
            while True:
                view = self._view
                if view is None:
                    view, opened = self._open(store), True
                rows = store.changes(view.sequence)
                # Only now: a switch empties the changes after it has put the files into place.
                switched = self._folder.signature() != view.signature
                known = rows[0][:2] == (view.sequence, view.token) if rows and view.sequence else not view.sequence
                gap = bool(rows) and not view.sequence and rows[0][0] != 1
                if switched or not known or gap:
                    self._view = None
                    if opened and not switched:
                        raise missing()
                    continue
                for sequence, token, _entries in rows[1 if view.sequence else 0 :]:
                    batches = self._batches(store, sequence, view.manifest)
                    if not batches:
                        break  # forgotten: segments have it that this manifest does not name
                    view = view.with_change(sequence, token, batches)
                else:
                    self._view = view
                    return view
                self._view = None
                if opened and self._folder.signature() == view.signature:
                    raise missing()

    def _open(self, store: IndexStore) -> _View:
        if store.has_records():
            raise missing()
        signature = self._folder.signature()
        manifest = self._folder.manifest()
        try:
            files = tuple(map(self._opened, manifest.segments))
        except (OSError, ValueError):
            if self._folder.signature() == signature:
                raise missing() from None
            return self._open(store)
        return _View(signature, manifest, files, (), manifest.sequence, manifest.token)

    def _opened(self, named: Named) -> Segment:
        found = open_segment(self._folder.path(named.name))
        if not named.dead:
            return found
        return replace(found, dead=np.fromfile(self._folder.path(named.dead), np.uint8))

    @staticmethod
    def _batches(store: IndexStore, sequence: int, manifest: Manifest) -> list[Batch]:
        """What a change says; nothing if it was forgotten."""
        found = journal.decode(store.payload(sequence))
        if sequence > manifest.repeated:
            return found
        return [replace(one, gone=np.union1d(one.gone, one.ids)) for one in found]

    def tidy(self, store: IndexStore, *, finished: bool) -> None:
        """Makes segments of the changes in the database, if there are many."""
        waiting = self._waiting(store, self._folder.manifest())
        entries = sum(entries for _, _, entries in waiting)
        least = FLUSH_AT_END if finished else FLUSH_ENTRIES
        many = entries >= least or len(waiting) >= FLUSH_ROWS
        if many or (finished and len(self._folder.manifest().segments) > 1):
            with self._folder.building(wait=finished) as mine:
                if mine:
                    self._take_in(store, finished)

    @staticmethod
    def _waiting(store: IndexStore, manifest: Manifest) -> list[tuple[int, str, int]]:
        return [one for one in store.changes(manifest.sequence) if one[0] > manifest.sequence]

    def _take_in(self, store: IndexStore, finished: bool) -> None:
        """One more segment of all changes, with older ones that are not much larger."""
        manifest = self._folder.manifest()
        waiting = self._waiting(store, manifest)
        batches = [batch for sequence, _, _ in waiting for batch in self._batches(store, sequence, manifest)]
        gone = [(one.archive, int(entry)) for one in batches for entry in one.gone]
        older = [self._opened(one).without(gone) for one in manifest.segments]
        size = sum(map(len, batches))
        merged: list[Segment] = []
        while older and (
            len(older[-1]) <= _FACTOR * size
            if finished
            else len(older) >= _MOST_SEGMENTS and len(older[-1]) < _FACTOR * FLUSH_ENTRIES
        ):
            merged.insert(0, older.pop())
            size += len(merged[0])
        named = [self._named(one, before) for one, before in zip(older, manifest.segments, strict=False)]
        parts: list[Part] = [*merged, *batches]
        if size:
            path = self._folder.new_path()
            in_file(parts, path)
            named.append(Named(path.name))
        last = waiting[-1] if waiting else (manifest.sequence, manifest.token, 0)
        self._folder.switch(Manifest(tuple(named), last[0], last[1], manifest.repeated))
        store.forget_changes(last[0])

    def _named(self, segment: Segment, before: Named) -> Named:
        """An older segment that goes on serving, with a file of its dead if some died."""
        known = np.fromfile(self._folder.path(before.dead), np.uint8) if before.dead else segment.dead[:0]
        if len(segment.dead) == 0 or np.array_equal(known, segment.dead):
            return before
        path = self._folder.new_path().with_suffix(".dead")
        segment.dead.tofile(path)
        return Named(before.name, path.name)

    def build(self, store: IndexStore, additions: Iterable[Addition], told: Told) -> None:
        """Builds the index anew from the catalogue, beside the one that serves, and switches.

        Args:
            additions: all entries; those that change meanwhile may come as they were or as they are.
            told: told the part that is done, 0..1, while segments are merged.
        """
        with self._folder.building(wait=True):
            store.add_change(0, journal.encode([batch_of("", [], [], [], b"")]))
            sequence, token, _ = store.changes(0)[-1]
            made: list[Segment] = []
            batches: list[Batch] = []
            for addition in additions:
                batches.append(batch_of(*addition))
                if sum(map(len, batches)) >= FLUSH_ENTRIES:
                    made.append(in_file(batches, self._folder.new_path()))
                    batches = []
            named: tuple[Named, ...] = ()
            if made or batches:
                path = self._folder.new_path()
                in_file([*made, *batches], path, told)
                named = (Named(path.name),)
            self._folder.switch(Manifest(named, sequence, token, store.changes(0)[-1][0]))
            store.forget_changes(sequence)
            store.clear_rows()

    def warm(self) -> None:
        """Makes ready what the first search would have to wait for."""
        warming.warm()

    def describe(self, store: IndexStore) -> dict[str, int]:
        """How many entries are in segments and in changes, how many segments, and bytes on disk."""
        view = self._current(store)
        return {
            "entries": sum(map(len, view.files)),
            "changed": sum(map(len, view.memory)),
            "segments": len(view.files),
            "bytes": sum(self._folder.path(one.name).stat().st_size for one in view.manifest.segments),
        }
