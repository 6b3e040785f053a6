"""The fault proxy itself: each fault is what its name says."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.faults.proxy import Fault, FaultProxy

BODY = b"an answer of some length"


class Counting(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    got: list[bytes] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) < int(self.headers["Content-Length"]):
            return
        self.got.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    Counting.got = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = FaultProxy(server.server_address[1])
    yield made
    made.close()
    server.shutdown()
    server.server_close()


def ask(proxy: FaultProxy) -> bytes:
    return httpx.post(f"http://127.0.0.1:{proxy.port}/", content=b"x" * 1000, timeout=2, trust_env=False).content


def test_without_a_fault_everything_gets_through(proxy: FaultProxy) -> None:
    assert ask(proxy) == BODY
    assert not proxy.injected


@pytest.mark.parametrize(
    ("fault", "effects"),
    [
        (Fault.DROP, 0),
        (Fault.HALF_OPEN, 0),
        (Fault.TRUNCATED_REQUEST, 0),
        (Fault.TRUNCATED_ANSWER, 1),
        (Fault.LOST_ANSWER, 1),
    ],
)
def test_a_fault_that_the_caller_notices(proxy: FaultProxy, fault: Fault, effects: int) -> None:
    proxy.inject(fault)
    with pytest.raises(httpx.TransportError):
        ask(proxy)
    assert (len(Counting.got), proxy.injected[fault]) == (effects, 1)
    assert ask(proxy) == BODY


@pytest.mark.parametrize(("fault", "effects"), [(Fault.LATENCY, 1), (Fault.DUPLICATE, 2), (Fault.OVERTAKEN, 1)])
def test_a_fault_that_the_caller_does_not_notice(proxy: FaultProxy, fault: Fault, effects: int) -> None:
    proxy.inject(fault)
    assert ask(proxy) == BODY
    assert len(Counting.got) == effects


def test_a_partition_lets_nobody_through_until_it_heals(proxy: FaultProxy) -> None:
    proxy.parted = True
    with pytest.raises(httpx.TransportError):
        ask(proxy)
    proxy.heal()
    assert ask(proxy) == BODY
    assert proxy.injected["partition"] == 1
