"""Many large transactions one after another, beside those who serve.

SQLite writes everything twice: into its log, and back from there into the database. Whoever commits when the log is
long writes it back, and waits for the disk; here a thread does it meanwhile, with a connection of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Thread
from time import sleep

from django.db import DatabaseError, connection

PAUSE = 0.002
"""Seconds between transactions: the write lock is not fair, and others wait for as long as nobody pauses."""
_ROWS = 150_000
"""Rows that were written when the log is written back."""
_MOST = 1 << 17
"""Pages in the log when a commit writes it back in spite of that: a gibibyte."""


@contextmanager
def loading() -> Iterator[Callable[[], None]]:
    """Makes this connection fit for many large transactions that can be repeated: on SQLite commits are not synced one
    by one, and rows that we have composed ourselves are not read once more to see whether their JSON is JSON (a sixth
    of what a row costs). What is committed afterwards is synced with all that went before.

    Yields:
        what is to be called between any two of them.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield _nothing
        return
    fit = {"synchronous": 1, "ignore_check_constraints": 1, "wal_autocheckpoint": _MOST}
    before = {pragma: _asked(f"PRAGMA {pragma}") for pragma in fit}
    _set(fit)
    writing = _WritingBack()
    try:
        yield writing.between
    finally:
        writing.wait()
        _set(before)


def _nothing() -> None:
    """Nobody has to wait."""


class _WritingBack:
    """Writes the log back each time that much was written."""

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._rows = _rows_written()

    def between(self) -> None:
        """Lets others write, and begins or ends writing back."""
        sleep(PAUSE)
        if self._thread is None:
            if _rows_written() - self._rows >= _ROWS:
                self._rows = _rows_written()
                self._thread = Thread(target=_apart, name="write-back")
                self._thread.start()
        elif not self._thread.is_alive():
            _written_back()  # what came meanwhile: little, and the log begins anew instead of growing on
            self._thread = None

    def wait(self) -> None:
        """Until nobody else uses the database for this."""
        if self._thread is not None:
            self._thread.join()


def _apart() -> None:
    with suppress(DatabaseError):  # what cannot be written back stays in the log, and the next commit says so
        _written_back()
    connection.close()


def _written_back() -> None:
    _asked("PRAGMA wal_checkpoint(PASSIVE)")


def _rows_written() -> int:
    """By this connection since it was opened."""
    rows: int = connection.connection.total_changes
    return rows


def _set(pragmas: Mapping[str, int]) -> None:
    for pragma, value in pragmas.items():
        _asked(f"PRAGMA {pragma}={value:d}")


def _asked(pragma: str) -> int:
    """The first number of the answer; 0 if there is none."""
    with connection.cursor() as cursor:
        row = cursor.execute(pragma).fetchone()
    return int(row[0]) if row else 0
