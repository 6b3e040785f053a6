"""Preparing pieces in processes of their own, so that an import uses every core. Only the importing process writes.

    piece --> worker 1 --.
    piece --> worker 2 ---+--> chunks, in the order of the file --> one writer

A block of CSV travels as two numbers: each worker reads the file itself. Each has one piece at a time and gets the next
before its last one is written; so memory stays flat. A worker lives on its end of a pipe: when the importing process
ends, however it ends, the pipe breaks and the worker is gone.
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Generator

from django.conf import settings

from dangqiao.apps.holdings.importing.csvfile import Block
from dangqiao.apps.holdings.importing.preparing import Chunk, Preparer, Recipe
from dangqiao.apps.holdings.importing.rows import Piece, Pieces
from dangqiao.core.errors import N_, Unavailable

WORTH = 4_000_000
"""Bytes of a file that keep one more process busy for longer than it takes to start (about a second)."""
MOST = 2
"""More do not help: writing a row takes about as long as preparing one."""


def useful(size: int) -> int:
    """How many workers a file of so many bytes is worth on this machine; 0: none beside this process."""
    return min(size // WORTH, (os.cpu_count() or 1) - 1, MOST)


def prepared(recipe: Recipe, pieces: Pieces, workers: int) -> Generator[tuple[Piece, Chunk], None, None]:
    """Prepares the pieces of a file by so many processes, or by this one, and gives them in order.

    Raises:
        Unavailable: `import.worker_lost`. What was written stays; the same import goes on when it is started again.
    """
    if not workers:
        prepare = Preparer(recipe)
        while piece := pieces.next():
            chunk = prepare(piece)
            if _ended_elsewhere(piece, chunk):
                pieces.go_back(chunk.stop)
            yield piece, chunk
        return
    crew = [_Worker(recipe) for _ in range(workers)]
    try:
        busy = deque((worker, piece) for worker in crew if (piece := worker.give(pieces)))
        while busy:
            worker, done = busy.popleft()
            chunk = worker.receive()
            idle = [worker]
            if _ended_elsewhere(done, chunk):
                # What the others are at begins at a wrong place.
                for other, _piece in busy:
                    other.receive()
                    idle.append(other)
                busy.clear()
                pieces.go_back(chunk.stop)
            busy.extend((one, piece) for one in idle if (piece := one.give(pieces)))
            yield done, chunk
    finally:
        for worker in crew:
            worker.dismiss()


def _ended_elsewhere(piece: Piece, chunk: Chunk) -> bool:
    return isinstance(piece, Block) and piece.stop != chunk.stop


class _Worker:
    """One process, spoken to through its standard input and output. A new interpreter and not a fork: that would share
    open databases, and locks that other threads hold."""

    def __init__(self, recipe: Recipe) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE},
        )
        self._send(recipe)

    def give(self, pieces: Pieces) -> Piece | None:
        """Gives it the next piece, if there is one."""
        piece = pieces.next()
        if piece:
            self._send(piece)
        return piece

    def receive(self) -> Chunk:
        """What it made of its piece."""
        assert self._process.stdout
        try:
            result = pickle.load(self._process.stdout)  # noqa: S301  (our own child's)
        except (EOFError, pickle.UnpicklingError):
            raise self._lost() from None
        if isinstance(result, Exception):
            raise result
        assert isinstance(result, Chunk)
        return result

    def dismiss(self) -> None:
        """Ends it. It has nothing to finish."""
        self._process.kill()
        self._process.communicate()

    def _send(self, what: Recipe | Piece) -> None:
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
    """The life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the importing process, which ends this one
    gc.disable()  # chunks leave no cycles behind; looking for some costs as much as hashing
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library says must not get between the chunks
    try:
        recipe, prepare = pickle.load(incoming), None  # noqa: S301  (our own parent's)
        while True:
            piece = pickle.load(incoming)  # noqa: S301
            result: Chunk | Exception
            try:
                prepare = prepare or Preparer(recipe)
                result = prepare(piece)
            except Exception as error:  # whatever it is, it is raised in the importing process
                result = error
            pickle.dump(result, outgoing, protocol=pickle.HIGHEST_PROTOCOL)
            outgoing.flush()
    except (EOFError, BrokenPipeError):
        os._exit(0)  # without flushing into a pipe that is gone


if __name__ == "__main__":
    _work()
