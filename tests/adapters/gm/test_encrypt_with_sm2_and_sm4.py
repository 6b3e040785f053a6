"""Content keys encrypted by SM2 and contents by SM4-GCM, against the standards' vectors, gmssl and openssl."""

from pathlib import Path

import pytest
from asn1crypto import pem

from dangqiao.adapters.gm import PrivateKey
from dangqiao.adapters.gm.sm2 import of_point
from dangqiao.adapters.gm.sm4 import decrypt, encrypt
from tests.adapters.gm.second import gcm_opened, gmssl_decrypted, gmssl_encrypted, gmssl_verifies, openssl
from tests.adapters.jose.members import sm2_pem

NUMBER = bytes([7]) * 32
KEY = PrivateKey(pem.unarmor(sm2_pem(7))[2])
X, Y = KEY.point()[1:33], KEY.point()[33:]
SECRET = bytes(range(16))

RFC_8998 = {
    "key": "0123456789ABCDEFFEDCBA9876543210",
    "vector": "00001234567800000000ABCD",
    "text": "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
    "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA",
    "associated": "FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2",
    "sealed": "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
    "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D",
    "tag": "83DE3541E4C2B58177E065A9BF7B62EC",
}
"""Appendix A.1."""


def test_sm4_gcm_gives_the_vector_of_rfc_8998() -> None:
    key, vector, text, associated, sealed, tag = map(bytes.fromhex, RFC_8998.values())
    assert encrypt(key, vector, text, associated) == (sealed, tag)
    assert decrypt(key, vector, sealed, tag, associated) == text
    assert gcm_opened(key, vector, sealed, tag, associated) == text


@pytest.mark.parametrize("changed", ["key", "vector", "sealed", "tag", "associated"])
def test_what_was_changed_is_not_decrypted(changed: str) -> None:
    parts = {name: bytes.fromhex(value) for name, value in RFC_8998.items()}
    parts[changed] = bytes([parts[changed][0] ^ 1]) + parts[changed][1:]
    with pytest.raises(ValueError, match="tag"):
        decrypt(parts["key"], parts["vector"], parts["sealed"], parts["tag"], parts["associated"])


@pytest.mark.parametrize("size", [0, 4, 15, 17])
def test_a_shortened_tag_is_refused(size: int) -> None:
    key, vector, _, associated, sealed, tag = map(bytes.fromhex, RFC_8998.values())
    with pytest.raises(ValueError, match="SM4-GCM"):
        decrypt(key, vector, sealed, (tag + tag)[:size], associated)


def test_gmssl_decrypts_what_we_encrypt_and_we_what_it_does() -> None:
    ours, again = of_point(X, Y).encrypt(SECRET), of_point(X, Y).encrypt(SECRET)
    assert ours != again
    assert gmssl_decrypted(NUMBER, ours) == SECRET == KEY.decrypt(ours)
    assert KEY.decrypt(gmssl_encrypted(X + Y, SECRET)) == SECRET


def test_openssl_decrypts_what_we_encrypt_and_we_what_it_does(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(sm2_pem(7))
    done = openssl("pkeyutl", "-decrypt", "-inkey", tmp_path / "key.pem", source=of_point(X, Y).encrypt(SECRET))
    assert done.stdout == SECRET, done.stderr
    done = openssl("pkeyutl", "-encrypt", "-inkey", tmp_path / "key.pem", source=SECRET)
    assert KEY.decrypt(done.stdout) == SECRET, done.stderr


def test_another_key_or_changed_octets_decrypt_to_nothing() -> None:
    encrypted = of_point(X, Y).encrypt(SECRET)
    with pytest.raises(ValueError, match="not encrypted"):
        PrivateKey.generate().decrypt(encrypted)
    for place in range(len(encrypted)):
        changed = encrypted[:place] + bytes([encrypted[place] ^ 1]) + encrypted[place + 1 :]
        with pytest.raises(ValueError, match="not encrypted"):
            KEY.decrypt(changed)
    for cut in (b"", encrypted[:-1], encrypted + b"\0", encrypted[:40], b"\x30\x00"):
        with pytest.raises(ValueError, match="not encrypted"):
            KEY.decrypt(cut)


def test_a_plain_signature_is_r_and_s_and_has_one_form() -> None:
    for number in range(300):  # a short r or s comes once in 128
        data = number.to_bytes(2)
        signature = KEY.sign_plain(data)
        assert len(signature) == 64 and of_point(X, Y).verify_plain(signature, data)
    assert gmssl_verifies(X + Y, signature, data)
    assert not of_point(X, Y).verify_plain(KEY.sign(data), data)
    for other in (b"", signature[:63], signature + b"\0", bytes(64), b"\xff" * 64, signature[32:] + signature[:32]):
        assert not of_point(X, Y).verify_plain(other, data)


def test_coordinates_that_are_no_point_are_no_key() -> None:
    for x, y in ((X, Y[:-1] + bytes([Y[-1] ^ 1])), (bytes(32), bytes(32)), (X, b""), (X[1:], Y), (b"\xff" * 32, Y)):
        with pytest.raises(ValueError, match="SM2"):
            of_point(x, y)
