"""SM2 certificates (GB/T 20518-2018, RFC 5280 profile): a *test* authority, its seal maker, its archives' seals.

Always version 3: one reader of seals misreads version 1. All say 测试 in their subject; a real seal comes from an
accredited maker, and its key lives in a certified module.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import core, keys, x509

import dangqiao.adapters.asn1  # noqa: F401  (repairs asn1crypto)
from dangqiao.adapters.gm.sm2 import PrivateKey, PublicKey
from dangqiao.adapters.gm.sm3 import OID_SM2_CURVE, OID_SM2_WITH_SM3, sm3
from dangqiao.adapters.keys.certificates import AUTHORITY_YEARS, SEAL_YEARS, TEST_MARK, Serial

MAKER_YEARS = 10
MAKES_SEALS = frozenset({"digital_signature"})
"""Key usage of a seal maker, exactly: so that no archive, whose usage is the next, can make a seal."""
SEALS = frozenset({"digital_signature", "non_repudiation"})
"""Key usage of an archive: it seals content."""
_YEAR = timedelta(days=365)
_ALGORITHM = {"algorithm": OID_SM2_WITH_SM3}
keys.NamedCurve.register("sm2p256v1", OID_SM2_CURVE, 32)


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certificate (DER) with its key."""

    certificate: bytes
    key: PrivateKey


def authority(platform: str, name: str, key: PrivateKey, now: datetime, serial: Serial) -> bytes:
    """The self-signed DER certificate of a platform's test authority for SM2 seals.

    Args:
        platform: platform code, kept in the subject's serialNumber.
        name: the platform's name.
        now: start of validity, less five minutes for clocks that lag.
    """
    subject = _name(f"{name}国密电子印章测试根", name, platform)
    draft = _draft(subject, key.public_der(), now, AUTHORITY_YEARS, serial)
    return _signed(draft, {"ca": True, "path_len_constraint": 0}, {"key_cert_sign", "crl_sign"}, subject, key)


def seal_maker(platform: str, name: str, public: bytes, issuer: Issuer, *, now: datetime, serial: Serial) -> bytes:
    """The DER certificate of who makes seals (制章者, GB/T 38540-2020 §3): it signs the seal with its picture.

    Args:
        public: SubjectPublicKeyInfo of the new certificate's key.
    """
    subject = _name(f"{name}测试制章", name, platform)
    return _issued(_draft(subject, public, now, MAKER_YEARS, serial), issuer, MAKES_SEALS)


def seal(archive: str, name: str, public: bytes, issuer: Issuer, *, now: datetime, serial: Serial) -> bytes:
    """An archive's DER test signing certificate; the archive code is the subject's serialNumber (X.520 §6.2.9)."""
    return _issued(_draft(_name(name, name, archive), public, now, SEAL_YEARS, serial), issuer, SEALS)


def issued_by(
    certificate: x509.Certificate, authorities: Iterable[bytes], moment: datetime, usage: frozenset[str]
) -> bool:
    """Whether one of these authorities issued the certificate for this key usage, and both held at `moment`.

    No intermediate authorities: a trust list names those that issue. Authorities of other algorithms are passed over.
    Raises ValueError or TypeError for a certificate that cannot be read.
    """
    found = certificate.key_usage_value
    extensions = certificate["tbs_certificate"]["extensions"]
    must_know = {one["extn_id"].native for one in extensions if one["critical"].native}  # RFC 5280 §4.2
    tbs = certificate["tbs_certificate"].dump()
    return (
        found is not None
        and found.native == usage
        and not certificate.ca
        and must_know <= {"basic_constraints", "key_usage"}
        and _holds(certificate, moment)
        and any(
            root.subject.dump() == certificate.issuer.dump()
            and bool(root.ca)
            and _holds(root, moment)
            and verifies(root, certificate["signature_value"].native, tbs)
            for root in map(x509.Certificate.load, authorities)
            if _is_sm2(root)
        )
    )


def verifies(certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
    """Whether `signature` is SM2 with SM3 over `data` by the certificate's key. Raises ValueError for another key."""
    return PublicKey(certificate.public_key.dump()).verify(signature, data)


def _is_sm2(certificate: x509.Certificate) -> bool:
    return bool(certificate["signature_algorithm"]["algorithm"].native == OID_SM2_WITH_SM3)


def _holds(certificate: x509.Certificate, moment: datetime) -> bool:
    return bool(certificate.not_valid_before <= moment <= certificate.not_valid_after)


def _name(common: str, organisation: str, code: str) -> x509.Name:
    return x509.Name.build(
        {
            "country_name": "CN",
            "organization_name": organisation,
            "organizational_unit_name": TEST_MARK,
            "serial_number": code,
            "common_name": common,
        }
    )


def _draft(subject: x509.Name, public: bytes, now: datetime, years: int, serial: Serial) -> dict[str, Any]:
    begins = (now.astimezone(UTC) - timedelta(minutes=5)).replace(microsecond=0)
    return {
        "version": "v3",
        "serial_number": serial(),
        "signature": _ALGORITHM,
        "validity": {"not_before": _time(begins), "not_after": _time(begins + years * _YEAR)},
        "subject": subject,
        "subject_public_key_info": keys.PublicKeyInfo.load(public),
    }


def _time(moment: datetime) -> x509.Time:
    """RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050."""
    return x509.Time("utc_time" if moment.year < 2050 else "general_time", moment)


def _issued(draft: dict[str, Any], issuer: Issuer, usage: frozenset[str]) -> bytes:
    root = x509.Certificate.load(issuer.certificate)
    return _signed(draft, {"ca": False}, set(usage), root.subject, issuer.key)


def _signed(draft: dict[str, Any], basic: dict[str, Any], usage: set[str], issuer: x509.Name, key: PrivateKey) -> bytes:
    identifier = _identifier(key.public_der())
    extensions = (
        ("key_identifier", False, core.OctetString(_identifier(draft["subject_public_key_info"].dump()))),
        ("authority_key_identifier", False, x509.AuthorityKeyIdentifier({"key_identifier": identifier})),
        ("basic_constraints", True, x509.BasicConstraints(basic)),
        ("key_usage", True, x509.KeyUsage(usage)),
    )
    tbs = x509.TbsCertificate(
        draft
        | {
            "issuer": issuer,
            "extensions": [
                {"extn_id": name, "critical": critical, "extn_value": core.ParsableOctetString(value.dump())}
                for name, critical, value in extensions
            ],
        }
    )
    certificate = x509.Certificate(
        {"tbs_certificate": tbs, "signature_algorithm": _ALGORITHM, "signature_value": key.sign(tbs.dump())}
    )
    return bytes(certificate.dump())


def _identifier(public: bytes) -> bytes:
    """The leftmost 160 bits of the digest of the key (RFC 7093 §2 method 1, with SM3)."""
    return sm3(keys.PublicKeyInfo.load(public)["public_key"].native)[:20]
