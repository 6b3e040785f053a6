"""What the node remembers of the platforms behind its connectors: how far it has read, and what came from where."""

from django.db import models
from django.db.models import Q

from dangqiao.apps.fields import new_id, now


class ConnectorState(models.Model):
    """How far a connector has been read."""

    name = models.CharField(max_length=60, primary_key=True)
    mark = models.TextField(default="", blank=True)
    """Where the next harvest begins; only the connector reads it."""
    busy_until = models.DateTimeField(null=True)
    """Somebody harvests it; moved on with every batch, so that a killed harvest holds nobody up for long."""
    harvested_at = models.DateTimeField(null=True)
    """When a harvest last came to its end."""
    failed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, default="", blank=True)
    """Why the last one did not: code and sentence. Empty after one that came to its end."""


class HarvestRun(models.Model):
    """One harvest, with its figures."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connector = models.CharField(max_length=60)
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
    received = models.BigIntegerField(default=0)
    added = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    withdrawn = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    error = models.CharField(max_length=300, default="", blank=True)
    report = models.CharField(max_length=300, default="", blank=True)
    """CSV of what was rejected and why, relative to the node's folder: codes and columns, no contents."""

    class Meta:
        indexes = [models.Index(fields=["connector", "-started_at"], name="harvest_newest")]


class Origin(models.Model):
    """Where an entry came from: the platform's own record behind it. The entry is cited by identity."""

    connector = models.CharField(max_length=60)
    record = models.CharField(max_length=200)
    """The platform's own number of it."""
    archive_code = models.CharField(max_length=6)
    category = models.CharField(max_length=60)
    reference_code = models.CharField(max_length=120)
    item_number = models.PositiveIntegerField(default=1)
    digest = models.CharField(max_length=64)
    """Keyed, over what the platform said: the same again is not taken in again, so local corrections stay."""
    read_at = models.DateTimeField(default=now)
    """When the platform last said so."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connector", "record"], name="origin_once")]
        indexes = [models.Index(fields=["archive_code", "category", "reference_code"], name="origin_of_entry")]


class Handover(models.Model):
    """A question that a platform's own people look into. What is asked is not kept: only whose question it is."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting"
        FOUND = "found"
        NOT_FOUND = "not_found"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connector = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    """Whose question, e.g. `referral:<id>`: who is told the answer."""
    question = models.CharField(max_length=64)
    """Keyed digest of what was asked: a corrected question is another one."""
    ticket = models.CharField(max_length=200, default="", blank=True)
    """The platform's number of it; empty until it has taken it."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField(default=now)
    polled_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connector", "subject", "question"], name="handover_once")]
        indexes = [models.Index(fields=["polled_at"], condition=Q(state="waiting"), name="handover_waiting")]


class PublishedRecord(models.Model):
    """A description of holdings that OAI-PMH publishes, without personal data. Kept after it went: peers must hear."""

    identifier = models.CharField(max_length=120, primary_key=True)
    set_spec = models.CharField(max_length=80)
    content = models.JSONField()
    """Dublin Core: {"title": [...], …}."""
    digest = models.CharField(max_length=64)
    changed_at = models.DateTimeField(default=now, db_index=True)
    deleted = models.BooleanField(default=False)
