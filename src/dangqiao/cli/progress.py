"""Progress of long commands: a bar with rate and remaining time on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from dangqiao.cli.words import translate
from dangqiao.core.errors import N_

SECONDS_BETWEEN_LINES = 5.0


class Tell(Protocol):
    """Told how far the work is."""

    def __call__(self, done: float, rows: int, note: str = "") -> None:
        """`done`: 0..1; `rows`: how many rows this start has settled; `note`: a few words at the end."""
        ...


@contextmanager
def shown(title: str, *, quiet: bool = False) -> Iterator[Tell]:
    """Shows progress on standard error until the block ends."""
    console = Console(stderr=True, quiet=quiet)
    start = time.monotonic()

    def counted(rows: int) -> str:
        rate = rows / max(time.monotonic() - start, 0.001)
        return translate(N_("{rows:,} rows, {rate:,.0f}/s")).format(rows=rows, rate=rate)

    if not console.is_terminal or quiet:
        last = start

        def line(done: float, rows: int, note: str = "") -> None:
            nonlocal last
            if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
                last = time.monotonic()
                console.print(f"{title}: {done:.0%}, {counted(rows)}, {note}".rstrip(", "), highlight=False)

        yield line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(title, total=1.0, note="")

        def move(done: float, rows: int, note: str = "") -> None:
            bar.update(task, completed=done, note=f"{counted(rows)} {note}")

        yield move
