"""Four real nodes, each behind a fault proxy: the address that others know is the proxy's; people go in directly."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dangqiao.cli.demo import nodes
from dangqiao.cli.founding import found
from dangqiao.core.configuration import parse
from tests.faults.proxy import FaultProxy
from tests.federation.world import FIRST_PORT, Node, World, _database, _filling, _together
from tests.suite import SUITE


@dataclass(frozen=True)
class NodeBehind(Node):
    """A node whose own address is not the one that others use."""

    @property
    def url(self) -> str:
        """Its own."""
        return f"http://127.0.0.1:{parse((self.folder / 'dangqiao.toml').read_bytes()).web.port}"


@dataclass
class FaultyWorld(World):
    """The federation, and the proxies before its nodes."""

    proxies: dict[str, FaultProxy] = None  # type: ignore[assignment]

    def injected(self) -> int:
        """Faults of the network so far."""
        return sum(sum(one.injected.values()) for one in self.proxies.values())


@contextmanager
def started(folder: Path) -> Iterator[FaultyWorld]:
    """Makes the nodes and their proxies, founds the federation over the proxies, and runs everything."""
    members: dict[str, Node] = {one.platform: NodeBehind(one.platform, one.folder) for one in nodes.nodes(folder)}
    proxies: dict[str, FaultProxy] = {}
    with ExitStack() as stack:
        steps, port = [], FIRST_PORT + 5000
        for node in members.values():
            port = nodes.free_port(port + 1)
            words = ["node", "init", str(node.folder), "--platform", node.platform, "--port", str(port), "--test"]
            words += ["--suite", SUITE.name]
            words += ["--database", stack.enter_context(_database(node.platform))]
            steps.append([sys.executable, "-m", "dangqiao", *words])
            proxies[node.platform] = proxy = FaultProxy(port)
            stack.callback(proxy.close)
        _together(steps)
        for node in members.values():
            path = node.folder / "dangqiao.toml"
            address = f'public_url = "http://127.0.0.1:{proxies[node.platform].port}"\n'
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("[web]\n", f"[web]\n{address}", 1), encoding="utf-8")
        found([node.folder for node in members.values()], datetime.now(UTC))
        _together([_filling(node) for node in members.values()])
        world = FaultyWorld(members, stack, proxies=proxies)
        world.start(list(members))
        yield world
