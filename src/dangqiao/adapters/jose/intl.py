"""The suite `intl` by joserfc: Ed25519 (RFC 9864), ECDH-ES with X25519 (RFC 7518, RFC 8037), A256GCM."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from joserfc import jwe, jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey
from joserfc.registry import HeaderParameter

from dangqiao.adapters.jose.compact import LONGEST_HEADER, LONGEST_TOKEN, decoded
from dangqiao.core.federation.envelope import LARGEST_SEALED
from dangqiao.core.federation.listing import KeyUse
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.suites import INTL

_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, AssertionError)
"""What joserfc raises for bytes that are not what they should be."""
_CURVES = {KeyUse.SIGNING: INTL.signing_curve, KeyUse.ENCRYPTION: INTL.sealing_curve}
_GENERATE: dict[KeyUse, Callable[[], ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey]] = {
    KeyUse.SIGNING: ed25519.Ed25519PrivateKey.generate,
    KeyUse.ENCRYPTION: x25519.X25519PrivateKey.generate,
}
_OURS = {"suite": HeaderParameter("Algorithm suite", "str", True)}


class _SignatureRules(jws.JWSRegistry):
    max_header_length = LONGEST_HEADER
    max_payload_length = LONGEST_TOKEN


class _SealRules(jwe.JWERegistry):
    max_protected_header_length = LONGEST_HEADER
    max_ciphertext_length = LARGEST_SEALED


_SIGNATURE_RULES = _SignatureRules(_OURS, [INTL.signature])
_SEAL_RULES = _SealRules(_OURS, [INTL.wrapping, INTL.encryption])


class Intl:
    """Satisfies `algorithms.Algorithms[OKPKey, OKPKey]`."""

    suite = INTL
    seal_names = frozenset({"alg", "cty", "enc", "epk", "kid", "suite", "typ"})

    def generate(self, use: KeyUse) -> bytes:
        """A new private key."""
        return _GENERATE[use]().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def private(self, pem: bytes, use: KeyUse) -> OKPKey:
        """A private key for this use."""
        try:
            key = OKPKey.import_key(pem)
        except (JoseError, TypeError, UnsupportedAlgorithm) as error:
            raise ValueError(type(error).__name__) from None
        if not key.is_private or key.curve_name != _CURVES[use]:
            raise ValueError(f"not a private {_CURVES[use]} key")
        return key

    def jwk(self, pem: bytes) -> dict[str, str]:
        """What the directory lists."""
        try:
            key = OKPKey.import_key(pem)
        except (JoseError, TypeError, UnsupportedAlgorithm) as error:
            raise ValueError(type(error).__name__) from None
        if key.curve_name not in _CURVES.values():
            raise ValueError(f"{key.curve_name} is not a curve of the suite {INTL.name}")
        public = key.as_dict(private=False)
        return {name: str(public[name]) for name in ("kty", "crv", "x")}

    def public(self, jwk: Mapping[str, str], use: KeyUse) -> OKPKey | None:
        """The key to use."""
        if jwk.get("kty") != "OKP" or jwk.get("crv") != _CURVES[use]:
            return None
        return _imported(_CURVES[use], jwk.get("x", ""))

    def sign(self, header: Mapping[str, str], content: bytes, key: OKPKey) -> str:
        """Compact JWS."""
        return jws.serialize_compact(dict(header), content, key, registry=_SIGNATURE_RULES)

    def verify(self, compact: bytes, key: OKPKey) -> bytes:
        """The content."""
        try:
            return jws.deserialize_compact(compact, key, registry=_SIGNATURE_RULES).payload
        except BadSignatureError:
            raise refuse("exchange.bad_signature") from None
        except _UNREADABLE:
            raise refuse("exchange.not_readable", what="signature") from None

    def octets(self, jwk: Mapping[str, str]) -> bytes:
        """The key as RFC 8032 writes it."""
        return decoded(jwk["x"].encode())

    def sign_plain(self, data: bytes, key: OKPKey) -> bytes:
        """RFC 8032."""
        private = key.private_key
        assert isinstance(private, ed25519.Ed25519PrivateKey)  # its curve was looked at
        return private.sign(data)

    def verify_plain(self, data: bytes, signature: bytes, key: OKPKey) -> bool:
        """Whether it holds."""
        public = key.public_key
        assert isinstance(public, ed25519.Ed25519PublicKey)  # its curve was looked at
        try:
            public.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def seal(self, header: Mapping[str, str], token: str, key: OKPKey) -> bytes:
        """Compact JWE."""
        return jwe.encrypt_compact(dict(header), token, key, registry=_SEAL_RULES).encode("ascii")

    def open(self, compact: bytes, key: OKPKey) -> bytes:
        """What was sealed."""
        try:
            return jwe.decrypt_compact(compact, key, registry=_SEAL_RULES).plaintext or b""
        except _UNREADABLE:
            raise refuse("exchange.cannot_open") from None


@lru_cache(maxsize=1024)
def _imported(curve: str, x: str) -> OKPKey | None:
    try:
        return OKPKey.import_key({"kty": "OKP", "crv": curve, "x": x})
    except (JoseError, ValueError):
        return None
