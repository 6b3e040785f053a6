"""Which documents were revoked: a signed list of bits, one a document (W3C Bitstring Status List v1.0).

A document knows its place in the list; places are given out at random, so that the list tells nothing about a document
that one does not hold. A list is read, never guessed: what cannot be read or is of another platform is no list.
"""

import base64
import binascii
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from dangqiao.core.errors import N_, Malformed
from dangqiao.core.vocabulary.canonical import canonical_bytes, read_json

LIST_SIZE = 131_072
"""Places in one list: the smallest that the standard allows (§2.2, 16 kB before compression), for privacy in a herd."""
PATH = "/status/v1/"
"""Below a platform's endpoint, followed by the number of the list."""
MEDIA_TYPE = "application/vc+jwt"
"""Of a list secured by JOSE (W3C Securing Verifiable Credentials using JOSE and COSE, §3.1)."""
LARGEST_LIST = 256 * 1024
"""Bytes of a signed list; one of random bits has some 30 000."""
FRESH = timedelta(minutes=15)
"""How long a copy may be used without asking again (`ttl`)."""
LIFE = timedelta(days=7)
"""After that a list is old: `validUntil`."""


class Standing(StrEnum):
    """What the newest list that one has says of a document."""

    UNKNOWN = "unknown"
    """There is no list, or the document names no place in one."""
    STANDS = "stands"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class StatusList:
    """A list as a platform signed it.

    Attributes:
        platform: whose; known from the key that signed it.
        number: which of its lists.
        as_of: when it was signed.
        until: after which it is old.
        bits: `LIST_SIZE` bits; the first is the highest bit of the first byte (§2.2 of the standard).
    """

    platform: str
    number: int
    as_of: datetime
    until: datetime
    bits: bytes

    def revoked(self, index: int) -> bool:
        """Whether the document at a place of the platform is revoked; `index` counts through all its lists."""
        number, place = divmod(index, LIST_SIZE)
        if number != self.number:
            raise ValueError("the place is in another list")
        return bool(self.bits[place // 8] & (0x80 >> place % 8))


def list_of(index: int) -> int:
    """The number of the list that a place is in."""
    return index // LIST_SIZE


def address(endpoint: str, number: int) -> str:
    """Where a platform publishes a list."""
    return f"{endpoint.rstrip('/')}{PATH}{number}"


def bits_of(indices: Iterable[int], number: int) -> bytes:
    """The bits of list `number` with these places set; places in other lists are passed over."""
    bits = bytearray(LIST_SIZE // 8)
    for index in indices:
        if list_of(index) == number:
            bits[index % LIST_SIZE // 8] |= 0x80 >> index % 8
    return bytes(bits)


def credential(endpoint: str, number: int, bits: bytes, as_of: datetime) -> bytes:
    """The list as a `BitstringStatusListCredential`: what is signed, canonical JSON.

    `encodedList` is multibase base64url without padding of the GZIP-compressed bits (§3.2).
    """
    id = address(endpoint, number)
    packer = zlib.compressobj(9, wbits=31)
    packed = packer.compress(bits) + packer.flush()
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": id,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": endpoint.rstrip("/"),
        "validFrom": _said(as_of),
        "validUntil": _said(as_of + LIFE),
        "credentialSubject": {
            "id": f"{id}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "u" + base64.urlsafe_b64encode(packed).decode().rstrip("="),
            "ttl": int(FRESH / timedelta(milliseconds=1)),
        },
    }
    return canonical_bytes(document)


def read(content: bytes, platform: str, number: int) -> StatusList:
    """The list in a credential whose signature was verified with a key of `platform`.

    Raises:
        Malformed: `status.unreadable`; also where it is another list than `number`.
    """
    try:
        document = read_json(content)
        subject = document["credentialSubject"]
        if "BitstringStatusListCredential" not in document["type"] or subject["statusPurpose"] != "revocation":
            raise ValueError("another kind of credential")
        if not document["id"].endswith(f"{PATH}{number}"):
            raise ValueError("another list")
        as_of, until = _read(document["validFrom"]), _read(document["validUntil"])
        return StatusList(platform, number, as_of, until, _unpacked(subject["encodedList"]))
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error, binascii.Error) as error:
        raise Malformed("status.unreadable", N_("The list of revoked documents cannot be read.")) from error


def _unpacked(encoded: str) -> bytes:
    if not encoded.startswith("u"):
        raise ValueError("not multibase base64url")
    packed = base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
    bits = zlib.decompressobj(wbits=31).decompress(packed, LIST_SIZE // 8 + 1)  # bounded: nothing swells
    if len(bits) != LIST_SIZE // 8:
        raise ValueError("not of the right size")
    return bits


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _read(text: Any) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
