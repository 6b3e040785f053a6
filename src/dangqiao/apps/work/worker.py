"""The worker process: claims and runs jobs, and makes the periodic ones."""

import os
import socket
import threading
import time
from collections.abc import Callable
from logging import getLogger

from django.conf import settings
from django.db import Error, close_old_connections

from dangqiao.apps.work import services

log = getLogger(__name__)

IDLE_SECONDS = 0.2
"""Pause when there is nothing to do: the longest delay that polling adds to a step of a request."""


def serve(stop: threading.Event, tick: Callable[[], None] = lambda: None) -> None:
    """Runs jobs until `stop` is set; the job at hand is finished first.

    Args:
        stop: set by the signal handler.
        tick: called about once a second; the process writes its sign of life there.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}"
    next_run = dict.fromkeys(settings.PERIODIC_JOBS, 0.0)
    last_tick = 0.0
    while not stop.is_set():
        moment = time.monotonic()
        if moment - last_tick >= 1:
            tick()
            last_tick = moment
        try:
            close_old_connections()
            _make_periodic(next_run, moment)
            job = services.claim(owner)
            if job is None:
                stop.wait(IDLE_SECONDS)
            else:
                services.run(job)
        except Error:
            # The database is away: the worker outlives it.
            log.exception("the database does not answer; trying again")
            stop.wait(2)


def _make_periodic(next_run: dict[str, float], moment: float) -> None:
    """Enqueues each periodic job once per period, whichever of several workers comes first."""
    for kind, seconds in settings.PERIODIC_JOBS.items():
        if moment >= next_run[kind]:
            services.enqueue(kind, key=f"periodic:{kind}:{int(time.time() // seconds)}")
            next_run[kind] = moment + seconds
