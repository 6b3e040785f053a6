"""CPU time of trees of processes, from Linux's /proc: all of it, also of children that have ended since."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> tuple[int, float] | None:
    """Its parent, and its own seconds with those of children it has waited for; None if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[1]), sum(int(ticks) for ticks in fields[11:15]) / _TICKS


def parent(pid: int) -> int:
    """The process that started it."""
    found = _stat(pid)
    assert found, f"process {pid} is gone"
    return found[0]


def seconds(root: int) -> float:
    """User and system time of a process and of all below it."""
    known = {int(path.name): _stat(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
    below: dict[int, list[int]] = {}
    for pid, found in known.items():
        if found:
            below.setdefault(found[0], []).append(pid)
    waiting, total = [root], 0.0
    while waiting:
        pid = waiting.pop()
        found = known.get(pid)
        total += found[1] if found else 0.0
        waiting += below.get(pid, [])
    return total
