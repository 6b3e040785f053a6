"""Distinct texts of columns and what was read of each, once: what a catalogue repeats costs nothing the next time."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dangqiao.apps.holdings.importing import kernels
from dangqiao.apps.holdings.importing.cells import Reader, Value
from dangqiao.apps.holdings.importing.columns import Reading, reading
from dangqiao.apps.holdings.importing.strings import Growing, GrowingStrings, Places
from dangqiao.core.matching.columns import DATE, date_rows

MOST_REMEMBERED = 1 << 17
"""Distinct texts that a table holds when a block begins; then it begins anew, and memory stays flat."""

Rows = Callable[[Sequence[Any]], NDArray[Any]]


class Interned:
    """The distinct texts of columns that read alike, by number; the empty text is 0.

    Args:
        plain: characters that a text may have, where any text that can be printed is its own value.

    Attributes:
        values: as the reader gives them, dates as `core.matching.columns.mark` writes them.
        fit: whether the text can be taken in.
        json: the value as JSON; empty where there is none.
        rows: what arrays need of each value; `more`: what else is to be remembered of it.
    """

    def __init__(
        self, read: Reader, rows: Rows | None = None, more: Callable[[Any], Any] | None = None, plain: int = 0
    ) -> None:
        self._read, self._rows, self._more, self._plain = read, rows, more, plain
        self._arena, self._places = np.zeros(1 << 16, np.uint8), np.zeros(1 << 12, np.int64)
        self._slots, self._hashes = np.full(1 << 13, -1, np.int32), np.zeros(1 << 13, np.uint64)
        self.values: list[Value] = []
        self.more: list[Any] = []
        self.fit, self.json = Growing(np.bool_), GrowingStrings()
        self.rows = Growing(rows([None]).dtype if rows else np.bool_)
        self._learn([""])

    def begin(self) -> None:
        """Forgets everything if that is much. Numbers given before mean nothing afterwards."""
        if len(self.values) > MOST_REMEMBERED:
            self._slots.fill(-1)
            self.values.clear()
            self.more.clear()
            for one in (self.fit, self.json, self.rows):
                one.clear()
            self._learn([""])

    def __call__(self, data: NDArray[np.uint8], begins: Places, ends: Places) -> NDArray[np.int32]:
        """The number of each cell's text."""
        known = len(self.values)
        self._make_room(known + len(begins), int(self._places[known]) + int((ends - begins).sum()))
        ids = np.empty(len(begins), np.int32)
        count = kernels.intern(data, begins, ends, self._hashes, self._slots, self._arena, self._places, known, ids)
        if count > known:
            new = self._arena[self._places[known] : self._places[count]].tobytes()
            cuts = (self._places[known : count + 1] - self._places[known]).tolist()
            self._learn([new[begin:end].decode() for begin, end in pairwise(cuts)])
        return ids

    def _make_room(self, texts: int, size: int) -> None:
        if size > len(self._arena):
            self._arena = _longer(self._arena, 2 * size)
        if texts >= len(self._places):
            self._places = _longer(self._places, 2 * texts)
        if 2 * texts > len(self._slots):
            slots = 1 << (3 * texts).bit_length()
            hashes = np.zeros(slots, np.uint64)
            moved = np.full(slots, -1, np.int32)
            kernels.move(self._hashes, self._slots, hashes, moved)
            self._hashes, self._slots = hashes, moved

    def _learn(self, texts: list[str]) -> None:
        if self._plain and _usual(texts, self._plain):
            readings = [Reading(text, text or None, text and f'"{text}"', None) for text in texts]
        else:
            readings = [reading(text, self._read) for text in texts]
        values = [one.value for one in readings]
        self.values += values
        self.fit.extend(np.array([one.problem is None for one in readings], np.bool_))
        self.json.extend([one.json for one in readings])
        if self._rows:
            self.rows.extend(self._rows(values))
        if self._more:
            self.more += map(self._more, values)

    def listed(self, ids: NDArray[np.int32]) -> list[Value]:
        """The values of these numbers."""
        return list(map(self.values.__getitem__, ids.tolist()))


class Parts:
    """Keyed hashes of one of the parts of identity numbers, by its digits as a number.

    Attributes:
        hashes: as they are indexed; `digits`: as JSON.
    """

    def __init__(self, width: int, room: int, hashed: Callable[[Sequence[str]], Sequence[int]]) -> None:
        self._width, self._hashed = width, hashed
        self._ids = np.zeros(room, np.int32)
        self.hashes, self.digits = Growing(np.uint64), GrowingStrings()
        self._learn([0])

    def _learn(self, values: Sequence[int]) -> None:
        hashes = self._hashed([f"{value:0{self._width}d}" for value in values])
        self.hashes.extend(np.array(hashes, np.uint64))
        self.digits.extend(list(map(str, hashes)))
        self.learn(values)

    def learn(self, values: Sequence[int]) -> None:
        """For those who remember more."""

    def __call__(self, values: Places, at: Places | None = None) -> NDArray[np.int32]:
        """The numbers of parts.

        Args:
            at: a small number for each value, where values are large.
        """
        where = values if at is None else at
        ids = self._ids[where]
        new = np.flatnonzero(ids == 0)
        if len(new):
            some, first = np.unique(values[new], return_index=True)
            self._ids[where[new[first]]] = np.arange(len(self.hashes), len(self.hashes) + len(some))
            self._learn(some.tolist())
            ids = self._ids[where]
        return ids


class Births(Parts):
    """Birth dates in identity numbers: YYYYMMDD.

    Attributes:
        born: ISO 8601, as JSON; `rows`: what the index needs of each.
    """

    def __init__(self, hashed: Callable[[Sequence[str]], Sequence[int]]) -> None:
        self.born, self.rows = GrowingStrings(), Growing(DATE)
        super().__init__(8, 400 << 9, hashed)

    def learn(self, values: Sequence[int]) -> None:
        iso = [f"{value // 10000:04d}-{value // 100 % 100:02d}-{value % 100:02d}" if value else "" for value in values]
        self.born.extend([f'"{one}"' for one in iso])
        self.rows.extend(date_rows(iso))

    def numbers(self, values: Places) -> NDArray[np.int32]:
        """The numbers of birth dates."""
        return self(values, ((values // 10000 - 1800) << 9) + (values // 100 % 100 << 5) + values % 100)


def _usual(texts: Sequence[str], limit: int) -> bool:
    """Whether all texts can be printed, are not too long and are written in JSON as they are."""
    together = "".join(texts)
    unusual = not together.isprintable() or '"' in together or "\\" in together
    return not unusual and max(map(len, texts)) <= limit


def _longer(array: NDArray[Any], size: int) -> NDArray[Any]:
    larger = np.zeros(size, array.dtype)
    larger[: len(array)] = array
    return larger
