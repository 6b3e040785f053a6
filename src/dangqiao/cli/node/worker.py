"""`dangqiao node worker`: background work alone."""

import os
import signal
import threading

import click
from django.conf import settings

from dangqiao.apps.work.bell import listen
from dangqiao.apps.work.processes import die_with_parent, parent_is_gone, write_pid
from dangqiao.apps.work.worker import serve

THREADS = 4
"""Jobs at once. The first never waits for another node; of the others at most one waits for a slow one."""


@click.command()
def worker() -> None:
    """Run only the worker; it ends with the process that started it, after the job at hand."""
    die_with_parent()
    parent = os.getppid()
    write_pid(settings.NODE_FOLDER, "worker")
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    threads = [threading.Thread(target=serve, args=(stop, number), name=f"jobs-{number}") for number in range(THREADS)]
    threads.append(threading.Thread(target=listen, args=(stop,), name="bell", daemon=True))
    for thread in threads:
        thread.start()
    while not stop.wait(1):
        # A thread that failed takes the others with it: the supervisor starts a worker that is whole.
        if parent_is_gone(parent) or not all(thread.is_alive() for thread in threads[:THREADS]):
            stop.set()
    for thread in threads:
        thread.join()
