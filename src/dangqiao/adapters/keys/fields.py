"""AES-256-GCM for encrypted columns, HMAC-SHA-256 for look-up, keys in a file of the secrets folder."""

import base64
import json
import secrets
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, Misconfigured, Untrusted

VERSION = "1"
"""Of the stored form `version|key id|nonce|ciphertext`. 1: AES-256-GCM, 96-bit nonce, base64url without padding."""


_NONCE, _NONCE_DIGITS = 12, 16
"""Bytes of a nonce, and its digits."""
_FILLED = (b"", b"\0\0", b"\0")
"""What makes a length a multiple of three."""
_URLSAFE = bytes.maketrans(b"+/", b"-_")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def create(folder: Path) -> None:
    """Makes `fields.json` with a first key and the hash key, unless it exists."""
    path = folder / "fields.json"
    if path.exists():
        return
    document = {
        "active": "k1",
        "keys": {"k1": _encode(secrets.token_bytes(32))},
        "hash_key": _encode(secrets.token_bytes(32)),
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


class SoftFieldCipher:
    """Keys from `fields.json`: {"active": id, "keys": {id: key}, "hash_key": key}, keys as base64url.

    Rotation: add a key, make it active; old values stay readable and are rewritten whenever they are saved.
    """

    def __init__(self, folder: Path, configuration: Configuration) -> None:
        try:
            document = json.loads((folder / "secrets" / "fields.json").read_text(encoding="utf-8"))
            self._active: str = document["active"]
            self._keys = {key_id: AESGCM(_decode(key)) for key_id, key in document["keys"].items()}
            self._mac = HMAC(_decode(document["hash_key"]), SHA256())
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise Misconfigured(
                "fields.keys_unreadable",
                N_("The keys of encrypted columns, secrets/fields.json, cannot be read: {problem}."),
                N_("Restore secrets/fields.json from the backup."),
                problem=f"{type(error).__name__}: {error}",
            ) from error

    def encrypt(self, text: str) -> str:
        """The stored form of `text` under the active key. The key id is authenticated."""
        return self.encrypt_all([text])[0]

    def encrypt_all(self, texts: Sequence[str]) -> list[str]:
        """`encrypt` for many."""
        key_id = self._active
        seal, bound, nonces = self._keys[key_id].encrypt, key_id.encode(), secrets.token_bytes(_NONCE * len(texts))
        parts: list[bytes] = []
        for start, text in zip(range(0, len(nonces), _NONCE), texts, strict=True):
            nonce = nonces[start : start + _NONCE]
            sealed = seal(nonce, text.encode(), bound)
            parts += (nonce, sealed, _FILLED[len(sealed) % 3])
        # All are encoded together; filled up with zeros each is what it would be by itself, and a little more.
        encoded = b2a_base64(b"".join(parts), newline=False).translate(_URLSAFE).decode()
        head, stored, at = f"{VERSION}|{key_id}|", list[str](), 0
        for sealed in parts[1::3]:
            end = at + _NONCE_DIGITS
            last = end + (4 * len(sealed) + 2) // 3
            stored.append(f"{head}{encoded[at:end]}|{encoded[end:last]}")
            at = end + (len(sealed) + 2) // 3 * 4
        return stored

    def decrypt(self, stored: str) -> str:
        """The text. Raises Misconfigured (`fields.key_missing`) or Untrusted (`fields.altered`)."""
        version, _, rest = stored.partition("|")
        key_id, _, rest = rest.partition("|")
        nonce, _, sealed = rest.partition("|")
        if version != VERSION or key_id not in self._keys:
            raise Misconfigured(
                "fields.key_missing",
                N_("The key {key_id} of an encrypted column is missing."),
                N_("Restore secrets/fields.json from the backup."),
                key_id=key_id,
            )
        try:
            return self._keys[key_id].decrypt(_decode(nonce), _decode(sealed), key_id.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Untrusted(
                "fields.altered", N_("An encrypted column was altered outside the program, or its key is wrong.")
            ) from error

    def keyed_hash(self, text: str, context: str) -> str:
        """HMAC-SHA-256 in hex over context and text."""
        return self.keyed_hashes([text.encode()], context)[0]

    def keyed_hashes(self, texts: Iterable[bytes | memoryview], context: str) -> list[str]:
        """`keyed_hash` of many, each in UTF-8."""
        begun = self._mac.copy()  # setting up the key costs more than hashing
        begun.update(f"{context}\0".encode())
        hashes = []
        for text in texts:
            mac = begun.copy()
            mac.update(text)
            hashes.append(mac.finalize().hex())
        return hashes
