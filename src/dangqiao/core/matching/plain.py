"""Plain names in tables by character, for who reads many names without making objects of them.

A plain name has two or three Han characters of the basic plane, the first of them a surname that sounds in one way, and
is no clan name. Nearly all names are plain; `columns` tells of every name what these tables tell of plain ones.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dangqiao.core.matching.keys import syllable_hash
from dangqiao.core.vocabulary.names import plain_characters

_BASIC = range(0x3400, 0xA000)
"""Code points of ideographs that have no compatibility forms."""
_LONGEST = 3
"""Characters of a plain name."""
CLAN = ord("氏")
"""At the end of what is no plain name."""


class Plain(NamedTuple):
    """By code point: the folded character, 0 where it is in no plain name. By folded character: the numbers of its
    syllables as a surname and in a given name, 0 if it has none.

    Attributes:
        syllables: by number, up to four letters, the first lowest.
        hashes: of syllables, by place in the name and number; 0 of none.
        opens: by folded character, whether a surname of two characters begins with it; `compounds`: these surnames,
            the first character in the higher half.
    """

    folded: NDArray[np.uint16]
    surname: NDArray[np.uint16]
    given: NDArray[np.uint16]
    syllables: NDArray[np.uint64]
    hashes: NDArray[np.uint64]
    opens: NDArray[np.bool_]
    compounds: NDArray[np.uint32]


def plain() -> Plain:
    """The tables."""
    known = plain_characters()
    texts = sorted({*known.surnames.values(), *known.given.values()})
    number = {text: place for place, text in enumerate(texts, 1)}
    folded = np.arange(1 << 16, dtype=np.uint16)
    for one, other in known.folded.items():
        if one < len(folded):
            folded[one] = ord(other) if len(other) == 1 and ord(other) < len(folded) else 0
    surname, given = (_by_character(one, number) for one in (known.surnames, known.given))
    folded[: _BASIC.start] = folded[_BASIC.stop :] = 0
    folded[given[folded] == 0] = 0
    pairs = [ord(one) << 16 | ord(other) for one, other in map(tuple, known.compounds)]
    opens = np.zeros(len(folded), np.bool_)
    opens[np.array(pairs, np.uint32) >> 16] = True
    syllables = [0, *(int.from_bytes(text.encode(), "little") for text in texts)]
    hashes = [[0, *(syllable_hash(place, text) for text in texts)] for place in range(_LONGEST)]
    return Plain(
        folded,
        surname,
        given,
        np.array(syllables, np.uint64),
        np.array(hashes, np.uint64),
        opens,
        np.array(pairs, np.uint32),
    )


def _by_character(sounds: dict[str, str], number: dict[str, int]) -> NDArray[np.uint16]:
    points = np.frombuffer("".join(sounds).encode("utf-32-le"), np.uint32)
    numbers = np.fromiter(map(number.__getitem__, sounds.values()), np.uint16, len(points))
    basic = (points >= _BASIC.start) & (points < _BASIC.stop)
    table = np.zeros(1 << 16, np.uint16)
    table[points[basic]] = numbers[basic]
    return table
