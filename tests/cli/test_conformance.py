"""The conformance kit, run as another province's developers would: our node passes, a bad one is told why."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from dangqiao.cli.conformance.probes import PROBES
from dangqiao.cli.demo.nodes import DemoNode, command, free_port, running
from dangqiao.cli.founding import found
from tests.federation.world import eventually

SHANGHAI, ANHUI = "310000", "340000"


class Careless(BaseHTTPRequestHandler):
    """A node that says yes to everything, unsigned."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._reply(200, b"thank you")

    def do_GET(self) -> None:
        self._reply(200, b"{}")

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Test output stays readable."""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory) -> Iterator[dict[str, DemoNode]]:
    """Shanghai runs; Anhui's folder is the kit's, and its address that of the careless node."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DJANGO_SETTINGS_MODULE", raising=False)
        folder = tmp_path_factory.mktemp("conformance")
        with ThreadingHTTPServer(("127.0.0.1", 0), Careless) as careless:
            Thread(target=careless.serve_forever, daemon=True).start()
            ports = {SHANGHAI: free_port(24300), ANHUI: careless.server_port}
            for platform, port in ports.items():
                words = ["node", "init", str(folder / platform), "--platform", platform, "--port", str(port), "--test"]
                subprocess.run([sys.executable, "-m", "dangqiao", *words], check=True, capture_output=True)
            made = {platform: DemoNode(platform, folder / platform) for platform in ports}
            found([one.folder for one in made.values()], datetime.now(UTC))
            with running([made[SHANGHAI]]):
                yield made
            careless.shutdown()


def _probe(kit: DemoNode, url: str, *options: str) -> tuple[int, str]:
    done = subprocess.run(command(kit, "conformance", url, *options), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_our_node_passes_every_probe(nodes: dict[str, DemoNode]) -> None:
    # A node signs its log within a minute of its start.
    eventually(
        lambda: _probe(nodes[ANHUI], nodes[SHANGHAI].url, "--only", "log")[0] == 0, "the log has a checkpoint", 90
    )
    code, said = _probe(nodes[ANHUI], nodes[SHANGHAI].url, "--json")
    results = json.loads(said)
    assert [one for one in results if one["failure"]] == []
    assert (code, len(results)) == (0, len(PROBES))


def test_a_node_that_does_not_keep_the_protocol_is_told_why(nodes: dict[str, DemoNode]) -> None:
    code, said = _probe(nodes[SHANGHAI], nodes[ANHUI].url, "--only", "stored", "--only", "objects", "--only", "log")
    assert code == 1 and "0 of 3 probes passed" in said
    assert "not as application/jose" in said and "docs/protocol/receipts-and-errors.md#receipt" in said
    assert "was answered with 200, not with 404" in said


def test_probes_can_be_listed_and_need_a_member(nodes: dict[str, DemoNode]) -> None:
    code, said = _probe(nodes[ANHUI], "http://127.0.0.1:1", "--list")
    assert code == 0 and all(probe.name in said for probe in PROBES)
    code, said = _probe(nodes[ANHUI], "http://127.0.0.1:1")
    assert code == 2 and "conformance.no_member" in said
