"""Encrypted columns and keyed hashes, and ids. The lowest thing in the apps.

Personal numbers are stored as `version|key id|nonce|ciphertext` (base64url parts) so that keys rotate without downtime,
and are found by a keyed hash in a column beside. The cipher is the port `field_cipher`.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol, cast

from django.db import models

from dangqiao.apps.ports import port


class FieldCipher(Protocol):
    """The port `field_cipher`."""

    def encrypt(self, text: str) -> str:
        """`version|key id|nonce|ciphertext` for `text`, a fresh nonce each time."""
        ...

    def encrypt_all(self, texts: Sequence[str]) -> list[str]:
        """`encrypt` for many."""
        ...

    def decrypt(self, stored: str) -> str:
        """The text again. Raises Misconfigured (`fields.key_missing`) or Untrusted (`fields.altered`)."""
        ...

    def keyed_hashes(self, texts: Iterable[bytes | memoryview], context: str) -> list[str]:
        """`keyed_hash` of many, each in UTF-8."""
        ...

    def keyed_hash(self, text: str, context: str) -> str:
        """A keyed hash of 32 bytes in hex. `context` separates uses: equal texts in two contexts do not join."""
        ...


@cache
def cipher() -> FieldCipher:
    """The node's field cipher."""
    return cast(FieldCipher, port("field_cipher"))


def keyed_hash(text: str, context: str) -> str:
    """Look-up value of a personal number; empty stays empty."""
    return cipher().keyed_hash(text, context) if text else ""


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Text that the database holds only encrypted. Cannot be filtered on: use the keyed hash beside it."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Decrypts what was read."""
        return cipher().decrypt(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        """Encrypts what is written."""
        return cipher().encrypt(value) if value else value


def new_id() -> uuid.UUID:
    """A random id; ids never tell an order or a count to somebody outside."""
    return uuid.uuid4()


def now() -> datetime:
    """The present moment by the node's clock, UTC."""
    moment: datetime = port("clock").now()
    return moment
