"""CPU, rate and delay of messages between two real nodes, and a bare HTTP POST of the same bytes beside them.

    python -m benchmarks.exchange [--messages N] [--seconds S] [--rate R] [--folder DIR] [--profile DIR]
    python tools/with_postgresql.py python -m benchmarks.exchange

Two nodes with all their processes: node A sends probes that weigh as much as a referral; node B stores them, signs
receipts and lets them take effect (a probe has none). First as fast as it goes, then so many a second. All that the
processes did from the first message until both logs had all evidence counts: signing, sealing, the databases' clients,
delivering, verifying, receipts, the log, periodic work. The database server's CPU is told apart; SQLite has none.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from benchmarks.exchange import cpu
from dangqiao.adapters.transport import NodeClient
from dangqiao.apps.work.processes import running as pid_of
from dangqiao.cli.demo import nodes
from dangqiao.cli.founding import found
from tests.federation.world import Node, _database

ROOT = Path(__file__).parents[2]
WARM_UP = 200
"""Messages before the first that counts."""


@dataclass(frozen=True)
class Spent:
    """Seconds of CPU so far. Of a node as a whole, its supervisor counts too."""

    node_a: float
    node_b: float
    web_a: float
    worker_a: float
    web_b: float
    worker_b: float
    database: float

    def since(self, before: "Spent") -> "Spent":
        """The difference."""
        return Spent(*(getattr(self, name) - getattr(before, name) for name in self.__dataclass_fields__))


class Pair:
    """Two nodes that run, and somebody who sends at the first."""

    def __init__(self, a: Node, b: Node, stack: ExitStack) -> None:
        self.a, self.b = a, b
        url = os.environ.get("DANGQIAO_TEST_DATABASE", "")
        self._server = _postmaster(url)
        words = [sys.executable, "-m", "benchmarks.exchange.sender", b.platform]
        environment = os.environ | {"DANGQIAO_NODE": str(a.folder)}
        self._sender = stack.enter_context(
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
        )
        stack.callback(self._sender.kill)

    def ask(self, **asked: object) -> object:
        """What the sender answers."""
        assert self._sender.stdin and self._sender.stdout
        self._sender.stdin.write(json.dumps(asked) + "\n")
        self._sender.stdin.flush()
        return json.loads(self._sender.stdout.readline())

    def spent(self) -> Spent:
        """CPU so far."""
        both = (self.a.folder, self.b.folder)
        pids = [pid_of(folder, "node") for folder in both]
        pids += [pid_of(folder, name) for folder in both for name in ("web", "worker")]
        assert all(pids), "a process of a node is gone"
        seconds = [cpu.seconds(pid or 0) for pid in pids]
        return Spent(*[*seconds, cpu.seconds(self._server) if self._server else 0.0])

    def settle(self) -> None:
        """Waits until every message has been delivered, has taken effect and is in both logs."""
        end = time.monotonic() + 600
        for node, table, condition in (
            (self.a, "exchange_sentmessage", "state = 'waiting'"),
            (self.b, "exchange_receivedmessage", "state = 'stored'"),
            (self.a, "ledger_evidence", "leaf_index IS NULL"),
            (self.b, "ledger_evidence", "leaf_index IS NULL"),
        ):
            while node.rows(f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1"):
                assert time.monotonic() < end, f"{node.platform}: {table} does not settle"
                time.sleep(0.05)

    def measure(self, count: int, rate: float) -> dict[str, float]:
        """Sends so many and gives the figures."""
        known, before, began = self._last(), self.spent(), time.time()
        sender = self.ask(send=count, rate=rate)
        assert isinstance(sender, float)
        self.settle()
        spent = self.spent().since(before)
        delays, last = self._delays(known)
        assert len(delays) == count, f"{len(delays)} of {count} delivered"
        whole = sender + spent.node_a + spent.node_b
        return {
            "messages": count,
            "asked a second": rate,
            "delivered a second": count / (last - began),
            "CPU ms a message, both nodes": whole / count * 1000,
            "  sending process": sender / count * 1000,
            "  worker of the sender": spent.worker_a / count * 1000,
            "  web server of the sender": spent.web_a / count * 1000,
            "  web server of the receiver": spent.web_b / count * 1000,
            "  worker of the receiver": spent.worker_b / count * 1000,
            "CPU ms a message, database server": spent.database / count * 1000,
            "delay ms, p50": statistics.median(delays) * 1000,
            "delay ms, p95": statistics.quantiles(delays, n=20)[18] * 1000,
        }

    def _last(self) -> str:
        return str(self.a.rows("SELECT max(created_at) FROM exchange_sentmessage")[0][0] or "")

    def _delays(self, known: str) -> tuple[list[float], float]:
        """Seconds from the sending to the stored receipt, and when the last was here."""
        rows = self.a.rows("SELECT created_at, delivered_at FROM exchange_sentmessage WHERE state = 'delivered'")
        pairs = [(_moment(one), _moment(two)) for one, two in rows if str(one) > known]
        return [(two - one).total_seconds() for one, two in pairs], max(two for _, two in pairs).timestamp()


def _postmaster(url: str) -> int:
    """The process id of the database server, 0 for none."""
    if not url:
        return 0
    with import_module("psycopg").connect(url) as connection:
        return cpu.parent(connection.execute("SELECT pg_backend_pid()").fetchone()[0])


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)


@contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    """Makes two nodes and runs them."""
    made = [Node(platform, folder / platform) for platform in nodes.PLATFORMS[:2]]
    with ExitStack() as stack:
        port = 21000
        for node in made:
            port = nodes.free_port(port + 1)
            words = ["node", "init", str(node.folder), "--platform", node.platform, "--port", str(port), "--test"]
            words += ["--database", stack.enter_context(_database(node.platform))]
            subprocess.run([sys.executable, "-m", "dangqiao", *words], check=True, capture_output=True)
        found([node.folder for node in made], datetime.now(UTC))
        stack.enter_context(nodes.running(list(made)))
        yield Pair(made[0], made[1], stack)


def bare(sealed: bytes, count: int) -> dict[str, float]:
    """The same bytes posted one after another over one connection to a trivial view, granian as a node runs it."""
    port = nodes.free_port(22000)
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "1"]
    words += ["--blocking-threads", "4", "--log-level", "error", "benchmarks.exchange.bare:application"]
    server = subprocess.Popen(words, cwd=ROOT)
    try:
        with NodeClient() as client:
            address = f"http://127.0.0.1:{port}"
            _until_it_answers(client, address, sealed)
            before, here, began = cpu.seconds(server.pid), time.process_time(), time.monotonic()
            for _ in range(count):
                client.post(address, sealed)
            spent, here = cpu.seconds(server.pid) - before, time.process_time() - here
            seconds = time.monotonic() - began
    finally:
        server.terminate()
        server.wait(20)
    return {
        "bytes": len(sealed),
        "posts a second": count / seconds,
        "CPU ms a post": (spent + here) / count * 1000,
        "  server": spent / count * 1000,
        "  client": here / count * 1000,
    }


def _until_it_answers(client: NodeClient, address: str, sealed: bytes) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            client.post(address, sealed)
            return
        except Exception:
            assert time.monotonic() < end, "the bare server does not answer"
            time.sleep(0.1)


def main() -> None:
    """Measures and prints."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--messages", type=int, default=3000, help="as fast as it goes")
    asked.add_argument("--rate", type=float, default=100, help="messages a second in the second part")
    asked.add_argument("--seconds", type=float, default=30, help="how long the second part takes")
    asked.add_argument("--folder", type=Path, help="where the nodes are made; a temporary folder if left out")
    asked.add_argument("--profile", type=Path, help="profiles of all threads are written there; the figures mislead")
    given = asked.parse_args()
    if given.profile:
        given.profile.mkdir(parents=True, exist_ok=True)
        os.environ["DANGQIAO_PROFILE"] = str(given.profile.resolve())
        os.environ["PYTHONPATH"] = str(Path(__file__).parent / "profiling")
    folder = given.folder or Path(tempfile.mkdtemp(prefix="dangqiao-exchange-"))
    kind = "PostgreSQL" if os.environ.get("DANGQIAO_TEST_DATABASE") else "SQLite"
    try:
        with pair(folder) as two:
            two.ask(send=WARM_UP, rate=0)
            two.settle()
            tell(f"{kind}, as fast as it goes", two.measure(given.messages, 0))
            if given.seconds:
                paced = two.measure(int(given.rate * given.seconds), given.rate)
                tell(f"{kind}, {given.rate:g} a second asked for", paced)
            sealed = str(two.ask(sealed=True)).encode()
        tell("bare HTTP POST of the same bytes", bare(sealed, given.messages))
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tell(title: str, figures: dict[str, float]) -> None:
    """Prints a table."""
    print(f"\n{title}")
    for name, value in figures.items():
        print(f"  {name:<36}{value:>10.2f}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
