"""An OFD package: a zip (GB/T 33190-2016 §6.1) of one form only, so that the same files give the same bytes for ever.

Files are stored, not deflated: what another version of zlib makes of the same file could differ, and nothing swells
when it is unpacked. No dates, no attributes, no comments. `unpack` takes nothing else: each octet of a package is
either a file's or prescribed here.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION, _DATE = 20, 0x21
"""Version 2.0 of APPNOTE; 1 January 1980, the first day that zip knows."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """The package of files by name (ASCII), in the order given."""
    body, directory = bytearray(), bytearray()
    for name, data in files.items():
        label, crc, at = name.encode("ascii"), zlib.crc32(data), len(body)
        same = (_VERSION, 0, 0, 0, _DATE, crc, len(data), len(data), len(label), 0)
        body += _LOCAL.pack(b"PK\x03\x04", *same) + label + data
        directory += _CENTRAL.pack(b"PK\x01\x02", _VERSION, *same, 0, 0, 0, 0, at) + label
    return bytes(body + directory) + _END.pack(
        b"PK\x05\x06", 0, 0, len(files), len(files), len(directory), len(body), 0
    )


def unpack(data: bytes) -> dict[str, bytes] | None:
    """The files of a package that `pack` made; None for any other octets, other zips included."""
    try:
        files = dict(_entries(data))
        return files if pack(files) == data else None
    except (struct.error, UnicodeDecodeError):
        return None


def _entries(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while data[at : at + 4] == b"PK\x03\x04":
        head = _LOCAL.unpack_from(data, at)
        size, length = head[8], head[9]
        start = at + _LOCAL.size + length
        yield data[at + _LOCAL.size : start].decode("ascii"), data[start : start + size]
        at = start + size
