"""Second opinions on SM2: `gmssl` in pure Python, and the `openssl` command."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from asn1crypto import algos, keys
from gmssl import sm2

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
