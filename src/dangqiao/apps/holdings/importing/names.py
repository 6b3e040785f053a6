"""Names of persons, read from bytes: what the index needs of each, and its folded form, which is counted.

Whole names are too many to be remembered: a province has millions. So a plain name (`core.matching.plain`) is read
character by character every time, and its sound hashed; the others are read by `core.matching.columns`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dangqiao.apps.holdings.features import NAME_ENDS, counted_name, marked
from dangqiao.apps.holdings.importing.kernels import compiled
from dangqiao.apps.holdings.importing.strings import Strings, listed
from dangqiao.core.matching.columns import NAME, Distinct, name_rows
from dangqiao.core.matching.keys import PERSON
from dangqiao.core.matching.packed import SURNAME_SHIFT
from dangqiao.core.matching.plain import CLAN, Plain, plain

_MARK = ord(NAME_ENDS)
_IV = np.array(
    [
        0x6A09E667F3BCC908,
        0xBB67AE8584CAA73B,
        0x3C6EF372FE94F82B,
        0xA54FF53A5F1D36F1,
        0x510E527FADE682D1,
        0x9B05688C2B3E6C1F,
        0x1F83D9ABFB41BD6B,
        0x5BE0CD19137E2179,
    ],
    np.uint64,
)
_BEGUN = _IV.copy()
"""Where BLAKE2b begins for the keys (RFC 7693; 8 bytes, no key, personalised)."""
_BEGUN[0] ^= np.uint64(0x01010000 | 8)
_BEGUN[6:] ^= np.frombuffer(PERSON.ljust(16, b"\0"), np.uint64)
_SIGMA = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ],
    np.uint8,
)


@compiled
def _turned(word: Any, bits: int) -> Any:
    return word >> np.uint64(bits) | word << np.uint64(64 - bits)


@compiled
def _mix(v: Any, a: int, b: int, c: int, d: int, x: Any, y: Any) -> Any:
    v[a] += v[b] + x
    v[d] = _turned(v[d] ^ v[a], 32)
    v[c] += v[d]
    v[b] = _turned(v[b] ^ v[c], 24)
    v[a] += v[b] + y
    v[d] = _turned(v[d] ^ v[a], 16)
    v[c] += v[d]
    v[b] = _turned(v[b] ^ v[c], 63)


@compiled
def _hashed(m: Any, size: int, v: Any) -> Any:
    """`keys._hash` of a short text.

    Args:
        m: the text in words of eight bytes, filled up to sixteen of them. `v`: room for as many.
    """
    v[:8], v[8:] = _BEGUN, _IV
    v[12] ^= np.uint64(size)
    v[14] = ~v[14]
    for turn in range(12):
        s = _SIGMA[turn % 10]
        for column in range(4):
            x, y = m[s[2 * column]], m[s[2 * column + 1]]
            _mix(v, column, column + 4, column + 8, column + 12, x, y)
        for column in range(4):
            x, y = m[s[2 * column + 8]], m[s[2 * column + 9]]
            _mix(v, column, (column + 1) % 4 + 4, (column + 2) % 4 + 8, (column + 3) % 4 + 12, x, y)
    word = _BEGUN[0] ^ v[0] ^ v[8]
    turned = np.uint64(0)
    for _ in range(8):
        turned = turned << np.uint64(8) | word & np.uint64(255)
        word >>= np.uint64(8)
    return turned & np.uint64((1 << 63) - 1)


@compiled
def _write(m: Any, size: int, syllable: Any) -> Any:
    """Adds a syllable behind a blank to the text."""
    if size:
        m[size >> 3] |= np.uint64(0x20) << np.uint64((size & 7) * 8)
        size += 1
    while syllable:
        m[size >> 3] |= (syllable & np.uint64(255)) << np.uint64((size & 7) * 8)
        syllable >>= np.uint64(8)
        size += 1
    return size


@compiled
def _sound(plain: Plain, first: int, second: int, third: int, m: Any, v: Any) -> Any:
    """The hash of up to three syllables; 0 is none."""
    m[:3] = np.uint64(0)
    size = 0
    for syllable in (first, second, third):
        if syllable:
            size = _write(m, size, plain.syllables[syllable])
    return _hashed(m, size, v)


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
    m, v = np.zeros(16, np.uint64), np.zeros(16, np.uint64)
    at = 0
    for row in range(len(begins)):
        name = plain_points(data, begins[row], lengths[row], plain)
        if not name:
            continue
        found[row] = True
        points[row] = name
        first = plain.surname[name & 0xFFFF]
        second, third = plain.given[name >> 16 & 0xFFFF], plain.given[name >> 32]
        whole[row] = _sound(plain, first, second, third, m, v)
        surname[row] = plain.surname_hashes[first]
        if third:
            if not plain.pairs[second, third]:
                plain.pairs[second, third] = _sound(plain, np.uint16(0), second, third, m, v)
            given[row] = plain.pairs[second, third]
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
