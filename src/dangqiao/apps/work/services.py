"""Enqueuing, claiming and finishing jobs. Safe with any number of workers; a killed worker's job is run again."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from logging import getLogger
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.module_loading import import_string

from dangqiao.apps import sql
from dangqiao.apps.fields import now
from dangqiao.apps.work import bell
from dangqiao.apps.work.models import Job
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
MOST_AT_ONCE = 50
"""Jobs of one lane that are claimed together, of a kind that takes several (settings.SEVERAL_AT_ONCE)."""
_TRIES = 5
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
    sql.insert(job(kind, key=key, payload=payload, lane=lane, delay=delay))
    if not delay:
        ring(lane)


def job(
    kind: str, *, key: str, payload: Mapping[str, Any] | None = None, lane: str = "", delay: float = 0
) -> sql.Insert:
    """The row that `enqueue` adds, for who inserts it together with others and then calls `ring`."""
    if kind not in settings.JOB_HANDLERS:
        raise KeyError(kind)
    moment = now()
    row: dict[str, Any] = {
        "kind": kind,
        "payload": dict(payload or {}),
        "key": key,
        "lane": lane,
        "state": Job.State.READY,
    }
    row |= {"run_after": moment + timedelta(seconds=delay), "created_at": moment, "attempts": 0, "lease_owner": ""}
    return sql.Insert(Job, [row | {"last_error": ""}], ignore_conflicts=True)


def ring(lane: str) -> None:
    """Wakes the worker after the caller's transaction."""
    transaction.on_commit(partial(bell.ring, lane))


def named_number(name: str, count: int = 1) -> int:
    """The next number under `name`: 1, 2, 3, … Held locked until the caller's transaction ends, so a roll-back leaves
    no gap and two callers never get the same. Limit: one name is given out by one transaction at a time.

    Args:
        count: how many numbers are taken; the first of them is returned.
    """
    [(last,)] = sql.returned(
        "INSERT INTO work_namedlock (name, value) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET value = work_namedlock.value + excluded.value RETURNING value",
        [name, count],
    )
    return int(last) - count + 1


def length(lane: str, most: int) -> int:
    """How many jobs of a lane could run now and do not, counted up to `most`."""
    due = Job.objects.filter(state=Job.State.READY, lane=lane, run_after__lte=now())
    return due.order_by()[:most].count()


def wake(lane: str) -> None:
    """Lets the jobs of a lane that wait for a later time run now, in the caller's transaction."""
    moment = now()
    Job.objects.filter(state=Job.State.READY, lane=lane, run_after__gt=moment).update(run_after=moment)
    ring(lane)


def postpone(lane: str, until: datetime) -> None:
    """Lets the jobs of a lane that are ready wait until `until`, in the caller's transaction."""
    Job.objects.filter(state=Job.State.READY, lane=lane, run_after__lt=until).update(run_after=until)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that a worker has taken. `attempts`: this one included."""

    id: int
    kind: str
    payload: Any
    key: str
    lane: str
    run_after: Any
    attempts: int
    lease_owner: str


def claim(owner: str, *, but_lanes: str = "", most: int = MOST_AT_ONCE) -> list[Claimed]:
    """Takes what a worker is to run next: a job that is ready, or whose worker has let its lease run out; of a kind in
    settings.SEVERAL_AT_ONCE all that are ready in its lane, at most so many, the oldest first. Empty if there is none.

    A lane that another worker is serving is passed over, so that a slow peer holds up one thread and not all.

    Args:
        but_lanes: how the names of lanes begin that are passed over too.
    """
    for _ in range(_TRIES):  # another worker may be quicker; then something else has its turn
        head = sql.returned(_HEAD, _moments() | {"but": f"{but_lanes or '-'}%"})
        if not head:
            return []  # an idle worker reads only: on SQLite a transaction would take the write lock
        job_id, kind, lane = head[0]
        if jobs := _take(job_id, kind, lane, owner, most):
            return jobs
    return []


def _take(head: int, kind: str, lane: str, owner: str, most: int) -> list[Claimed]:
    several = bool(lane) and kind in settings.SEVERAL_AT_ONCE
    which = "lane = %(lane)s AND kind = %(kind)s" if several else "id = %(head)s"
    skip = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    with transaction.atomic():
        if lane and connection.vendor == "postgresql":
            # Until the transaction ends nobody else claims from this lane. SQLite has one writer anyway.
            sql.returned("SELECT 1 FROM pg_advisory_xact_lock(hashtext(%s))", [f"lane {lane}"])
        values = {"head": head, "kind": kind, "lane": lane, "owner": owner, "most": most}
        taken = sql.returned(_TAKE.format(which=which, skip=skip), _moments() | values)
    jobs = [
        Claimed(job_id, kind, json.loads(payload), key, lane, run_after, attempts, owner)
        for job_id, payload, key, lane, run_after, attempts in taken
    ]
    return sorted(jobs, key=lambda job: (job.run_after, job.id))


def _moments() -> dict[str, Any]:
    moment, adapt = now(), connection.ops.adapt_datetimefield_value
    return {
        "now": adapt(moment),
        "lease": adapt(moment + LEASE),
        "too_late": adapt(moment + 2 * LEASE),
        "too_far": adapt(moment + LONGEST_PAUSE),
    }


# Written out, because a worker asks this all the time. Only names of our own are put together.
_READY = "state = 'ready' AND (run_after <= %(now)s OR run_after > %(too_far)s)"
_LET_GO = "state = 'running' AND (lease_until < %(now)s OR lease_until > %(too_late)s)"
_FREE = """NOT IN (SELECT lane FROM work_job WHERE state = 'running' AND lane <> ''
    AND lease_until >= %(now)s AND lease_until <= %(too_late)s)"""
_HEAD = f"""
SELECT * FROM (SELECT id, kind, lane FROM work_job WHERE {_LET_GO} AND lane NOT LIKE %(but)s AND lane {_FREE}
    ORDER BY lease_until LIMIT 1) AS let_go
UNION ALL
SELECT * FROM (SELECT id, kind, lane FROM work_job WHERE {_READY} AND lane NOT LIKE %(but)s AND lane {_FREE}
    ORDER BY run_after, id LIMIT 1) AS ready"""  # noqa: S608
"""The job whose turn it is, as far as one can tell without a lock: at most two rows, the first counts."""
_TAKE = f"""
WITH mine AS (SELECT id FROM work_job WHERE {{which}} AND (({_READY}) OR ({_LET_GO})) AND %(lane)s {_FREE}
    ORDER BY run_after, id LIMIT %(most)s {{skip}})
UPDATE work_job SET state = 'running', lease_owner = %(owner)s, lease_until = %(lease)s, attempts = attempts + 1
WHERE id IN (SELECT id FROM mine) RETURNING id, payload, key, lane, run_after, attempts"""  # noqa: S608


def run(jobs: Sequence[Claimed]) -> None:
    """Runs claimed jobs and records how they ended. Never raises for a handler's failure."""
    ends = _ends(jobs[0].kind, [job.payload for job in jobs])
    _done([job for job, error in zip(jobs, ends, strict=False) if error is None])
    for job, error in zip(jobs, ends, strict=False):
        if error is not None:
            _ended_with(job, error)
    _give_back(jobs[len(ends) :])


def _ends(kind: str, payloads: Sequence[Any]) -> Sequence[Exception | None]:
    """How jobs ended. Where one of them makes the handler break down as a whole, they are handed in one by one."""
    try:
        handler: Callable[[Any], Any] = import_string(settings.JOB_HANDLERS[kind])
        if kind in settings.SEVERAL_AT_ONCE:
            return handler(payloads)  # type: ignore[no-any-return]
        handler(payloads[0])
        return [None]
    except Later as later:
        return [later] * len(payloads)
    except Exception as error:
        if len(payloads) == 1:
            return [error]
    ends, end = list[Exception | None](), time.monotonic() + LEASE.total_seconds() / 4
    for payload in payloads:
        ends += _ends(kind, [payload])
        if time.monotonic() > end:
            break
    return ends


def _ended_with(job: Claimed, error: Exception) -> None:
    if isinstance(error, Later):
        _again(job, error.reason, error.seconds, waits=True)
    elif isinstance(error, GiveUp):
        _end(job, Job.State.DEAD, str(error))
    elif isinstance(error, DangqiaoError):
        log.warning("job %s %s: %s", job.kind, job.id, error)
        _again(job, str(error))
    else:
        log.error("job %s %s failed", job.kind, job.id, exc_info=error)
        _again(job, f"{type(error).__name__}")


def _again(job: Claimed, reason: str, seconds: float | None = None, *, waits: bool = False) -> None:
    if job.attempts >= MAX_ATTEMPTS and not waits:
        _end(job, Job.State.DEAD, reason)
        return
    pause = BACKOFF_SECONDS[min(job.attempts, len(BACKOFF_SECONDS)) - 1] if seconds is None else seconds
    pause = min(pause, LONGEST_PAUSE.total_seconds())
    _mine(job).update(
        state=Job.State.READY, lease_owner="", run_after=now() + timedelta(seconds=pause), last_error=reason[:300]
    )


def _end(job: Claimed, state: Job.State, reason: str) -> None:
    _mine(job).update(state=state, lease_owner="", finished_at=now(), last_error=reason[:300])


def _done(jobs: Sequence[Claimed]) -> None:
    for attempts in {job.attempts for job in jobs}:  # nearly always one
        _mine(*(job for job in jobs if job.attempts == attempts)).update(
            state=Job.State.DONE, lease_owner="", finished_at=now(), last_error=""
        )


def _give_back(jobs: Sequence[Claimed]) -> None:
    """Jobs that were claimed and not begun."""
    for job in jobs:
        _mine(job).update(state=Job.State.READY, lease_owner="", attempts=F("attempts") - 1)


def _mine(*jobs: Claimed) -> QuerySet[Job]:
    """The rows of jobs of one claim and as many attempts, as far as they are still this worker's: after a lost lease
    another may have them."""
    ids = [job.id for job in jobs]
    return Job.objects.filter(id__in=ids, lease_owner=jobs[0].lease_owner, attempts=jobs[0].attempts)


def drain(max_jobs: int = 1000) -> int:
    """Runs ready jobs one after another until none is left; how many. For tests and one-shot commands."""
    done = 0
    while done < max_jobs and (jobs := claim("drain", most=min(MOST_AT_ONCE, max_jobs - done))):
        run(jobs)
        done += len(jobs)
    return done


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
