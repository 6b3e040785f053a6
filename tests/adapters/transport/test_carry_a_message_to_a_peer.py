"""The client against a real HTTP server on loopback that misbehaves in every way we could think of."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from dangqiao.adapters.transport import NodeClient
from dangqiao.adapters.transport.http import CODES, translated
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.ports import MEDIA_TYPE, MESSAGES_PATH, OBJECTS_PATH
from dangqiao.core.federation.receipts import LARGEST_RECEIPT
from dangqiao.core.federation.refusals import REFUSALS, Fault

OBJECT = b"a scanned page" * 10_000
SHA256 = hashlib.sha256(OBJECT).hexdigest()


class Peer(BaseHTTPRequestHandler):
    """What it does stands in the first part of the path."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        manner = self.path.removesuffix(MESSAGES_PATH).strip("/")
        if manner == "echo":
            assert self.headers["Content-Type"] == MEDIA_TYPE
            self.answer(200, b"receipt for " + body)
        elif manner == "page":
            self.answer(200, b"<html>", kind="text/html")
        elif manner == "empty":
            self.answer(200, b"")
        elif manner == "endless":
            self.answer(200, b"x" * (LARGEST_RECEIPT + 1))
        elif manner == "elsewhere":
            self.answer(307, b"", location="/echo" + MESSAGES_PATH)
        elif manner == "packed":
            self.answer(200, b"\x1f\x8b", encoding="gzip")
        elif manner == "hang-up":
            self.close_connection = True
        elif manner == "lie":
            self.answer(200, b"short", length=500)
        elif manner == "gibberish":
            self.wfile.write(b"this is not HTTP\r\n\r\n")
            self.close_connection = True
        else:
            self.answer(int(manner), b"")

    def do_GET(self):
        if self.headers["Authorization"] != "Bearer token":
            return self.answer(401, b"")
        manner, _, asked = self.path.partition(OBJECTS_PATH)
        content = OBJECT[:-1] + b"?" if manner == "/changed" else OBJECT
        return self.answer(200, content) if asked == SHA256 else self.answer(404, b"")

    def answer(self, status, body, *, kind=MEDIA_TYPE, location="", encoding="", length=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if location:
            self.send_header("Location", location)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def peer():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def client():
    with NodeClient() as client:
        yield client


def refusal(act, *args, **named):
    with pytest.raises(DangqiaoError) as caught:
        act(*args, **named)
    str(caught.value)
    return caught.value.code


def test_the_receipt_comes_back_as_it_was_sent(client, peer):
    assert client.post(f"{peer}/echo/", b"sealed") == b"receipt for sealed"


@pytest.mark.parametrize(
    "manner, code",
    [
        ("500", "exchange.http_status"),
        ("404", "exchange.http_status"),
        ("204", "exchange.http_status"),
        ("page", "exchange.answer_not_readable"),
        ("empty", "exchange.answer_not_readable"),
        ("packed", "exchange.answer_not_readable"),
        ("endless", "exchange.answer_too_large"),
        ("elsewhere", "exchange.redirected"),
        ("hang-up", "exchange.broken_off"),
        ("lie", "exchange.broken_off"),
        ("gibberish", "exchange.broken_off"),
    ],
)
def test_a_peer_that_misbehaves_is_named_and_tried_again(client, peer, manner, code):
    assert refusal(client.post, f"{peer}/{manner}", b"sealed") == code
    assert REFUSALS[code].retryable


def test_a_peer_that_is_not_there(client, peer):
    assert refusal(client.post, "http://127.0.0.1:1", b"sealed") == "exchange.unreachable"


def test_a_proxy_of_the_environment_is_ignored(monkeypatch, peer):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with NodeClient() as client:
        assert client.post(f"{peer}/echo", b"sealed")


@pytest.mark.parametrize(
    "endpoint",
    ["", "ftp://x", "http://peer.example", "https://name:word@peer.example", "https://peer.example?a=", "https://[::"],
)
def test_an_address_that_no_node_should_have_is_not_asked(client, endpoint):
    assert refusal(client.post, endpoint, b"sealed") == "exchange.bad_endpoint"


def test_a_slow_answer_ends_at_the_deadline(peer):
    ticks = iter([0.0, 31.0])
    with NodeClient(clock=lambda: next(ticks)) as client:
        assert refusal(client.post, f"{peer}/echo", b"sealed") == "exchange.timeout"


def test_an_object_is_fetched_whole(client, peer, tmp_path):
    into = tmp_path / "objects" / SHA256
    assert client.fetch(peer, SHA256, token="token", into=into, limit=len(OBJECT)) == len(OBJECT)
    assert into.read_bytes() == OBJECT


@pytest.mark.parametrize(
    "place, sha256, token, limit, code",
    [
        ("", SHA256, "stolen", len(OBJECT), "exchange.object_missing"),
        ("", "0" * 64, "token", len(OBJECT), "exchange.object_missing"),
        ("/changed", SHA256, "token", len(OBJECT), "exchange.object_mismatch"),
        ("", SHA256, "token", len(OBJECT) - 1, "exchange.object_too_large"),
    ],
)
def test_an_object_that_is_not_the_right_one_leaves_no_file(client, peer, tmp_path, place, sha256, token, limit, code):
    into = tmp_path / "object"
    assert refusal(client.fetch, peer + place, sha256, token=token, into=into, limit=limit) == code
    assert list(tmp_path.iterdir()) == []


def foreign_errors():
    found = {value for value in vars(httpx).values() if isinstance(value, type) and issubclass(value, Exception)}
    assert len(found) > 25
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", foreign_errors())
def test_every_error_of_httpx_has_a_code(kind):
    error = kind.__new__(kind)
    Exception.__init__(error, "a foreign error")
    if kind is httpx.HTTPStatusError:
        error.response = httpx.Response(500)
    ours = translated(error, host="peer.example", endpoint="https://peer.example")
    assert REFUSALS[ours.code].fault in {Fault.NETWORK, Fault.RECEIVER}
    assert REFUSALS[ours.code].retryable
    assert "None" not in str(ours)


def test_the_table_names_only_known_codes():
    assert set(CODES.values()) <= REFUSALS.keys()
