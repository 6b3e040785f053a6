"""A federation with this process's test node (Shanghai) in it. The other nodes are real too, except for their apps:
they have keys, a directory and an address, and sign, seal and answer with the adapters."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

from django.conf import settings

from dangqiao.adapters.directory import TufDirectory
from dangqiao.adapters.jose.rotating import RotatingCipher
from dangqiao.adapters.keys import KeyPurpose
from dangqiao.adapters.message_wiring import countersign, envelope_cipher
from dangqiao.adapters.wiring import key_store
from dangqiao.cli.founding import found
from dangqiao.core.configuration import Configuration, parse
from dangqiao.core.federation.directory import Directory
from dangqiao.core.federation.envelope import LONGEST_LIFE, Envelope
from dangqiao.core.federation.messages import Payload, subject_of, type_of
from dangqiao.core.federation.ports import MEDIA_TYPE, MESSAGES_PATH, Kind, Signed
from dangqiao.core.federation.receipts import Receipt, ReceiptStatus, read_receipt
from dangqiao.core.federation.receiving import Message, examine, receipt_for
from tests.suite import SUITE

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = "310000", "320000", "330000", "340000"
SUITE_SECTION = f'[federation]\nsuite = "{SUITE.name}"\n'


Answer = tuple[int, bytes] | tuple[int, bytes, dict[str, str]]


@dataclass
class Peer:
    """Another member, played with its own keys. `answers` are used up one by one; then it answers as it should.

    An answer gets the sealed bytes and gives an HTTP status, a body and perhaps headers, or None to break the
    connection off.
    """

    folder: Path
    configuration: Configuration
    answers: list[Callable[[bytes], Answer | None]] = field(default_factory=list)
    got: list[bytes] = field(default_factory=list)
    pages: dict[str, Callable[[str], bytes]] = field(default_factory=dict)
    """Path → what a GET gives; it is called with the bearer token."""
    posts: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    """Path → what a POST of something else than a message gives."""
    clock_ahead: float = 0
    """Seconds by which its clock is wrong."""

    @property
    def platform(self) -> str:
        return self.configuration.node.platform

    @cached_property
    def cipher(self) -> RotatingCipher:
        return envelope_cipher(folder=self.folder, configuration=self.configuration)

    def source(self) -> TufDirectory:
        online = key_store(folder=self.folder, configuration=self.configuration).private_pem(KeyPurpose.DIRECTORY)
        sign = countersign(self.folder, self.configuration)
        return TufDirectory(self.folder / "trust", (), self.platform, online, countersign=sign)

    def directory(self) -> Directory:
        return self.source().load(datetime.now(UTC))

    def envelope(self, payload: Payload, **changes) -> Envelope:
        moment = datetime.now(UTC)
        values = {
            "id": str(uuid4()),
            "type": type_of(payload).name,
            "sender": self.platform,
            "receiver": SHANGHAI,
            "subject": subject_of(payload),
            "issued_at": moment,
            "expires_at": moment + LONGEST_LIFE,
            "data": payload.to_data(),
        }
        return Envelope(**values | changes)

    def seal(self, envelope: Envelope) -> bytes:
        key = self.directory().keys_at(datetime.now(UTC)).sealing_key(SHANGHAI)
        return self.cipher.seal(self.cipher.sign(envelope.to_bytes(), Kind.MESSAGE), key)

    def opened(self, sealed: bytes) -> Message:
        """A message of the test node as this member reads it."""
        moment = datetime.now(UTC)
        keys = self.directory().keys_at(moment)
        outcome = examine(sealed, cipher=self.cipher, keys=keys, us=self.platform, now=moment)
        assert isinstance(outcome, Message), outcome
        return outcome

    def opened_by_us(self, payload: Payload) -> Message:
        """A message of this member as a handler of the test node gets it."""
        envelope = self.envelope(payload)
        return Message(envelope, payload, Signed(envelope.to_bytes(), "", self.platform, ""))

    def read(self, receipt: bytes) -> Receipt:
        """A receipt of the test node, its signature verified by our own directory."""
        keys = self.directory().keys_at(datetime.now(UTC))
        signed = self.cipher.verify(receipt, Kind.RECEIPT, keys)
        assert signed.signer == SHANGHAI
        return read_receipt(signed.content)

    def answer(self, sealed: bytes) -> Answer | None:
        self.got.append(sealed)
        return self.answers.pop(0)(sealed) if self.answers else (200, self.receipt(sealed))

    def receipt(self, sealed: bytes, status: ReceiptStatus = ReceiptStatus.STORED) -> bytes:
        """What a node answers, signed."""
        moment = datetime.now(UTC)
        keys = self.directory().keys_at(moment)
        outcome = examine(sealed, cipher=self.cipher, keys=keys, us=self.platform, now=moment)
        receipt = receipt_for(sealed, outcome, us=self.platform, now=moment, suite=SUITE, status=status)
        return self.cipher.sign(receipt.to_bytes(), Kind.RECEIPT).encode()

    def refusal(self, sealed: bytes, code: str) -> bytes:
        """A signed refusal with a code of our choice."""
        moment = datetime.now(UTC)
        digest = SUITE.hex_digest(sealed)
        receipt = Receipt("", SHANGHAI, self.platform, digest, "", moment, ReceiptStatus.REFUSED, code, "refused")
        return self.cipher.sign(receipt.to_bytes(), Kind.RECEIPT).encode()


def _handler(peers: list[Peer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/api/v1/health":
                clock = datetime.now(UTC) + timedelta(seconds=peers[0].clock_ahead)
                said = {"platform": peers[0].platform, "time": clock.isoformat()}
                return self._reply(200, json.dumps(said).encode())
            if self.path in peers[0].pages:
                return self._reply(200, peers[0].pages[self.path](self.headers.get("Authorization", "")[7:]))
            path = peers[0].folder / "trust" / self.path.removeprefix("/directory/")
            return self._reply(200, path.read_bytes()) if path.is_file() else self._reply(404, b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path in peers[0].posts:
                return self._reply(200, peers[0].posts[self.path](body))
            assert self.path == MESSAGES_PATH
            found = peers[0].answer(body)
            if found is None:
                self.close_connection = True
                return None
            return self._reply(*found)

        def _reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", MEDIA_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments) -> None:
            """Test output stays readable."""

    return Handler


@contextmanager
def peer(folder: Path, platform: str) -> Iterator[Peer]:
    """A node's folder with a server of its own on loopback."""
    itself: list[Peer] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(itself))
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    itself.append(_made(folder, platform, server.server_port))
    try:
        yield itself[0]
    finally:
        server.shutdown()
        server.server_close()


def _made(folder: Path, platform: str, port: int) -> Peer:
    (folder / "secrets").mkdir(parents=True, mode=0o700)
    source = f'[node]\nplatform = "{platform}"\ntest = true\n{SUITE_SECTION}[web]\nport = {port}\n'
    (folder / "dangqiao.toml").write_text(source, encoding="utf-8")
    return Peer(folder, parse(source.encode()))


@contextmanager
def federation(folder: Path, *silent: str, **elsewhere: int) -> Iterator[dict[str, Peer]]:
    """Founds a federation of Shanghai, which is this process, Anhui, platforms at whose address nobody listens, and
    platforms (`p320000=port`) at whose port a test listens itself."""
    ours = Path(settings.NODE_FOLDER)
    source = f'[node]\nplatform = "{SHANGHAI}"\ntest = true\n{SUITE_SECTION}'
    (ours / "dangqiao.toml").write_text(source, encoding="utf-8")
    with peer(folder / ANHUI, ANHUI) as anhui:
        peers = {ANHUI: anhui} | {code: _made(folder / code, code, port=9) for code in silent}
        peers |= {code: _made(folder / code, code, port) for name, port in elsewhere.items() for code in [name[1:]]}
        found([ours, *(one.folder for one in peers.values())], datetime.now(UTC))
        try:
            yield peers
        finally:
            shutil.rmtree(settings.TRUST_FOLDER, ignore_errors=True)
