"""Time stamps that others accept: judged by OpenSSL."""

import hashlib
import itertools
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import tsp
from cryptography.hazmat.primitives.serialization import Encoding

from dangqiao.adapters.keys import SoftKeyStore
from dangqiao.adapters.timestamp import HttpTimeStamper, LocalTimeStamper
from dangqiao.core.errors import Malformed, Unavailable

NOW = datetime(2026, 3, 5, 2, 0, 0, 999999, tzinfo=UTC)
WORDS = b"words to be stamped"


@pytest.fixture
def keys(tmp_path: Path) -> SoftKeyStore:
    return SoftKeyStore(tmp_path / "secrets", "310000", "样例平台", lambda: NOW)


@pytest.fixture
def stamper(keys: SoftKeyStore) -> LocalTimeStamper:
    return LocalTimeStamper(keys.time_authority(), itertools.count(7).__next__, lambda: NOW)


def request(nonce: int | None = 2**63, words: bytes = WORDS) -> bytes:
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(words).digest()}
    asked = {"version": 1, "message_imprint": imprint, "cert_req": True}
    return bytes(tsp.TimeStampReq(asked | ({} if nonce is None else {"nonce": nonce})).dump())


def test_a_stamp_says_when_and_of_what(stamper: LocalTimeStamper) -> None:
    info = tsp.TimeStampResp.load(stamper.stamp(request()))["time_stamp_token"]["content"]["encap_content_info"]
    stamped = info["content"].parsed.native
    assert stamped["gen_time"] == NOW.replace(microsecond=0)
    assert stamped["message_imprint"]["hashed_message"] == hashlib.sha256(WORDS).digest()
    assert (stamped["nonce"], stamped["serial_number"]) == (2**63, 7)


@pytest.mark.parametrize(("words", "accepted"), [(WORDS, True), (b"other words", False)])
def test_openssl_agrees(
    words: bytes, accepted: bool, keys: SoftKeyStore, stamper: LocalTimeStamper, tmp_path: Path
) -> None:
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("openssl is not installed")
    (tmp_path / "query").write_bytes(request(words=words))
    (tmp_path / "answer").write_bytes(stamper.stamp(request()))
    (tmp_path / "root").write_bytes(keys.authority().x509.public_bytes(Encoding.PEM))
    judged = subprocess.run(
        [openssl, "ts", "-verify", "-queryfile", "query", "-in", "answer", "-CAfile", "root",
         "-attime", str(int(NOW.timestamp()))],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ("Verification: OK" in judged.stdout + judged.stderr) is accepted, judged.stderr


@pytest.mark.parametrize("asked", [b"", b"\x30\x00", b"hello"])
def test_what_is_no_request_is_refused(asked: bytes, stamper: LocalTimeStamper) -> None:
    with pytest.raises(Malformed) as caught:
        stamper.stamp(asked)
    assert caught.value.code == "timestamp.request_unreadable"


@pytest.fixture
def authority(stamper: LocalTimeStamper) -> Iterator[str]:
    """An authority on a port of its own: `/stamp` stamps, `/words` answers with something else."""

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            good = self.path == "/stamp" and self.headers["Content-Type"] == "application/timestamp-query"
            self.send_response(404 if self.path == "/nowhere" else 200)
            self.send_header("Content-Type", "application/timestamp-reply" if good else "text/html")
            self.end_headers()
            self.wfile.write(stamper.stamp(asked) if good else b"<p>")

        def log_message(self, format: str, *args: object) -> None:
            """Keeps the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_stamp_comes_over_the_wire(authority: str) -> None:
    answer = tsp.TimeStampResp.load(HttpTimeStamper(f"{authority}/stamp").stamp(request()))
    assert answer["status"]["status"].native == "granted"


@pytest.mark.parametrize("path", ["/words", "/nowhere"])
def test_an_authority_that_answers_otherwise_is_unavailable(authority: str, path: str) -> None:
    with pytest.raises(Unavailable) as caught:
        HttpTimeStamper(authority + path).stamp(request())
    assert caught.value.code == "timestamp.unavailable"


def test_an_authority_that_is_down_is_unavailable(authority: str) -> None:
    with pytest.raises(Unavailable):
        HttpTimeStamper("http://127.0.0.1:1/").stamp(request())
