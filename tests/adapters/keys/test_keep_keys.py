"""Keys are made once, kept from others, and marked as test keys."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dangqiao.adapters.keys import KeyPurpose, SoftKeyStore
from dangqiao.adapters.keys.kinds import KINDS, kind_of_certificate
from dangqiao.core.errors import Misconfigured

NOW = datetime(2026, 3, 5, tzinfo=UTC)


def store(folder: Path, now: datetime = NOW) -> SoftKeyStore:
    return SoftKeyStore(folder / "secrets", "310000", "样例平台", lambda: now)


@pytest.mark.parametrize(
    ("purpose", "kind"),
    [
        (KeyPurpose.DIRECTORY, ed25519.Ed25519PublicKey),
        (KeyPurpose.DIRECTORY_ROOT, ed25519.Ed25519PublicKey),
    ],
)
def test_a_node_keeps_its_own_keys(purpose: KeyPurpose, kind: type, tmp_path: Path) -> None:
    first = store(tmp_path)
    assert isinstance(serialization.load_pem_public_key(first.public_pem(purpose)), kind)
    assert store(tmp_path).private_pem(purpose) == first.private_pem(purpose)


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    keys = store(tmp_path)
    keys.seal("310101", "样例区档案馆")
    keys.private_pem(KeyPurpose.DIRECTORY)
    for path in (tmp_path / "secrets").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    store(tmp_path).private_pem(KeyPurpose.DIRECTORY)
    (tmp_path / "secrets" / "directory.pem").chmod(0o640)
    with pytest.raises(Misconfigured) as caught:
        store(tmp_path).private_pem(KeyPurpose.DIRECTORY)
    assert caught.value.code == "keys.readable_by_others"


def test_a_key_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    keys = store(tmp_path)
    keys.private_pem(KeyPurpose.DIRECTORY)
    (tmp_path / "secrets" / "directory.pem").rename(tmp_path / "secrets" / "authority.pem")
    with pytest.raises(Misconfigured) as caught:
        keys.authority()
    assert caught.value.code == "keys.wrong_kind"


def test_those_who_make_a_seal_at_once_end_up_with_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        seals = list(pool.map(lambda _: store(tmp_path).seal("310101", "样例区档案馆").certificate, range(8)))
    assert len(set(seals)) == 1
    assert [path.name for path in (tmp_path / "secrets" / "seals").iterdir()] == ["310101.pem"]


def test_a_seal_says_whose_it_is_and_that_it_is_a_test(tmp_path: Path) -> None:
    keys = store(tmp_path)
    certificate = x509.load_der_x509_certificate(keys.seal("310101", "样例区档案馆").certificate)
    certificate.verify_directly_issued_by(keys.authority().x509)
    subject = {attribute.oid: attribute.value for attribute in certificate.subject}
    assert subject[NameOID.SERIAL_NUMBER] == "310101"
    assert subject[NameOID.COMMON_NAME] == "样例区档案馆"
    assert "测试" in certificate.subject.rfc4514_string()
    assert "测试" in certificate.issuer.rfc4514_string()
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert (usage.value.digital_signature, usage.value.content_commitment, usage.value.key_cert_sign) == (
        True,
        True,
        False,
    )
    assert certificate.not_valid_after_utc - NOW == timedelta(days=730)


def test_a_time_authority_does_nothing_else(tmp_path: Path) -> None:
    usage = store(tmp_path).time_authority().x509.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert usage.critical
    assert list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def test_the_next_seal_of_an_archive_has_a_reference_of_its_own(tmp_path: Path) -> None:
    first = store(tmp_path).seal("310101", "样例区档案馆")
    second = store(tmp_path, NOW + timedelta(days=700)).seal("310101-2", "样例区档案馆")
    assert store(tmp_path).seal("310101", "样例区档案馆").certificate == first.certificate != second.certificate
    subject = x509.load_der_x509_certificate(second.certificate).subject
    assert subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value == "310101"


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_seal_is_of_the_kind_that_was_chosen(kind: str, tmp_path: Path) -> None:
    keys = SoftKeyStore(tmp_path, "310000", "样例平台", lambda: NOW, kind=kind)
    seal = keys.seal("310101", "样例区档案馆")
    assert kind_of_certificate(seal.certificate).digest == KINDS[kind].digest
    public = x509.load_der_x509_certificate(seal.certificate).public_key()
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(seal.sign(b"words"), b"words", padding.PKCS1v15(), KINDS[kind].hash)
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        public.verify(seal.sign(b"words"), b"words", ec.ECDSA(KINDS[kind].hash))


def test_what_the_authority_took_back_stands_in_its_list(tmp_path: Path) -> None:
    keys = store(tmp_path)
    seal = keys.seal("310101", "样例区档案馆").certificate
    other = store(tmp_path / "other").seal("310101", "样例区档案馆").certificate
    for when in (NOW, NOW + timedelta(days=1)):
        keys.revoke(seal, when)
        keys.revoke(other, when)
    [der] = keys.revocation_lists()
    revoked = x509.load_der_x509_crl(der)
    assert revoked.is_signature_valid(keys.authority().x509.public_key())
    assert [(one.serial_number, one.revocation_date_utc) for one in revoked] == [
        (x509.load_der_x509_certificate(seal).serial_number, NOW)
    ]


def test_what_a_seal_signs_its_certificate_proves(tmp_path: Path) -> None:
    seal = store(tmp_path).seal("310101", "样例区档案馆")
    public = x509.load_der_x509_certificate(seal.certificate).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(seal.sign(b"words"), b"words", ec.ECDSA(SHA256()))
