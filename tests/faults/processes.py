"""Other processes as the kernel shows them (Linux): who descends from whom, whose connection it is, who may write."""

import resource
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROC = Path("/proc")
GONE = (FileNotFoundError, ProcessLookupError, PermissionError)


def family(root: int | None) -> list[int]:
    """A process and all that descend from it, parents first; none if there is no such process."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(*GONE):
                # After the name, which may have anything in it: state, parent, … (proc(5))
                parent = int(
                    (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
                )
                children.setdefault(parent, []).append(int(entry.name))
    found = [root] if root and (PROC / str(root)).exists() else []
    for one in found:
        found += children.get(one, [])
    return found


def has_port(processes: Iterable[int], port: int) -> bool:
    """Whether one of the processes holds an IPv4 connection whose own port this is."""
    rows = (line.split() for line in (PROC / "net" / "tcp").read_text(encoding="utf-8").splitlines()[1:])
    sockets = {f"socket:[{row[9]}]" for row in rows if int(row[1].rpartition(":")[2], 16) == port}
    for process in processes:
        with suppress(*GONE):
            for entry in (PROC / str(process) / "fd").iterdir():
                with suppress(*GONE):
                    if str(entry.readlink()) in sockets:
                        return True
    return False


@contextmanager
def disk_full(processes: Callable[[], list[int]]) -> Iterator[None]:
    """While the processes, and those that they start, cannot write a byte into any file: RLIMIT_FSIZE is zero
    (setrlimit(2)). They see EFBIG where a full disk gives ENOSPC; SQLite, PostgreSQL and Python treat both alike. No
    privilege is needed, and no disk need be filled.

    Args:
        processes: asked again and again, because a child has the limit that its parent had when it was born.
    """
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    _all_have(processes, (0, most))
    try:
        yield
    finally:
        _all_have(processes, (most, most))


def _all_have(processes: Callable[[], list[int]], limit: tuple[int, int]) -> None:
    """Gives each process the limit, until no child is found that was born meanwhile."""
    end = time.monotonic() + 10
    while changed := [one for one in processes() if _changed(one, limit)]:
        assert time.monotonic() < end, f"{changed} go on bearing children"


def _changed(process: int, limit: tuple[int, int]) -> bool:
    with suppress(*GONE):
        return resource.prlimit(process, resource.RLIMIT_FSIZE, limit) != limit
    return False
