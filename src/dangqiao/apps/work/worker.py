"""The worker process: claims and runs jobs, and makes the periodic ones."""

import os
import socket
import threading
import time
from contextlib import nullcontext
from logging import getLogger

from django.conf import settings
from django.db import Error, close_old_connections

from dangqiao.apps.work import bell, services
from dangqiao.apps.work.processes import process_exists

log = getLogger(__name__)

_HOST = socket.gethostname()
OUTGOING = "peer:"
"""How lanes of deliveries to other nodes begin. The thread 0 leaves them alone: however many nodes are slow to answer,
the node's own work goes on."""
IDLE_SECONDS = 0.5
"""How often a worker looks for itself when it hears no bell: for jobs whose time has come, or of another machine."""
GATHERING_SECONDS = 0.02
"""How long a worker that has just served a lane waits for more of it: several together cost less than one by one."""


def serve(stop: threading.Event, number: int = 0) -> None:
    """Runs jobs until `stop` is set; the job at hand is finished first.

    Args:
        stop: set by the signal handler.
        number: of this thread; the thread 0 also makes the periodic jobs.
    """
    owner = f"{_HOST}:{os.getpid()}:{number}"
    served = ""
    next_run = dict.fromkeys(settings.PERIODIC_JOBS if number == 0 else (), 0.0)
    tidy = number == 0
    while not stop.is_set():
        try:
            if not served:
                close_old_connections()  # not between jobs that follow each other: it asks the server each time
            if tidy:
                services.let_go(lambda other: other != owner and _may_be_alive(other))
                tidy = False
            _make_periodic(next_run)
            jobs = services.claim(owner, but_lanes=OUTGOING if number == 0 else "")
            if not jobs:
                bell.wait(IDLE_SECONDS)
                served = ""
                continue
            if served not in ("", jobs[0].lane):
                bell.wake()  # more may have come for the lane before, of which nobody was told
            served = jobs[0].lane
            several = jobs[0].kind in settings.SEVERAL_AT_ONCE
            with bell.serving(jobs[0].lane) if several else nullcontext():
                services.run(jobs)
                if several and len(jobs) < services.MOST_AT_ONCE:
                    stop.wait(GATHERING_SECONDS)
        except Error:
            # The database is away, or has no room: the worker outlives it.
            served = ""
            log.exception("the database does not answer; trying again")
            # How the job at hand ended could not be noted: it need not wait for its lease to run out.
            tidy = True
            stop.wait(2)


def _may_be_alive(owner: str) -> bool:
    """Whether a worker still runs, as far as this machine can know; another machine's workers count as alive."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    return host != _HOST or not rest.isdigit() or process_exists(int(rest))


def _make_periodic(next_run: dict[str, float]) -> None:
    """Enqueues each periodic job when the worker starts, then once per period, whichever of several comes first."""
    moment = time.monotonic()
    for kind, due in next_run.items():
        seconds = settings.PERIODIC_JOBS[kind]
        if moment >= due:
            period = f"{time.time() // seconds:.0f}" if due else f"start:{time.time():.0f}"
            services.enqueue(kind, key=f"{services.PERIODIC}{kind}:{period}")
            next_run[kind] = moment + seconds
