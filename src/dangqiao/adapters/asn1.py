"""A repair of asn1crypto (1.5.1, its latest release), and a guard for what it should never be given.

`dump()` takes every header that ends in 80 for an indefinite length, also the definite lengths 128, 0x580, 0xA80 …, and
then encodes the value anew, which costs exponentially in its depth: one signature in ten took 10 to 40 seconds of CPU
instead of 20 milliseconds, made or verified. A value of indefinite length has a trailer (its end-of-contents octets,
X.690 §8.1.5); one without a trailer has a definite length and is returned as it stands.

Import this module where asn1crypto or pyHanko is used. The guard `der_end` keeps out what really is indefinite.
"""

from collections.abc import Callable
from typing import Any

from asn1crypto import core

MAX_DEPTH = 40
"""Nesting in a real signature with a time stamp and certificates is below 20."""

_Dump = Callable[..., bytes]


def _repaired(dump: _Dump) -> _Dump:
    def repaired(self: core.Asn1Value, force: bool = False) -> bytes:
        if not force and self._header is not None and self._header.endswith(b"\x80") and not self._trailer:
            contents = self.contents  # a child that was changed makes asn1crypto drop the header
            if self._header is not None:
                return bytes(self._header + contents)
        return dump(self, force)

    return repaired


def _repair() -> None:
    kinds: list[Any] = [found for found in vars(core).values() if isinstance(found, type)]
    for kind in kinds:
        if issubclass(kind, core.Asn1Value) and "dump" in vars(kind):
            kind.dump = _repaired(kind.dump)


_repair()


def der_end(data: bytes) -> int | None:
    """Where the value at the start of `data` ends, if it has definite, shortest lengths throughout; else None.

    X.690 §10.1, nested at most `MAX_DEPTH`. Octets after the value are not looked at.
    """
    ends: list[int] = []
    at = 0
    while (head := _header(data, at)) and head[1] <= (ends[-1] if ends else len(data)):
        start, end, constructed = head
        if constructed and end > start:
            if len(ends) == MAX_DEPTH:
                return None
            ends.append(end)
        at = start if constructed else end
        while ends and at == ends[-1]:
            ends.pop()
        if not ends:
            return at
    return None


def _header(data: bytes, at: int) -> tuple[int, int, bool] | None:
    """Start and end of the contents of the value at `at`, and whether it is constructed; None if it is not DER."""
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:  # no tag above 30 occurs in what we read
        return None
    length, start = data[at + 1], at + 2
    if length >= 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[start : start + size], "big")
        start += size
        if not 1 <= size <= 4 or length < 0x80 or length >> 8 * (size - 1) == 0:
            return None
    return start, start + length, bool(data[at] & 0x20)
