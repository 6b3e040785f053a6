"""Proofs and figures of the log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dangqiao.apps.ledger.models import Checkpoint, Cosignature, Evidence, SeenCheckpoint, TreeNode
from dangqiao.apps.ports import port
from dangqiao.apps.suite import suite
from dangqiao.core.errors import N_, NotThere, Untrusted
from dangqiao.core.ledger import checkpoint as notes
from dangqiao.core.ledger.bundle import Bundle, Proven
from dangqiao.core.ledger.evidence import EvidenceRecord
from dangqiao.core.ledger.growth import Growth
from dangqiao.core.ledger.tree import TREES, Frontier, append, consistency_proof, inclusion_proof


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
    return list(inclusion_proof(evidence.leaf_index, size, read_node, TREES[suite().name]))


def newest_note() -> str:
    """The newest checkpoint, with the other members' signatures under it; empty before the first."""
    last = Checkpoint.objects.order_by("-size").first()
    return _with_cosignatures(last) if last else ""


def _with_cosignatures(row: Checkpoint) -> str:
    return row.signed_note + "".join(row.cosignatures.order_by("witness").values_list("line", flat=True))


def growth(old: int) -> Growth:
    """The newest checkpoint and the proof that it goes on from `old` leaves. A log that has fewer shows what it has.

    Raises NotThere (`ledger.empty`).
    """
    last = Checkpoint.objects.order_by("-size").first()
    if last is None:
        raise NotThere("ledger.empty", N_("The log has no entries yet."))
    proof = consistency_proof(old, last.size, read_node, TREES[suite().name]) if 0 < old < last.size else ()
    return Growth(old, _with_cosignatures(last), tuple(proof))


def prove(subject: str) -> Bundle:
    """All evidence about a subject that is in the log, with proofs under one checkpoint: the newest that another member
    has signed and that has them all, or else the newest.

    Raises NotThere (`ledger.nothing_about`).
    """
    rows = [row for row in about(subject) if row.leaf_index is not None]
    if not rows:
        raise NotThere("ledger.nothing_about", N_("The log has nothing about {subject}."), subject=subject)
    needed = max(row.leaf_index or 0 for row in rows) + 1
    holding = Checkpoint.objects.filter(size__gte=needed)
    last = holding.filter(cosignatures__isnull=False).order_by("-size").first() or holding.order_by("-size").first()
    if last is None:
        raise NotThere("ledger.not_yet_appended", N_("This evidence is not in the log yet; try again in some seconds."))
    proven = tuple(
        Proven(record_of(row).to_bytes().decode(), row.leaf_index or 0, tuple(proof(row, last.size))) for row in rows
    )
    return Bundle(subject, _with_cosignatures(last), proven)


def record_of(row: Evidence) -> EvidenceRecord:
    """The entry that a row stands for."""
    return EvidenceRecord(str(row.id), row.kind, row.subject, row.digest, row.actor, row.at)


def contradictions() -> list[SeenCheckpoint]:
    """Checkpoints of other members that do not go on from what they had signed before; oldest first."""
    rows = SeenCheckpoint.objects.filter(verdict=SeenCheckpoint.Verdict.CONTRADICTS)
    return list(rows.order_by("seen_at"))


def checkpoint_at(size: int, root: str) -> Checkpoint | None:
    """This node's checkpoint of that size and root."""
    return Checkpoint.objects.filter(size=size, root=root).first()


def all_seen(limit: int = 200) -> list[SeenCheckpoint]:
    """What this node has seen of the other members' logs: by member, the newest first."""
    return list(SeenCheckpoint.objects.order_by("platform", "-seen_at")[:limit])


def last_seen(platform: str) -> SeenCheckpoint | None:
    """The last checkpoint of another member's log that this node saw and that the next one must go on from."""
    rows = SeenCheckpoint.objects.filter(platform=platform).exclude(verdict=SeenCheckpoint.Verdict.CONTRADICTS)
    return rows.order_by("-seen_at", "-size").first()


def last_cosigned() -> datetime | None:
    """When another member last signed under a checkpoint of ours."""
    return Cosignature.objects.order_by("-at").values_list("at", flat=True).first()


def first_at() -> datetime | None:
    """When the log began."""
    return Checkpoint.objects.order_by("size").values_list("at", flat=True).first()


def audit(against: Iterable[notes.SignedCheckpoint] = ()) -> LogState:
    """Recomputes the whole log from its evidence and compares it with the newest checkpoint, whose signature must hold.

    Args:
        against: older checkpoints of this log that others kept: the log must go on from each of them.

    Raises:
        Untrusted: `ledger.rewritten`, a row was changed, dropped or added behind the program's back, or the log does
            not go on from a checkpoint of `against`; `ledger.checkpoint_forged`, the checkpoint itself is not this
            node's word.
    """
    now = state()
    if now.size:
        _require_our_word(now)
    kept = {one.checkpoint.size: one.checkpoint.root for one in against}
    frontier, tree = Frontier(), TREES[suite().name]
    rows = Evidence.objects.filter(leaf_index__lt=now.size).order_by("leaf_index")
    for row in rows.iterator():
        if row.leaf_index != frontier.size:
            break
        frontier, _ = append(frontier, [record_of(row).leaf_hash(tree)], tree)
        if frontier.size in kept and kept.pop(frontier.size) != frontier.root(tree):
            break
    kept.pop(0, None)
    if kept or frontier.size != now.size or (now.size and frontier.root(tree).hex() != now.root):
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
    found = signed.checkpoint
    said = (found.origin, found.size, found.root.hex(), found.suite)
    if said != (key.name, log.size, log.root, suite().name) or not notes.verify(signed, key.verifiers).by_log:
        raise Untrusted(
            "ledger.checkpoint_forged",
            N_("The newest checkpoint of the log, at {size} leaves, does not carry this node's signature."),
            N_("Keep the database as it is and call the auditor: a row was changed outside the program."),
            size=log.size,
        )
