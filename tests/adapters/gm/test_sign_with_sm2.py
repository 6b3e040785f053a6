"""SM2 by libcrypto, judged by two other programs; and nothing but strict DER."""

import ctypes
import hashlib
from pathlib import Path

import pytest
from asn1crypto import algos, pem

from dangqiao.adapters.gm import PrivateKey, PublicKey, libcrypto, sm3
from dangqiao.core.errors import Misconfigured
from tests.adapters.gm.second import DISTID, gmssl_agrees, gmssl_signature, openssl

DATA = "经查、本馆所藏档案记载如下".encode()
KEY = PrivateKey.generate()
PUBLIC = KEY.public_der()
SIGNATURE = KEY.sign(DATA)


def test_a_signature_is_good_for_its_data_and_key_only() -> None:
    assert PublicKey(PUBLIC).verify(SIGNATURE, DATA)
    assert not PublicKey(PUBLIC).verify(SIGNATURE, DATA + b".")
    assert not PublicKey(PrivateKey.generate().public_der()).verify(SIGNATURE, DATA)
    assert PublicKey(PUBLIC).verify(PrivateKey(KEY.der()).sign(b""), b"")


def test_gmssl_agrees_both_ways() -> None:
    assert gmssl_agrees(PUBLIC, SIGNATURE, DATA)
    assert not gmssl_agrees(PUBLIC, SIGNATURE, DATA + b".")
    assert PublicKey(PUBLIC).verify(gmssl_signature(KEY.der(), PUBLIC, DATA), DATA)


def test_openssl_agrees_when_told_the_identifier_and_not_otherwise(tmp_path: Path) -> None:
    (tmp_path / "public.pem").write_bytes(pem.armor("PUBLIC KEY", PUBLIC))
    (tmp_path / "signature").write_bytes(SIGNATURE)
    verify = ("dgst", "-sm3", "-verify", tmp_path / "public.pem", "-signature", tmp_path / "signature")
    assert openssl(*verify, "-sigopt", DISTID, source=DATA).returncode == 0
    assert openssl(*verify, "-sigopt", DISTID, source=DATA + b".").returncode != 0
    assert openssl(*verify, source=DATA).returncode != 0


def test_other_encodings_of_a_good_signature_are_refused() -> None:
    pair = algos.DSASignature.load(SIGNATURE)
    r, s = (pair[name].contents for name in ("r", "s"))
    padded = b"\x02" + bytes([len(r) + 1]) + b"\x00" + r + b"\x02" + bytes([len(s)]) + s
    long_form = b"\x30\x81" + SIGNATURE[1:]
    indefinite = b"\x30\x80" + SIGNATURE[2:] + b"\x00\x00"
    negative = SIGNATURE[:4] + bytes([SIGNATURE[4] | 0x80]) + SIGNATURE[5:]
    for other in (b"\x30" + bytes([len(padded)]) + padded, long_form, indefinite, negative, SIGNATURE + b"\x00", b""):
        assert not PublicKey(PUBLIC).verify(other, DATA)


@pytest.mark.parametrize(
    "der", [b"", b"\x30\x00", PUBLIC[:-1], PUBLIC + b"\x00"], ids=["none", "empty", "short", "long"]
)
def test_what_is_not_an_sm2_key_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match="SM2"):
        PublicKey(der)
    with pytest.raises(ValueError, match="SM2"):
        PrivateKey(der)


def test_a_key_on_another_curve_is_refused() -> None:
    der = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-outform", "DER").stdout
    with pytest.raises(ValueError, match="SM2"):
        PrivateKey(der)


def test_sm3_of_the_standards_example() -> None:
    # GB/T 32905-2016 appendix A.1
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    if "sm3" in hashlib.algorithms_available:
        assert sm3(DATA) == hashlib.new("sm3", DATA).digest()


def test_without_the_library_the_operator_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    libcrypto_module = libcrypto
    monkeypatch.setattr(libcrypto_module, "NAMES", ("libnothing.so",))
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    libcrypto_module.libcrypto.cache_clear()
    try:
        with pytest.raises(Misconfigured) as caught:
            PrivateKey.generate()
        assert caught.value.code == "gm.library_missing"
    finally:
        libcrypto_module.libcrypto.cache_clear()
