"""Ciphers and signers of a node, made from its folder: what the names in `[adapters]` point at by default.

They follow the key files and the directory while the process runs, so that keys change without a restart.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from dangqiao.adapters.directory.client import load
from dangqiao.adapters.jose import Ed25519NoteSigner, Ed25519NoteVerifier, JoseCipher
from dangqiao.adapters.jose.notes import verifiers_of
from dangqiao.adapters.jose.rotating import Renewed, RotatingCipher, RotatingNoteSigner
from dangqiao.adapters.keys.generations import MessageKeys, OwnKey
from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import NotThere, Untrusted
from dangqiao.core.federation.listing import KeyUse
from dangqiao.core.federation.ports import MemberKey
from dangqiao.core.ledger.checkpoint import COSIGNATURE, ED25519, log_of

VerifiersOf = Callable[[str, tuple[MemberKey, ...], bool], tuple[Ed25519NoteVerifier, ...]]


def message_keys(folder: Path, configuration: Configuration) -> MessageKeys:
    """The node's message keys, all generations."""
    return MessageKeys(folder / "secrets", configuration.node.platform)


def _signing(folder: Path, configuration: Configuration) -> OwnKey:
    """The key to sign with: the newest that the others can know."""
    keys, platform = message_keys(folder, configuration), configuration.node.platform
    try:
        member = load(folder / "trust", datetime.now(UTC), even_expired=True).member(platform)
    except (NotThere, Untrusted):
        member = None
    return keys.signing(key.kid for key in (member.message_keys if member else ()) if not key.revoked_at)


def changes_of(folder: Path) -> Callable[[], object]:
    """A stamp that changes with the node's keys and its directory."""
    watched = (folder / "secrets", folder / "trust" / "metadata")

    def stamp() -> object:
        return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in watched)

    return stamp


def envelope_cipher(*, folder: Path, configuration: Configuration) -> RotatingCipher:
    """JOSE with the node's message keys: signs with one, opens with all."""

    def make() -> JoseCipher:
        opening = [one.pem for one in message_keys(folder, configuration).own(KeyUse.ENCRYPTION)]
        return JoseCipher(_signing(folder, configuration).pem, opening)

    return RotatingCipher(Renewed(changes_of(folder), make))


def note_signer(*, folder: Path, configuration: Configuration) -> RotatingNoteSigner:
    """The key under this node's checkpoints: its message-signing key. The log is `dangqiao.org/ledger/<platform>`."""
    return _notes(folder, configuration, ED25519)


def witness(*, folder: Path, configuration: Configuration) -> RotatingNoteSigner:
    """The same key where the node signs under another member's checkpoint."""
    return _notes(folder, configuration, COSIGNATURE)


def _notes(folder: Path, configuration: Configuration, kind: int) -> RotatingNoteSigner:
    name = log_of(configuration.node.platform)

    def make() -> tuple[Ed25519NoteSigner, ...]:
        now = _signing(folder, configuration).pem
        former = [one.pem for one in message_keys(folder, configuration).own(KeyUse.SIGNING) if one.pem != now]
        return tuple(Ed25519NoteSigner(name, pem, kind) for pem in (now, *former))

    return RotatingNoteSigner(name, Renewed(changes_of(folder), make))


def note_verifiers(*, folder: Path, configuration: Configuration) -> VerifiersOf:
    """(platform, its signing keys, whether it signs as a witness) → who verifies its notes."""

    def made(platform: str, keys: tuple[MemberKey, ...], as_witness: bool) -> tuple[Ed25519NoteVerifier, ...]:
        return verifiers_of(log_of(platform), keys, COSIGNATURE if as_witness else ED25519)

    return made
