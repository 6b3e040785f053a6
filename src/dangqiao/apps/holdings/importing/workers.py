"""Preparing chunks in processes of their own, so that an import uses every core. Only the importing process writes.

    rows --> worker 1 --.
    rows --> worker 2 ---+--> chunks, in the order of the file --> one writer

Each worker has one chunk at a time and gets the next before the last one is written; so memory stays flat. A worker
lives on its end of a pipe: when the importing process ends, however it ends, the pipe breaks and the worker is gone.
"""

import gc
import os
import signal
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection

from dangqiao.apps.holdings.importing.preparing import Chunk, Identity, Preparer, Recipe
from dangqiao.apps.holdings.importing.rows import Row
from dangqiao.core.errors import N_, Unavailable

WORTH = 1_500_000
"""Bytes of a file that keep one more process busy for longer than it takes to start (about half a second)."""
MOST = 4
"""More do not help: the writer is busy by then."""

Task = tuple[list[Row], Mapping[Identity, str]]
"""What `Preparer` takes."""


def useful(size: int) -> int:
    """How many workers a file of so many bytes is worth on this machine; 0: none beside this process."""
    cores = os.cpu_count() or 1
    return min(size // WORTH, cores, MOST) if cores > 1 else 0


def prepared(recipe: Recipe, tasks: Iterator[Task], workers: int) -> Generator[tuple[list[Row], Chunk], None, None]:
    """Prepares tasks by so many processes, or by this one, and gives them back in order with their rows.

    Raises:
        Unavailable: `import.worker_lost`. What was written stays; the same import goes on when it is started again.
    """
    if not workers:
        prepare = Preparer(recipe)
        for rows, known in tasks:
            yield rows, prepare(rows, known)
        return
    crew = [_hire(recipe) for _ in range(workers)]
    try:
        busy = deque((worker, task[0]) for worker in crew if (task := _give(worker, tasks)))
        while busy:
            worker, rows = busy.popleft()
            chunk = _receive(worker)
            if task := _give(worker, tasks):
                busy.append((worker, task[0]))
            yield rows, chunk
    finally:
        for worker in crew:
            worker.close()


def _hire(recipe: Recipe) -> Connection:
    # A new interpreter: a forked one would share open databases and locks that other threads hold.
    context = get_context("spawn")
    mine, theirs = context.Pipe()
    context.Process(target=_work, args=(theirs, recipe), daemon=True).start()
    theirs.close()
    return mine


def _give(worker: Connection, tasks: Iterator[Task]) -> Task | None:
    task = next(tasks, None)
    if task:
        worker.send(task)
    return task


def _receive(worker: Connection) -> Chunk:
    try:
        chunk = worker.recv()
    except EOFError:
        raise Unavailable(
            "import.worker_lost",
            N_("A process that prepared rows was ended from outside."),
            N_("Is there too little memory? Start the import again: it goes on where it was."),
        ) from None
    if isinstance(chunk, Exception):
        raise chunk
    assert isinstance(chunk, Chunk)
    return chunk


def _work(connection: Connection, recipe: Recipe) -> None:
    """The life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the importing process, which ends this one
    gc.set_threshold(200_000, 20, 100)  # chunks leave no cycles behind
    prepare = Preparer(recipe)
    while True:
        try:
            rows, known = connection.recv()
            result: Chunk | Exception
            try:
                result = prepare(rows, known)
            except Exception as error:  # whatever it is, it is raised in the importing process
                result = error
            connection.send(result)
        except (EOFError, OSError):
            return
