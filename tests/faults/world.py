"""Four real nodes, each behind a fault proxy: the address that others know is the proxy's; people go in directly."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from dangqiao.apps.work.processes import running as running_pid
from dangqiao.cli.demo import nodes
from dangqiao.cli.founding import found
from dangqiao.core.configuration import parse
from tests.faults.processes import family
from tests.faults.proxy import FaultProxy
from tests.faults.server import Server
from tests.federation.world import FIRST_PORT, Node, World, _filling, _together, in_postgresql
from tests.suite import SUITE

MADE = "made"
"""File in a run's folder: its federation was founded."""


@dataclass(frozen=True)
class NodeBehind(Node):
    """A node whose own address is not the one that others use."""

    @property
    def url(self) -> str:
        """Its own."""
        return f"http://127.0.0.1:{parse((self.folder / 'dangqiao.toml').read_bytes()).web.port}"


@dataclass
class FaultyWorld(World):
    """The federation, and what is wrong with it.

    Attributes:
        proxies: before its nodes, by platform.
        server: of its databases; None: SQLite.
        passed: how far all clocks together are ahead: time that passed for the nodes alone.
    """

    proxies: dict[str, FaultProxy] = field(default_factory=dict)
    server: Server | None = None
    passed: timedelta = timedelta(0)

    def pass_time(self, by: timedelta) -> None:
        """Lets time pass for all nodes; it does not come back."""
        self.passed += by
        self._shift(timedelta(0), *self.nodes)

    def node_processes(self, platform: str) -> list[int]:
        """Of one node: its supervisor and all that it started."""
        return family(running_pid(self.nodes[platform].folder, "node"))

    def _shift(self, by: timedelta, *platforms: str) -> None:
        super()._shift(self.passed + by, *platforms)


@contextmanager
def started(folder: Path, database: str = "sqlite", passed: timedelta = timedelta(0)) -> Iterator[FaultyWorld]:
    """Makes the nodes and their proxies, founds the federation over the proxies, and runs everything. A folder with a
    federation in it is taken up again.

    Args:
        database: `sqlite`, or `postgresql`: a server of the run's own.
        passed: as of the world that was here before.
    """
    members: dict[str, Node] = {one.platform: NodeBehind(one.platform, one.folder) for one in nodes.nodes(folder)}
    proxies: dict[str, FaultProxy] = {}
    with ExitStack() as stack:
        server = Server(folder / "postgresql") if database == "postgresql" else None
        if server:
            stack.callback(server.end)
        if not (folder / MADE).exists():
            _make(members, proxies, server, stack)
            (folder / MADE).touch()
        else:
            for node in members.values():
                web = parse((node.folder / "dangqiao.toml").read_bytes())
                port = urlsplit(web.public_url).port or 0
                proxies[node.platform] = _proxy(web.web.port, stack, port)
        world = FaultyWorld(members, stack, proxies=proxies, server=server)
        world.pass_time(passed)
        world.start(list(members))
        yield world


def _proxy(target: int, stack: ExitStack, port: int = 0) -> FaultProxy:
    made = FaultProxy(target, port)
    stack.callback(made.close)
    return made


def _make(members: dict[str, Node], proxies: dict[str, FaultProxy], server: Server | None, stack: ExitStack) -> None:
    steps, port = [], FIRST_PORT + 5000
    for node in members.values():
        port = nodes.free_port(port + 1)
        words = ["node", "init", str(node.folder), "--platform", node.platform, "--port", str(port), "--test"]
        words += ["--suite", SUITE.name, "--database", _database(server, node.platform)]
        steps.append([sys.executable, "-m", "dangqiao", *words])
        proxies[node.platform] = _proxy(port, stack)
    _together(steps)
    for node in members.values():
        path = node.folder / "dangqiao.toml"
        address = f'public_url = "http://127.0.0.1:{proxies[node.platform].port}"\n'
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("[web]\n", f"[web]\n{address}", 1), encoding="utf-8")
    found([node.folder for node in members.values()], datetime.now(UTC))
    _together([_filling(node) for node in members.values()])


def _database(server: Server | None, platform: str) -> str:
    """The address of a node's database."""
    if not server:
        return "sqlite:///node.sqlite3"
    in_postgresql(server.url, f"CREATE DATABASE node_{platform}")
    return urlsplit(server.url)._replace(path=f"/node_{platform}").geturl()
