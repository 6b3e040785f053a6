"""A search in progress: room for its candidates, made once for a thread and used for one search after another."""

import threading
from collections.abc import Sequence

import numpy as np

from dangqiao.adapters.index import ranking, segment, spelling
from dangqiao.adapters.index.segment import Segment, bits_for
from dangqiao.core.matching.candidates import FULL, IndexStore, Limits, Numbers, Rows, Window, archive_and_entry
from dangqiao.core.matching.needle import Needle, Weights
from dangqiao.core.matching.packed import SIZE

_MOST_SEARCHES = 1 << 22
"""Stamps of searches, until the table of entries seen is wiped."""


class Desk:
    """Arrays that a search needs. Belongs to one search at a time."""

    def __init__(self, entries: int) -> None:
        self.entries = entries
        self.bits, self.elsewhere = np.zeros(entries), np.zeros(entries)
        self.marks = np.zeros(entries, np.uint8)
        self.numbers = np.zeros(entries, np.int64)
        self.chosen = np.zeros(64, np.int64)
        self.seen = np.zeros(1 << (2 * entries).bit_length(), np.int64)
        self.room = spelling.room()
        self.tables = spelling.sounds()
        self.searches = 0

    def begin(self) -> None:
        """Clears the desk for the next search."""
        self.searches += 1
        if self.searches == _MOST_SEARCHES:
            self.seen[:] = 0
            self.searches = 1


_desks = threading.local()


def desk(entries: int) -> Desk:
    """This thread's desk, with room for so many candidates, cleared."""
    found: Desk | None = getattr(_desks, "desk", None)
    if found is None or found.entries != entries:
        found = _desks.desk = Desk(entries)
    found.begin()
    return found


class _Candidates:
    """What every search does with the candidates that it has weighed."""

    def __init__(self, needle: Needle, weights: Weights, limits: Limits) -> None:
        self.complete = True
        self._needle, self._weights, self._limits = needle, weights, limits
        self._desk = desk(limits.entries)
        self._found = 0

    def best(self) -> float:
        """The most bits that a candidate has."""
        return float(self._desk.bits[: self._found].max()) if self._found else -np.inf

    def worthy(self, window: Window) -> list[int]:
        """Those of the best candidates that were not compared in full, the best first."""
        own, found = self._desk, self._found
        room = own.chosen[: window.most]
        count = ranking.choose(
            own.bits[:found], own.marks[:found], window.nothing, window.behind, window.probable, room
        )
        chosen: list[int] = room[:count].tolist()
        return chosen

    def settle(self, candidate: int, bits: float) -> None:
        """Gives a candidate the bits of its full comparison."""
        self._desk.bits[candidate] = bits
        self._desk.marks[candidate] = FULL

    def rest(self) -> tuple[float, float]:
        """Sums of odds over the other candidates."""
        own, found = self._desk, self._found
        odds, elsewhere = ranking.sums(own.bits[:found], own.elsewhere[:found], own.marks[:found])
        return float(odds), float(elsewhere)


class SegmentSearch(_Candidates):
    """A search in segments. Satisfies `core.matching.candidates.Search`."""

    def __init__(
        self,
        segments: Sequence[Segment],
        needle: Needle,
        weights: Weights,
        archives: Sequence[str] | None,
        limits: Limits,
    ) -> None:
        super().__init__(needle, weights, limits)
        self._segments = [(one, one.ranges(archives), bits_for(len(one))[0]) for one in segments]
        self._spans: list[tuple[int, Segment]] = []

    def under(self, keys: Numbers) -> None:
        """Looks under more keys."""
        own = self._desk
        for place, (one, ranges, entry_bits) in enumerate(self._segments):
            self._found, whole = segment.search(
                keys,
                one.directory,
                one.postings,
                one.records,
                one.dead,
                ranges,
                entry_bits,
                self._limits.per_key,
                self._limits.entries,
                own.seen,
                own.searches << 8 | place,
                self._found,
                own.tables,
                self._needle,
                self._weights,
                own.room,
                own.numbers,
                own.bits,
                own.elsewhere,
                own.marks,
            )
            self.complete &= bool(whole)
            self._spans.append((self._found, one))

    def place(self, candidate: int) -> tuple[str, int]:
        """Archive code and id of a candidate."""
        one = next(one for end, one in self._spans if candidate < end)
        return one.place(int(self._desk.numbers[candidate]))


def weigh(own: Desk, found: Rows, per_key: int, candidates: int, needle: Needle, weights: Weights) -> tuple[int, bool]:
    """Weighs rows on a desk that has so many candidates; how many it has then, and whether nothing was left out."""
    words = np.ascontiguousarray(found.records).view(np.uint16)
    words.flags.writeable = False  # one kind of array for all: each kind is compiled anew
    candidates, whole = ranking.weigh_rows(
        found.keys,
        found.places,
        words,
        per_key,
        own.seen,
        own.searches,
        candidates,
        own.tables,
        needle,
        weights,
        own.room,
        own.numbers,
        own.bits,
        own.elsewhere,
        own.marks,
    )
    return candidates, bool(whole)


class RowSearch(_Candidates):
    """A search in rows of the database. Satisfies `core.matching.candidates.Search`."""

    def __init__(
        self, store: IndexStore, needle: Needle, weights: Weights, archives: Sequence[str] | None, limits: Limits
    ) -> None:
        super().__init__(needle, weights, limits)
        self._store, self._archives = store, archives

    def under(self, keys: Numbers) -> None:
        """Looks under more keys."""
        per_key, most = self._limits
        left = keys.tolist()
        while left:
            if self._found >= most:
                self.complete = False
                return
            # About as many as there is room for: entries come under several keys, what is seen again takes none.
            enough = max(most - self._found, most // 4, per_key + 2)
            found = self._store.candidates(left, self._archives, per_key + 1, enough)
            self._found, whole = weigh(self._desk, found, per_key, self._found, self._needle, self._weights)
            self.complete &= whole
            left = left[found.looked :]

    def place(self, candidate: int) -> tuple[str, int]:
        """Archive code and id of a candidate."""
        return archive_and_entry(int(self._desk.numbers[candidate]))


assert ranking.WORDS * 2 == SIZE
