"""Messages between nodes. A message sent is a row plus a job in the same transaction; a message got is a row once."""

from django.db import models

from dangqiao.apps.fields import EncryptedTextField, now


class SentMessage(models.Model):
    """A message of ours. Not delivered until the receiver's signed receipt is here."""

    class State(models.TextChoices):
        """`refused`: the receiver answered with a signed, final refusal. `dead`: attempts used up; can be replayed."""

        WAITING = "waiting"
        DELIVERED = "delivered"
        REFUSED = "refused"
        DEAD = "dead"

    id = models.UUIDField(primary_key=True, editable=False)
    """The CloudEvent id, UUID version 7."""
    receiver = models.CharField(max_length=6)
    type = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    sequence = models.PositiveBigIntegerField()
    """Position among our messages to this receiver about this subject, from 1: they take effect in this order."""
    content = EncryptedTextField()
    """The JWS, as it stays verifiable: signed once, sealed anew for each attempt."""
    digest = models.CharField(max_length=64)
    """Of the JWS, in hex, by the suite's hash."""
    content_digest = models.CharField(max_length=64)
    """`Envelope.content_digest`: what both sides compare."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    receipt = models.TextField(default="", blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, default="", blank=True)
    created_at = models.DateTimeField(default=now)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["receiver", "created_at"], name="sent_by_receiver"),
            models.Index(fields=["state", "created_at"], name="sent_by_state"),
            models.Index(fields=["subject"], name="sent_by_subject"),
        ]


class ReceivedMessage(models.Model):
    """A message of another node. The primary key makes its effect happen once; ids are the sender's own, so that no
    member can take another's."""

    class State(models.TextChoices):
        """`refused`: its content was not acceptable; the reason is in `error`."""

        STORED = "stored"
        PROCESSED = "processed"
        REFUSED = "refused"

    pk = models.CompositePrimaryKey("sender", "id")
    sender = models.CharField(max_length=6)
    id = models.UUIDField(editable=False)
    type = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    sequence = models.PositiveBigIntegerField()
    content = EncryptedTextField()
    """The JWS; of a message to ourselves, the bare envelope."""
    digest = models.CharField(max_length=64)
    """`Envelope.content_digest`: equal for a message that was signed twice."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.STORED)
    error = models.CharField(max_length=300, default="", blank=True)
    receipt = models.TextField(default="", blank=True)
    sent_at = models.DateTimeField()
    """When the sender made it: by its id, or where that does not tell, by its first signature."""
    received_at = models.DateTimeField(default=now)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["sender", "sent_at"], name="received_by_sender"),
            models.Index(fields=["received_at"], name="received_newest"),
            models.Index(fields=["id"], name="received_by_id"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["sender", "subject", "sequence"], name="received_in_order_once"),
        ]


class OfferedObject(models.Model):
    """A file that a message of ours refers to by hash: only that peer may fetch it."""

    sha256 = models.CharField(max_length=64)
    receiver = models.CharField(max_length=6)
    storage_name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    offered_at = models.DateTimeField(default=now)
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256", "receiver"], name="offered_once")]


class Pause(models.Model):
    """Deliveries that stand still on an operator's word. `peer` empty: all, and nothing is taken in either."""

    class Kind(models.TextChoices):
        """`drain`: nothing new is taken in, what is here is still delivered and takes effect."""

        PAUSE = "pause"
        DRAIN = "drain"

    peer = models.CharField(max_length=6, primary_key=True, blank=True)
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.PAUSE)
    reason = models.CharField(max_length=200, default="", blank=True)
    by = models.CharField(max_length=120)
    since = models.DateTimeField(default=now)


class PeerState(models.Model):
    """How another node has answered of late. While it rests, one attempt in a while speaks for all its messages."""

    platform = models.CharField(max_length=6, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    """In a row; 0: the last attempt went well."""
    rests_until = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0)
    """How long the last attempt took."""
    last_error = models.CharField(max_length=300, default="", blank=True)
    answered_at = models.DateTimeField(null=True)


class Reconciliation(models.Model):
    """What two nodes have of each other's messages of one day (UTC), compared."""

    class State(models.TextChoices):
        """`mended`: something was missing and is on its way again. `differs`: a person must look."""

        AGREED = "agreed"
        MENDED = "mended"
        DIFFERS = "differs"
        UNANSWERED = "unanswered"

    peer = models.CharField(max_length=6)
    day = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices)
    sent = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list)
    """[{"code": …, "messages": [ids]}, …]"""
    statement = models.TextField(default="", blank=True)
    """The peer's signed word (JWS): evidence of what it said it has."""
    checked_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "day"], name="reconciled_once_a_day")]
        indexes = [models.Index(fields=["day"], name="reconciled_by_day")]


class ReportedFigures(models.Model):
    """A platform's figures of one day, as it reported them; this node's own among them. Counts only."""

    platform = models.CharField(max_length=6)
    day = models.DateField()
    """Of Beijing time."""
    revision = models.PositiveIntegerField(default=0)
    figures = models.JSONField()
    reported_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["platform", "day"], name="figures_once_a_day")]
        indexes = [models.Index(fields=["day"], name="figures_by_day")]
