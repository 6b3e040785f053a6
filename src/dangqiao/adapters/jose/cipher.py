"""CloudEvent in JWS in JWE (RFC 7515, 7516). Nothing in a header is believed before it was compared (`compact`)."""

from collections.abc import Sequence
from typing import Any

from dangqiao.adapters.jose.algorithms import ALGORITHMS
from dangqiao.adapters.jose.compact import (
    LONGEST_TOKEN,
    SEALED_PARTS,
    SIGNED_NAMES,
    SIGNED_PARTS,
    ascii_of,
    header_of,
)
from dangqiao.adapters.jose.keys import thumbprint
from dangqiao.core.federation.envelope import LARGEST_SEALED
from dangqiao.core.federation.listing import KeyUse
from dangqiao.core.federation.ports import KeyDirectory, Kind, MemberKey, Signed
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.suites import INTL, SUITES, Suite

SEALED_TYPE = "dangqiao-sealed+jwe"
_FILES = {KeyUse.SIGNING: "message-signing", KeyUse.ENCRYPTION: "message-encryption"}


class JoseCipher:
    """A node's `EnvelopeCipher` from its own private keys.

    Args:
        signing: PEM of the key that signs.
        opening: PEMs of the keys that open seals: the current one first, then those being rotated out.
        suite: of the federation; what comes in another is refused.

    Raises exchange.own_key_unusable.
    """

    def __init__(self, signing: bytes, opening: Sequence[bytes], suite: Suite = INTL) -> None:
        self.suite, self._algorithms = suite, ALGORITHMS[suite.name]
        self.signing_kid, self._signing = self._own(signing, KeyUse.SIGNING)
        self._opening = dict(self._own(pem, KeyUse.ENCRYPTION) for pem in opening)

    def _own(self, pem: bytes, use: KeyUse) -> tuple[str, Any]:
        try:
            return thumbprint(self._algorithms.jwk(pem), self.suite), self._algorithms.private(pem, use)
        except ValueError as error:
            raise refuse("exchange.own_key_unusable", kid=_FILES[use], what=str(error)[:100]) from None

    def signer_of(self, token: str) -> str:
        """The key id that a compact JWS names, verified or not. Raises exchange.not_readable, exchange.other_suite."""
        return str(_header(ascii_of(token, LONGEST_TOKEN), SIGNED_PARTS, SIGNED_NAMES, self.suite)["kid"])

    def sign(self, content: bytes, kind: Kind) -> str:
        """`content` as compact JWS."""
        names = {"alg": self.suite.signature, "kid": self.signing_kid, "suite": self.suite.name, "typ": kind.value}
        return self._algorithms.sign(names, content, self._signing)

    def verify(self, token: str | bytes, kind: Kind, keys: KeyDirectory) -> Signed:
        """What a member signed.

        Raises exchange.not_readable, exchange.too_large, exchange.unknown_suite, exchange.other_suite,
        exchange.algorithm_not_allowed, exchange.wrong_kind, exchange.unknown_sender, exchange.bad_signature.
        """
        return verified(token, kind, keys, self.suite)

    def seal(self, token: str, key: MemberKey) -> bytes:
        """A signed message as compact JWE for the holder of `key`.

        Raises exchange.unknown_suite, exchange.other_suite; exchange.unknown_receiver: what is listed is no key of its
        suite.
        """
        _require_ours(key.suite, self.suite)
        public = _listed(key, KeyUse.ENCRYPTION, self.suite)
        if public is None:
            raise refuse("exchange.unknown_receiver", member=key.member)
        header = {
            "alg": self.suite.wrapping,
            "enc": self.suite.encryption,
            "kid": key.kid,
            "suite": self.suite.name,
            "typ": SEALED_TYPE,
            "cty": Kind.MESSAGE.value,
        }
        return self._algorithms.seal(header, token, public)

    def open(self, sealed: bytes, keys: KeyDirectory) -> Signed:
        """The message that another member signed and sealed for this node.

        Raises exchange.unknown_key, exchange.cannot_open, and as `verify`.
        """
        compact = ascii_of(sealed, LARGEST_SEALED)
        header = _header(compact, SEALED_PARTS, self._algorithms.seal_names, self.suite)
        if (header["alg"], header["enc"]) != (self.suite.wrapping, self.suite.encryption):
            raise refuse("exchange.algorithm_not_allowed", suite=self.suite.name)
        if header["typ"] != SEALED_TYPE:
            raise refuse("exchange.wrong_kind", expected=SEALED_TYPE, found=header["typ"][:80])
        key = self._opening.get(header["kid"])
        if key is None:
            raise refuse("exchange.unknown_key", kid=header["kid"][:80])
        return self.verify(self._algorithms.open(compact, key), Kind.MESSAGE, keys)


def verified(token: str | bytes, kind: Kind, keys: KeyDirectory, suite: Suite) -> Signed:
    """What a member of a federation of this suite signed; nobody's private key is needed. Raises as `JoseCipher`."""
    compact = ascii_of(token, LONGEST_TOKEN)
    header = _header(compact, SIGNED_PARTS, SIGNED_NAMES, suite)
    if header["alg"] != suite.signature:
        raise refuse("exchange.algorithm_not_allowed", suite=suite.name)
    if header["typ"] != kind:
        raise refuse("exchange.wrong_kind", expected=kind.value, found=header["typ"][:80])
    listed = keys.signing_key(header["kid"])
    key = _listed(listed, KeyUse.SIGNING, suite)
    if listed is None or key is None:
        raise refuse("exchange.unknown_sender", kid=header["kid"][:80])
    content = ALGORITHMS[suite.name].verify(compact, key)
    return Signed(content, compact.decode("ascii"), listed.member, listed.kid)


def _header(compact: bytes, parts: int, names: frozenset[str], ours: Suite) -> dict[str, Any]:
    """The protected header, of our suite and with exactly these names."""
    header = header_of(compact, parts)
    # Before the names are compared: which they are depends on the suite.
    _require_ours(header.get("suite", ours.name), ours)
    if header.keys() != names:
        raise refuse("exchange.not_readable", what="header names")
    return header


def _require_ours(name: str, ours: Suite) -> None:
    if name in SUITES and name != ours.name:
        raise refuse("exchange.other_suite", expected=ours.name, suite=name)
    if name != ours.name:
        raise refuse("exchange.unknown_suite", suite=name[:80])


def _listed(listed: MemberKey | None, use: KeyUse, suite: Suite) -> Any:
    """The key to use; None where it is none of this suite."""
    if listed is None or listed.suite != suite.name:
        return None
    return ALGORITHMS[suite.name].public(listed.jwk, use)
