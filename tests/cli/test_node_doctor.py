"""The doctor names everything that is wrong, with a code and what to do; `status` says whether the node runs."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection

from dangqiao.adapters.directory import repository
from dangqiao.adapters.keys import KeyPurpose, SoftKeyStore
from dangqiao.apps.directory import services as directory
from dangqiao.apps.directory.models import Archive
from dangqiao.apps.exchange import services as exchange
from dangqiao.apps.exchange.models import SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ledger import services as ledger
from dangqiao.apps.ledger.models import Evidence
from dangqiao.apps.ports import port
from dangqiao.apps.work import services as work
from dangqiao.apps.work.models import Job
from dangqiao.cli.node.doctor import CHECKS, doctor, examine
from dangqiao.cli.node.jobs import jobs
from dangqiao.cli.node.status import status
from dangqiao.core.vocabulary.actor import operator
from tests.apps.exchange.effects import inquiry
from tests.apps.peers import ANHUI, JIANGSU, SHANGHAI, Peer, federation

pytestmark = pytest.mark.django_db
CLERK = operator("test", SHANGHAI)


def _codes() -> set[str]:
    """What is wrong, but for the web server and worker, which do not run in these tests."""
    return {one.code for _title, findings in examine(datetime.now(UTC)) for one in findings} - {"node.not_running"}


@pytest.fixture(autouse=True)
def _prepared(settings, monkeypatch) -> None:
    """A node as `node prepare` leaves it."""
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    call_command("createcachetable", verbosity=0)
    style = Path(settings.STATIC_ROOT) / "dangqiao" / "style.css"
    style.parent.mkdir(parents=True, exist_ok=True)
    style.touch()
    directory.seed_province(CLERK)


@pytest.fixture
def anhui(tmp_path) -> Iterator[Peer]:
    with federation(tmp_path) as peers:
        directory.apply(CLERK)
        yield peers[ANHUI]


def test_nothing_is_wrong_with_a_new_node_alone_or_in_a_federation(tmp_path) -> None:
    assert _codes() == set()
    with federation(tmp_path):
        directory.apply(CLERK)
        assert _codes() == set()


def test_the_exit_code_and_json_say_how_bad_it_is() -> None:
    runner = CliRunner()
    result = runner.invoke(doctor)
    assert result.exit_code == 1 and "✓ Database" in result.output and "→ Start the node" in result.output
    work.enqueue("work.tidy", key="a")
    Job.objects.update(state="dead", attempts=3, last_error="[brackets] stay")
    assert "[brackets] stay" in runner.invoke(doctor).output
    result = runner.invoke(doctor, ["--json"])
    assert result.exit_code == 2
    assert {"jobs.dead", "node.not_running"} == {one["code"] for one in json.loads(result.output)}


def test_the_words_are_chinese_where_the_terminal_is(monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "数据库" in CliRunner().invoke(doctor).output


def test_no_check_breaks_the_doctor(monkeypatch) -> None:
    def broken(moment: datetime) -> Iterator[None]:
        raise PermissionError("no")
        yield

    monkeypatch.setattr("dangqiao.cli.node.doctor.CHECKS", (*CHECKS, ("broken", broken)))
    assert _codes() == {"doctor.cannot_look"}


def test_an_address_that_others_cannot_use(settings) -> None:
    settings.NODE_IS_TEST = False
    assert _codes() == {"configuration.address_is_local"}
    settings.PUBLIC_URL = "http://archives.example.cn"
    assert _codes() == {"configuration.not_encrypted"}


def test_a_database_of_an_older_version() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'exchange'")
    assert _codes() == {"database.not_prepared"}


def test_a_key_that_others_can_read(settings) -> None:
    path = Path(settings.SECRETS_FOLDER) / "fields.json"
    path.chmod(0o644)
    try:
        assert "keys.readable_by_others" in _codes()
    finally:
        path.chmod(0o600)


@pytest.mark.parametrize("left", ["", "{}", None])
def test_keys_of_encrypted_columns_that_were_lost(settings, left) -> None:
    path = Path(settings.SECRETS_FOLDER) / "fields.json"
    kept = path.read_bytes()
    port.cache_clear()
    try:
        path.unlink() if left is None else path.write_text(left)
        assert _codes() == {"fields.keys_unreadable"}
    finally:
        path.touch(mode=0o600)
        path.write_bytes(kept)
        port.cache_clear()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (OperationalError("attempt to write a readonly database"), "machine.may_not"),
        (PermissionError(13, "Permission denied", "objects"), "machine.may_not"),
        (OperationalError("database or disk is full"), "disk.full"),
        (OSError(28, "No space left on device"), "disk.full"),
        (DatabaseError("file is not a database"), "database.damaged"),
        (OperationalError("disk I/O error"), "doctor.cannot_look"),
    ],
)
def test_what_keeps_the_doctor_from_looking_is_named(monkeypatch, said, code) -> None:
    def check(now: datetime) -> Iterator[None]:
        raise said
        yield

    monkeypatch.setattr("dangqiao.cli.node.doctor.CHECKS", (("Database", check),))
    assert _codes() == {code}


def test_keys_that_were_lost(anhui: Peer, settings) -> None:
    port("key_store").public(now())
    path = Path(settings.SECRETS_FOLDER) / "message-encryption.pem"
    kept = path.read_bytes()
    path.unlink()
    try:
        assert _codes() == {"keys.not_listed"}
    finally:
        path.write_bytes(kept)


def test_a_seal_that_ends_soon_or_has_ended(settings) -> None:
    def seal_of(years: float) -> None:
        past = datetime.now(UTC) - timedelta(days=365 * years)
        name = f"3101{int(years * 10):02d}"
        SoftKeyStore(settings.SECRETS_FOLDER, SHANGHAI, "上海市", clock=lambda: past).seal(name, "测试档案馆")

    port("key_store").authority()
    try:
        seal_of(1.95)
        assert _codes() == {"certificates.ending"}
        seal_of(2.1)
        assert _codes() == {"certificates.ending", "certificates.ended"}
    finally:
        for path in (Path(settings.SECRETS_FOLDER) / "seals").glob("*.pem"):
            path.unlink()


def test_pages_without_style(settings, tmp_path) -> None:
    settings.STATIC_ROOT = tmp_path
    assert _codes() == {"static.missing"}


def test_words_of_an_archive_that_break_a_rule(settings) -> None:
    file = Path(settings.NODE_FOLDER) / "wording.toml"
    file.write_text('[categories.marriage]\ncaution = "特此证明。"\n', encoding="utf-8")
    try:
        assert _codes() == {"deliverable.wording_concludes"}
    finally:
        file.unlink()


def test_a_directory_that_ends_soon_or_has_ended(anhui: Peer, settings) -> None:
    online = SoftKeyStore(anhui.folder / "secrets", ANHUI, "安徽省").private_pem(KeyPurpose.DIRECTORY)
    for days, codes in ((20, {"directory.ends_soon"}), (50, {"directory.none_current"})):
        repository.refresh_timestamp(settings.TRUST_FOLDER, online, datetime.now(UTC) - timedelta(days=days))
        assert _codes() == codes


def test_a_look_for_a_newer_directory_that_failed(anhui: Peer) -> None:
    (anhui.folder / "trust" / "metadata" / "timestamp.json").write_bytes(b"{}")
    work.enqueue("directory.update", key="a")
    work.drain()
    assert _codes() == {"directory.last_look_failed"}


def test_a_directory_that_says_other_things_of_this_node(anhui: Peer, settings) -> None:
    Archive.objects.filter(code="310101").update(telephone="021-1")
    assert _codes() == {"directory.listing_differs"}
    settings.PUBLIC_URL = "http://127.0.0.1:9999"
    assert _codes() == {"directory.listing_differs", "directory.address_differs"}


def test_a_member_that_is_away_and_clocks_that_differ(tmp_path) -> None:
    with federation(tmp_path, JIANGSU) as peers:
        directory.apply(CLERK)
        assert _codes() == {"peers.unreachable"}
        peers[ANHUI].clock_ahead = 400
        assert _codes() == {"peers.unreachable", "clock.differs"}


def test_messages_that_are_late_or_dead(anhui: Peer) -> None:
    late, dead = (exchange.send(ANHUI, inquiry()) for _ in range(2))
    SentMessage.objects.filter(id=late).update(created_at=now() - timedelta(hours=1))
    SentMessage.objects.filter(id=dead).update(state="dead")
    assert _codes() == {"exchange.late", "exchange.dead_letter"}


def test_jobs_that_fail_and_can_be_put_back() -> None:
    work.enqueue("work.tidy", key="a")
    Job.objects.update(attempts=5, created_at=now() - timedelta(hours=1))
    assert _codes() == {"jobs.failing"}
    Job.objects.update(state="dead")
    assert _codes() == {"jobs.dead"}
    assert "work.tidy" in CliRunner().invoke(jobs).output
    job = Job.objects.get().id
    assert CliRunner().invoke(jobs, ["--replay", str(job)]).exit_code == 0
    assert CliRunner().invoke(jobs, ["--replay", str(job)]).exit_code == 1
    assert _codes() == set() and Job.objects.get().state == "ready"


def test_evidence_that_waits_or_was_changed() -> None:
    ledger.evidence("referral.event", subject="referral:r1", digest="0" * 64, actor="node:310000")
    Evidence.objects.update(at=now() - timedelta(hours=1))
    assert _codes() == {"ledger.waits"}
    ledger.sequence()
    assert _codes() == {"ledger.rewritten"}, "its time was changed"


def test_status_says_what_runs_and_what_waits(anhui: Peer, settings) -> None:
    nobodys = settings.CONFIGURATION.web.model_copy(update={"port": 9})
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"web": nobodys})
    result = CliRunner().invoke(status, ["--json"])
    found = json.loads(result.output)
    assert result.exit_code == 1 and found["web_answers"] is False
    assert found["platform"] == "310000 上海市" and found["directory_as_of"]
    assert found["processes"] == {"node": None, "web": None, "worker": None}
    run = Path(settings.NODE_FOLDER) / "run"
    run.mkdir(exist_ok=True)
    (run / "worker.pid").write_text(str(os.getpid()))
    try:
        assert f"worker {os.getpid()}" in CliRunner().invoke(status).output
    finally:
        (run / "worker.pid").unlink()
