"""Signed data (CMS, RFC 5652 §5) by one signer, written as DER: under PDF (PAdES) and in time-stamp tokens (RFC 3161).

The signature is over the attributes as SET OF; in the value they are [0] (§5.4). That is the tempting mistake.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from asn1crypto import x509

import dangqiao.adapters.asn1  # noqa: F401  (repairs asn1crypto)
from dangqiao.adapters.der import NULL, explicit, integer, octets, oid, sequence, set_of
from dangqiao.core.sealing.ports import SealKey

DATA, TST_INFO = "1.2.840.113549.1.7.1", "1.2.840.113549.1.9.16.1.4"
_SIGNED_DATA = oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE, _MESSAGE_DIGEST = oid("1.2.840.113549.1.9.3"), oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE = oid("1.2.840.113549.1.9.16.2.47")
"""id-aa-signingCertificateV2 (RFC 5035 §3)."""
_ALGORITHM_PROTECTION = oid("1.2.840.113549.1.9.52")
"""id-aa-CMSAlgorithmProtection (RFC 6211)."""
_TIME_STAMP = oid("1.2.840.113549.1.9.16.2.14")
"""id-aa-timeStampToken (RFC 3161 appendix A)."""
_HASHES = {"sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2"}
_MECHANISMS = {
    "sha256_ecdsa": sequence(oid("1.2.840.10045.4.3.2")),  # without parameters (RFC 5758 §3.2)
    "sha384_ecdsa": sequence(oid("1.2.840.10045.4.3.3")),
    "sha256_rsa": sequence(oid("1.2.840.113549.1.1.11"), NULL),  # with NULL (RFC 4055 §5)
}


class Signing:
    """Signed data in the making: `signature` is there for a time stamp before `finished`.

    Args:
        key: whose signature.
        content_type: dotted identifier of what is signed.
        digest: of the content, by the hash that `mechanism` names.
        mechanism: digest and signature together: sha256_ecdsa, sha384_ecdsa or sha256_rsa.
    """

    def __init__(self, key: SealKey, content_type: str, digest: bytes, mechanism: str = "sha256_ecdsa") -> None:
        self._certificate, self._type = key.certificate, oid(content_type)
        self._hash, algorithm = sequence(oid(_HASHES[mechanism.partition("_")[0]])), _MECHANISMS[mechanism]
        self._algorithm = algorithm
        certificate_id = sequence(octets(hashlib.sha256(key.certificate).digest()))  # SHA-256 is the default
        protection = sequence(self._hash, explicit(1, _contents(algorithm)))
        self._attributes = set_of(
            attribute(_CONTENT_TYPE, self._type),
            attribute(_MESSAGE_DIGEST, octets(digest)),
            attribute(_SIGNING_CERTIFICATE, sequence(sequence(certificate_id))),
            attribute(_ALGORITHM_PROTECTION, protection),
        )
        self.signature = key.sign(self._attributes)

    def finished(
        self, *, content: bytes | None = None, certificates: Sequence[bytes] = (), time_stamp: bytes = b""
    ) -> bytes:
        """ContentInfo with the signed data, DER.

        Args:
            content: what is signed, where it travels within; None: it stands elsewhere.
            certificates: further ones beside the signer's, DER.
            time_stamp: token over `signature`, DER.
        """
        issuer, serial = _named(self._certificate)
        signer = sequence(
            integer(1),
            sequence(issuer, serial),
            self._hash,
            explicit(0, _contents(self._attributes)),
            self._algorithm,
            octets(self.signature),
            explicit(1, attribute(_TIME_STAMP, time_stamp)) if time_stamp else b"",
        )
        version = 1 if content is None else 3  # §5.1: 3 where the content is not plain data
        signed = sequence(
            integer(version),
            set_of(self._hash),
            sequence(self._type, explicit(0, octets(content)) if content is not None else b""),
            explicit(0, *sorted((self._certificate, *certificates))),
            set_of(signer),
        )
        return sequence(_SIGNED_DATA, explicit(0, signed))


def attribute(kind: bytes, *values: bytes) -> bytes:
    """An attribute (§5.3): its type, DER, and values."""
    return sequence(kind, set_of(*values))


def _contents(der: bytes) -> bytes:
    """A value without its identifier and length."""
    length = der[1]
    return der[2 + (length & 0x7F if length & 0x80 else 0) :]


@lru_cache(maxsize=64)
def _named(certificate: bytes) -> tuple[bytes, bytes]:
    """Issuer and serial number of a certificate as it has them, DER."""
    found = x509.Certificate.load(certificate)["tbs_certificate"]
    return found["issuer"].dump(), found["serial_number"].dump()
