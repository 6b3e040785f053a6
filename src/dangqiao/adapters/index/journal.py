"""Changes as the database keeps them until the files have them: one payload, one or more batches.

batch: archive (6 bytes) · entries, postings, gone (u32 each) · ids, gone (i64) · values (u64) · records
"""

from collections.abc import Iterable
from struct import Struct

import numpy as np

from dangqiao.adapters.index.building import Batch
from dangqiao.adapters.index.ranking import WORDS
from dangqiao.core.matching.packed import SIZE

_HEAD = Struct("<6sIII")


def encode(batches: Iterable[Batch]) -> bytes:
    """Batches as one payload."""
    parts: list[bytes] = []
    for one in batches:
        head = _HEAD.pack(one.archive.encode(), len(one.ids), len(one.values), len(one.gone))
        parts += (head, one.ids.tobytes(), one.gone.tobytes(), one.values.tobytes(), one.records.tobytes())
    return b"".join(parts)


def decode(payload: bytes) -> list[Batch]:
    """The batches of a payload."""
    found: list[Batch] = []
    at = 0
    while at < len(payload):
        archive, entries, postings, gone = _HEAD.unpack_from(payload, at)
        at += _HEAD.size
        ids = np.frombuffer(payload, np.int64, entries, at)
        at += ids.nbytes
        forgotten = np.frombuffer(payload, np.int64, gone, at)
        at += forgotten.nbytes
        values = np.frombuffer(payload, np.uint64, postings, at)
        at += values.nbytes
        records = np.frombuffer(payload, np.uint16, entries * WORDS, at).reshape(-1, WORDS)
        at += entries * SIZE
        found.append(Batch(archive.decode(), ids, records, values, forgotten))
    return found
