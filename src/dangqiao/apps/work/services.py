"""Enqueuing, claiming and finishing jobs. Safe with any number of workers; a killed worker's job is run again."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from logging import getLogger
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from dangqiao.apps.fields import now
from dangqiao.apps.work import bell
from dangqiao.apps.work.models import Job, NamedLock
from dangqiao.core.errors import DangqiaoError

log = getLogger(__name__)

LEASE = timedelta(seconds=60)
"""How long a worker owns a job. Longer than any job runs, short enough that a killed one is soon repeated."""
BACKOFF_SECONDS = (1, 2, 5, 15, 60, 300, 900, 3600)
"""Pause before attempt n + 1; the last one repeats."""
LONGEST_PAUSE = timedelta(seconds=BACKOFF_SECONDS[-1])
"""No job waits for longer: a later time was written by a clock that was ahead and has been put right since."""
MAX_ATTEMPTS = 60
"""About two days of failing; then the job is dead and `doctor` names it."""
PERIODIC = "periodic:"
"""How keys of periodic jobs begin."""


class Later(Exception):
    """A handler's word that it should run again, with what it waits for. Not a fault: no stack trace is logged, and
    however often it says so the job does not die; a handler that has waited long enough raises `GiveUp`."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.seconds = reason, seconds


class GiveUp(Exception):
    """A handler's word that trying again cannot help: the job is dead at once and `doctor` names it."""


def enqueue(kind: str, *, key: str, payload: Mapping[str, Any] | None = None, lane: str = "", delay: float = 0) -> None:
    """Adds a job in the caller's transaction. The same key twice is one job, whoever comes first.

    Args:
        kind: a key of settings.JOB_HANDLERS.
        key: idempotency key, unique for ever.
        payload: JSON; ids, never personal data.
        lane: jobs of different lanes do not hold each other up.
        delay: seconds before it may run; at most LONGEST_PAUSE.
    """
    if kind not in settings.JOB_HANDLERS:
        raise KeyError(kind)
    job = Job(kind=kind, key=key, payload=dict(payload or {}), lane=lane, run_after=now() + timedelta(seconds=delay))
    Job.objects.bulk_create([job], ignore_conflicts=True)
    if not delay:
        transaction.on_commit(bell.ring)


def named_number(name: str, count: int = 1) -> int:
    """The next number under `name`: 1, 2, 3, … Held locked until the caller's transaction ends, so a roll-back leaves
    no gap and two callers never get the same. Limit: one name is given out by one transaction at a time.

    Args:
        count: how many numbers are taken; the first of them is returned.
    """
    NamedLock.objects.bulk_create([NamedLock(name=name)], ignore_conflicts=True)
    lock = NamedLock.objects.select_for_update().get(name=name)
    lock.value += count
    lock.save(update_fields=["value"])
    return lock.value - count + 1


def is_long(lane: str, limit: int) -> bool:
    """Whether more than `limit` jobs of a lane could run now and do not."""
    due = Job.objects.filter(state=Job.State.READY, lane=lane, run_after__lte=now())
    return due.values_list("id", flat=True)[limit : limit + 1].exists()


def wake(lane: str) -> None:
    """Lets the jobs of a lane that wait for a later time run now, in the caller's transaction."""
    moment = now()
    Job.objects.filter(state=Job.State.READY, lane=lane, run_after__gt=moment).update(run_after=moment)
    transaction.on_commit(bell.ring)


def postpone(lane: str, until: datetime) -> None:
    """Lets the jobs of a lane that are ready wait until `until`, in the caller's transaction."""
    Job.objects.filter(state=Job.State.READY, lane=lane, run_after__lt=until).update(run_after=until)


def claim(owner: str, *, but_lanes: str = "") -> Job | None:
    """Takes one job that is ready, or whose worker has let its lease run out; None if there is none.

    A lane that another worker is serving is passed over, so that a slow peer holds up one thread and not all.

    Args:
        but_lanes: how the names of lanes begin that are passed over too.
    """
    rows = Job.objects.exclude(lane__startswith=but_lanes) if but_lanes else Job.objects.all()
    if not rows.filter(_due(now())).exists():
        return None  # an idle worker reads only: on SQLite a transaction would take the write lock
    with transaction.atomic():
        moment = now()
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        busy = Job.objects.filter(state=Job.State.RUNNING, lease_until__gte=moment).exclude(lane="").values("lane")
        job = (
            rows.filter(_let_go(moment)).order_by("lease_until").first()
            or rows.filter(_ready(moment))
            .exclude(lane__in=list(busy.values_list("lane", flat=True)))
            .order_by("run_after", "id")
            .first()
        )
        if job is None:
            return None
        job.state, job.lease_owner, job.lease_until = Job.State.RUNNING, owner, moment + LEASE
        job.attempts += 1
        job.save(update_fields=["state", "lease_owner", "lease_until", "attempts"])
        return job


def _due(moment: datetime) -> Q:
    return _ready(moment) | _let_go(moment)


def _ready(moment: datetime) -> Q:
    return Q(state=Job.State.READY) & (Q(run_after__lte=moment) | Q(run_after__gt=moment + LONGEST_PAUSE))


def _let_go(moment: datetime) -> Q:
    return Q(state=Job.State.RUNNING) & (Q(lease_until__lt=moment) | Q(lease_until__gt=moment + 2 * LEASE))


def run(job: Job) -> None:
    """Runs a claimed job and records how it ended. Never raises for a handler's failure."""
    try:
        handler: Callable[[dict[str, Any]], None] = import_string(settings.JOB_HANDLERS[job.kind])
        handler(job.payload)
    except Later as later:
        _again(job, later.reason, later.seconds, waits=True)
    except GiveUp as error:
        _end(job, Job.State.DEAD, str(error))
    except DangqiaoError as error:
        log.warning("job %s %s: %s", job.kind, job.id, error)
        _again(job, str(error))
    except Exception as error:
        log.exception("job %s %s failed", job.kind, job.id)
        _again(job, f"{type(error).__name__}")
    else:
        _end(job, Job.State.DONE, "")


def _again(job: Job, reason: str, seconds: float | None = None, *, waits: bool = False) -> None:
    if job.attempts >= MAX_ATTEMPTS and not waits:
        _end(job, Job.State.DEAD, reason)
        return
    pause = BACKOFF_SECONDS[min(job.attempts, len(BACKOFF_SECONDS)) - 1] if seconds is None else seconds
    pause = min(pause, LONGEST_PAUSE.total_seconds())
    _mine(job).update(
        state=Job.State.READY, lease_owner="", run_after=now() + timedelta(seconds=pause), last_error=reason[:300]
    )


def _end(job: Job, state: Job.State, reason: str) -> None:
    _mine(job).update(state=state, lease_owner="", finished_at=now(), last_error=reason[:300])


def _mine(job: Job) -> Any:
    """The job's row, if it is still this worker's: after a lost lease another may have it."""
    return Job.objects.filter(id=job.id, lease_owner=job.lease_owner, attempts=job.attempts)


def drain(max_jobs: int = 1000) -> int:
    """Runs ready jobs one after another until none is left; how many. For tests and one-shot commands."""
    for done in range(max_jobs):
        job = claim("drain")
        if job is None:
            return done
        run(job)
    return max_jobs


def replay(job_id: int) -> None:
    """Puts a dead job back, with its attempts counted anew."""
    Job.objects.filter(id=job_id, state=Job.State.DEAD).update(
        state=Job.State.READY, attempts=0, run_after=now(), finished_at=None
    )


def let_go(is_alive: Callable[[str], bool]) -> int:
    """Ends the leases of workers that are gone, so that their jobs need not wait for the lease to run out; how many.

    Args:
        is_alive: whether the worker with this owner name may still be at work.
    """
    running = Job.objects.filter(state=Job.State.RUNNING)
    gone = [owner for owner in running.values_list("lease_owner", flat=True).distinct() if not is_alive(owner)]
    return running.filter(lease_owner__in=gone).update(lease_until=now() - timedelta(seconds=1)) if gone else 0


def forget_done(older_than: timedelta = timedelta(days=30), periodic: timedelta = timedelta(hours=1)) -> int:
    """Deletes finished jobs; how many. Their effects are evidenced elsewhere. Periodic ones, being many, go sooner."""
    done = Job.objects.filter(state=Job.State.DONE)
    return sum(
        rows.delete()[0]
        for rows in (
            done.filter(finished_at__lt=now() - older_than),
            done.filter(finished_at__lt=now() - periodic, key__startswith=PERIODIC),
        )
    )
