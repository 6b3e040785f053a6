"""SM2 certificates and electronic seals of a node."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pem, x509

from dangqiao.adapters.gm import PublicKey, certificates, ses
from dangqiao.adapters.gm.keys import GmKeyStore
from dangqiao.core.errors import Misconfigured
from tests.adapters.gm.second import DISTID, gmssl_agrees, openssl

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
ARCHIVE = ("310101", "测试市样例区档案馆")


class Store(GmKeyStore):
    """A key store whose clock is set by hand and whose drawing is its subject's name."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        super().__init__(folder, "310000", "样例平台", str.encode, clock=lambda: self.now)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "secrets")


def test_a_seal_is_kept_and_used_again(store: Store, tmp_path: Path) -> None:
    seal = store.seal(*ARCHIVE)
    again = Store(tmp_path / "secrets").seal(*ARCHIVE)
    assert (again.certificate, again.seal) == (seal.certificate, seal.seal)
    public = x509.Certificate.load(seal.certificate).public_key.dump()
    assert PublicKey(public).verify(again.sign(b"data"), b"data")


def test_the_next_seal_has_a_reference_of_its_own(store: Store) -> None:
    first = store.seal(*ARCHIVE)
    second = store.seal("310101-2", ARCHIVE[1])
    assert second.certificate != first.certificate == store.seal(*ARCHIVE).certificate
    assert ses.read_seal(second.seal)["seal_info"]["property"]["cert_list"].native == [second.certificate]
    assert x509.Certificate.load(second.certificate).subject.native["serial_number"] == "310101"


def test_who_made_a_seal_was_there_before_it(tmp_path: Path) -> None:
    now = itertools.count(int(NOW.timestamp()))
    store = GmKeyStore(tmp_path, "310000", "样例平台", str.encode, clock=lambda: datetime.fromtimestamp(next(now), UTC))
    seal = ses.read_seal(store.seal(*ARCHIVE).seal)
    maker, made = x509.Certificate.load(seal["cert"].native), seal["seal_info"]["property"]["create_date"].native
    assert certificates.issued_by(maker, [store.authority()], made, certificates.MAKES_SEALS)


def test_openssl_believes_the_chain(store: Store, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(pem.armor("CERTIFICATE", store.authority()))
    maker = ses.read_seal(store.seal(*ARCHIVE).seal)["cert"].native
    for der in (store.seal(*ARCHIVE).certificate, maker):
        (tmp_path / "leaf.pem").write_bytes(pem.armor("CERTIFICATE", der))
        judged = openssl(
            "verify", "-x509_strict", "-attime", str(int(NOW.timestamp())), "-vfyopt", DISTID,
            "-CAfile", tmp_path / "root.pem", tmp_path / "leaf.pem",
        )  # fmt: skip
        assert judged.returncode == 0, judged.stderr
        assert "测试" in x509.Certificate.load(der).subject.human_friendly


def test_who_issued_and_when_and_for_what_is_looked_at(store: Store, tmp_path: Path) -> None:
    seals = certificates.SEALS
    seal = x509.Certificate.load(store.seal(*ARCHIVE).certificate)
    stranger = Store(tmp_path / "elsewhere").authority()
    assert certificates.issued_by(seal, [stranger, store.authority()], NOW, seals)
    assert not certificates.issued_by(seal, [stranger], NOW, seals)
    assert not certificates.issued_by(seal, [], NOW, seals)
    assert not certificates.issued_by(seal, [store.authority()], NOW + timedelta(days=3 * 365), seals)
    assert not certificates.issued_by(x509.Certificate.load(store.authority()), [store.authority()], NOW, seals)
    assert not certificates.issued_by(seal, [store.authority()], NOW, certificates.MAKES_SEALS)


def test_the_maker_signs_what_the_seal_says(store: Store) -> None:
    seal = ses.read_seal(store.seal(*ARCHIVE).seal)
    info, maker = seal["seal_info"], x509.Certificate.load(seal["cert"].native)
    assert info["header"].native == {"id": "ES", "version": 4, "vid": "dangqiao"}
    assert info["property"]["name"].native == ARCHIVE[1]
    assert info["picture"].native == {"type": "png", "data": ARCHIVE[1].encode(), "width": 42, "height": 42}
    assert gmssl_agrees(maker.public_key.dump(), seal["signed_value"].native, info.dump())


def test_a_key_file_that_others_can_read_is_refused(store: Store, tmp_path: Path) -> None:
    store.authority()
    (tmp_path / "secrets" / "gm-authority.pem").chmod(0o644)
    with pytest.raises(Misconfigured) as caught:
        Store(tmp_path / "secrets").authority()
    assert caught.value.code == "keys.readable_by_others"
