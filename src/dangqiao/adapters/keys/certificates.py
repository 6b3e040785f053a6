"""Test certificates: a platform's seal authority, its archives' seals, its time-stamp authority.

All say 测试 in their subject. A real seal comes from an accredited maker and its key lives in a certified module; what
is made here has the structure and no legal force.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dangqiao.adapters.keys.kinds import PublicKey

TEST_MARK = "测试 TEST ONLY"
AUTHORITY_YEARS, STAMP_YEARS, SEAL_YEARS = 20, 10, 2
LIST_DAYS = 7
_YEAR = timedelta(days=365)

Serial = Callable[[], int]
"""Gives a positive certificate serial number below 2¹⁵⁹ (RFC 5280 §4.1.2.2)."""


def _name(common: str, organisation: str, code: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TEST_MARK),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, code),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _key_usage(*wanted: str) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{usage: usage in wanted for usage in every})


def _builder(subject: x509.Name, key: PublicKey, now: datetime, years: int, serial: Serial) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(serial())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + years * _YEAR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def authority(
    platform: str, name: str, key: ec.EllipticCurvePrivateKey, now: datetime, serial: Serial
) -> x509.Certificate:
    """The self-signed certificate of a platform's test authority for seals and time stamps.

    Args:
        platform: platform code, kept in the subject's serialNumber.
        name: the platform's name.
        now: start of validity, less five minutes for clocks that lag.
    """
    subject = _name(f"{name}电子印章测试根", name, platform)
    return (
        _builder(subject, key.public_key(), now, AUTHORITY_YEARS, serial)
        .issuer_name(subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(key, SHA256())
    )


def _issued(
    builder: x509.CertificateBuilder, issuer: x509.Certificate, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        builder.issuer_name(issuer.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .sign(issuer_key, SHA256())
    )


def seal(
    archive: str,
    name: str,
    key: PublicKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey],
    *,
    now: datetime,
    serial: Serial,
) -> x509.Certificate:
    """An archive's test signing certificate; the archive code is the subject's serialNumber (X.520 §6.2.9).

    Key usage digitalSignature and nonRepudiation: ETSI EN 319 412-3 has seals sign content and nothing else.
    """
    builder = _builder(_name(name, name, archive), key, now, SEAL_YEARS, serial).add_extension(
        _key_usage("digital_signature", "content_commitment"), critical=True
    )
    return _issued(builder, *issuer)


def time_authority(
    platform: str,
    name: str,
    key: PublicKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey],
    *,
    now: datetime,
    serial: Serial,
) -> x509.Certificate:
    """A test time-stamp authority's certificate. RFC 3161 §2.3: timeStamping is the only purpose, and critical."""
    builder = (
        _builder(_name(f"{name}测试时间戳", name, platform), key, now, STAMP_YEARS, serial)
        .add_extension(_key_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    )
    return _issued(builder, *issuer)


def revocation_list(
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey],
    revoked: Mapping[int, datetime],
    *,
    number: int,
    now: datetime,
) -> x509.CertificateRevocationList:
    """What the test authority has taken back (RFC 5280 §5), good for `LIST_DAYS`.

    Args:
        revoked: serial number → since when.
        number: of the list, growing (RFC 5280 §5.2.3).
    """
    authority, key = issuer
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(now - timedelta(minutes=5))
        .next_update(now + timedelta(days=LIST_DAYS))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for serial, since in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, SHA256())
