"""Giving evidence, and the sequencer that appends it to the Merkle log."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from dangqiao.apps import sql
from dangqiao.apps.fields import new_id, now
from dangqiao.apps.ledger.models import Checkpoint, Cosignature, Evidence, SeenCheckpoint, TreeNode
from dangqiao.apps.ports import port
from dangqiao.apps.suite import suite
from dangqiao.apps.work import services as work
from dangqiao.core.errors import N_, NotThere
from dangqiao.core.ledger import checkpoint as notes
from dangqiao.core.ledger.evidence import EvidenceRecord
from dangqiao.core.ledger.tree import TREES, Frontier, append
from dangqiao.core.vocabulary.actor import Actor, node

BATCH = 500
"""Leaves in one transaction: short enough for SQLite's single write lock."""
LOCK = "ledger"


def evidence(kind: str, *, subject: str, digest: str, actor: str) -> None:
    """Adds evidence in the caller's transaction. It enters the log within seconds.

    Args:
        kind: of `core.ledger.evidence.KINDS`.
        subject: `referral:<id>`, `message:<id>`, `deliverable:<id>`.
        digest: in hex: of messages, receipts and notes by the suite's hash; of files and records their SHA-256, which
            is their name.
        actor: `Actor.id`.

    Raises:
        BadInput: `ledger.bad_evidence`.
    """
    sql.insert(entries(Happening(kind, subject, digest, actor)))


@dataclass(frozen=True, slots=True)
class Happening:
    """What `evidence` is given of."""

    kind: str
    subject: str
    digest: str
    actor: str


def entries(*happenings: Happening) -> sql.Insert:
    """The rows of `evidence` of several, in this order, for who inserts them together with others.

    Raises BadInput (`ledger.bad_evidence`).
    """
    return sql.Insert(Evidence, [_row(one) for one in happenings])


def _row(one: Happening) -> dict[str, object]:
    record = EvidenceRecord(str(new_id()), one.kind, one.subject, one.digest, one.actor, now())
    row = {name: getattr(record, name) for name in record.__slots__}
    return row | {"leaf_hash": record.leaf_hash(TREES[suite().name]).hex()}


def sequence() -> int:
    """Appends evidence that is not in the log yet and signs a checkpoint; how many leaves were added.

    One sequencer at a time: the named lock is held until the transaction ends.
    """
    with transaction.atomic():
        waiting = Evidence.objects.filter(leaf_index=None)
        if not waiting.exists():
            return 0
        work.named_number(LOCK)
        rows = list(waiting.order_by("at", "id").values_list("id", "leaf_hash")[:BATCH])
        if not rows:
            return 0  # another sequencer appended them while this one waited for the lock
        last = Checkpoint.objects.order_by("-size").first()
        tree = TREES[suite().name]
        before = Frontier(last.size, tuple(bytes.fromhex(root) for root in last.frontier)) if last else Frontier()
        after, nodes = append(before, [bytes.fromhex(leaf_hash) for _id, leaf_hash in rows], tree)
        _number([one for one, _leaf_hash in rows], before.size)
        sql.insert(sql.Insert(TreeNode, [{"level": n.level, "index": n.index, "hash": n.hash.hex()} for n in nodes]))
        signer, root = port("note_signer"), after.root(tree)
        signed = notes.sign(notes.Checkpoint(signer.name, after.size, root, tree.suite.name), signer)
        Checkpoint.objects.create(
            size=after.size,
            root=root.hex(),
            frontier=[root.hex() for root in after.roots],
            signed_note=signed.to_text(),
        )
        return len(rows)


def _number(evidence: Sequence[UUID], first: int) -> None:
    """Gives rows their places in the log, by one statement."""
    places = [(sql.prepared(Evidence, "id", one), index) for index, one in enumerate(evidence, start=first)]
    text, given = sql.table_of(places)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_evidence SET leaf_index = place.column2"  # noqa: S608  # only places for values
            f" FROM ({text}) AS place WHERE ledger_evidence.id = place.column1",
            given,
        )


def remember_seen(platform: str, signed: notes.SignedCheckpoint, *, contradicts: bool) -> bool:
    """Keeps a checkpoint of another member's log, in the caller's transaction; whether it is new. Evidence of it enters
    our own log: so each log vouches for the others."""
    verdict = SeenCheckpoint.Verdict.CONTRADICTS if contradicts else SeenCheckpoint.Verdict.CONSISTENT
    checkpoint, note = signed.checkpoint, signed.to_text()
    _, new = SeenCheckpoint.objects.get_or_create(
        platform=platform,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        defaults={"note": note, "verdict": verdict},
    )
    if new:
        kind = "checkpoint.contradicted" if contradicts else "checkpoint.seen"
        digest = suite().hex_digest(note.encode())
        subject = f"ledger:{platform}/{checkpoint.size}"
        evidence(kind, subject=subject, digest=digest, actor=node(settings.PLATFORM_CODE).id)
    return new


def settle(actor: Actor, platform: str, reason: str) -> int:
    """Ends the alarm about another member's log, whose newest checkpoint is where watching begins anew; how many
    contradictions there were. They stay, as evidence.

    Raises NotThere (`ledger.nothing_to_settle`).
    """
    with transaction.atomic():
        rows = SeenCheckpoint.objects.filter(platform=platform, verdict=SeenCheckpoint.Verdict.CONTRADICTS)
        count = rows.update(verdict=SeenCheckpoint.Verdict.SETTLED)
        if not count:
            raise NotThere("ledger.nothing_to_settle", N_("There is no alarm about {platform}."), platform=platform)
        digest = suite().hex_digest(reason.encode())
        evidence("checkpoint.settled", subject=f"ledger:{platform}", digest=digest, actor=actor.id)
    return count


def keep_cosignature(row: Checkpoint, witness: str, line: str) -> None:
    """Keeps another member's signature under a checkpoint of ours, in the caller's transaction."""
    Cosignature.objects.get_or_create(checkpoint=row, witness=witness, defaults={"line": line})
