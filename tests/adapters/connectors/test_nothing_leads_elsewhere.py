"""Only the host that the operator's file names is asked, within bounds; secrets and persons stay where they are."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dangqiao.adapters.connectors import http
from dangqiao.adapters.connectors.http import Http
from dangqiao.adapters.connectors.surroundings import Surroundings
from dangqiao.core.connectors import ContentUnreadable, PlatformRefused, PlatformUnreachable
from dangqiao.core.errors import Misconfigured


class Badly(BaseHTTPRequestHandler):
    """Answers as a platform should not."""

    protocol_version = "HTTP/1.1"
    seen: list[str] = []
    fails = 0

    def do_GET(self) -> None:
        self.seen.append(self.path)
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                self.close_connection = True
        elif self.path == "/shaky" and Badly.fails > 0:
            Badly.fails -= 1
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., bytes]]:
    monkeypatch.setattr(http, "PAUSES", (0.0,))
    monkeypatch.setattr(http, "LARGEST", 1 << 20)
    Badly.seen, Badly.fails = [], 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Badly)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = Http("legacy", f"http://127.0.0.1:{server.server_address[1]}/", {}, patience=5)
    yield lambda path, **more: client.ask("GET", path, **more)
    client.close()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "path", ["http://169.254.169.254/latest", "//evil.example/x", "https://127.0.0.1/", "file:///etc/passwd"]
)
def test_another_address_is_not_asked(asking: Callable[..., bytes], path: str) -> None:
    with pytest.raises(ContentUnreadable):
        asking(path)
    assert Badly.seen == []


def test_a_redirection_is_not_followed(asking: Callable[..., bytes]) -> None:
    with pytest.raises(PlatformRefused, match="redirection"):
        asking("/redirect")
    assert Badly.seen == ["/redirect"]


def test_an_endless_answer_ends(asking: Callable[..., bytes]) -> None:
    with pytest.raises(ContentUnreadable):
        asking("/endless")


def test_what_may_be_gone_the_next_time_is_tried_again(asking: Callable[..., bytes]) -> None:
    Badly.fails = 2
    assert asking("/shaky") == b"ok"
    assert len(Badly.seen) == 3
    Badly.fails = 3
    with pytest.raises(PlatformUnreachable):
        asking("/shaky")


def test_what_would_be_done_twice_is_not_tried_again(asking: Callable[..., bytes]) -> None:
    Badly.fails = 1
    with pytest.raises(PlatformUnreachable):
        asking("/shaky", patient=False)
    assert len(Badly.seen) == 1


@pytest.mark.parametrize(
    "address",
    ["http://db.example.cn/", "https://user:geheim@db.example.cn/", "ftp://db.example.cn/", "file:///etc/passwd", "x"],
)
def test_an_address_that_may_not_be_used(address: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as error:
        Surroundings(tmp_path).address(address)
    assert error.value.code == "connector.address"
    assert "geheim" not in str(error.value)


def test_plain_http_only_where_it_is_said(tmp_path: Path) -> None:
    assert Surroundings(tmp_path).address("http://127.0.0.1:8000/")
    assert Surroundings(tmp_path).address("http://10.1.2.3/", plain=True)
    assert Surroundings(tmp_path).address("https://db.example.cn/")


def test_secrets_are_files_that_only_the_node_reads(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    with pytest.raises(Misconfigured, match=r"connector\.secret_missing"):
        Surroundings(tmp_path).secret("token")
    (secrets / "token").touch(0o600)
    with pytest.raises(Misconfigured, match=r"connector\.secret_missing"):
        Surroundings(tmp_path).secret("token")
    (secrets / "token").write_text("geheim\n")
    assert Surroundings(tmp_path).secret("token") == "geheim"
    (secrets / "token").chmod(0o640)
    with pytest.raises(Misconfigured, match=r"connector\.secret_open") as error:
        Surroundings(tmp_path).secret("token")
    assert "geheim" not in str(error.value)
