"""Second opinions on SM2: `gmssl` in pure Python, and the `openssl` command."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from asn1crypto import algos, core, keys
from gmssl import sm2, sm3, sm4

from dangqiao.adapters import der

DISTID = "distid:1234567812345678"


def gmssl_key(public: bytes, private: bytes | None = None) -> sm2.CryptSM2:
    """gmssl's key from SubjectPublicKeyInfo and PrivateKeyInfo."""
    point = keys.PublicKeyInfo.load(public)["public_key"].native
    number = keys.PrivateKeyInfo.load(private)["private_key"].parsed["private_key"].native if private else 0
    key = sm2.CryptSM2(f"{number:064x}" if private else "", "")
    key.public_key = point[1:].hex()  # its constructor takes all leading 0s and 4s of a point like 04… or 0440… away
    return key


def gmssl_agrees(public: bytes, signature: bytes, data: bytes) -> bool:
    """gmssl takes the two numbers as 128 hex digits, and computes Z with the prescribed identifier."""
    pair = algos.DSASignature.load(signature)
    return bool(gmssl_key(public).verify_with_sm3(f"{pair['r'].native:064x}{pair['s'].native:064x}", data))


def gmssl_signature(private: bytes, public: bytes, data: bytes) -> bytes:
    """A DER signature by gmssl."""
    pair = gmssl_key(public, private).sign_with_sm3(data)
    return bytes(algos.DSASignature({"r": int(pair[:64], 16), "s": int(pair[64:], 16)}).dump())


def openssl(*arguments: str | Path, source: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs openssl; a test skips where it is not installed."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    return subprocess.run(
        ["openssl", *map(str, arguments)],
        input=source,
        capture_output=True,
        check=False,
        timeout=60,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )


def sm3_of(text: str) -> str:
    """The digest by gmssl, hex."""
    return sm3_of_octets(text.encode())


def sm3_of_octets(data: bytes) -> str:
    """The same of any octets."""
    return str(sm3.sm3_hash(list(data)))


def gmssl_verifies(point: bytes, signature: bytes, data: bytes) -> bool:
    """Whether gmssl takes r and s as 64 octets, by the coordinates of a key."""
    key = sm2.CryptSM2("", "")
    key.public_key = point.hex()
    return bool(key.verify_with_sm3(signature.hex(), data))


def gmssl_decrypted(number: bytes, encrypted: bytes) -> bytes:
    """What gmssl finds in an SM2Cipher (GM/T 0009-2012 §7.2); its own order is C1, C3, C2 without frames."""
    x, y, c3, c2 = (part.native for part in core.SequenceOf.load(encrypted, spec=core.Any))
    key = sm2.CryptSM2(number.hex(), "", mode=1)
    return bytes(key.decrypt(bytes.fromhex(f"{x:064x}{y:064x}") + c3 + c2))


def gmssl_encrypted(point: bytes, secret: bytes) -> bytes:
    """An SM2Cipher by gmssl."""
    key = sm2.CryptSM2("", "", mode=1)
    key.public_key = point.hex()
    plain = key.encrypt(secret)
    x, y = (int.from_bytes(part) for part in (plain[:32], plain[32:64]))
    return der.sequence(der.integer(x), der.integer(y), der.octets(plain[64:96]), der.octets(plain[96:]))


def gcm_opened(key: bytes, vector: bytes, text: bytes, tag: bytes, associated: bytes) -> bytes:
    """SM4-GCM by NIST SP 800-38D, with gmssl's SM4. Raises ValueError: the tag does not hold."""
    cipher = sm4.CryptSM4()
    cipher.set_key(key, sm4.SM4_ENCRYPT)

    def block(data: bytes) -> bytes:
        return bytes(cipher.one_round(cipher.sk, list(data)))

    def times(x: int, y: int) -> int:
        product = 0
        for bit in range(127, -1, -1):
            product ^= y if x >> bit & 1 else 0
            y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
        return product

    secret, mixed = int.from_bytes(block(bytes(16))), 0
    lengths = (len(associated) * 8).to_bytes(8) + (len(text) * 8).to_bytes(8)
    for data in (associated + bytes(-len(associated) % 16), text + bytes(-len(text) % 16), lengths):
        for at in range(0, len(data), 16):
            mixed = times(mixed ^ int.from_bytes(data[at : at + 16]), secret)
    if (mixed ^ int.from_bytes(block(vector + b"\0\0\0\1"))).to_bytes(16) != tag:
        raise ValueError("the tag does not hold")
    stream = b"".join(block(vector + (at + 2).to_bytes(4)) for at in range(-(-len(text) // 16)))
    return bytes(a ^ b for a, b in zip(text, stream, strict=False))
