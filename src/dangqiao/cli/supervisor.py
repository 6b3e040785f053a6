"""Keeps the processes of a node alive: starts them, starts them again when they die, ends them with itself."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dangqiao.apps.work.processes import environment_of_child
from dangqiao.core.errors import N_, Conflict, Unavailable

RESTART_SECONDS = (0.2, 0.5, 1, 2, 5, 10)
"""Pause before the nth restart in a row; a process that lived for a minute starts from the first again."""
STOP_SECONDS = 15
"""How long a process may take to end before it is killed."""


@dataclass
class Child:
    """A process that is to be alive. `arguments` follow `dangqiao --node DIR`."""

    name: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    not_before: float = field(default=0.0)


def supervise(
    folder: Path,
    children: list[Child],
    stop: threading.Event,
    say: Callable[[str], None],
    started: Callable[[], None],
) -> None:
    """Runs the children until `stop` is set or SIGTERM or SIGINT comes.

    Args:
        folder: the node's; logs go to `log/<name>.log`, a lock to `run/lock`.
        say: called with a line when a child had to be started again.
        started: called once the lock is held.

    Raises:
        Conflict: `node.already_running`.
    """
    for sub in ("run", "log"):
        (folder / sub).mkdir(exist_ok=True)
    with (folder / "run" / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                "node.already_running", N_("The node in {folder} is running already."), folder=folder
            ) from None
        try:
            started()
            while not stop.is_set():
                for child in children:
                    _keep_alive(folder, child, say)
                stop.wait(0.1)
        finally:
            _end(children)


def wait_for_port(host: str, port: int, seconds: float = STOP_SECONDS) -> None:
    """Waits until nobody listens there: the web server shares a taken port silently, and visitors are served by turns.

    Raises:
        Unavailable: `node.port_taken`.
    """
    deadline = time.monotonic() + seconds
    while True:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                return probe.bind((host, port))
            except OSError as error:
                if time.monotonic() > deadline:
                    raise Unavailable(
                        "node.port_taken",
                        N_("The web server cannot listen at {host}, port {port}: {problem}."),
                        N_("End the other program, or choose another port in dangqiao.toml, section [web]."),
                        host=host,
                        port=port,
                        problem=error.strerror,
                    ) from error
        time.sleep(0.2)


def _keep_alive(folder: Path, child: Child, say: Callable[[str], None]) -> None:
    moment = time.monotonic()
    if child.process is not None:
        code = child.process.poll()
        if code is None:
            return
        child.failures = 0 if moment - child.started > 60 else child.failures + 1
        pause = RESTART_SECONDS[min(child.failures, len(RESTART_SECONDS) - 1)]
        child.not_before, child.process = moment + pause, None
        with suppress(OSError):  # the disk may be full; nothing that is said is worth the node's life
            say(f"{child.name} ended ({code}); starting it again in {pause:g} s, see {folder / 'log' / child.name}.log")
    if moment < child.not_before:
        return
    child.started = moment
    try:
        child.process = _process(folder, child)
    except OSError:  # no room for its log or no memory for it: tried again, however long that lasts
        child.failures += 1
        child.not_before = moment + RESTART_SECONDS[min(child.failures, len(RESTART_SECONDS) - 1)]


def _process(folder: Path, child: Child) -> subprocess.Popen[bytes]:
    with (folder / "log" / f"{child.name}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "dangqiao", "--node", str(folder), *child.arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment_of_child(),
            start_new_session=True,  # Ctrl-C reaches the supervisor, which ends the children in order
        )


def _end(children: list[Child]) -> None:
    alive = [child.process for child in children if child.process is not None and child.process.poll() is None]
    for process in alive:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in alive:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
