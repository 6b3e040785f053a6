"""What we write octet by octet is what others write, and OpenSSL believes what is signed with it."""

import hashlib
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms, core
from cryptography.hazmat.primitives.serialization import Encoding

from dangqiao.adapters import der
from dangqiao.adapters.cms import DATA, Signing
from dangqiao.adapters.keys import SoftKeyStore

WORDS = b"words to be sealed"


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 2**63 - 1, 2**63, 2**160])
def test_whole_numbers(number: int) -> None:
    assert der.integer(number) == core.Integer(number).dump()


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65_535, 65_536])
def test_lengths(size: int) -> None:
    assert der.octets(bytes(size)) == core.OctetString(bytes(size)).dump()
    assert der.bits(bytes(size)) == core.OctetBitString(bytes(size)).dump()


@pytest.mark.parametrize("name", ["1.2.840.113549.1.7.2", "2.16.840.1.101.3.4.2.1", "1.2.156.10197.1.501", "2.999.3"])
def test_identifiers(name: str) -> None:
    assert der.oid(name) == core.ObjectIdentifier(name).dump()


def test_sets_are_in_order_and_times_to_the_second() -> None:
    class Numbers(core.SetOf):  # type: ignore[misc]
        _child_spec = core.Integer

    assert der.set_of(*map(der.integer, (300, 5, 70))) == Numbers([300, 5, 70]).dump()
    moment = datetime(2026, 3, 5, 2, 0, 7, tzinfo=UTC)
    assert der.moment(moment.replace(microsecond=999)) == core.GeneralizedTime(moment).dump()
    assert der.ia5("/Doc_0") == core.IA5String("/Doc_0").dump()


@pytest.fixture
def keys(tmp_path: Path) -> SoftKeyStore:
    return SoftKeyStore(tmp_path / "secrets", "310000", "样例平台")


def signed(keys: SoftKeyStore) -> bytes:
    key = keys.seal("310101", "样例档案馆")
    return Signing(key, DATA, hashlib.sha256(WORDS).digest()).finished()


def test_signed_data_is_what_a_strict_reader_reads(keys: SoftKeyStore) -> None:
    info = cms.ContentInfo.load(signed(keys), strict=True)
    [signer] = info["content"]["signer_infos"]
    assert info["content"]["version"].native == signer["version"].native == "v1"
    attributes = {one["type"].native: one["values"] for one in signer["signed_attrs"]}
    assert attributes["message_digest"].native == [hashlib.sha256(WORDS).digest()]
    assert set(attributes) == {
        "content_type", "message_digest", "signing_certificate_v2", "cms_algorithm_protection",
    }  # fmt: skip
    assert info.copy().dump(force=True) == info.dump()


@pytest.mark.parametrize(("words", "accepted"), [(WORDS, True), (b"other words", False)])
def test_openssl_agrees(words: bytes, accepted: bool, keys: SoftKeyStore, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("openssl is not installed")
    (tmp_path / "words").write_bytes(words)
    (tmp_path / "signed").write_bytes(signed(keys))
    (tmp_path / "root").write_bytes(keys.authority().x509.public_bytes(Encoding.PEM))
    judged = subprocess.run(
        [openssl, "cms", "-verify", "-binary", "-inform", "DER", "-in", "signed", "-content", "words",
         "-CAfile", "root", "-purpose", "any", "-out", "out"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (judged.returncode == 0) is accepted, judged.stderr
