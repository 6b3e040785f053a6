"""Durable jobs. A job is enqueued in the transaction that makes it necessary; the job table is also the outbox."""

from django.db import models
from django.db.models import Q

from dangqiao.apps.fields import now


class Job(models.Model):
    """One piece of background work. Its handler (settings.JOB_HANDLERS[kind]) must be safe to run twice."""

    class State(models.TextChoices):
        """A killed worker's job is found again when its lease ends."""

        READY = "ready"
        RUNNING = "running"
        DONE = "done"
        DEAD = "dead"

    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    key = models.CharField(max_length=200, unique=True)
    """Idempotency key: enqueuing the same key twice is one job."""
    lane = models.CharField(max_length=60, default="", blank=True)
    """Jobs of one lane run one at a time: e.g. one lane per peer, so that a slow peer does not hold up the others."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    run_after = models.DateTimeField(default=now)
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=80, default="", blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, default="", blank=True)
    """Code and sentence; never personal data."""
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["run_after"], condition=Q(state="ready"), name="job_ready"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="job_running"),
            models.Index(fields=["kind", "id"], condition=Q(state="dead"), name="job_dead"),
            models.Index(fields=["lane", "run_after"], condition=Q(state="ready"), name="job_lane"),
        ]


class NamedLock(models.Model):
    """A row to lock by name, where the database has no advisory lock of its own (serials, sequencer)."""

    name = models.CharField(max_length=200, primary_key=True)
    value = models.BigIntegerField(default=0)
    """The last number given out under this name."""
