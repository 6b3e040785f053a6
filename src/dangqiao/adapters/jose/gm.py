"""The suite `gm`: SM2 signatures over SM3, content keys encrypted by SM2, SM4-GCM. docs/protocol/suites.md.

signature   r and s, 32 octets each (as JOSE writes ECDSA's, RFC 7518 §3.4), over SM3 with the identifier
            1234567812345678 (GB/T 32918.2-2016, GB/T 35276-2017)
seal        the content key (16 octets) as SM2Cipher in DER (GB/T 35276-2017), then SM4-GCM with 12 octets of
            initialisation vector and 16 of tag (RFC 8998 §3); the associated data is the header (RFC 7516 §5.1)
"""

import os
from collections.abc import Mapping
from functools import lru_cache

from asn1crypto import pem as armour

from dangqiao.adapters.gm.sm2 import PrivateKey, PublicKey, of_point
from dangqiao.adapters.gm.sm4 import KEY_SIZE, VECTOR_SIZE, decrypt, encrypt
from dangqiao.adapters.jose.compact import SEALED_PARTS, SIGNED_PARTS, decoded, encoded, first_part
from dangqiao.core.federation.listing import KeyUse
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.suites import GM

_PRIVATE = "PRIVATE KEY"


class Gm:
    """Satisfies `algorithms.Algorithms[PrivateKey, PublicKey]`. A key of SM2 serves either use; each has its own."""

    suite = GM
    seal_names = frozenset({"alg", "cty", "enc", "kid", "suite", "typ"})

    def generate(self, use: KeyUse) -> bytes:
        """A new private key."""
        return bytes(armour.armor(_PRIVATE, PrivateKey.generate().der()))

    def private(self, pem: bytes, use: KeyUse) -> PrivateKey:
        """A private key."""
        kind, der = _unarmoured(pem)
        if kind != _PRIVATE:
            raise ValueError("not a private SM2 key")
        return PrivateKey(der)

    def jwk(self, pem: bytes) -> dict[str, str]:
        """What the directory lists: the two coordinates, 32 octets each (RFC 7518 §6.2.1)."""
        kind, der = _unarmoured(pem)
        point = (PrivateKey(der) if kind == _PRIVATE else PublicKey(der)).point()
        x, y = (encoded(part).decode() for part in (point[1:33], point[33:]))
        return {"kty": "EC", "crv": GM.signing_curve, "x": x, "y": y}

    def public(self, jwk: Mapping[str, str], use: KeyUse) -> PublicKey | None:
        """The key to use."""
        if jwk.get("kty") != "EC" or jwk.get("crv") != GM.signing_curve:
            return None
        return _imported(jwk.get("x", ""), jwk.get("y", ""))

    def sign(self, header: Mapping[str, str], content: bytes, key: PrivateKey) -> str:
        """Compact JWS."""
        signed = first_part(header) + b"." + encoded(content)
        return (signed + b"." + encoded(key.sign_plain(signed))).decode("ascii")

    def verify(self, compact: bytes, key: PublicKey) -> bytes:
        """The content."""
        signed, _, signature = compact.rpartition(b".")
        try:
            content, raw = decoded(signed.split(b".")[SIGNED_PARTS - 2]), decoded(signature)
        except ValueError:
            raise refuse("exchange.not_readable", what="signature") from None
        if not key.verify_plain(raw, signed):
            raise refuse("exchange.bad_signature")
        return content

    def octets(self, jwk: Mapping[str, str]) -> bytes:
        """The uncompressed point."""
        return b"\x04" + decoded(jwk["x"].encode()) + decoded(jwk["y"].encode())

    def sign_plain(self, data: bytes, key: PrivateKey) -> bytes:
        """r and s."""
        return key.sign_plain(data)

    def verify_plain(self, data: bytes, signature: bytes, key: PublicKey) -> bool:
        """Whether it holds."""
        return key.verify_plain(signature, data)

    def seal(self, header: Mapping[str, str], token: str, key: PublicKey) -> bytes:
        """Compact JWE."""
        first, content_key, vector = first_part(header), os.urandom(KEY_SIZE), os.urandom(VECTOR_SIZE)
        text, tag = encrypt(content_key, vector, token.encode("ascii"), first)
        return b".".join((first, *map(encoded, (key.encrypt(content_key), vector, text, tag))))

    def open(self, compact: bytes, key: PrivateKey) -> bytes:
        """What was sealed."""
        first, *parts = compact.split(b".", SEALED_PARTS)
        try:
            wrapped, vector, text, tag = map(decoded, parts)
            return decrypt(key.decrypt(wrapped), vector, text, tag, first)
        except ValueError:
            raise refuse("exchange.cannot_open") from None


def _unarmoured(pem: bytes) -> tuple[str, bytes]:
    kind, _, der = armour.unarmor(pem)
    return kind, der


@lru_cache(maxsize=1024)
def _imported(x: str, y: str) -> PublicKey | None:
    try:
        return of_point(decoded(x.encode("ascii")), decoded(y.encode("ascii")))
    except ValueError:  # UnicodeEncodeError is one
        return None
