"""DER (X.690 §8 to §11), written: the few forms that signatures and time stamps need, put together from octets.

asn1crypto builds the same values forty times slower, and a node that issues builds them all day. Reading stays with
asn1crypto, which looks at every octet.
"""

from datetime import UTC, datetime
from functools import cache

NULL = b"\x05\x00"
TRUE = b"\x01\x01\xff"


def value(tag: int, *parts: bytes) -> bytes:
    """A value: identifier octet, shortest definite length, contents."""
    contents = b"".join(parts)
    size = len(contents)
    if size < 0x80:
        return bytes((tag, size)) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + contents


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE, or SEQUENCE OF."""
    return value(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    """SET OF: in ascending order of the encodings (§11.6)."""
    return value(0x31, *sorted(parts))


def octets(data: bytes) -> bytes:
    """OCTET STRING."""
    return value(0x04, data)


def bits(data: bytes) -> bytes:
    """BIT STRING of whole octets."""
    return value(0x03, b"\x00", data)


def integer(number: int) -> bytes:
    """INTEGER, not negative."""
    return value(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def ia5(text: str) -> bytes:
    """IA5String. Raises UnicodeEncodeError."""
    return value(0x16, text.encode("ascii"))


def explicit(number: int, *parts: bytes) -> bytes:
    """[number] EXPLICIT, or IMPLICIT of something constructed whose contents `parts` are."""
    return value(0xA0 | number, *parts)


def moment(when: datetime) -> bytes:
    """GeneralizedTime to the second (§11.7)."""
    return value(0x18, f"{when.astimezone(UTC):%Y%m%d%H%M%S}Z".encode())


@cache
def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER (§8.19)."""
    first, second, *rest = map(int, dotted.split("."))
    return value(0x06, *map(_base128, (40 * first + second, *rest)))


def _base128(number: int) -> bytes:
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(0x80 | number & 0x7F)
    return bytes(reversed(groups))
