"""Ciphers and signers of a node, made from its folder: what the names in `[adapters]` point at by default.

They follow the key files and the directory while the process runs, so that keys change without a restart.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from dangqiao.adapters.directory.client import load
from dangqiao.adapters.directory.countersigning import Countersign, statement
from dangqiao.adapters.jose import JoseCipher, KeySigner, KeyVerifier
from dangqiao.adapters.jose.notes import verifiers_of
from dangqiao.adapters.jose.rotating import Renewed, RotatingCipher, RotatingNoteSigner
from dangqiao.adapters.keys.generations import MessageKeys, OwnKey
from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, Misconfigured, NotThere, Untrusted
from dangqiao.core.federation.listing import KeyUse
from dangqiao.core.federation.ports import Kind, MemberKey
from dangqiao.core.ledger.checkpoint import log_of
from dangqiao.core.vocabulary.suites import SUITES, Suite

VerifiersOf = Callable[[str, tuple[MemberKey, ...], bool], tuple[KeyVerifier, ...]]


def suite_of(configuration: Configuration) -> Suite:
    """The suite of the node's federation. Raises Misconfigured (`gm.hash_missing`)."""
    suite = SUITES[configuration.federation.suite]
    if suite.hash_name not in hashlib.algorithms_available:
        raise Misconfigured(
            "gm.hash_missing",
            N_("This Python has no hash {name}, which the algorithm suite {suite} needs."),
            N_("Use the operating system's Python, whose OpenSSL has it."),
            name=suite.hash_name,
            suite=suite.name,
        )
    return suite


def message_keys(folder: Path, configuration: Configuration) -> MessageKeys:
    """The node's message keys, all generations."""
    return MessageKeys(folder / "secrets", configuration.node.platform, suite_of(configuration))


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
    """JOSE in the federation's suite with the node's message keys: signs with one, opens with all."""

    def make() -> JoseCipher:
        opening = [one.pem for one in message_keys(folder, configuration).own(KeyUse.ENCRYPTION)]
        return JoseCipher(_signing(folder, configuration).pem, opening, suite_of(configuration))

    return RotatingCipher(Renewed(changes_of(folder), make))


def countersign(folder: Path, configuration: Configuration) -> Countersign | None:
    """Signs this platform's listing in the federation's suite; None where the directory's own signature is of it."""
    suite, platform = suite_of(configuration), configuration.node.platform
    if not suite.signs_listings:
        return None
    cipher = envelope_cipher(folder=folder, configuration=configuration)
    return lambda listing: cipher.sign(statement(platform, listing, suite), Kind.LISTING)


def note_signer(*, folder: Path, configuration: Configuration) -> RotatingNoteSigner:
    """The key under this node's checkpoints: its message-signing key. The log is `dangqiao.org/ledger/<platform>`."""
    return _notes(folder, configuration, as_witness=False)


def witness(*, folder: Path, configuration: Configuration) -> RotatingNoteSigner:
    """The same key where the node signs under another member's checkpoint."""
    return _notes(folder, configuration, as_witness=True)


def _notes(folder: Path, configuration: Configuration, *, as_witness: bool) -> RotatingNoteSigner:
    name, suite = log_of(configuration.node.platform), suite_of(configuration)

    def make() -> tuple[KeySigner, ...]:
        now = _signing(folder, configuration).pem
        former = [one.pem for one in message_keys(folder, configuration).own(KeyUse.SIGNING) if one.pem != now]
        return tuple(KeySigner(name, pem, suite, as_witness=as_witness) for pem in (now, *former))

    return RotatingNoteSigner(name, suite, Renewed(changes_of(folder), make))


def note_verifiers(*, folder: Path, configuration: Configuration) -> VerifiersOf:
    """(platform, its signing keys, whether it signs as a witness) → who verifies its notes."""

    def made(platform: str, keys: tuple[MemberKey, ...], as_witness: bool) -> tuple[KeyVerifier, ...]:
        return verifiers_of(log_of(platform), keys, as_witness=as_witness)

    return made
