"""Which characters a font has: the `cmap` table of OpenType (ISO/IEC 14496-22 §5.2.1), formats 4 and 12."""

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path


@cache
def characters(font: Path) -> frozenset[int]:
    """Code points that the font has a glyph for. Of a collection (.ttc), its first font's.

    Raises:
        ValueError: it is not an OpenType font, or has no Unicode table of format 4 or 12.
    """
    data = font.read_bytes()
    try:
        return frozenset(_mapped(data))
    except struct.error as error:
        raise ValueError(f"not an OpenType font: {font.name}") from error


def _mapped(data: bytes) -> Iterator[int]:
    start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    tables = {
        data[at : at + 4]: struct.unpack_from(">I", data, at + 8)[0]
        for at in range(start + 12, start + 12 + 16 * struct.unpack_from(">H", data, start + 4)[0], 16)
    }
    if b"cmap" not in tables:
        raise ValueError("the font has no cmap")
    cmap = tables[b"cmap"]
    found = False
    for row in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * row)
        form = struct.unpack_from(">H", data, cmap + offset)[0]
        if (platform == 0 and encoding != 5) or (platform == 3 and encoding in (1, 10)):
            if form == 12:
                found = True
                yield from _segmented_coverage(data, cmap + offset)
            elif form == 4:
                found = True
                yield from _segment_mapping(data, cmap + offset)
    if not found:
        raise ValueError("the font has no Unicode cmap of format 4 or 12")


def _segmented_coverage(data: bytes, at: int) -> Iterator[int]:
    for group in range(struct.unpack_from(">I", data, at + 12)[0]):
        first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * group)
        yield from range(first + (glyph == 0), last + 1)  # glyph 0 is "none"; only a group's first can be it


def _segment_mapping(data: bytes, at: int) -> Iterator[int]:
    doubled = struct.unpack_from(">H", data, at + 6)[0]
    ends, starts, deltas, offsets = (
        struct.unpack_from(f">{doubled // 2}H", data, at + 14 + doubled * part + (2 if part else 0))
        for part in range(4)
    )
    where = at + 16 + doubled * 3
    for index, (first, last, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for code in range(first, last + 1):
            glyph = code
            if offset:
                glyph = struct.unpack_from(">H", data, where + 2 * index + offset + 2 * (code - first))[0]
                if not glyph:
                    continue
            if (glyph + delta) & 0xFFFF and code != 0xFFFF:
                yield code
