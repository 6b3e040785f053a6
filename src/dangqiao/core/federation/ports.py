"""What the exchange needs from outside, stated by the law and filled by adapters."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MESSAGES_PATH = "/exchange/v1/messages"
"""Below a member's endpoint: POST a sealed message, get a signed receipt."""
OBJECTS_PATH = "/exchange/v1/objects/"
"""Below a member's endpoint, followed by the SHA-256 in hex: GET an object."""
MEDIA_TYPE = "application/jose"
"""Of sealed messages and signed receipts (RFC 7515 §9.2.1)."""


@dataclass(frozen=True, slots=True)
class MemberKey:
    """A public key of a member as the directory lists it.

    Attributes:
        member: code of the platform.
        kid: key id, unique in the directory: the RFC 7638 thumbprint.
        suite: the algorithms it is for: `intl`.
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

    def sealing_key(self, member: str) -> MemberKey | None:
        """The key to seal messages for `member` with now; None if it lists none."""


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
    """Signs, seals and opens with this node's own keys and the directory's. Errors are those of `refusals`."""

    def sign(self, content: bytes) -> str:
        """A message's envelope as compact JWS. Signed once and kept: it is the evidence of what was said."""

    def seal(self, token: str, member: str) -> bytes:
        """A signed message as compact JWE for the member's current key; made anew for each attempt."""

    def open(self, sealed: bytes) -> Signed:
        """What another member sealed for this node and signed."""

    def verify(self, token: str) -> Signed:
        """A signed message without its seal: evidence that was kept."""

    def sign_receipt(self, content: bytes) -> bytes:
        """A receipt as compact JWS."""

    def open_receipt(self, token: bytes) -> Signed:
        """A receipt of another member."""

    def sign_object_request(self, content: bytes) -> str:
        """A request for an object as compact JWS, for the Authorization header."""

    def open_object_request(self, token: str) -> Signed:
        """Another member's request for an object."""


class Transport(Protocol):
    """Carries bytes to another node. Errors are the rows "on the way" and "objects" of `refusals`."""

    def post(self, endpoint: str, sealed: bytes) -> bytes:
        """Posts a sealed message below `endpoint`; returns the receipt as it came, not yet verified."""

    def fetch(self, endpoint: str, sha256: str, *, token: str, into: Path, limit: int) -> int:
        """Fetches an object of at most `limit` bytes into the file `into`; returns its size.

        The file exists only if the digest fits.
        """
