"""One segment: an immutable index of some entries, in one file that is mapped into memory, or in memory alone.

    head        JSON: what is where; the archives, each with the number of its first entry
    ids         int64 by entry number; entries are numbered by archive and id
    records     packed.SIZE bytes by entry number
    directory   uint32: where the postings of each bucket begin; a bucket is the first bits of a key
    postings    WIDTH bytes each, ascending within a bucket: the key's next bits, and below them the entry number

A key is known by its first HASH_BITS bits, about one entry in two thousand look-ups is a wrong guess, which its record
shows. The number of buckets is half to all the number of entries, so that what remains of key and entry number always
fits into WIDTH bytes, however large the segment is.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dangqiao.adapters.index import ranking
from dangqiao.adapters.index.compiled import compiled, prefetch
from dangqiao.core.matching.packed import LAYOUT_VERSION, SIZE

FORMAT_VERSION = 2
KEY_BITS, HASH_BITS = 63, 39
WIDTH = 5
PAGE = 4096
_SECTIONS = ("ids", "records", "directory", "postings")


def bits_for(entries: int) -> tuple[int, int]:
    """Bits of an entry number, and of a bucket, in a segment of so many entries."""
    entry_bits = max((entries - 1).bit_length(), 6)
    return entry_bits, entry_bits - 1


@dataclass(frozen=True, eq=False, slots=True)
class Segment:
    """A segment, open.

    Attributes:
        name: of its file; empty for one in memory.
        archives: codes, ascending; `starts`: number of the first entry of each, and at the end the number of entries.
        dead: a byte for each entry, 1 if a newer segment has it; none of them is, as long as it is empty.
    """

    name: str
    archives: tuple[str, ...]
    starts: NDArray[np.int64]
    ids: NDArray[np.int64]
    records: NDArray[np.uint16]
    directory: NDArray[np.uint32]
    postings: NDArray[np.uint8]
    dead: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.ids)

    def place(self, number: int) -> tuple[str, int]:
        """Archive code and id of an entry."""
        archive = int(self.starts.searchsorted(number, "right")) - 1
        return self.archives[archive], int(self.ids[number])

    def number(self, archive: str, entry: int) -> int | None:
        """The number of an entry, if it is here."""
        if archive not in self.archives:
            return None
        begin, end = self.range(archive)
        found = begin + int(np.searchsorted(self.ids[begin:end], entry))
        return found if found < end and self.ids[found] == entry else None

    def range(self, archive: str) -> tuple[int, int]:
        """Numbers of an archive's entries: from, and up to."""
        at = self.archives.index(archive)
        return int(self.starts[at]), int(self.starts[at + 1])

    def ranges(self, archives: Sequence[str] | None) -> NDArray[np.int64]:
        """Numbers of the entries of these archives, as pairs; of all for None."""
        if archives is None:
            return np.array([[0, len(self)]], np.int64)
        return np.array([self.range(one) for one in archives if one in self.archives], np.int64).reshape(-1, 2)

    def without(self, gone: Sequence[tuple[str, int]]) -> "Segment":
        """The same without entries that a newer segment has."""
        numbers = [number for archive, entry in gone if (number := self.number(archive, entry)) is not None]
        if not numbers:
            return self
        dead = self.dead.copy() if len(self.dead) else np.zeros(len(self), np.uint8)
        dead[numbers] = 1
        return Segment(
            self.name, self.archives, self.starts, self.ids, self.records, self.directory, self.postings, dead
        )


NOBODY_DEAD = np.zeros(0, np.uint8)


def open_segment(path: Path) -> Segment:
    """Maps a segment's file. Raises ValueError if it is none, or one of another version."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        head: dict[str, Any] = json.loads(file.read(length)) if 0 < length < 1 << 24 else {}
    if (head.get("format"), head.get("layout")) != (FORMAT_VERSION, LAYOUT_VERSION):
        raise ValueError(path.name)
    content = np.memmap(path, np.uint8, mode="r")
    parts = {name: np.asarray(content[slice(*head[name])]) for name in _SECTIONS}
    return Segment(
        path.name,
        tuple(head["archives"]),
        np.array(head["starts"], np.int64),
        parts["ids"].view(np.int64),
        parts["records"].view(np.uint16).reshape(-1, ranking.WORDS),
        parts["directory"].view(np.uint32),
        parts["postings"],
        NOBODY_DEAD,
    )


def head_of(archives: Sequence[str], starts: Sequence[int], postings: int) -> tuple[bytes, dict[str, tuple[int, int]]]:
    """The head of a file with these contents, and where each section begins and ends."""
    entries = starts[-1]
    _, bucket_bits = bits_for(entries)
    sizes = (entries * 8, entries * SIZE, ((1 << bucket_bits) + 1) * 4, postings * WIDTH + 8 - WIDTH)
    at = PAGE * (1 + (len(archives) * 40 + 400) // PAGE)
    sections: dict[str, tuple[int, int]] = {}
    for name, size in zip(_SECTIONS, sizes, strict=True):
        sections[name] = (at, at + size)
        at += -(-size // PAGE) * PAGE
    said = {"format": FORMAT_VERSION, "layout": LAYOUT_VERSION, "archives": list(archives), "starts": list(starts)}
    text = json.dumps(said | sections).encode()
    return len(text).to_bytes(8, "little") + text, sections


@compiled
def posting(postings: Any, at: int) -> Any:
    """The posting at a place: key bits and entry number."""
    at *= WIDTH
    low = np.int64(postings[at]) | np.int64(postings[at + 1]) << 8 | np.int64(postings[at + 2]) << 16
    return low | np.int64(postings[at + 3]) << 24 | np.int64(postings[at + 4]) << 32


@compiled
def _gather(
    keys: Any,
    directory: Any,
    postings: Any,
    records: Any,
    dead: Any,
    ranges: Any,
    entry_bits: int,
    per_key: int,
    most: int,
    seen: Any,
    stamp: int,
    found: int,
    numbers: Any,
) -> Any:
    """The entries under the keys that were not seen yet, into `numbers`; see `search`."""
    bucket_bits = entry_bits - 1
    rest_bits = HASH_BITS - bucket_bits
    below = (1 << entry_bits) - 1
    mask = len(seen) - 1
    whole = True
    for key in keys:
        prefetch(directory, key >> (KEY_BITS - bucket_bits))
    for key in keys:
        prefetch(postings, np.int64(directory[key >> (KEY_BITS - bucket_bits)]) * WIDTH)
    for key in keys:
        if found >= most:
            return found, False
        hashed = key >> (KEY_BITS - HASH_BITS)
        bucket = hashed >> rest_bits
        wanted = (hashed & ((1 << rest_bits) - 1)) << entry_bits
        low, high = np.int64(directory[bucket]), np.int64(directory[bucket + 1])
        end = high
        while low < high:
            middle = (low + high) >> 1
            if posting(postings, middle) < wanted:
                low = middle + 1
            else:
                high = middle
        read = 0
        for at in range(low, end):
            value = posting(postings, at)
            if value >> entry_bits != wanted >> entry_bits:
                break
            number = value & below
            allowed = False
            for pair in range(len(ranges)):
                allowed |= ranges[pair, 0] <= number < ranges[pair, 1]
            if not allowed or (len(dead) > 0 and dead[number]):
                continue
            if read >= per_key:
                whole = False
                break
            read += 1
            mark = stamp << 32 | number
            slot = (number * 0x9E3779B1 >> 7) & mask
            while seen[slot] >> 40 == stamp >> 8 and seen[slot] != mark:
                slot = (slot + 1) & mask
            if seen[slot] == mark:
                continue
            seen[slot] = mark
            if found >= len(numbers):
                return found, False
            numbers[found] = number
            prefetch(records, number)
            found += 1
    return found, whole


@compiled
def search(
    keys: Any,
    directory: Any,
    postings: Any,
    records: Any,
    dead: Any,
    ranges: Any,
    entry_bits: int,
    per_key: int,
    most: int,
    seen: Any,
    stamp: int,
    found: int,
    tables: Any,
    needle: Any,
    weights: Any,
    room: Any,
    numbers: Any,
    bits: Any,
    elsewhere: Any,
    marks: Any,
) -> Any:
    """Weighs all entries under the keys that were not seen yet.

    Args:
        ranges: pairs of entry numbers that may be found.
        per_key, most: entries read under one key, and in all.
        seen: a table of entries met, twice as large as `most` at least and a power of 2.
        stamp: the number of this search, and in the last 8 bits that of this segment.
        found: how many are in the last four arrays already.

    Returns:
        How many are in them now, and whether nothing was left out.
    """
    begin = found
    found, whole = _gather(
        keys, directory, postings, records, dead, ranges, entry_bits, per_key, most, seen, stamp, found, numbers
    )
    for i in range(begin, found):
        bits[i], elsewhere[i], marks[i] = ranking.weigh(tables, needle, weights, records[numbers[i]], room)
    return found, whole
