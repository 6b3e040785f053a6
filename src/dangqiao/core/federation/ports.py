"""What the exchange needs from outside, stated by the law and filled by adapters."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

MESSAGES_PATH = "/exchange/v1/messages"
"""Below a member's endpoint: POST a sealed message, get a signed receipt."""
OBJECTS_PATH = "/exchange/v1/objects/"
"""Below a member's endpoint, followed by the SHA-256 in hex: GET an object."""
LOOK_UPS_PATH = "/exchange/v1/look-ups"
"""Below a member's endpoint: POST a signed question about a verification code."""
SUMMARY_PATH = "/exchange/v1/summary"
"""Below a member's endpoint: GET what it has of the asking member's messages, and it of ours."""
LEDGER_PATH = "/exchange/v1/ledger"
"""Below a member's endpoint: GET the newest checkpoint of its log, with the proof that it goes on from an older one."""
MEDIA_TYPE = "application/jose"
"""Of sealed messages and signed receipts (RFC 7515 §9.2.1)."""


class Kind(StrEnum):
    """What a signature is for: `typ` in its header, so that none passes for another (RFC 8725 §3.11)."""

    MESSAGE = "dangqiao-message+jws"
    RECEIPT = "dangqiao-receipt+jws"
    OBJECT_REQUEST = "dangqiao-object-request+jws"
    LOOK_UP = "dangqiao-look-up+jws"
    LOOK_UP_ANSWER = "dangqiao-look-up-answer+jws"
    SUMMARY_REQUEST = "dangqiao-summary-request+jws"
    SUMMARY = "dangqiao-summary+jws"
    LISTING = "dangqiao-listing+jws"


@dataclass(frozen=True, slots=True)
class MemberKey:
    """A public key of a member as the directory lists it.

    Attributes:
        member: code of the platform.
        kid: key id, unique in the directory: the RFC 7638 thumbprint.
        suite: the algorithms it is for: `intl` or `gm`.
        jwk: the public JWK (RFC 7517).
    """

    member: str
    kid: str
    suite: str
    jwk: Mapping[str, str]


class KeyDirectory(Protocol):
    """The members' public keys. A member has several: before, during and after a rotation."""

    def signing_key(self, kid: str) -> MemberKey | None:
        """The signing key with this id; None if no member has it or it was withdrawn."""
        ...

    def sealing_key(self, member: str) -> MemberKey | None:
        """The key to seal messages for `member` with now; None if it lists none."""
        ...


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that holds.

    Attributes:
        content: the bytes that were signed.
        token: the compact JWS, to be kept as evidence.
        signer: the member whose key it is.
        kid: that key's id.
    """

    content: bytes
    token: str
    signer: str
    kid: str


class EnvelopeCipher(Protocol):
    """Signs, seals and opens with this node's own keys; the other members' are handed in. Errors: see `refusals`."""

    @property
    def signing_kid(self) -> str:
        """Id of the key that signs now."""
        ...

    def signer_of(self, token: str) -> str:
        """The key id that a compact JWS names, verified or not."""
        ...

    def sign(self, content: bytes, kind: Kind) -> str:
        """`content` as compact JWS. A message is signed once and kept: it is the evidence of what was said."""
        ...

    def verify(self, token: str | bytes, kind: Kind, keys: KeyDirectory) -> Signed:
        """What a member signed, if it is of this kind and the signature holds."""
        ...

    def seal(self, token: str, key: MemberKey) -> bytes:
        """A signed message as compact JWE for the holder of `key`; made anew for each attempt."""
        ...

    def open(self, sealed: bytes, keys: KeyDirectory) -> Signed:
        """The message that another member signed and sealed for this node."""
        ...


class Transport(Protocol):
    """Carries bytes to another node. Errors are the rows "on the way" and "objects" of `refusals`."""

    def post(self, endpoint: str, sealed: bytes) -> bytes:
        """Posts a sealed message below `endpoint`; returns the receipt as it came, not yet verified."""
        ...

    def read(self, endpoint: str, path: str, *, limit: int, token: str = "") -> bytes:
        """GETs what is below `endpoint`: at most `limit` bytes, not yet verified. `token` goes along as bearer."""
        ...

    def fetch(self, endpoint: str, sha256: str, *, token: str, into: Path, limit: int) -> int:
        """Fetches an object of at most `limit` bytes into the file `into`; returns its size.

        The file exists only if the digest fits.
        """
        ...
