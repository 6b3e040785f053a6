"""The kinds of key that an archive may seal PDF with, and how each signs.

RSA signs by PKCS #1 v1.5 and not by PSS: readers of PDF everywhere know it, and ETSI TS 119 312 still admits it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm

from dangqiao.core.errors import N_, Misconfigured

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True)
class KeyKind:
    """A kind of key.

    Attributes:
        digest: what it signs over, by hashlib's name.
        mechanism: RFC 5754 name of digest and signature together, as asn1crypto spells it.
        hash: the same digest for `cryptography`.
        generate: makes a new key.
    """

    name: str
    digest: str
    mechanism: str
    hash: HashAlgorithm
    generate: Callable[[], PrivateKey]


def _elliptic(name: str, curve: ec.EllipticCurve, digest: HashAlgorithm) -> KeyKind:
    return KeyKind(name, digest.name, f"{digest.name}_ecdsa", digest, partial(ec.generate_private_key, curve))


def _rsa(bits: int) -> KeyKind:
    return KeyKind(f"rsa{bits}", "sha256", "sha256_rsa", SHA256(), partial(rsa.generate_private_key, 65537, bits))


KINDS: dict[str, KeyKind] = {
    kind.name: kind
    for kind in (
        _elliptic("p256", ec.SECP256R1(), SHA256()),
        _elliptic("p384", ec.SECP384R1(), SHA384()),
        _rsa(2048),
        _rsa(3072),
    )
}
"""By the name that dangqiao.toml uses."""


def kind_of(key: object, name: str) -> KeyKind:
    """The kind of a public key of `cryptography`. RSA of other lengths from 2048 bits on counts as RSA-2048.

    Args:
        name: what the key is called, for the error.

    Raises:
        Misconfigured: `keys.wrong_kind`.
    """
    if isinstance(key, ec.EllipticCurvePublicKey):
        found = {"secp256r1": "p256", "secp384r1": "p384"}.get(key.curve.name)
    else:
        found = "rsa2048" if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048 else None
    if found is None:
        raise Misconfigured("keys.wrong_kind", N_("The key file {name} has the wrong kind of key."), name=name)
    return KINDS[found]


def kind_of_certificate(certificate: bytes) -> KeyKind:
    """The kind of the key in a DER certificate. Raises Misconfigured (`keys.wrong_kind`)."""
    return kind_of(x509.load_der_x509_certificate(certificate).public_key(), "certificate")


def sign(key: PrivateKey, kind: KeyKind, data: bytes) -> bytes:
    """A signature over `data`: ECDSA as DER (RFC 3279 §2.2.3), or RSA by PKCS #1 v1.5."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), kind.hash)
    return key.sign(data, ec.ECDSA(kind.hash))
