"""The demo's four nodes: made once, started each time, ended with the demo."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from dangqiao.apps.work.processes import environment_of_child
from dangqiao.core.configuration import parse
from dangqiao.core.errors import N_, Conflict, Unavailable

FIRST_PORT = 8310
MARK = ".dangqiao-demo"
"""File in a demo's folder: it was made by the demo, which may remove all in it. Locked while the demo runs."""
MADE = "demo-made"
"""File in a node's folder: its preparation came to the end."""


@dataclass(frozen=True)
class DemoNode:
    """One of the four: its platform and folder."""

    platform: str
    folder: Path

    @property
    def made(self) -> bool:
        """Whether its folder was completely prepared."""
        return (self.folder / MADE).exists()

    @property
    def url(self) -> str:
        """Its address."""
        return parse((self.folder / "dangqiao.toml").read_bytes()).public_url


PLATFORMS = ("310000", "320000", "330000", "340000")


def nodes(folder: Path) -> list[DemoNode]:
    """The four nodes below a demo's folder."""
    return [DemoNode(platform, folder / platform) for platform in PLATFORMS]


def free_port(wanted: int) -> int:
    """The first port from `wanted` on that nobody listens at."""
    for port in range(wanted, wanted + 2000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Unavailable("demo.no_port", N_("There is no free port from {wanted} on."), wanted=wanted)


def command(node: DemoNode, *arguments: str) -> list[str]:
    """The command line `dangqiao --node … arguments` of this Python."""
    return [sys.executable, "-m", "dangqiao", "--node", str(node.folder), *arguments]


@dataclass
class Chain:
    """Commands that follow one another, for one node. `then` runs in this process after the last."""

    name: str
    commands: list[list[str]]
    process: subprocess.Popen[str] | None = None


def together(chains: list[Chain], done: Callable[[str, list[str]], None], at_once: int = 2) -> None:
    """Runs chains of commands side by side; `done` hears the chain's name and each command as it ends.

    Raises:
        Unavailable: `demo.step_failed`, with the end of what the command printed.
    """
    waiting, running = list(chains), list[Chain]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(waiting.pop(0))
            for chain in list(running):
                _advance(chain, done)
                if not chain.commands and chain.process is None:
                    running.remove(chain)
    finally:
        for chain in running:
            if chain.process is not None:
                chain.process.kill()


def _advance(chain: Chain, done: Callable[[str, list[str]], None]) -> None:
    """Starts the chain's next command, or looks for a moment whether the one that runs has ended."""
    if chain.process is None:
        chain.process = subprocess.Popen(
            chain.commands[0],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment_of_child(),
        )
    try:
        output, _ = chain.process.communicate(timeout=0.05)
    except subprocess.TimeoutExpired:
        return
    if chain.process.returncode:
        raise Unavailable(
            "demo.step_failed", N_("{name} failed: {output}"), name=chain.name, output=output.strip()[-2000:]
        )
    chain.process = None
    done(chain.name, chain.commands.pop(0))


@contextmanager
def running(members: list[DemoNode]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Starts the nodes, waits until each answers, and ends them on the way out, however that is.

    Raises:
        Unavailable: `demo.node_silent`.
    """
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for node in members:
            (node.folder / "log").mkdir(exist_ok=True)
            with (node.folder / "log" / "node.log").open("ab") as log:
                started[node.platform] = subprocess.Popen(
                    command(node, "node", "run"),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=environment_of_child(),
                    start_new_session=True,
                )
        for node in members:
            wait_until_it_answers(node)
        yield started
    finally:
        for process in started.values():
            with suppress(ProcessLookupError):
                process.terminate()
        for process in started.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def wait_until_it_answers(node: DemoNode, seconds: float = 60) -> None:
    """Waits for the node's health page.

    Raises:
        Unavailable: `demo.node_silent`.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{node.url}/api/v1/health", trust_env=False, timeout=5).is_success:
                return
        time.sleep(0.1)
    raise Unavailable(
        "demo.node_silent",
        N_("The node of {platform} does not answer at {url}."),
        N_("See {log}."),
        platform=node.platform,
        url=node.url,
        log=node.folder / "log",
    )


def move_taken_ports(members: list[DemoNode]) -> bool:
    """Gives nodes whose ports are taken by now other ones; whether there was one. The directory must then say so."""
    moved, wanted = False, FIRST_PORT
    for node in members:
        path = node.folder / "dangqiao.toml"
        configured = parse(path.read_bytes()).web.port
        port = free_port(configured)
        if port != configured:
            moved, port = True, free_port(max(wanted, port))
            text = path.read_text(encoding="utf-8").replace(f"port = {configured}", f"port = {port}")
            path.write_text(text, encoding="utf-8")
        wanted = max(wanted, port + 1)
    return moved


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Has a demo's folder to oneself; makes it where there is none.

    Raises:
        Conflict: `demo.other_folder`, it has something else in it; `demo.running`, another demo uses it.
    """
    ours = not folder.exists() or not any(folder.iterdir()) or (folder / MARK).exists() or any(folder.glob(f"*/{MADE}"))
    if not ours:
        raise Conflict(
            "demo.other_folder",
            N_("{folder} has other things in it than a demo."),
            N_("Name a folder that does not exist yet: dangqiao demo --folder DIR"),
            folder=folder,
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / MARK).open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                "demo.running", N_("A demo runs in {folder} already."), N_("Stop it first, with Ctrl-C."), folder=folder
            ) from None
        yield


def clean(folder: Path) -> None:
    """Removes what is in a demo's folder."""
    if folder.exists():
        shutil.rmtree(folder)
