"""Preparing pieces in processes of their own, so that an import uses every core. Only the importing process writes.

    piece --> worker 1 --.
    piece --> worker 2 ---+--> chunks, in the order of the file --> one writer

A block of CSV travels as two numbers: each worker reads the file itself. Each has some pieces ahead, so that it goes on
while the writer is at something else, and few of them, so that memory stays flat. A worker lives on its end of a pipe:
when the importing process ends, however it ends, the pipe breaks and the worker is gone.
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, Protocol, Self

from django.conf import settings

from dangqiao.apps.holdings.features import Added, Names
from dangqiao.apps.holdings.importing.adding_up import summed
from dangqiao.apps.holdings.importing.csvfile import Block
from dangqiao.apps.holdings.importing.preparing import Chunk, Preparer, Recipe
from dangqiao.apps.holdings.importing.rows import Piece, Pieces
from dangqiao.core.errors import N_, Unavailable

WORTH = (4_000_000, 64_000_000)
"""Bytes of a file from which a first process beside this one pays, and a second. Each takes a second to start; together
they prepare rows faster than one process can write them, so that a third would wait."""
AHEAD = 4
"""Pieces that a worker may have at once; what it made of one is some 4 MB."""


def useful(size: int) -> int:
    """How many workers a file of so many bytes is worth on this machine; 0: none beside this process."""
    return sum(size >= worth for worth in WORTH) if (os.cpu_count() or 1) > 1 else 0


Task = Piece | Names


class Prepared(NamedTuple):
    """A piece, and what was made of it."""

    piece: Piece
    chunk: Chunk


class AddedUp(NamedTuple):
    """Names, and what they add."""

    names: Names
    sums: list[Added]


class Crew:
    """Prepares the pieces of a file by so many processes, or by this one, and gives them in order.

    The processes start at once, so that the file can be looked at meanwhile; `begin` says what there is to do.
    """

    def __init__(self, workers: int) -> None:
        self._workers = [_Worker() for _ in range(workers)]
        self._idle: deque[_Hand] = deque()
        """Each as often as it can take a task."""
        self._busy: deque[tuple[_Hand, Task]] = deque()
        self._names: deque[Names] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for worker in self._workers:
            worker.dismiss()

    def begin(self, recipe: Recipe, pieces: Pieces) -> None:
        """Once, before anything else."""
        self._pieces = pieces
        for worker in self._workers:
            worker.send(recipe)
        self._idle.extend([*self._workers * AHEAD] if self._workers else [_Alone(recipe)])

    def add_up(self, names: Names) -> None:
        """Lets names be added up: the sums are among the next results."""
        self._names.append(names)
        self._give()

    def results(self) -> Iterator[Prepared | AddedUp]:
        """What was made of all pieces that are left, and of names that are to be added up.

        Raises:
            Unavailable: `import.worker_lost`. What was written stays; the same import goes on when it is started again.
        """
        self._give()
        while self._busy:
            hand, task = self._busy.popleft()
            result = hand.receive()
            self._idle.append(hand)
            if isinstance(task, Block) and task.stop != result.stop:
                self._go_back(result.stop)
            self._give()
            yield AddedUp(task, result) if isinstance(task, Names) else Prepared(task, result)
            self._give()

    def _give(self) -> None:
        while self._idle and (task := self._names.popleft() if self._names else self._pieces.next()):
            hand = self._idle.popleft()
            hand.send(task)
            self._busy.append((hand, task))

    def _go_back(self, position: int) -> None:
        """A piece ended elsewhere than was thought: what the others are at begins at a wrong place."""
        for hand, task in self._busy:
            hand.receive()
            self._idle.append(hand)
            if isinstance(task, Names):
                self._names.append(task)
        self._busy.clear()
        self._pieces.go_back(position)


class _Hand(Protocol):
    """Somebody who does tasks one after another."""

    def send(self, what: Task) -> None:
        """Gives it a task."""
        ...

    def receive(self) -> Any:
        """What it made of its oldest task: a Chunk of a piece, sums of names."""
        ...


class _Alone:
    """This process."""

    def __init__(self, recipe: Recipe) -> None:
        self._do = _Doing(recipe)
        self._tasks: deque[Task] = deque()

    def send(self, what: Task) -> None:
        self._tasks.append(what)

    def receive(self) -> Any:
        return self._do(self._tasks.popleft())


class _Doing:
    """Does tasks."""

    def __init__(self, recipe: Recipe) -> None:
        self._prepare = Preparer(recipe)

    def __call__(self, task: Task) -> Chunk | list[Added]:
        return summed(task) if isinstance(task, Names) else self._prepare(task)


class _Worker:
    """One process, spoken to through its standard input and output. A new interpreter and not a fork: that would share
    open databases, and locks that other threads hold."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE},
        )

    def receive(self) -> Any:
        assert self._process.stdout
        try:
            result = pickle.load(self._process.stdout)  # noqa: S301  (our own child's)
        except (EOFError, pickle.UnpicklingError):
            raise self._lost() from None
        if isinstance(result, Exception):
            raise result
        return result

    def dismiss(self) -> None:
        """Ends it. It has nothing to finish."""
        self._process.kill()
        self._process.communicate()

    def send(self, what: Recipe | Task) -> None:
        assert self._process.stdin
        try:
            pickle.dump(what, self._process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._lost() from None

    @staticmethod
    def _lost() -> Unavailable:
        return Unavailable(
            "import.worker_lost",
            N_("A process that prepared rows was ended from outside."),
            N_("Is there too little memory? Start the import again: it goes on where it was."),
        )


def _work() -> None:
    """The life of a worker. Threads read and write, so that neither side ever waits for the other to listen."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the importing process, which ends this one
    gc.disable()  # chunks leave no cycles behind; looking for some costs as much as hashing
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library says must not get between the chunks
    tasks: SimpleQueue[Any] = SimpleQueue()
    results: SimpleQueue[bytes] = SimpleQueue()

    def read() -> None:
        while True:
            tasks.put(pickle.load(incoming))  # noqa: S301  (our own parent's)

    def write() -> None:
        while True:
            outgoing.write(results.get())
            outgoing.flush()

    for act in (read, write):
        Thread(target=_until_the_pipe_breaks, args=(act,), daemon=True).start()
    recipe, do = tasks.get(), None
    while True:
        task = tasks.get()
        result: Chunk | list[Added] | Exception
        try:
            do = do or _Doing(recipe)
            result = do(task)
        except Exception as error:  # whatever it is, it is raised in the importing process
            result = error
        results.put(pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL))


def _until_the_pipe_breaks(act: Callable[[], None]) -> None:
    try:
        act()
    except (EOFError, BrokenPipeError):
        os._exit(0)  # without flushing into a pipe that is gone


if __name__ == "__main__":
    _work()
