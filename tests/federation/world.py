"""Four real nodes on this machine: made once from `data`, run as processes, looked into from outside.

People act through the public pages only (`dangqiao.cli.demo.people`); databases are read, never written.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from dangqiao.adapters.clock import OFFSET_FILE
from dangqiao.apps.work.processes import running as running_pid
from dangqiao.cli.demo import nodes
from dangqiao.cli.demo.people import Person
from dangqiao.cli.founding import found
from dangqiao.core.configuration import parse
from dangqiao.core.vocabulary.suites import SuiteName
from tests.federation import data
from tests.federation.data import Human
from tests.suite import SUITE

T = TypeVar("T")

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = nodes.PLATFORMS
PASSWORD = "a-long-test-password"
BUSY = "state IN ('ready', 'running') AND key NOT LIKE 'periodic:%' AND key NOT LIKE 'lengthen:%'"
"""Jobs that somebody waits for. A sealed file is lengthened a minute after it was issued: nobody waits for that."""
FIRST_PORT = 20000 + os.getpid() % 1000 * 10
"""Several runs on one machine keep out of each other's way."""

ROLES: dict[str, tuple[tuple[str, str, str], ...]] = {
    SHANGHAI: (
        ("handler", "handler", "--archive=310101"),
        ("handler", "handler", "--archive=310104"),
        ("colleague", "handler", "--archive=310101"),
        ("clerk", "receptionist", "--point=310101-001"),
    ),
    JIANGSU: (
        ("handler", "handler", "--archive=320102"),
        ("handler", "handler", "--archive=320106"),
        ("reviewer", "reviewer", "--archive=320102"),
    ),
    ZHEJIANG: (
        ("handler", "handler", "--archive=330106"),
        ("reviewer", "reviewer", "--archive=330106"),
        ("signatory", "signatory", "--archive=330106"),
    ),
    ANHUI: (
        ("handler", "handler", "--archive=340826"),
        ("clerk", "receptionist", "--point=340826-001"),
    ),
}
"""Platform -> account, role, where."""


def eventually(look: Callable[[], T | None], what: str, seconds: float = 60) -> T:
    """What `look` gives as soon as it is not empty. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return seen


def _children_of(pid: int | None) -> list[int]:
    """Ids of the processes that a process has started, where the kernel tells them (Linux)."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in told.read_text(encoding="ascii").split()] if told.exists() else []


@dataclass(frozen=True)
class Node(nodes.DemoNode):
    """A node with its database and processes."""

    @property
    def _url(self) -> str:
        return parse((self.folder / "dangqiao.toml").read_bytes()).database.url

    @property
    def _sqlite(self) -> Path:
        return self.folder / urlsplit(self._url).path.lstrip("/")

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query gives; UUIDs as 32 hex digits on every database."""
        if self._url.startswith("sqlite"):
            connection = sqlite3.connect(self._sqlite, timeout=20)
            try:
                seen = connection.execute(sql, values).fetchall()
            finally:
                connection.close()
        else:
            seen = in_postgresql(self._url, sql.replace("%", "%%").replace("?", "%s"), values)
        return [tuple(each.hex if isinstance(each, UUID) else each for each in row) for row in seen]

    def count(self, table: str, condition: str = "1 = 1", *values: object) -> int:
        """How many rows of a table fulfil a condition."""
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {condition}", *values)[0][0])

    def has_none(self, table: str, condition: str) -> bool:
        """Whether no row of a table fulfils a condition."""
        return self.count(table, condition) == 0

    def inside(self, source: str) -> str:
        """What a piece of Python prints that runs with the node's settings: for what no page or command does."""
        words = [sys.executable, "-c", f"from dangqiao.cli import django_setup\ndjango_setup()\n{source}"]
        done = subprocess.run(
            words, env=os.environ | {"DANGQIAO_NODE": str(self.folder)}, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def doctor(self) -> list[dict[str, str]]:
        """What the doctor finds."""
        done = subprocess.run(
            nodes.command(self, "node", "doctor", "--json"), text=True, capture_output=True, check=False
        )
        findings: list[dict[str, str]] = json.loads(done.stdout)
        return findings

    def signal(self, name: str, what: signal.Signals) -> None:
        """Sends a signal to the node's `web` or `worker`."""
        pid = running_pid(self.folder, name)
        assert pid is not None, f"{name} of {self.platform} does not run"
        os.kill(pid, what)

    def kill(self) -> None:
        """`kill -9` of worker and web server at once, and of their children: one of the web server's would answer for a
        moment longer."""
        for name in ("worker", "web"):
            children = _children_of(running_pid(self.folder, name))
            self.signal(name, signal.SIGKILL)
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)

    @contextmanager
    def worker_standing_still(self) -> Iterator[None]:
        """While the worker does nothing; it is stopped between two transactions, so that it holds no lock."""

        def stands_still() -> bool:
            self.signal("worker", signal.SIGSTOP)
            if self._free():
                return True
            self.signal("worker", signal.SIGCONT)
            return False

        eventually(stands_still, "the worker stands still")
        try:
            yield
        finally:
            self.signal("worker", signal.SIGCONT)

    def _free(self) -> bool:
        """Whether no transaction is open in the database."""
        if not self._url.startswith("sqlite"):
            others = "datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            return self.has_none("pg_stat_activity", others)
        connection = sqlite3.connect(self._sqlite, timeout=0.1, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()
        return True

    def restart_worker(self) -> None:
        """Has the worker start anew, which makes it run its periodic jobs."""
        before = running_pid(self.folder, "worker")
        self.signal("worker", signal.SIGTERM)
        eventually(lambda: running_pid(self.folder, "worker") not in (None, before), "the worker is back")


@dataclass
class World:
    """The federation.

    Attributes:
        nodes: by platform.
        processes: of the nodes, by platform.
        logged_in: members of staff, by platform and account.
    """

    nodes: dict[str, Node]
    stack: ExitStack
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    logged_in: dict[tuple[str, str], Person] = field(default_factory=dict)

    def __getitem__(self, platform: str) -> Node:
        return self.nodes[platform]

    def staff(self, platform: str, account: str) -> Person:
        """A member of staff, logged in once for all tests."""
        if (platform, account) not in self.logged_in:
            person = Person(self.nodes[platform].url)
            person.staff_login(account, PASSWORD)
            self.logged_in[platform, account] = person
        return self.logged_in[platform, account]

    def citizen(self, platform: str, who: Human) -> Person:
        """Somebody at home, logged in with their phone, whose name was checked."""
        person = Person(self.nodes[platform].url)
        person.phone_login(who.phone)
        person.prove_name(who.name, who.number)
        return person

    @contextmanager
    def without(self, platform: str) -> Iterator[None]:
        """While a node is down; afterwards it is up again."""
        self.processes[platform].terminate()
        self.processes[platform].wait(30)
        try:
            yield
        finally:
            self.start([platform])

    def start(self, platforms: list[str]) -> None:
        """Starts nodes and waits until they answer; they end with the session."""
        members: list[nodes.DemoNode] = [self.nodes[platform] for platform in platforms]
        self.processes |= self.stack.enter_context(nodes.running(members))

    @contextmanager
    def later(self, **passed: float) -> Iterator[None]:
        """While the clocks of all nodes are ahead by a timedelta. Nothing must be on its way when they go back."""
        self._shift(timedelta(**passed), *self.nodes)
        try:
            yield
            self.settle()
        finally:
            self._shift(timedelta(0), *self.nodes)

    @contextmanager
    def clock_ahead(self, platform: str, **by: float) -> Iterator[None]:
        """While the clock of one node alone is ahead by a timedelta."""
        self._shift(timedelta(**by), platform)
        try:
            yield
        finally:
            self._shift(timedelta(0), platform)

    def _shift(self, by: timedelta, *platforms: str) -> None:
        for platform in platforms:
            (self.nodes[platform].folder / OFFSET_FILE).write_text(str(by.total_seconds()), encoding="utf-8")

    def settle(self) -> None:
        """Waits until no node has anything to do."""
        for node in self.nodes.values():
            eventually(partial(node.has_none, "work_job", BUSY), f"{node.platform} has nothing to do")

    def logs(self, lines: int = 30) -> str:
        """The end of all nodes' logs, and what they have still to do."""
        tails = []
        for node in self.nodes.values():
            jobs = node.rows(f"SELECT key, state, attempts, run_after, last_error FROM work_job WHERE {BUSY}")
            tails.append("\n".join([f"--- {node.platform} jobs", *map(str, jobs[:lines])]))
            for path in sorted((node.folder / "log").glob("*.log")):
                tail = path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
                tails.append("\n".join([f"--- {node.platform}/{path.name}", *tail]))
        return "\n".join(tails)


@contextmanager
def started(
    folder: Path, platforms: tuple[str, ...] = nodes.PLATFORMS, suite: SuiteName = SUITE.name
) -> Iterator[World]:
    """Makes the nodes of these platforms below `folder`, founds their federation in a suite and runs them."""
    members = {one.platform: Node(one.platform, one.folder) for one in nodes.nodes(folder) if one.platform in platforms}
    with ExitStack() as stack:
        steps, port = [], FIRST_PORT
        for node in members.values():
            port = nodes.free_port(port + 1)
            words = ["node", "init", str(node.folder), "--platform", node.platform, "--port", str(port), "--test"]
            words += ["--suite", suite]
            words += ["--database", stack.enter_context(_database(node.platform))]
            steps.append([sys.executable, "-m", "dangqiao", *words])
        _together(steps)
        found([node.folder for node in members.values()], datetime.now(UTC))
        _together([_filling(node) for node in members.values()])
        world = World(members, stack)
        world.start(list(members))
        for node in members.values():
            # What the others list is known from the first look on, for which each waits until the others answer.
            looked = "key LIKE 'periodic:directory.update:start:%' AND state = 'done'"
            eventually(partial(node.count, "work_job", looked), f"{node.platform} has looked at the directory", 120)
        yield world


def _together(commands: list[list[str]]) -> None:
    def run(words: list[str]) -> None:
        done = subprocess.run(words, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, commands))


def _filling(node: Node) -> list[str]:
    """A command that fills a node: several of `dangqiao`'s in one process, because each start takes a second."""
    data.write(node.folder / "sample", node.platform)
    with (node.folder / "dangqiao.toml").open("a", encoding="utf-8") as file:
        file.write('\n[adapters]\nclock = "dangqiao.adapters.clock.ShiftedClock"\n')
    roles = ROLES[node.platform]
    several = [["holdings", "load", str(node.folder / "sample"), "--quiet"]]
    several += [["user", "add", name, f"--password={PASSWORD}"] for name in sorted({name for name, _, _ in roles})]
    several += [["user", "grant", name, f"--role={role}", where] for name, role, where in roles]
    calls = [f"cli.main({['--node', str(node.folder), *words]!r}, standalone_mode=False)" for words in several]
    return [sys.executable, "-c", "\n".join(["from dangqiao.cli import cli", *calls])]


@contextmanager
def _database(platform: str) -> Iterator[str]:
    """A node's database: SQLite, or one of its own on the server that the environment names."""
    server = os.environ.get("DANGQIAO_TEST_DATABASE", "")
    if not server:
        yield "sqlite:///node.sqlite3"
        return
    name = f"federation_{platform}_{uuid4().hex[:8]}"
    in_postgresql(server, f"CREATE DATABASE {name}")
    parts = urlsplit(server)
    yield parts._replace(path=f"/{name}").geturl()
    in_postgresql(server, f"DROP DATABASE {name} WITH (FORCE)")


def in_postgresql(url: str, sql: str, values: tuple[object, ...] | None = None) -> list[tuple[Any, ...]]:
    """What a query gives."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(url, autocommit=True) as connection:
        done = connection.execute(sql, values)
        return list(done.fetchall()) if done.description else []
