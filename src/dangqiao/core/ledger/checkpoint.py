"""A checkpoint: the log's size and root, as a signed note (C2SP tlog-checkpoint, signed-note, tlog-cosignature).

    dangqiao.org/ledger/310000          origin: which log
    4711                                size
    qINS1GRFhWHw…=                      root, base64
    suite intl                          extension line: the hash
                                        (empty line)
    — dangqiao.org/ledger/310000 Az3g…  the log's own signature, then other members' co-signatures

Signing is a port: this module only makes the bytes and takes the note apart.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dangqiao.core.errors import N_, DangqiaoError, Malformed, Untrusted
from dangqiao.core.ledger.tree import TREES
from dangqiao.core.vocabulary.suites import Suite

LARGEST_NOTE = 16 * 1024
"""Bytes of a signed note that are read."""
_NAME = re.compile(r"[^\s+]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_SUITE_LINE = "suite "


def log_of(platform: str) -> str:
    """The name of a platform's log, and of the platform where it signs under others' checkpoints."""
    return f"dangqiao.org/ledger/{platform}"


class NoteSigner(Protocol):
    """A log's or witness's key."""

    name: str
    key_id: bytes

    def sign(self, data: bytes) -> bytes:
        """The signature bytes."""


class NoteVerifier(Protocol):
    """The public half. `suite`: name of the suite of its key; it says nothing about logs of another."""

    name: str
    key_id: bytes
    suite: str

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether the signature holds."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of one log.

    Attributes:
        origin: the log's name, unique and lasting: `dangqiao.org/ledger/310000`.
        size: number of leaves.
        root: the tree's root hash.
        suite: which hash the tree uses.
    """

    origin: str
    size: int
    root: bytes
    suite: str = "intl"

    def to_text(self) -> str:
        """The note's body, which is what is signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n{_SUITE_LINE}{self.suite}\n"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who, which key, bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def to_line(self) -> str:
        """`— name base64(key id || signature)`"""
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and the signatures under it, none of them verified yet."""

    checkpoint: Checkpoint
    signatures: tuple[NoteSignature, ...]

    def to_text(self) -> str:
        """The signed note."""
        return self.checkpoint.to_text() + "\n" + "".join(line.to_line() for line in self.signatures)


def key_id(suite: Suite, name: str, public_key: bytes, *, as_witness: bool = False) -> bytes:
    """The four bytes that hint at a key (C2SP signed-note, with the hash of the suite).

    Args:
        name: of the log or witness; `public_key` 32 octets of Ed25519, 65 of SM2 (uncompressed point).
    """
    kind = suite.witness_kind if as_witness else suite.log_kind
    return suite.digest(name.encode() + b"\n" + kind + public_key)[:4]


def sign(checkpoint: Checkpoint, signer: NoteSigner) -> SignedCheckpoint:
    """The log signs its own state. `signer.name` is the origin."""
    signature = NoteSignature(signer.name, signer.key_id, signer.sign(checkpoint.to_text().encode()))
    return SignedCheckpoint(checkpoint, (signature,))


def _cosigned_bytes(checkpoint: Checkpoint, unix_seconds: int) -> bytes:
    return f"cosignature/v1\ntime {unix_seconds}\n{checkpoint.to_text()}".encode()


def cosign(signed: SignedCheckpoint, witness: NoteSigner, unix_seconds: int) -> SignedCheckpoint:
    """Another member adds: I saw this at that time, and it was consistent with all that I saw before."""
    stamp = unix_seconds.to_bytes(8)
    signature = witness.sign(_cosigned_bytes(signed.checkpoint, unix_seconds))
    line = NoteSignature(witness.name, witness.key_id, stamp + signature)
    return SignedCheckpoint(signed.checkpoint, (*signed.signatures, line))


@dataclass(frozen=True, slots=True)
class CheckpointVerdict:
    """Who has really signed.

    Attributes:
        by_log: the log's own signature holds.
        witnesses: name -> when it saw the checkpoint (Unix seconds).
        unknown: names whose key is not known here.
        broken: names whose signature does not hold.
    """

    by_log: bool
    witnesses: Mapping[str, int]
    unknown: tuple[str, ...]
    broken: tuple[str, ...]


def verify(
    signed: SignedCheckpoint, log: NoteVerifier | Sequence[NoteVerifier], witnesses: Sequence[NoteVerifier] = ()
) -> CheckpointVerdict:
    """Judges each signature. Unknown ones are named and ignored, as the note format demands; a key of another suite
    than the log's counts as unknown.

    Args:
        log: the log's key, or all that it has signed with.
    """
    by_log, seen, unknown, broken = False, dict[str, int](), list[str](), list[str]()
    logs = _by_hint(signed, log if isinstance(log, Sequence) else (log,))
    keys = _by_hint(signed, witnesses)
    for line in signed.signatures:
        own = logs.get((line.name, line.key_id)) if line.name == signed.checkpoint.origin else None
        if own:
            if own.verify(signed.checkpoint.to_text().encode(), line.signature):
                by_log = True
            else:
                broken.append(line.name)
        elif witness := keys.get((line.name, line.key_id)):
            at = int.from_bytes(line.signature[:8])
            if witness.verify(_cosigned_bytes(signed.checkpoint, at), line.signature[8:]):
                seen[line.name] = at
            else:
                broken.append(line.name)
        else:
            unknown.append(line.name)
    return CheckpointVerdict(by_log, seen, tuple(unknown), tuple(broken))


def _by_hint(signed: SignedCheckpoint, keys: Sequence[NoteVerifier]) -> dict[tuple[str, bytes], NoteVerifier]:
    return {(key.name, key.key_id): key for key in keys if key.suite == signed.checkpoint.suite}


def cosigned_line(signed: SignedCheckpoint, line: str, witness: Sequence[NoteVerifier]) -> NoteSignature | None:
    """The witness's signature line, if it is one and holds for this checkpoint; else None."""
    try:
        signature = _read_line(line.removesuffix("\n"))
    except DangqiaoError:
        return None
    held = verify(SignedCheckpoint(signed.checkpoint, (signature,)), (), witness)
    return signature if held.witnesses else None


def read_checkpoint(text: str) -> SignedCheckpoint:
    """Takes a signed note apart; extension lines that are not known are refused, because we sign what we re-make.

    Raises ledger.bad_checkpoint, ledger.unknown_suite.
    """
    if len(text.encode()) > LARGEST_NOTE:
        raise _bad("too large")
    body, gap, lines = text.partition("\n\n")
    parts = body.split("\n")
    if not gap or len(parts) != 4 or not lines.endswith("\n"):
        raise _bad("not four lines, an empty one and signatures")
    origin, size, root, suite_line = parts
    suite = suite_line.removeprefix(_SUITE_LINE)
    if not _NAME.fullmatch(origin) or not _SIZE.fullmatch(size) or suite == suite_line:
        raise _bad("origin, size or suite")
    if suite not in TREES:
        raise Untrusted("ledger.unknown_suite", N_("The ledger's suite {suite} is not known."), suite=suite)
    checkpoint = Checkpoint(origin, int(size), _base64(root), suite)
    if len(checkpoint.root) != TREES[suite].size:
        raise _bad("the root's length")
    return SignedCheckpoint(checkpoint, tuple(_read_line(line) for line in lines.removesuffix("\n").split("\n")))


def _read_line(line: str) -> NoteSignature:
    dash, *rest = line.split(" ")
    if dash != "—" or len(rest) != 2 or not _NAME.fullmatch(rest[0]) or len(rest[1]) < 8:
        raise _bad("a signature line")
    name, raw = rest[0], _base64(rest[1])
    return NoteSignature(name, raw[:4], raw[4:])


def _base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise _bad("base64") from None
    if base64.b64encode(raw).decode() != text:
        raise _bad("base64")
    return raw


def _bad(what: str) -> DangqiaoError:
    return Malformed("ledger.bad_checkpoint", N_("The checkpoint cannot be read: {what}."), what=what)
