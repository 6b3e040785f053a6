"""Evidence about one thing in one file that can be judged without the log: entries, proofs, a checkpoint.

{"v": 1, "subject": "referral:…", "checkpoint": "<signed note>", "entries": [{"entry", "index", "inclusion"}, …]}
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dangqiao.core.errors import N_, Malformed
from dangqiao.core.ledger.checkpoint import CheckpointVerdict, NoteVerifier, SignedCheckpoint, read_checkpoint, verify
from dangqiao.core.ledger.tree import TREES, ProofVerdict, verify_inclusion


@dataclass(frozen=True, slots=True)
class Proven:
    """One entry (its canonical JSON), its position, and the path to the root (RFC 9162 §2.1.3)."""

    entry: str
    index: int
    inclusion: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The file."""

    subject: str
    note: str
    proven: tuple[Proven, ...]

    def to_json(self) -> str:
        """Readable JSON."""
        entries = [
            {"entry": one.entry, "index": one.index, "inclusion": [node.hex() for node in one.inclusion]}
            for one in self.proven
        ]
        values = {"v": 1, "subject": self.subject, "checkpoint": self.note, "entries": entries}
        return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def read_bundle(raw: bytes) -> Bundle:
    """The bundle in a file. Raises Malformed (`ledger.bad_bundle`)."""
    try:
        values = json.loads(raw)
        if values["v"] != 1:
            raise ValueError("another version")
        proven = tuple(
            Proven(str(one["entry"]), int(one["index"]), tuple(map(bytes.fromhex, one["inclusion"])))
            for one in values["entries"]
        )
        return Bundle(str(values["subject"]), str(values["checkpoint"]), proven)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Malformed("ledger.bad_bundle", N_("This file is no bundle of evidence.")) from None


@dataclass(frozen=True, slots=True)
class Judged:
    """One entry and whether it is in the log. Further reason: `ledger.other_subject`."""

    entry: str
    verdict: ProofVerdict


@dataclass(frozen=True, slots=True)
class BundleVerdict:
    """What can be said of a bundle.

    Attributes:
        signed: the checkpoint, and `signatures`: who has really signed it.
        entries: each entry with its verdict.
    """

    signed: SignedCheckpoint
    signatures: CheckpointVerdict
    entries: tuple[Judged, ...]

    @property
    def reason(self) -> str:
        """Empty: the entries are in the log that its owner signed. Else the first code that speaks against it."""
        broken = next((one.verdict.reason for one in self.entries if not one.verdict.holds), "")
        if not self.entries:
            return "ledger.no_entries"
        return broken or ("" if self.signatures.by_log else "ledger.not_signed")


def judge(bundle: Bundle, log: Sequence[NoteVerifier], witnesses: Sequence[NoteVerifier] = ()) -> BundleVerdict:
    """Judges each entry and each signature.

    Raises as `read_checkpoint`.
    """
    signed = read_checkpoint(bundle.note)
    checkpoint, tree = signed.checkpoint, TREES[signed.checkpoint.suite]
    judged = []
    for one in bundle.proven:
        leaf = tree.leaf(one.entry.encode())
        verdict = verify_inclusion(leaf, one.index, checkpoint.size, one.inclusion, checkpoint.root, tree=tree)
        if verdict.holds and _subject(one.entry) != bundle.subject:
            verdict = ProofVerdict(False, "ledger.other_subject")
        judged.append(Judged(one.entry, verdict))
    return BundleVerdict(signed, verify(signed, log, witnesses), tuple(judged))


def _subject(entry: str) -> str:
    try:
        return str(json.loads(entry)["subject"])
    except (ValueError, KeyError, TypeError):
        return ""


__all__ = ["Bundle", "BundleVerdict", "Judged", "Proven", "judge", "read_bundle"]
