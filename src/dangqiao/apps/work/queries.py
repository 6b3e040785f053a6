"""What operators ask about jobs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dangqiao.apps.fields import now
from dangqiao.apps.work.models import Job


@dataclass(frozen=True, slots=True)
class StuckJob:
    """A job that needs a person: dead, or failing for a while."""

    id: int
    kind: str
    dead: bool
    attempts: int
    last_error: str
    since: datetime


def stuck(late: timedelta = timedelta(minutes=10), limit: int = 50) -> list[StuckJob]:
    """Dead jobs, and jobs that have been failing for longer than `late`; oldest first."""
    dead = Job.objects.filter(state=Job.State.DEAD)
    failing = Job.objects.filter(state=Job.State.READY, attempts__gt=2, created_at__lt=now() - late)
    rows = dead.union(failing).order_by("created_at")[:limit]
    return [
        StuckJob(job.id, job.kind, job.state == Job.State.DEAD, job.attempts, job.last_error, job.created_at)
        for job in rows
    ]


def waiting() -> int:
    """How many jobs are ready or running, counted up to 1000."""
    return Job.objects.filter(state__in=[Job.State.READY, Job.State.RUNNING])[:1000].count()


def alive(kind: str) -> Iterator[dict[str, Any]]:
    """The payloads of jobs of a kind that are ready or running."""
    rows = Job.objects.filter(kind=kind, state__in=[Job.State.READY, Job.State.RUNNING])
    yield from rows.values_list("payload", flat=True).iterator()
