"""CloudEvent in JWS in JWE (RFC 7515, 7516), with joserfc. Nothing in a header is believed before it was compared.

What a header may say is one exact set of names per object: no `zip` (decompression bombs), no `jwk`, `jku`, `x5c`
(keys come from the directory only), no `b64`, no `crit`. Lengths are checked before anything is decoded.
"""

import binascii
from collections.abc import Sequence
from typing import Any

from joserfc import jwe, jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.registry import HeaderParameter
from joserfc.util import urlsafe_b64decode

from dangqiao.adapters.jose.keys import own_key, public_key
from dangqiao.adapters.jose.suites import INTL, Suite, suite
from dangqiao.core.federation.envelope import LARGEST_CONTENT, LARGEST_SEALED
from dangqiao.core.federation.ports import KeyDirectory, Kind, MemberKey, Signed
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.canonical import read_json

SEALED_TYPE = "dangqiao-sealed+jwe"
_SIGNED_NAMES = {"alg", "kid", "suite", "typ"}
_SEALED_NAMES = {"alg", "cty", "enc", "epk", "kid", "suite", "typ"}
_LONGEST_HEADER = 1024
_LONGEST_TOKEN = LARGEST_CONTENT * 4 // 3 + 2 * _LONGEST_HEADER
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, AssertionError)
"""What joserfc raises for bytes that are not what they should be."""


class _SignatureRules(jws.JWSRegistry):
    max_header_length = _LONGEST_HEADER
    max_payload_length = _LONGEST_TOKEN


class _SealRules(jwe.JWERegistry):
    max_protected_header_length = _LONGEST_HEADER
    max_ciphertext_length = LARGEST_SEALED


_OURS = {"suite": HeaderParameter("Algorithm suite", "str", True)}


def _signature_rules(chosen: Suite) -> jws.JWSRegistry:
    return _SignatureRules(_OURS, [chosen.signature])


def _seal_rules(chosen: Suite) -> jwe.JWERegistry:
    return _SealRules(_OURS, [chosen.agreement, chosen.encryption])


class JoseCipher:
    """A node's `EnvelopeCipher` from its own private keys.

    Args:
        signing: PEM of the key that signs.
        opening: PEMs of the keys that open seals: the current one first, then those being rotated out.
    """

    def __init__(self, signing: bytes, opening: Sequence[bytes]) -> None:
        self._signing = own_key(signing, "message-signing")
        self._signing_kid = self._signing.thumbprint()
        keys = [own_key(pem, "message-encryption") for pem in opening]
        self._opening = {key.thumbprint(): key for key in keys}

    @property
    def signing_kid(self) -> str:
        """Id of the key that signs."""
        return self._signing_kid

    def signer_of(self, token: str) -> str:
        """The key id that a compact JWS names, verified or not. Raises exchange.not_readable."""
        return str(_header(_ascii(token, _LONGEST_TOKEN), 3, _SIGNED_NAMES)["kid"])

    def sign(self, content: bytes, kind: Kind) -> str:
        """`content` as compact JWS."""
        header = {"alg": INTL.signature, "kid": self._signing_kid, "suite": INTL.name, "typ": kind.value}
        return jws.serialize_compact(header, content, self._signing, registry=_signature_rules(INTL))

    def verify(self, token: str | bytes, kind: Kind, keys: KeyDirectory) -> Signed:
        """What a member signed.

        Raises exchange.not_readable, exchange.too_large, exchange.unknown_suite, exchange.algorithm_not_allowed,
        exchange.wrong_kind, exchange.unknown_sender, exchange.bad_signature.
        """
        compact = _ascii(token, _LONGEST_TOKEN)
        header = _header(compact, 3, _SIGNED_NAMES)
        chosen = suite(header["suite"])
        if header["alg"] != chosen.signature:
            raise refuse("exchange.algorithm_not_allowed", suite=chosen.name)
        if header["typ"] != kind:
            raise refuse("exchange.wrong_kind", expected=kind.value, found=header["typ"][:80])
        listed = keys.signing_key(header["kid"])
        key = public_key(listed, chosen.signature_curve) if listed and listed.suite == chosen.name else None
        if listed is None or key is None:
            raise refuse("exchange.unknown_sender", kid=header["kid"][:80])
        try:
            found = jws.deserialize_compact(compact, key, registry=_signature_rules(chosen))
        except BadSignatureError:
            raise refuse("exchange.bad_signature") from None
        except _UNREADABLE:
            raise refuse("exchange.not_readable", what="signature") from None
        return Signed(found.payload, compact.decode("ascii"), listed.member, listed.kid)

    def seal(self, token: str, key: MemberKey) -> bytes:
        """A signed message as compact JWE for the holder of `key`.

        Raises exchange.unknown_suite; exchange.unknown_receiver: what is listed is no key of its suite.
        """
        chosen = suite(key.suite)
        public = public_key(key, chosen.agreement_curve)
        if public is None:
            raise refuse("exchange.unknown_receiver", member=key.member)
        header = {
            "alg": chosen.agreement,
            "enc": chosen.encryption,
            "kid": key.kid,
            "suite": chosen.name,
            "typ": SEALED_TYPE,
            "cty": Kind.MESSAGE.value,
        }
        return jwe.encrypt_compact(header, token, public, registry=_seal_rules(chosen)).encode("ascii")

    def open(self, sealed: bytes, keys: KeyDirectory) -> Signed:
        """The message that another member signed and sealed for this node.

        Raises exchange.unknown_key, exchange.cannot_open, and as `verify`.
        """
        compact = _ascii(sealed, LARGEST_SEALED)
        header = _header(compact, 5, _SEALED_NAMES)
        chosen = suite(header["suite"])
        if (header["alg"], header["enc"]) != (chosen.agreement, chosen.encryption):
            raise refuse("exchange.algorithm_not_allowed", suite=chosen.name)
        if header["typ"] != SEALED_TYPE:
            raise refuse("exchange.wrong_kind", expected=SEALED_TYPE, found=header["typ"][:80])
        key = self._opening.get(header["kid"])
        if key is None:
            raise refuse("exchange.unknown_key", kid=header["kid"][:80])
        try:
            token = jwe.decrypt_compact(compact, key, registry=_seal_rules(chosen)).plaintext
        except _UNREADABLE:
            raise refuse("exchange.cannot_open") from None
        return self.verify(token or b"", Kind.MESSAGE, keys)


def _ascii(token: str | bytes, longest: int) -> bytes:
    if len(token) > longest:
        raise refuse("exchange.too_large", size=len(token), limit=longest)
    try:
        return token.encode("ascii") if isinstance(token, str) else token.decode("ascii").encode("ascii")
    except UnicodeError:
        raise refuse("exchange.not_readable", what="not compact JOSE") from None


def _header(compact: bytes, parts: int, names: set[str]) -> dict[str, Any]:
    """The protected header, with exactly these names; all but `epk` are text."""
    first, *others = compact.split(b".", parts)
    if len(others) != parts - 1 or len(first) > _LONGEST_HEADER:
        raise refuse("exchange.not_readable", what="not compact JOSE")
    try:
        header = read_json(urlsafe_b64decode(first), deepest=2)
    except (ValueError, binascii.Error):
        raise refuse("exchange.not_readable", what="header") from None
    if not isinstance(header, dict) or header.keys() != names:
        raise refuse("exchange.not_readable", what="header names")
    if not all(isinstance(value, str) for name, value in header.items() if name != "epk"):
        raise refuse("exchange.not_readable", what="header values")
    return header
