"""What a suite's algorithms do with keys and bytes, and which there are. Their names: `core.vocabulary.suites`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from dangqiao.adapters.jose.gm import Gm
from dangqiao.adapters.jose.intl import Intl
from dangqiao.core.federation.listing import KeyUse
from dangqiao.core.vocabulary.suites import Suite

Private = TypeVar("Private")
Public = TypeVar("Public")


class Algorithms(Protocol[Private, Public]):
    """One suite at work. Headers and lengths were looked at before (`cipher`).

    Attributes:
        seal_names: the members of a seal's protected header, exactly these.
    """

    suite: Suite
    seal_names: frozenset[str]

    def generate(self, use: KeyUse) -> bytes:
        """A new private key, PKCS #8 PEM."""
        ...

    def private(self, pem: bytes, use: KeyUse) -> Private:
        """A private key for this use. Raises ValueError."""
        ...

    def jwk(self, pem: bytes) -> dict[str, str]:
        """The public half of a public or private key: the members that RFC 7638 §3.2 requires. Raises ValueError."""
        ...

    def public(self, jwk: Mapping[str, str], use: KeyUse) -> Public | None:
        """The key to use; None where what is listed is no public key for this use."""
        ...

    def sign(self, header: Mapping[str, str], content: bytes, key: Private) -> str:
        """`content` as compact JWS."""
        ...

    def verify(self, compact: bytes, key: Public) -> bytes:
        """The content of a compact JWS. Raises exchange.not_readable, exchange.bad_signature."""
        ...

    def octets(self, jwk: Mapping[str, str]) -> bytes:
        """A public key that is good as the key id of a note counts it: 32 octets, or 65 of an uncompressed point."""
        ...

    def sign_plain(self, data: bytes, key: Private) -> bytes:
        """The signature alone, 64 octets: what stands under notes."""
        ...

    def verify_plain(self, data: bytes, signature: bytes, key: Public) -> bool:
        """Whether it holds."""
        ...

    def seal(self, header: Mapping[str, str], token: str, key: Public) -> bytes:
        """`token` as compact JWE."""
        ...

    def open(self, compact: bytes, key: Private) -> bytes:
        """What a compact JWE holds. Raises exchange.cannot_open."""
        ...


ALGORITHMS: Mapping[str, Algorithms[Any, Any]] = MappingProxyType({one.suite.name: one for one in (Intl(), Gm())})
"""By the suite's name."""
