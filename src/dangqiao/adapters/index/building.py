"""Making one segment of several: entries renumbered by archive and id, dead ones left out, postings sorted.

Keys are uniform, so the postings are cut into parts of the key's range that are expanded, sorted and packed one after
another (two at a time): memory stays flat, and a part fits into the caches.
"""

import mmap
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dangqiao.adapters.index.compiled import compiled
from dangqiao.adapters.index.ranking import WORDS
from dangqiao.adapters.index.segment import (
    HASH_BITS,
    KEY_BITS,
    NOBODY_DEAD,
    WIDTH,
    Segment,
    bits_for,
    head_of,
    open_segment,
    posting,
)

OWNER_BITS = 64 - HASH_BITS
_PART = 1 << 20
"""Postings sorted at a time, about."""
_ROWS = 1 << 16
"""Records copied at a time."""
_GONE = 0xFFFFFFFF
_THREADS = 2

Told = Callable[[float], None]


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Entries of one archive that are in no segment yet.

    Attributes:
        ids: ascending; `records`: one row each.
        values: the first HASH_BITS bits of each key, and below them the place of its entry; keys ascending.
        gone: ids whose earlier state counts no more.
    """

    archive: str
    ids: NDArray[np.int64]
    records: NDArray[np.uint16]
    values: NDArray[np.uint64]
    gone: NDArray[np.int64]

    @property
    def archives(self) -> tuple[str, ...]:
        """The one archive."""
        return (self.archive,)

    def range(self, _archive: str) -> tuple[int, int]:
        """Where its entries begin and end."""
        return 0, len(self.ids)

    def __len__(self) -> int:
        return len(self.ids)


Part = Segment | Batch


def batch_of(
    archive: str,
    ids: Sequence[int] | NDArray[np.int64],
    keys: Any,
    owners: Any,
    records: bytes,
    gone: Sequence[int] = (),
) -> Batch:
    """A batch of what an Addition says. Ids may come in any order; those that are 0 are left out."""
    numbers, owner, hashed = np.asarray(ids, np.int64), np.asarray(owners, np.int64), np.asarray(keys, np.int64)
    rows = np.frombuffer(records, np.uint16).reshape(-1, WORDS)
    if np.any(numbers[1:] <= numbers[:-1]) or not np.all(numbers):
        order = np.argsort(numbers, kind="stable")
        order = order[np.searchsorted(numbers[order], 1) :]
        place = np.full(len(numbers), -1, np.int64)
        place[order] = np.arange(len(order))
        owner = place[owner]
        numbers, rows, owner, hashed = numbers[order], rows[order], owner[owner >= 0], hashed[owner >= 0]
    hashed = hashed >> (KEY_BITS - HASH_BITS) << OWNER_BITS  # a bit more than signed numbers have, and right as bits
    values = hashed.view(np.uint64) | owner.view(np.uint64)
    if np.any(hashed.view(np.uint64)[1:] < hashed.view(np.uint64)[:-1]):
        values.sort()
    return Batch(archive, numbers, rows, values, np.sort(np.asarray(gone, np.int64)))


@compiled
def _expand(
    directory: Any, postings: Any, entry_bits: int, first: int, last: int, numbers: Any, new_bits: int, out: Any
) -> Any:
    """Postings of a segment whose hash is `first` or more and less than `last`, with new numbers, into `out`."""
    rest_bits = HASH_BITS - (entry_bits - 1)
    below = (1 << entry_bits) - 1
    count = 0
    for bucket in range(first >> rest_bits, ((last - 1) >> rest_bits) + 1):
        for at in range(directory[bucket], directory[bucket + 1]):
            value = posting(postings, at)
            number = np.int64(numbers[value & below])
            hashed = np.int64(bucket) << rest_bits | value >> entry_bits
            if number != _GONE and first <= hashed < last:
                out[count] = np.uint64((hashed - first) << new_bits | number)
                count += 1
    return count


@compiled
def _regroup(values: Any, first: int, numbers: Any, new_bits: int, out: Any) -> Any:
    """The same for values of a batch."""
    count = 0
    for value in values:
        number = np.int64(numbers[np.int64(value & np.uint64((1 << OWNER_BITS) - 1))])
        if number != _GONE:
            hashed = np.int64(value >> np.uint64(OWNER_BITS))
            out[count] = np.uint64((hashed - first) << new_bits | number)
            count += 1
    return count


@compiled
def _pack(values: Any, first: int, entry_bits: int, counts: Any, out: Any) -> Any:
    """Sorted values as postings; counts those of each bucket. The same twice is written once."""
    rest_bits = HASH_BITS - (entry_bits - 1)
    count = 0
    for i in range(len(values)):
        if i and values[i] == values[i - 1]:
            continue
        hashed = np.int64(values[i] >> np.uint64(entry_bits)) + first
        number = np.int64(values[i] & np.uint64((1 << entry_bits) - 1))
        counts[hashed >> rest_bits] += np.uint32(1)
        word = (hashed & ((1 << rest_bits) - 1)) << entry_bits | number
        for byte in range(WIDTH):
            out[count * WIDTH + byte] = np.uint8(word >> 8 * byte & 255)
        count += 1
    return count


@dataclass(frozen=True, eq=False, slots=True)
class _Plan:
    """What the new segment will hold.

    Attributes:
        starts: where each archive's entries begin; `ids`: of all entries, one array after another.
        numbers: for each part the new number of each of its entries, or _GONE.
    """

    archives: tuple[str, ...]
    starts: NDArray[np.int64]
    ids: list[NDArray[np.int64]]
    numbers: list[NDArray[np.uint32]]

    def __len__(self) -> int:
        return int(self.starts[-1])


def _plan(parts: Sequence[Part]) -> _Plan:
    """Parts are given from the oldest to the newest. What an import adds is in order: then no ids are copied."""
    archives = tuple(sorted({archive for part in parts for archive in part.archives}))
    alive = [_alive(part, parts[place + 1 :]) for place, part in enumerate(parts)]
    starts = np.zeros(len(archives) + 1, np.int64)
    for part, mask in zip(parts, alive, strict=True):
        for archive in part.archives:
            starts[archives.index(archive) + 1] += np.count_nonzero(mask[slice(*part.range(archive))])
    np.cumsum(starts, out=starts)
    ids = [part.ids if np.all(mask) else part.ids[mask] for part, mask in zip(parts, alive, strict=True)]
    new = None
    if not _in_order(parts):
        together = np.concatenate(ids)
        ranks = np.concatenate([_ranks(part, archives)[mask] for part, mask in zip(parts, alive, strict=True)])
        order = np.lexsort((together, ranks))
        ids = [together[order]]
        new = np.empty(len(order), np.uint32)
        new[order] = np.arange(len(order), dtype=np.uint32)
    numbers = []
    at = 0
    for mask in alive:
        end = at + int(np.count_nonzero(mask))
        mapping = np.arange(at, end, dtype=np.uint32) if new is None else new[at:end]
        if len(mapping) < len(mask):
            some, mapping = mapping, np.full(len(mask), _GONE, np.uint32)
            mapping[mask] = some
        numbers.append(mapping)
        at = end
    return _Plan(archives, starts, ids, numbers)


def _in_order(parts: Sequence[Part]) -> bool:
    """Whether each part goes on behind the one before it: in itself each is in order."""
    some = [part for part in parts if len(part)]
    return all(
        (one.archives[-1], int(one.ids[-1])) < (other.archives[0], int(other.ids[0])) for one, other in pairwise(some)
    )


def _ranks(part: Part, archives: tuple[str, ...]) -> NDArray[np.uint16]:
    """The place in `archives` of each entry's archive."""
    lengths = [end - begin for begin, end in map(part.range, part.archives)]
    return np.repeat(np.array([archives.index(archive) for archive in part.archives], np.uint16), lengths)


def _alive(part: Part, newer: Sequence[Part]) -> NDArray[np.bool_]:
    mask = np.ones(len(part), np.bool_)
    if isinstance(part, Segment) and len(part.dead):
        mask &= part.dead == 0
    for one in newer:
        if isinstance(one, Batch) and len(one.gone) and one.archive in part.archives:
            begin, end = part.range(one.archive)
            mask[begin:end] &= ~np.isin(part.ids[begin:end], one.gone)
    return mask


def _count(part: Part) -> int:
    return len(part.values) if isinstance(part, Batch) else int(part.directory[-1])


def _sorted_part(
    parts: Sequence[Part], plan: _Plan, first: int, last: int, entry_bits: int, counts: NDArray[np.uint32]
) -> NDArray[np.uint8]:
    """The postings of a range of hashes."""
    room = 0
    for part in parts:
        if isinstance(part, Segment):
            rest_bits = HASH_BITS - bits_for(len(part))[1]
            room += int(part.directory[((last - 1) >> rest_bits) + 1]) - int(part.directory[first >> rest_bits])
        else:
            room += len(part.values)
    values = np.empty(room, np.uint64)
    at = 0
    for part, numbers in zip(parts, plan.numbers, strict=True):
        if isinstance(part, Segment):
            bits, _ = bits_for(len(part))
            at += _expand(part.directory, part.postings, bits, first, last, numbers, entry_bits, values[at:])
        else:
            ends = np.array([first, last], np.uint64) << np.uint64(OWNER_BITS)
            low = int(np.searchsorted(part.values, ends[0]))
            high = int(np.searchsorted(part.values, ends[1])) if last < 1 << HASH_BITS else len(part.values)
            at += _regroup(part.values[low:high], first, numbers, entry_bits, values[at:])
    values = values[:at]
    values.sort()
    packed = np.empty(at * WIDTH, np.uint8)
    return packed[: _pack(values, first, entry_bits, counts, packed) * WIDTH]


def in_memory(parts: Sequence[Part]) -> Segment:
    """The parts, from the oldest to the newest, as one segment in memory."""
    plan = _plan(parts)
    entry_bits, bucket_bits = bits_for(len(plan))
    counts = np.zeros((1 << bucket_bits) + 1, np.uint32)
    postings = _sorted_part(parts, plan, 0, 1 << HASH_BITS, entry_bits, counts[1:])
    records = np.empty((len(plan), WORDS), np.uint16)
    _copy_records(parts, plan, records)
    directory = np.cumsum(counts, dtype=np.uint32)
    for array in (records, directory, postings):
        array.flags.writeable = False  # as those of files: each kind of array is compiled anew
    return Segment("", plan.archives, plan.starts, np.concatenate(plan.ids), records, directory, postings, NOBODY_DEAD)


def _copy_ids(plan: _Plan, ids: NDArray[np.int64]) -> None:
    at = 0
    for some in plan.ids:
        for start in range(0, len(some), _ROWS):
            piece = some[start : start + _ROWS]
            ids[at : at + len(piece)] = piece
            at += len(piece)
            _let_go(ids, some)


def _copy_records(parts: Sequence[Part], plan: _Plan, records: NDArray[np.uint16]) -> None:
    for part, numbers in zip(parts, plan.numbers, strict=True):
        for start in range(0, len(numbers), _ROWS):
            new = numbers[start : start + _ROWS]
            kept = new != _GONE
            records[new[kept]] = part.records[start : start + _ROWS][kept]
            _let_go(records, part.records)


def _let_go(*arrays: Any) -> None:
    """Unmaps what has been read and written of files: it stays in the system's cache, and our memory stays flat."""
    for array in arrays:
        base = array
        while isinstance(base, np.ndarray):
            base = base.base
        if isinstance(base, mmap.mmap):
            base.madvise(mmap.MADV_DONTNEED)


def in_file(parts: Sequence[Part], path: Path, told: Told = lambda _done: None) -> Segment:
    """The parts, from the oldest to the newest, as one segment in a new file, which is on the disk when this returns.

    Args:
        told: told the part that is done, 0..1.
    """
    plan = _plan(parts)
    entry_bits, bucket_bits = bits_for(len(plan))
    most = sum(map(_count, parts))
    _, sections = head_of(plan.archives, plan.starts.tolist(), most)
    counts = np.zeros((1 << bucket_bits) + 1, np.uint32)
    pieces = 1 << max(0, min(bucket_bits, (most // _PART).bit_length()))
    width = (1 << HASH_BITS) // pieces
    segments = [part for part in parts if isinstance(part, Segment)]
    written = 0
    with path.open("w+b") as file, ThreadPoolExecutor(_THREADS) as pool:
        file.truncate(sections["postings"][1])
        content = np.memmap(file, np.uint8, mode="r+")
        ids, records = (content[slice(*sections[name])] for name in ("ids", "records"))
        _copy_ids(plan, ids.view(np.int64))
        copied = pool.submit(_copy_records, parts, plan, records.view(np.uint16).reshape(-1, WORDS))

        def piece(number: int) -> NDArray[np.uint8]:
            first = number * width
            return _sorted_part(parts, plan, first, first + width, entry_bits, counts[1:])

        at = sections["postings"][0]
        for start in range(0, pieces, _THREADS):
            for found in pool.map(piece, range(start, min(start + _THREADS, pieces))):
                content[at + written : at + written + len(found)] = found
                written += len(found)
            _let_go(content, *(array for part in segments for array in (part.directory, part.postings)))
            told(min(1.0, (start + _THREADS) / pieces))
        copied.result()
        np.cumsum(counts, out=counts)
        content[slice(*sections["directory"])].view(np.uint32)[:] = counts
        head, _ = head_of(plan.archives, plan.starts.tolist(), most)
        content[: len(head)] = np.frombuffer(head, np.uint8)
        content.flush()
        os.fsync(file.fileno())
    return open_segment(path)
