"""Proofs and figures of the log."""

from dataclasses import dataclass
from datetime import datetime

from dangqiao.apps.ledger.models import Checkpoint, Evidence, TreeNode
from dangqiao.apps.ports import port
from dangqiao.core.errors import N_, NotThere, Untrusted
from dangqiao.core.ledger import checkpoint as notes
from dangqiao.core.ledger.evidence import EvidenceRecord
from dangqiao.core.ledger.tree import Frontier, append, inclusion_proof


@dataclass(frozen=True, slots=True)
class LogState:
    """How far the log is: its size, root and signed note, and how much evidence waits (counted up to 1000)."""

    size: int
    root: str
    signed_note: str
    waiting: int


def state() -> LogState:
    """The log now."""
    last = Checkpoint.objects.order_by("-size").first()
    waiting = Evidence.objects.filter(leaf_index=None)[:1000].count()
    return LogState(last.size, last.root, last.signed_note, waiting) if last else LogState(0, "", "", waiting)


def waiting_since() -> datetime | None:
    """How long the oldest evidence has waited to be appended; None if none waits."""
    return Evidence.objects.filter(leaf_index=None).order_by("at").values_list("at", flat=True).first()


def about(subject: str) -> list[Evidence]:
    """All evidence about a subject, oldest first."""
    return list(Evidence.objects.filter(subject=subject).order_by("at", "id"))


def read_node(level: int, index: int) -> bytes:
    """The stored hash of a perfect subtree."""
    return bytes.fromhex(TreeNode.objects.get(level=level, index=index).hash)


def proof(evidence: Evidence, size: int) -> list[bytes]:
    """That the evidence is in the log of `size` leaves (RFC 9162 §2.1.3).

    Raises:
        NotThere: `ledger.not_yet_appended`.
    """
    if evidence.leaf_index is None or evidence.leaf_index >= size:
        raise NotThere("ledger.not_yet_appended", N_("This evidence is not in the log yet; try again in some seconds."))
    return list(inclusion_proof(evidence.leaf_index, size, read_node))


def audit() -> LogState:
    """Recomputes the whole log from its evidence and compares it with the newest checkpoint, whose signature must hold.

    Raises:
        Untrusted: `ledger.rewritten`, a row was changed, dropped or added behind the program's back;
            `ledger.checkpoint_forged`, the checkpoint itself is not this node's word.
    """
    now = state()
    if now.size:
        _require_our_word(now)
    frontier = Frontier()
    rows = Evidence.objects.filter(leaf_index__lt=now.size).order_by("leaf_index")
    for row in rows.iterator():
        record = EvidenceRecord(str(row.id), row.kind, row.subject, row.digest, row.actor, row.at)
        if row.leaf_index != frontier.size:
            break
        frontier, _ = append(frontier, [record.leaf_hash()])
    if frontier.size != now.size or (now.size and frontier.root().hex() != now.root):
        raise Untrusted(
            "ledger.rewritten",
            N_("The evidence no longer gives the root that was signed at {size} leaves."),
            N_("Keep the database as it is and call the auditor: a row was changed outside the program."),
            size=now.size,
        )
    return now


def _require_our_word(log: LogState) -> None:
    key = port("note_signer")
    signed = notes.read_checkpoint(log.signed_note)
    said = (signed.checkpoint.origin, signed.checkpoint.size, signed.checkpoint.root.hex())
    if said != (key.name, log.size, log.root) or not notes.verify(signed, key.verifiers).by_log:
        raise Untrusted(
            "ledger.checkpoint_forged",
            N_("The newest checkpoint of the log, at {size} leaves, does not carry this node's signature."),
            N_("Keep the database as it is and call the auditor: a row was changed outside the program."),
            size=log.size,
        )
