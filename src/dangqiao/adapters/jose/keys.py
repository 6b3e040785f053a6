"""Keys for signing and sealing, from PEM as the key store keeps them to JWK as the directory lists them."""

from collections.abc import Mapping

from dangqiao.adapters.jose.algorithms import ALGORITHMS
from dangqiao.adapters.jose.compact import encoded
from dangqiao.core.federation.ports import MemberKey
from dangqiao.core.vocabulary.canonical import canonical_bytes
from dangqiao.core.vocabulary.suites import INTL, Suite


def thumbprint(jwk: Mapping[str, str], suite: Suite) -> str:
    """The key's id: RFC 7638, with the hash of the suite (§3.4)."""
    return encoded(suite.digest(canonical_bytes(dict(jwk)))).decode()


def listed_key(member: str, pem: bytes, suite: Suite = INTL) -> MemberKey:
    """How the directory lists a key, from its public or private PEM.

    Raises ValueError: not a key of the suite.
    """
    jwk = ALGORITHMS[suite.name].jwk(pem)
    return MemberKey(member, thumbprint(jwk, suite), suite.name, jwk)
