"""Adding up the names that many entries have (see `counting`). Most are plain and are counted as numbers."""

import json
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dangqiao.apps.holdings.features import NAME_ENDS, Additions, Counts, Names, additions, whole
from dangqiao.apps.holdings.importing import names
from dangqiao.core.matching.plain import Plain, plain

Three = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Numbers of three things in each name, 0 where there is no third."""


def summed(found: Names) -> Additions:
    """What these batches add to `NameCount` together."""
    counts: Counts = {"place": Counter(), "entries": Counter()}
    texts: list[str] = []
    for met in map(json.loads, found.counts.values()):
        texts.append(met.pop("names"))
        for kind, values in met.items():
            counts[kind].update(values)
    return additions(counts | _of_names("".join(texts).encode()))


def _of_names(data: bytes) -> Counts:
    """What names say, each with a mark behind it."""
    tables, most = plain(), data.count(NAME_ENDS.encode())
    points, begins, ends = (np.empty(most, np.int64) for _ in range(3))
    count, others = names.pack(np.frombuffer(data, np.uint8), tables, points, begins, ends)
    places = zip(begins[:others].tolist(), ends[:others].tolist(), strict=True)
    rare = Counter([data[begin:end].decode() for begin, end in places])
    last, middle, first = _three(points[:count])
    every, often = np.unique(_together((first, middle, last)), return_counts=True)
    parts = first, middle, last = _three(every)
    texts = [text.rstrip("\0") for text in map("".join, zip(*map(_characters, parts), strict=True))]
    heard = (tables.surname[first], tables.given[middle], tables.given[last])
    sounds, which = np.unique(_together(heard), return_inverse=True)
    counts = {
        "name": _counter(texts, often),
        "pinyin": _counter(_sounds(tables, _three(sounds)), np.bincount(which, often)),
        "surname": _of_characters(np.bincount(first, often)),
        "char": _of_characters(np.bincount(np.concatenate((middle, last)), np.tile(often, 2))),
    }
    for kind, values in whole({"name": rare}).items():
        counts[kind].update(values)
    return counts


def _together(three: Any) -> NDArray[np.int64]:
    """As one number, the first highest: in the order of the texts."""
    first, middle, last = (part.astype(np.int64) for part in three)
    together: NDArray[np.int64] = first << 32 | middle << 16 | last
    return together


def _three(together: NDArray[np.int64]) -> Three:
    return together >> 32, together >> 16 & 0xFFFF, together & 0xFFFF


def _characters(points: NDArray[np.int64]) -> list[str]:
    return list(map(chr, points.tolist()))


def _sounds(tables: Plain, three: Three) -> list[str]:
    syllables = [value.to_bytes(4, "little").rstrip(b"\0").decode() for value in tables.syllables.tolist()]
    behind = ["", *(f" {syllable}" for syllable in syllables[1:])]
    first, middle, last = (part.tolist() for part in three)
    return [syllables[a] + behind[b] + behind[c] for a, b, c in zip(first, middle, last, strict=True)]


def _counter(texts: list[str], often: NDArray[Any]) -> Counter[str]:
    return Counter(dict(zip(texts, often.astype(np.int64).tolist(), strict=True)))


def _of_characters(often: NDArray[Any]) -> Counter[str]:
    there = np.flatnonzero(often[1:]) + 1
    return _counter(_characters(there), often[there])
