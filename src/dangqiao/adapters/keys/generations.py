"""Message keys in generations, so that they change without anybody noticing.

message-signing.pem, message-signing.2.pem, …        the first, the second, … key that signs
message-encryption.pem, message-encryption.2.pem, …  likewise of those that others seal to
….revoked                                            beside a key: since when nothing signed with it counts

A new key is announced in the directory beside the old one. The node signs with it as soon as its own directory lists
it; others seal to it as soon as theirs does. The old one stays good for `OVERLAP`: longer than any message lives.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519

from dangqiao.adapters.jose.keys import listed_key
from dangqiao.adapters.keys.secret_files import create, read
from dangqiao.core.errors import N_, Conflict, NotThere
from dangqiao.core.federation.listing import KeyUse, MessageKey

LIFE = timedelta(days=5 * 365)
"""After which a message key must have been replaced."""
OVERLAP = timedelta(days=60)
"""How long a key stays good after the next one was made: the longest life of a message, and as long again."""
NAMES = {KeyUse.SIGNING: "message-signing", KeyUse.ENCRYPTION: "message-encryption"}
_MAKE: dict[KeyUse, Callable[[], ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey]] = {
    KeyUse.SIGNING: ed25519.Ed25519PrivateKey.generate,
    KeyUse.ENCRYPTION: x25519.X25519PrivateKey.generate,
}


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One generation of a key of this node, private half included."""

    pem: bytes
    listed: MessageKey
    path: Path


class MessageKeys:
    """The message keys in a folder of secrets.

    Args:
        folder: where they are.
        platform: whose they are.
    """

    def __init__(self, folder: Path, platform: str) -> None:
        self._folder, self._platform = folder, platform

    def own(self, use: KeyUse) -> tuple[OwnKey, ...]:
        """All generations, the newest first; the first is made where there is none."""
        first = self._path(use, 1)
        if read(first) is None:
            create(first, _private_pem(_MAKE[use]()))
        paths = [first]
        while self._path(use, len(paths) + 1).exists():
            paths.append(self._path(use, len(paths) + 1))
        made = [_made(path) for path in paths]
        ends = [min(start + LIFE, next_one + OVERLAP) for start, next_one in pairwise(made)]
        keys = zip(paths, made, [*ends, made[-1] + LIFE], strict=True)
        return tuple(self._own(use, *one) for one in keys)[::-1]

    def listed(self, now: datetime) -> tuple[MessageKey, ...]:
        """As the directory lists them, the newest first: all generations, because old messages carry old signatures.

        A file whose time lies in the future counts from `now`.
        """
        keys = (one.listed for use in NAMES for one in self.own(use))
        return tuple(replace(key, not_before=min(key.not_before, now)) for key in keys)

    def signing(self, known: Iterable[str]) -> OwnKey:
        """The key to sign with: the newest that is not revoked and whose id is among `known`, those that the directory
        lists; where it lists none, the oldest that is not revoked.

        Raises NotThere (`keys.all_revoked`).
        """
        good = [one for one in self.own(KeyUse.SIGNING) if one.listed.revoked_at is None]
        if not good:
            raise NotThere(
                "keys.all_revoked",
                N_("All keys that this node could sign messages with are revoked."),
                N_("Make new ones: dangqiao directory rotate"),
            )
        known = set(known)
        return next((one for one in good if one.listed.kid in known), good[-1])

    def rotate(self, now: datetime) -> tuple[MessageKey, ...]:
        """Makes the next generation of both keys; what the directory must list of them.

        Raises Conflict (`keys.rotated_lately`): the last ones are younger than the overlap.
        """
        made = []
        for use in NAMES:
            before = self.own(use)
            youngest = before[0].listed
            if len(before) > 1 and youngest.revoked_at is None and now - youngest.not_before < OVERLAP:
                raise Conflict(
                    "keys.rotated_lately",
                    N_("The newest key was made on {day}; messages may still need the one before it."),
                    N_("Wait until {until}, or revoke the newest key if it is lost."),
                    day=f"{youngest.not_before:%Y-%m-%d}",
                    until=f"{youngest.not_before + OVERLAP:%Y-%m-%d}",
                )
            path = self._path(use, len(before) + 1)
            create(path, _private_pem(_MAKE[use]()))
            os.utime(path, (now.timestamp(), now.timestamp()))
            made.append(self.own(use)[0].listed)
        return tuple(made)

    def revoke(self, kid: str, now: datetime) -> MessageKey:
        """Declares a key lost or stolen since `now`; a new one must exist, or be made next.

        Raises NotThere (`keys.unknown`).
        """
        for one in (key for use in NAMES for key in self.own(use)):
            if one.listed.kid == kid:
                marker = one.path.with_suffix(".revoked")
                create(marker, now.astimezone(UTC).replace(microsecond=0).isoformat().encode())
                return next(key.listed for key in self.own(one.listed.use) if key.listed.kid == kid)
        raise NotThere("keys.unknown", N_("This node has no message key {kid}."), kid=kid)

    def _path(self, use: KeyUse, number: int) -> Path:
        return self._folder / (f"{NAMES[use]}.pem" if number == 1 else f"{NAMES[use]}.{number}.pem")

    def _own(self, use: KeyUse, path: Path, made: datetime, ends: datetime) -> OwnKey:
        pem = read(path) or b""
        listed = listed_key(self._platform, _public_pem(pem))
        marker = read(path.with_suffix(".revoked"))
        revoked_at = datetime.fromisoformat(marker.decode().strip()) if marker else None
        return OwnKey(pem, MessageKey(listed.kid, use, "intl", listed.jwk, made, ends, revoked_at), path)


def _made(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)


def _private_pem(key: ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_pem(private: bytes) -> bytes:
    key = serialization.load_pem_private_key(private, None)
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
