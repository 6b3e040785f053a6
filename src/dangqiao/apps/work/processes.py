"""Processes of a node: children die with their parent, and leave a note of who they are."""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PARENT = "DANGQIAO_PARENT"
"""Environment variable with the id of the process that a child is to end with. It is not handed on to grandchildren."""


def environment_of_child() -> dict[str, str]:
    """The environment for a child that is to end with this process."""
    return {**os.environ, PARENT: str(os.getpid())}


def die_with_parent() -> None:
    """Has the kernel end this process when its parent ends, however that comes (Linux; elsewhere: `parent_is_gone`).

    In a container the parent may well be process 1, so that is no sign of its having ended.
    """
    parent = int(os.environ.pop(PARENT, os.getppid()))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before the kernel was asked
        sys.exit(0)


def parent_is_gone(parent: int) -> bool:
    """Whether the process that started this one has ended. Polled where the kernel does not tell."""
    return os.getppid() != parent


def write_pid(folder: Path, name: str) -> None:
    """Notes this process as `run/<name>.pid` of the node."""
    path = folder / "run" / f"{name}.pid"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{os.getpid()}\n", encoding="utf-8")


def running(folder: Path, name: str) -> int | None:
    """The process id in `run/<name>.pid`, if such a process exists."""
    try:
        pid = int((folder / "run" / f"{name}.pid").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return pid if process_exists(pid) else None


def process_exists(pid: int) -> bool:
    """Whether there is a process with this id, be it somebody else's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
