"""`dangqiao verify` without network: the square pattern on paper, and documents that were revoked since."""

import json
import secrets
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from dangqiao.adapters.directory.membership import found
from dangqiao.adapters.pdf.trust import load_trust
from dangqiao.adapters.status import StatementKeySigner, opened
from dangqiao.cli import cli
from dangqiao.core.federation.listing import ArchiveListing, Members, certificate
from dangqiao.core.sealing import status
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.statement import Statement, content_digest, name_digest
from tests.adapters.directory.federation import PLATFORMS, listing, member, private_pem
from tests.adapters.pdf.office import TYPESETTER, Office
from tests.core.sealing.samples import CERTIFICATE

CODE, PLACE = "31CDEFGH23456789", 99_001
NOW = datetime.now(UTC).replace(microsecond=0)


class Publisher(BaseHTTPRequestHandler):
    """Hands out one list, as a platform does."""

    token = b""

    def do_GET(self) -> None:
        """Any address."""
        self.send_response(200 if self.path == "/status/v1/0" else 404)
        self.end_headers()
        self.wfile.write(self.token)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@dataclass(frozen=True)
class Desk:
    folder: Path
    content: FrozenContent
    signer: StatementKeySigner

    @property
    def text(self) -> str:
        return self.content.qr_text()

    def verify(self, *arguments: str, stdin: str = "") -> Result:
        arguments = (*arguments, "--trust", str(self.folder / "trust"), "--json", "--language", "en")
        return CliRunner().invoke(cli, ["verify", *arguments], input=stdin)

    def codes(self, *arguments: str, stdin: str = "") -> tuple[int, list[str]]:
        result = self.verify(*arguments, stdin=stdin)
        [verdict] = json.loads(result.stdout)
        return result.exit_code, [reason["code"] for reason in verdict["reasons"]]

    def list_at(self, as_of: datetime, *revoked: int) -> bytes:
        bits = status.bits_of(revoked, 0)
        return self.signer.sign_list(status.credential("https://node.example.cn", 0, bits, as_of)).encode()

    def keep(self, token: bytes) -> None:
        (self.folder / "trust" / "status").mkdir(exist_ok=True)
        (self.folder / "trust" / "status" / "310000-0.jwt").write_bytes(token)


@pytest.fixture(scope="module")
def publisher() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()


@pytest.fixture
def desk(tmp_path: Path, publisher: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    office = Office(tmp_path / "secrets")
    office.clock.now = office.stamp_clock.now = NOW
    signer = StatementKeySigner(office.statement_pem)
    content = replace(
        CERTIFICATE,
        serial="310101-2026-A000012",
        code=CODE,
        verification_url=f"https://cx.danganju.sh.gov.cn/verify/{CODE}/",
        issued_on=NOW.astimezone(ZoneInfo("Asia/Shanghai")).date(),
        status_index=PLACE,
    )
    name, digest = name_digest(CODE, content.applicant), content_digest(content.canonical())
    statement = Statement(content.serial, 1, content.category, content.issued_on, name, digest, PLACE)
    content = replace(content, statement=signer.sign_statement(statement))
    root = certificate(office.keys.authority().certificate)
    ours = replace(
        listing("310000"),
        archives=(ArchiveListing(content.archive, content.archive_name),),
        seal_authorities=(root,),
        time_authorities=(root,),
        statement_keys=office.keys.public(NOW).statement_keys,
    )
    listings = {code: listing(code) for code in PLATFORMS} | {"310000": ours}
    roots, online = ({code: private_pem() for code in PLATFORMS} for _ in range(2))
    members = [member(code, roots[code], online[code]) for code in PLATFORMS]
    port = publisher.server_address[1]
    at = [replace(one, endpoint=f"http://127.0.0.1:{port if one.platform == '310000' else 9}") for one in members]
    found(tmp_path / "trust", Members(tuple(at)), roots, online, listings, {}, NOW)
    (tmp_path / "good.pdf").write_bytes(office.issue(content))
    return Desk(tmp_path, content, signer)


def test_the_square_pattern_alone_proves_the_main_facts(desk: Desk) -> None:
    result = desk.verify("--qr", desk.text, "--name", desk.content.applicant)
    [verdict] = json.loads(result.stdout)
    assert (result.exit_code, verdict["outcome"]) == (0, "valid")
    assert (verdict["claim"]["serial"], verdict["claim"]["archive"]) == ("310101-2026-A000012", "310101")


def test_what_a_scanner_pipes_in_is_read(desk: Desk) -> None:
    assert desk.codes("--qr", "-", stdin=desk.text + "\n")[0] == 0


def test_another_name_is_found_out_without_network(desk: Desk) -> None:
    assert desk.codes("--qr", desk.text, "--name", "别人") == (1, ["name_differs"])


@pytest.mark.parametrize("place", range(0, 250, 10))
def test_a_changed_pattern_proves_nothing(desk: Desk, place: int) -> None:
    link, _, token = desk.text.partition("#")
    changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    code, reasons = desk.codes("--qr", f"{link}#{changed}")
    assert code == 1 and reasons[0] in {"statement_forged", "statement_unreadable", "archive_unknown"}


def test_a_list_and_a_statement_do_not_pass_for_each_other(desk: Desk) -> None:
    assert desk.codes("--qr", "#" + desk.list_at(NOW).decode()[:3000])[0] == 1
    desk.keep(desk.content.statement.encode())
    assert "revocation_unknown" in desk.codes("good.pdf")[1]


def test_without_a_list_nobody_says_that_it_was_not_revoked(desk: Desk) -> None:
    assert desk.codes("good.pdf") == (0, ["sealed_and_unaltered", "test_seal", "revocation_unknown"])


def test_with_a_list_the_verdict_says_of_when_it_is(desk: Desk) -> None:
    desk.keep(desk.list_at(NOW, PLACE + 1))
    result = desk.verify("good.pdf")
    [verdict] = json.loads(result.stdout)
    assert result.exit_code == 0
    assert datetime.fromisoformat(verdict["status_as_of"]) == NOW


@pytest.mark.parametrize("what", ["file", "pattern"])
def test_a_revoked_document_is_invalid_by_the_list_alone(desk: Desk, what: str) -> None:
    desk.keep(desk.list_at(NOW, PLACE))
    assert desk.codes(*(["good.pdf"] if what == "file" else ["--qr", desk.text]))[1][0] == "revoked"


def test_an_old_list_is_said_to_be_old(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.keep(desk.list_at(NOW, PLACE + 1))
    later = NOW + timedelta(days=12)

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return later

    monkeypatch.setattr("dangqiao.cli.verify.datetime", Later)
    _code, reasons = desk.codes("--qr", desk.text)
    assert "revocation_list_old" in reasons or reasons[0] == "trust_list_expired"


@pytest.mark.parametrize("kept", ["another key's", "another platform's", "cut off"])
def test_a_list_that_the_platform_did_not_sign_is_none(desk: Desk, kept: str) -> None:
    token = desk.list_at(NOW, PLACE)
    if kept == "another key's":
        signer = StatementKeySigner(Office(desk.folder / "other").statement_pem)
        token = replace(desk, signer=signer).list_at(NOW)
    elif kept == "cut off":
        token = token[:-10]
    desk.keep(token)
    if kept == "another platform's":
        folder = desk.folder / "trust" / "status"
        (folder / "310000-0.jwt").rename(folder / "320000-0.jwt")
    assert "revocation_unknown" in desk.codes("good.pdf")[1]


def test_online_fetches_and_keeps_the_newest_list(desk: Desk) -> None:
    Publisher.token = desk.list_at(NOW, PLACE)
    assert desk.codes("good.pdf", "--online")[1][0] == "revoked"
    assert desk.codes("good.pdf")[1][0] == "revoked"
    Publisher.token = desk.list_at(NOW - timedelta(days=1))  # an older one does not take its place
    desk.codes("good.pdf", "--online")
    assert desk.codes("good.pdf")[1][0] == "revoked"


def test_a_platform_that_does_not_answer_is_named_and_the_verdict_stands(desk: Desk) -> None:
    Publisher.token = desk.list_at(NOW)
    result = desk.verify("good.pdf", "--online")
    assert result.exit_code == 0
    assert "320000" in result.stderr and "[exchange." in result.stderr


@pytest.mark.skipif(not which("zbarimg") or not which("pdftoppm"), reason="zbarimg (zbar-tools) and poppler-utils")
@pytest.mark.parametrize("host", ["http://127.0.0.1:8310", "https://cxfw.minsheng.danganju.zhejiang.gov.cn"])
def test_the_printed_pattern_is_read_at_150_dots_to_the_inch(desk: Desk, host: str) -> None:
    content = replace(desk.content, verification_url=f"{host}/verify/{CODE}/")
    page = desk.folder / "page.pdf"
    page.write_bytes(TYPESETTER.typeset(content, {}.__getitem__))
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", page, desk.folder / "page"], check=True)
    read = subprocess.run(
        ["zbarimg", "-q", "--raw", desk.folder / "page.png"], capture_output=True, text=True, check=True
    )
    assert read.stdout.strip() == content.qr_text()
    assert desk.codes("--qr", "-", stdin=read.stdout)[0] == 0


def test_statements_changed_at_random_prove_nothing_else(desk: Desk) -> None:
    [key] = load_trust(desk.folder / "trust", NOW).statement_keys["310000"]
    token, letters = desk.content.statement, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    said = opened(token, key)
    for _ in range(2000):
        place = secrets.randbelow(len(token))
        changed = token[:place] + secrets.choice(letters) + token[place + 1 :]
        assert opened(changed, key) in (None, said)
