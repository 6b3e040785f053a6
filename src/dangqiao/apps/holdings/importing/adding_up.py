"""Adding up the names that many entries have (see `counting`). Most are plain and are counted as numbers."""

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dangqiao.apps.holdings.features import BETWEEN, MOST_ADDED, NAME_ENDS, Added, Counts, Names, additions, whole
from dangqiao.apps.holdings.importing import names
from dangqiao.core.matching.plain import plain

Numbers = NDArray[np.int64]


def summed(found: Names) -> list[Added]:
    """What these batches add to `NameCount` together."""
    counts: Counts = {"place": Counter(), "entries": Counter()}
    texts: list[str] = []
    for met in map(json.loads, found.counts.values()):
        texts.append(met.pop("names"))
        for kind, values in met.items():
            counts[kind].update(values)
    return [*additions(counts), *_of_names("".join(texts).encode())]


def _of_names(data: bytes) -> Iterator[Added]:
    """What names say, each with a mark behind it."""
    tables, most = plain(), data.count(NAME_ENDS.encode())
    points, begins, ends = (np.empty(most, np.int64) for _ in range(3))
    count, others = names.pack(np.frombuffer(data, np.uint8), tables, points, begins, ends)
    places = zip(begins[:others].tolist(), ends[:others].tolist(), strict=True)
    rare = whole({"name": Counter([data[begin:end].decode() for begin, end in places])})
    last, middle, first = _three(points[:count])  # the first lowest
    every, often = np.unique(_together((first, middle, last)), return_counts=True)
    first, middle, last = _three(every)
    rare["surname"].update(_of_characters(np.bincount(first, often)))
    rare["char"].update(_of_characters(np.bincount(np.concatenate((middle, last)), np.tile(often, 2))))
    yield from additions(rare)
    yield from _added("name", every, often, _names)
    heard = (tables.surname[first], tables.given[middle], tables.given[last])
    sounds, which = np.unique(_together(heard), return_inverse=True)
    syllables = [value.to_bytes(4, "little").rstrip(b"\0").decode() for value in tables.syllables.tolist()]
    yield from _added("pinyin", sounds, np.bincount(which, often), partial(_sounds, syllables))


def _added(kind: str, every: Numbers, often: NDArray[Any], written: Callable[[Numbers], list[str]]) -> Iterator[Added]:
    for start in range(0, len(every), MOST_ADDED):
        some = slice(start, start + MOST_ADDED)
        yield Added(kind, BETWEEN.join(written(every[some])), array("q", often[some].astype(np.int64).tobytes()))


def _together(three: Any) -> Numbers:
    """As one number, the first highest: in the order of the texts."""
    first, middle, last = (part.astype(np.int64) for part in three)
    together: Numbers = first << 32 | middle << 16 | last
    return together


def _three(together: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Numbers of three things in each name, 0 where there is no third."""
    return together >> 32, together >> 16 & 0xFFFF, together & 0xFFFF


def _characters(points: Numbers) -> list[str]:
    return list(map(chr, points.tolist()))


def _names(some: Numbers) -> list[str]:
    parts = zip(*map(_characters, _three(some)), strict=True)
    return [text.rstrip("\0") for text in map("".join, parts)]


def _sounds(syllables: list[str], some: Numbers) -> list[str]:
    behind = ["", *(f" {syllable}" for syllable in syllables[1:])]
    first, middle, last = (part.tolist() for part in _three(some))
    return [syllables[a] + behind[b] + behind[c] for a, b, c in zip(first, middle, last, strict=True)]


def _of_characters(often: NDArray[Any]) -> Counter[str]:
    there = np.flatnonzero(often[1:]) + 1
    return Counter(dict(zip(_characters(there), often[there].astype(np.int64).tolist(), strict=True)))
