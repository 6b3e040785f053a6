"""Many texts as places in one buffer of bytes (UTF-8), so that none of them has to be an object of its own."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dangqiao.apps.holdings.importing import kernels
from dangqiao.apps.holdings.sequences import SEPARATOR, Texts

Places = NDArray[np.int64]


class Strings(NamedTuple):
    """Texts: the buffer, where each begins, and how many bytes it has."""

    data: NDArray[np.uint8]
    begins: Places
    lengths: Places

    def __bool__(self) -> bool:
        return bool(self.lengths.any())

    def some(self, wanted: Any) -> "Strings":
        """Those at these places."""
        return Strings(self.data, self.begins[wanted], self.lengths[wanted])

    def without_first(self) -> "Strings":
        """Each without its first byte."""
        more = self.lengths > 0
        return Strings(self.data, self.begins + more, self.lengths - more)

    def views(self) -> list[memoryview]:
        """Each as bytes, without copying."""
        data = memoryview(self.data.data)
        begins = self.begins.tolist()
        ends = (self.begins + self.lengths).tolist()
        return [data[begin:end] for begin, end in zip(begins, ends, strict=True)]


def constant(text: str, where: NDArray[np.bool_]) -> Strings:
    """A text in these places, nothing in the others."""
    data = np.frombuffer(text.encode(), np.uint8)
    return Strings(data, np.zeros(len(where), np.int64), where * np.int64(len(data)))


def strings(texts: Sequence[str]) -> Strings:
    """Texts that are objects already."""
    whole = [text.encode() for text in texts]
    lengths = np.fromiter(map(len, whole), np.int64, len(whole))
    return Strings(np.frombuffer(b"".join(whole), np.uint8), np.cumsum(lengths) - lengths, lengths)


def joined(parts: Iterable[Strings], count: int) -> Strings:
    """Text by text, one part behind the other."""
    some = [part for part in parts if part]
    lengths = np.zeros(count, np.int64)
    for part in some:
        lengths += part.lengths
    ends = np.cumsum(lengths)
    at = ends - lengths
    begins = at.copy()
    out = np.empty(int(ends[-1]) if count else 0, np.uint8)
    for part in some:
        kernels.append(part.data, part.begins, part.lengths, out, at)
    return Strings(out, begins, lengths)


def spread(texts: Strings, rows: Any, count: int) -> Strings:
    """Texts of some rows as texts of all rows; the others have none."""
    begins, lengths = np.zeros(count, np.int64), np.zeros(count, np.int64)
    begins[rows], lengths[rows] = texts.begins, texts.lengths
    return Strings(texts.data, begins, lengths)


def listed(texts: Strings) -> Texts:
    """Texts as a sequence of objects."""
    count = len(texts.lengths)
    together = joined((texts, constant(SEPARATOR, np.ones(count, np.bool_))), count)
    return Texts(together.data.tobytes())


class Growing:
    """An array that grows at its end."""

    def __init__(self, dtype: Any) -> None:
        self._room = np.zeros(1 << 10, dtype)
        self._count = 0

    def extend(self, values: NDArray[Any]) -> None:
        """Adds values."""
        count = self._count + len(values)
        if count > len(self._room):
            larger = np.zeros(2 * count, self._room.dtype)
            larger[: self._count] = self._room[: self._count]
            self._room = larger
        self._room[self._count : count] = values
        self._count = count

    def clear(self) -> None:
        """Removes all values."""
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __call__(self) -> NDArray[Any]:
        """The values."""
        return self._room[: self._count]


class GrowingStrings:
    """Texts one after another, and more at the end."""

    def __init__(self) -> None:
        self._data, self._begins, self._lengths = Growing(np.uint8), Growing(np.int64), Growing(np.int64)

    def extend(self, texts: Sequence[str]) -> None:
        """Adds texts."""
        more = strings(texts)
        self._begins.extend(more.begins + len(self._data))
        self._lengths.extend(more.lengths)
        self._data.extend(more.data)

    def clear(self) -> None:
        """Removes all texts."""
        for one in (self._data, self._begins, self._lengths):
            one.clear()

    def __call__(self, numbers: NDArray[Any]) -> Strings:
        """The texts of these numbers."""
        return Strings(self._data(), self._begins()[numbers], self._lengths()[numbers])
