"""Evidence and the Merkle log over it (RFC 9162). Services insert evidence; one sequencer appends it to the log."""

from django.db import models

from dangqiao.apps.fields import new_id, now


class Evidence(models.Model):
    """Something that must not be denied later. Holds digests and ids, never personal data."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=60)
    """From the catalogue `core.ledger`: message.sent, receipt.got, referral.event, deliverable.registered, …"""
    subject = models.CharField(max_length=200)
    """What it is about: `referral:<id>`, `deliverable:<id>`, `message:<id>`."""
    digest = models.CharField(max_length=64)
    """In hex, of what is evidenced: see `services.evidence`."""
    actor = models.CharField(max_length=120)
    at = models.DateTimeField(default=now)
    leaf_index = models.BigIntegerField(null=True, unique=True)
    """Position in the log; empty until the sequencer has appended it."""
    leaf_hash = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["at"], condition=models.Q(leaf_index=None), name="evidence_unsequenced"),
            models.Index(fields=["subject"], name="evidence_subject"),
        ]


class Checkpoint(models.Model):
    """The log at one size: its root, signed. `frontier` lets the sequencer go on without reading old leaves."""

    size = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    frontier = models.JSONField()
    """Hashes (hex) of the perfect subtrees, left to right."""
    signed_note = models.TextField()
    at = models.DateTimeField(default=now)


class TreeNode(models.Model):
    """The hash of a perfect subtree that is complete: what proofs are made of (see core.ledger.tree)."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.CharField(max_length=64)


class Cosignature(models.Model):
    """Another member's signature under a checkpoint of ours: it saw it, and it went on from all it saw before."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="cosignatures")
    witness = models.CharField(max_length=6)
    line = models.TextField()
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkpoint", "witness"], name="cosigned_once")]


class SeenCheckpoint(models.Model):
    """A checkpoint of another member's log, kept because this node saw it: a later one must go on from it."""

    class Verdict(models.TextChoices):
        """`contradicts`: it does not go on from the last one: proof of a rewritten history. `settled`: people found out
        why, for example a restored backup; the log is watched anew from there."""

        CONSISTENT = "consistent"
        CONTRADICTS = "contradicts"
        SETTLED = "settled"

    platform = models.CharField(max_length=6)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    note = models.TextField()
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    seen_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["platform", "size", "root"], name="checkpoint_seen_once")]
