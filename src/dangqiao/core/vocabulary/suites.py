"""Algorithm suites: all that nodes sign, seal and hash with, each fully named. docs/protocol/suites.md is normative.

A federation has one suite. A header chooses a suite, never an algorithm; whatever signs, seals or hashes between nodes
asks the suite. What is only a *name* of content (files, category files, chains of events) is SHA-256 in every suite.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from hashlib import _Hash

SuiteName = Literal["intl", "gm"]


@dataclass(frozen=True, slots=True)
class Suite:
    """What a suite's name stands for.

    Attributes:
        name: as it stands in headers, checkpoints and the directory.
        hash_name: of the hash, by hashlib's name; 32 octets.
        signature: `alg` of a signature; `signing_curve`: `crv` of its key.
        wrapping: `alg` of a seal; `sealing_curve`: `crv` of its key.
        encryption: `enc` of a seal.
        log_kind: signature type of a log's own signature under a checkpoint (C2SP signed-note).
        witness_kind: that of another member's, with the time at which it saw the checkpoint.
        signs_listings: whether a platform's listing needs a signature of the suite beside the directory's own, which
            is Ed25519 in every federation.
    """

    name: SuiteName
    hash_name: str
    signature: str
    signing_curve: str
    wrapping: str
    sealing_curve: str
    encryption: str
    log_kind: bytes
    witness_kind: bytes
    signs_listings: bool

    def hasher(self) -> "_Hash":
        """For content that comes in pieces. Raises ValueError: this Python has no such hash."""
        return hashlib.new(self.hash_name)

    def digest(self, data: bytes) -> bytes:
        """The hash of `data`, 32 octets. Raises as `hasher`."""
        return hashlib.new(self.hash_name, data).digest()

    def hex_digest(self, data: bytes) -> str:
        """The same in lower-case hex."""
        return hashlib.new(self.hash_name, data).hexdigest()


INTL = Suite(
    "intl",
    hash_name="sha256",
    signature="Ed25519",  # RFC 9864
    signing_curve="Ed25519",
    wrapping="ECDH-ES",  # RFC 7518 §4.6, RFC 8037
    sealing_curve="X25519",
    encryption="A256GCM",
    log_kind=b"\x01",
    witness_kind=b"\x04",
    signs_listings=False,
)
GM = Suite(
    "gm",
    hash_name="sm3",  # GB/T 32905-2016
    signature="SGD_SM3_SM2",  # GB/T 32918.2-2016; the name as in GM/T 0006 and GM/T 0125.1
    signing_curve="SM2",
    wrapping="SGD_SM2_3",  # GB/T 32918.4-2016, in the form of GB/T 35276
    sealing_curve="SM2",
    encryption="SGD_SM4_GCM",  # GB/T 32907-2016 in the mode of RFC 8998
    log_kind=b"\xffdangqiao.org/sm2-note",  # C2SP has no octet for SM2: 0xff and a longer name
    witness_kind=b"\xffdangqiao.org/sm2-cosignature",
    signs_listings=True,
)
SUITES: Mapping[str, Suite] = MappingProxyType({one.name: one for one in (INTL, GM)})
"""By name."""
