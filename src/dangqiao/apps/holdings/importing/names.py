"""Names of persons, read from bytes: what the index needs of each, and its folded form, which is counted.

Whole names are too many to be remembered: a province has millions. So a plain name (`core.matching.plain`) is read
character by character every time, and the hashes of its syllables added; the others are read by
`core.matching.columns`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dangqiao.apps.holdings.features import NAME_ENDS, counted_name, marked
from dangqiao.apps.holdings.importing.kernels import compiled
from dangqiao.apps.holdings.importing.strings import Strings, listed
from dangqiao.core.matching.columns import NAME, Distinct, name_rows
from dangqiao.core.matching.keys import BITS
from dangqiao.core.matching.packed import SURNAME_SHIFT
from dangqiao.core.matching.plain import CLAN, Plain, plain

_MARK, _BITS = ord(NAME_ENDS), np.uint64(BITS)


@compiled
def plain_points(data: Any, begin: int, size: int, plain: Plain) -> Any:
    """The folded characters of a plain name, 16 bits each, the first lowest; 0 of any other text."""
    if size not in (6, 9):
        return np.int64(0)
    points = np.int64(0)
    for place in range(size // 3):
        byte = begin + 3 * place
        if not 0xE0 <= data[byte] < 0xF0:
            return np.int64(0)
        point = plain.folded[(data[byte] & 15) << 12 | (data[byte + 1] & 63) << 6 | data[byte + 2] & 63]
        if not point:
            return np.int64(0)
        points |= np.int64(point) << 16 * place
    first, second = points & 0xFFFF, points >> 16 & 0xFFFF
    if points >> 8 * (size // 3 * 2 - 2) == CLAN or not plain.surname[first]:
        return np.int64(0)
    if plain.opens[first]:
        for pair in plain.compounds:
            if pair == first << 16 | second:
                return np.int64(0)
    return points


@compiled
def read(
    data: Any,
    begins: Any,
    lengths: Any,
    plain: Plain,
    found: Any,
    whole: Any,
    surname: Any,
    given: Any,
    points: Any,
    out: Any,
) -> Any:
    """Reads the names that are plain.

    Args:
        found: whether the name is plain; then the hashes of its sound, its code points, and in `out` itself, folded.

    Returns:
        How many bytes there are in `out`.
    """
    at = 0
    for row in range(len(begins)):
        name = plain_points(data, begins[row], lengths[row], plain)
        if not name:
            continue
        found[row] = True
        points[row] = name
        surname[row] = plain.hashes[0, plain.surname[name & 0xFFFF]]
        rest, third = plain.hashes[1, plain.given[name >> 16 & 0xFFFF]], plain.given[name >> 32]
        if third:
            rest = (rest + plain.hashes[2, third]) & _BITS
            given[row] = rest
        whole[row] = (surname[row] + rest) & _BITS
        while name:
            point = name & 0xFFFF
            out[at], out[at + 1], out[at + 2] = 0xE0 | point >> 12, 0x80 | point >> 6 & 63, 0x80 | point & 63
            name >>= 16
            at += 3
        out[at] = _MARK
        at += 1
    return at


@compiled
def pack(data: Any, plain: Plain, points: Any, begins: Any, ends: Any) -> Any:
    """Of names with a mark behind each: as `plain_points` has them, and the places of the others."""
    names = others = begin = 0
    for at in range(len(data)):
        if data[at] == _MARK:
            name = plain_points(data, begin, at - begin, plain)
            if name:
                points[names] = name
                names += 1
            else:
                begins[others], ends[others] = begin, at
                others += 1
            begin = at + 1
    return names, others


class NameReader:
    """Reads columns of names."""

    def __init__(self) -> None:
        self._plain = plain()
        self._others = Distinct(NAME, name_rows)

    def __call__(self, texts: Strings) -> tuple[NDArray[Any], str]:
        """Rows as `columns.name_rows` makes them; the folded names, each with a mark behind it."""
        count = len(texts.lengths)
        rows = np.zeros(count, NAME)
        out = np.empty(10 * count, np.uint8)
        found, hashes = rows["named"], [rows[name] for name in ("whole", "surname", "given")]
        size = read(texts.data, texts.begins, texts.lengths, self._plain, found, *hashes, rows["name"], out)
        rows["facts"] = 1 << SURNAME_SHIFT
        others = np.flatnonzero(~found)
        if not len(others):
            return rows, out[:size].tobytes().decode()
        some = listed(texts.some(others))
        rows[others] = self._others(some)
        return rows, out[:size].tobytes().decode() + marked(map(counted_name, some))
