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
    """SHA-256 (hex) of the JWS."""
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
    """A message of another node. The primary key makes its effect happen once."""

    class State(models.TextChoices):
        """`refused`: its content was not acceptable; the reason is in `error`."""

        STORED = "stored"
        PROCESSED = "processed"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, editable=False)
    sender = models.CharField(max_length=6)
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
    received_at = models.DateTimeField(default=now)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["sender", "received_at"], name="received_by_sender"),
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
