"""What a log shows a witness: its newest checkpoint, and that it only added to the one that the witness saw before."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dangqiao.core.errors import N_, Malformed
from dangqiao.core.ledger.checkpoint import (
    Checkpoint,
    NoteVerifier,
    SignedCheckpoint,
    read_checkpoint,
    verify,
)
from dangqiao.core.ledger.tree import TREES, verify_consistency

LARGEST_GROWTH = 64 * 1024
"""Bytes of an answer: a note, and at most two hashes a level of the tree."""


@dataclass(frozen=True, slots=True)
class Growth:
    """The answer. `proof` (RFC 9162 §2.1.4) leads from `old` leaves to the checkpoint's; empty where `old` is 0."""

    old: int
    note: str
    proof: tuple[bytes, ...] = ()

    def to_json(self) -> str:
        """`{"old", "checkpoint", "consistency"}`; hashes in hex."""
        values = {"old": self.old, "checkpoint": self.note, "consistency": [one.hex() for one in self.proof]}
        return json.dumps(values, ensure_ascii=False)


def read_growth(raw: bytes, old: int) -> Growth:
    """The answer to the question for `old` leaves. Raises Malformed (`ledger.bad_growth`)."""
    try:
        values = json.loads(raw)
        growth = Growth(int(values["old"]), str(values["checkpoint"]), tuple(map(bytes.fromhex, values["consistency"])))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Malformed("ledger.bad_growth", N_("What the other node says about its log cannot be read.")) from None
    if growth.old != old:
        raise Malformed("ledger.bad_growth", N_("What the other node says about its log cannot be read."))
    return growth


@dataclass(frozen=True, slots=True)
class GrowthVerdict:
    """Whether a witness may sign. Reasons: `ledger.not_signed` (no key of the log fits: proves nothing),
    `ledger.other_log`, `ledger.other_suite` (its hashes cannot be compared with those seen before), and, proof of a
    rewritten history, `ledger.shrank`, `ledger.forked`, `ledger.rewritten`."""

    checkpoint: SignedCheckpoint | None
    reason: str = ""

    @property
    def consistent(self) -> bool:
        """It goes on from all that was seen before."""
        return not self.reason

    @property
    def contradicts(self) -> bool:
        """The log has signed two histories."""
        return self.reason in CONTRADICTIONS


CONTRADICTIONS = frozenset({"ledger.shrank", "ledger.forked", "ledger.rewritten"})


def judge(growth: Growth, log: str, keys: Sequence[NoteVerifier], seen: Checkpoint | None) -> GrowthVerdict:
    """Judges what a log shows against the last checkpoint of it that this witness saw.

    Raises as `read_checkpoint`.
    """
    signed = read_checkpoint(growth.note)
    now = signed.checkpoint
    if now.origin != log:
        return GrowthVerdict(signed, "ledger.other_log")
    if not verify(signed, keys).by_log:
        return GrowthVerdict(signed, "ledger.not_signed")
    if seen is None or seen.size == 0:
        return GrowthVerdict(signed)
    if now.suite != seen.suite:
        return GrowthVerdict(signed, "ledger.other_suite")
    if now.size < seen.size:
        return GrowthVerdict(signed, "ledger.shrank")
    if now.size == seen.size:
        return GrowthVerdict(signed, "" if now.root == seen.root else "ledger.forked")
    held = verify_consistency(seen.size, seen.root, now.size, now.root, growth.proof, tree=TREES[now.suite])
    return GrowthVerdict(signed, "" if held.holds else "ledger.rewritten")
