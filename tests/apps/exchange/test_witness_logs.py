"""Members sign under each other's logs what only grew; a rewritten or dropped entry is found by the others."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.db import transaction
from django.test import Client

from dangqiao.adapters.jose import KeySigner
from dangqiao.adapters.message_wiring import note_signer
from dangqiao.apps.directory import services as directory_services
from dangqiao.apps.exchange import jobs, services, witnessing
from dangqiao.apps.exchange.models import PeerState, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.ledger import services as ledger_services
from dangqiao.apps.ledger.models import Checkpoint, Evidence, SeenCheckpoint
from dangqiao.apps.work.models import Job
from dangqiao.apps.work.services import drain
from dangqiao.cli.ledger.proving import audit, prove, seen, settle, witness
from dangqiao.cli.ledger.verifying import verify
from dangqiao.cli.node.network_checks import evidence
from dangqiao.core.errors import NotThere, Untrusted
from dangqiao.core.federation import messages
from dangqiao.core.federation.ports import LEDGER_PATH
from dangqiao.core.ledger import checkpoint as notes
from dangqiao.core.ledger.growth import Growth, judge, read_growth
from dangqiao.core.ledger.tree import TREES, Frontier, append, consistency_proof
from dangqiao.core.vocabulary.actor import operator
from tests.apps.exchange.effects import inquiry
from tests.apps.peers import ANHUI, SHANGHAI, Peer
from tests.suite import SUITE

pytestmark = pytest.mark.django_db
CLERK = operator("test", SHANGHAI)
LOG = notes.log_of(ANHUI)


class Log:
    """Anhui's log, kept honestly or not."""

    def __init__(self, anhui: Peer) -> None:
        self.anhui, self.leaves = anhui, [bytes([number]) * 32 for number in range(5)]
        self.signer = note_signer(folder=anhui.folder, configuration=anhui.configuration)

    def show(self, old: int = 0) -> None:
        """Answers the next question for `old` leaves."""
        tree = TREES[SUITE.name]
        frontier, nodes = append(Frontier(), self.leaves, tree)
        stored = {(node.level, node.index): node.hash for node in nodes}
        signed = notes.sign(notes.Checkpoint(LOG, frontier.size, frontier.root(tree), SUITE.name), self.signer)
        good = 0 < old < frontier.size
        proof = consistency_proof(old, frontier.size, lambda level, index: stored[level, index], tree) if good else []
        answer = Growth(old, signed.to_text(), tuple(proof)).to_json().encode()
        self.anhui.pages[f"{LEDGER_PATH}/{old}"] = lambda token: answer


@pytest.fixture
def log(anhui: Peer) -> Log:
    directory_services.apply(CLERK)
    return Log(anhui)


def _ours(count: int = 1) -> None:
    for _ in range(count):
        with transaction.atomic():
            services.send(ANHUI, inquiry())
    drain()
    ledger_services.sequence()


def _codes() -> set[str]:
    return {one.code for one in evidence(datetime.now(UTC))}


def test_a_log_that_grew_is_signed_and_its_owner_gets_the_line(log: Log) -> None:
    log.show()
    assert witnessing.witness(ANHUI).consistent
    log.leaves += [b"x" * 32] * 4
    log.show(old=5)
    assert witnessing.witness(ANHUI).consistent
    assert sorted(SeenCheckpoint.objects.values_list("size", flat=True)) == [5, 9]
    drain()
    said = log.anhui.opened(log.anhui.got[-1]).payload
    assert isinstance(said, messages.CheckpointCosigned) and said.size == 9
    kinds = set(Evidence.objects.filter(subject__startswith="ledger:340000").values_list("kind", flat=True))
    assert kinds == {"checkpoint.seen"} and "ledger.contradicted" not in _codes()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda leaves: [b"y" * 32, *leaves[1:], b"z" * 32], "ledger.rewritten"),
        (lambda leaves: leaves[1:] + [b"z" * 32] * 3, "ledger.rewritten"),
        (lambda leaves: leaves[:-1], "ledger.shrank"),
        (lambda leaves: [*leaves[:-1], b"y" * 32], "ledger.forked"),
    ],
)
def test_a_rewritten_dropped_or_changed_entry_is_found_kept_and_named(log: Log, change, reason: str) -> None:
    log.show()
    witnessing.witness(ANHUI)
    sent = SentMessage.objects.count()
    log.leaves = change(log.leaves)
    log.show(old=5)
    assert witnessing.witness(ANHUI).reason == reason
    assert [one.verdict for one in SeenCheckpoint.objects.order_by("seen_at")] == ["consistent", "contradicts"]
    assert SentMessage.objects.count() == sent, "it is not signed"
    assert "ledger.contradicted" in _codes()
    assert Evidence.objects.filter(kind="checkpoint.contradicted").count() == 1
    with pytest.raises(Untrusted, match=r"ledger\.contradicted"):
        CliRunner().invoke(audit, [], catch_exceptions=False)


def test_once_people_know_why_the_alarm_ends_and_the_log_is_watched_anew(log: Log) -> None:
    log.show()
    witnessing.witness(ANHUI)
    log.leaves = log.leaves[:3]  # restored from a backup
    log.show(old=5)
    assert witnessing.witness(ANHUI).contradicts
    run = CliRunner()
    said = run.invoke(settle, [ANHUI, "--reason", "restored from the backup"], catch_exceptions=False).output
    assert "1 contradictions settled" in said and "ledger.contradicted" not in _codes()
    log.leaves.append(b"x" * 32)
    log.show(old=3)
    assert witnessing.witness(ANHUI).consistent
    assert Evidence.objects.filter(kind="checkpoint.settled").exists()
    with pytest.raises(NotThere):
        run.invoke(settle, [ANHUI, "--reason", "again"], catch_exceptions=False)


def test_what_the_log_did_not_sign_proves_nothing(log: Log, anhui: Peer) -> None:
    checkpoint = notes.Checkpoint(LOG, 3, b"r" * 32, SUITE.name)
    stranger = KeySigner(LOG, Path(settings.SECRETS_FOLDER, "message-signing.pem").read_bytes(), SUITE)
    note = notes.sign(checkpoint, stranger).to_text()
    answer = Growth(0, note).to_json().encode()
    anhui.pages[f"{LEDGER_PATH}/0"] = lambda token: answer
    assert witnessing.witness(ANHUI).reason == "ledger.not_signed"
    assert not SeenCheckpoint.objects.exists()


def test_our_log_shows_others_that_it_only_grew_and_keeps_their_signatures(log: Log, anhui: Peer) -> None:
    _ours(3)
    first = _asked(0)
    _ours(4)
    old = notes.read_checkpoint(first.note).checkpoint
    growth = _asked(old.size)
    ours = log.anhui.directory().signing_keys_of(SHANGHAI)
    verifiers = witnessing.port("note_verifiers")(SHANGHAI, ours, False)
    verdict = judge(growth, notes.log_of(SHANGHAI), verifiers, old)
    assert verdict.consistent and verdict.checkpoint

    line = notes.cosign(verdict.checkpoint, _witness(anhui), 1_795_334_400).signatures[-1].to_line()
    said = messages.CheckpointCosigned(
        cosignature="2b7f0a9c-6d1e-4a37-8f52-1c9e0d4b3a66",
        size=verdict.checkpoint.checkpoint.size,
        root=verdict.checkpoint.checkpoint.root.hex(),
        line=line,
    )
    services.receive(anhui.seal(anhui.envelope(said)))
    drain()
    assert line in ledger.newest_note() or Checkpoint.objects.filter(cosignatures__witness=ANHUI).exists()
    assert ledger.last_cosigned()


def test_a_signature_that_is_not_the_members_is_refused(log: Log, anhui: Peer) -> None:
    _ours()
    row = Checkpoint.objects.order_by("-size").first()
    line = notes.cosign(notes.read_checkpoint(row.signed_note), _witness(anhui), 5).signatures[-1].to_line()
    for changes in ({"root": "0" * 64}, {"line": line.replace("340000", "330000")}):
        values = {"cosignature": "2b7f0a9c-6d1e-4a37-8f52-1c9e0d4b3a66", "size": row.size, "root": row.root}
        said = messages.CheckpointCosigned(**{**values, "line": line, **changes})
        with pytest.raises(Exception, match=r"ledger\."), transaction.atomic():
            witnessing.cosigned(anhui.opened_by_us(said))


def test_evidence_is_proved_in_a_file_and_verified_offline(log: Log, tmp_path: Path) -> None:
    _ours(5)
    message = SentMessage.objects.order_by("created_at").first()
    run, file = CliRunner(), tmp_path / "proof.json"
    told = run.invoke(prove, [f"message:{message.id}", str(file)], catch_exceptions=False).output
    assert "2 entries" in told and "inquiry" not in file.read_text()
    good = run.invoke(verify, [str(file), "--trust", str(settings.TRUST_FOLDER)], catch_exceptions=False)
    assert good.exit_code == 0 and "message.sent" in good.output and "valid" in good.output
    strict = run.invoke(verify, [str(file), "--trust", str(settings.TRUST_FOLDER), "--witnesses", "1"])
    assert strict.exit_code == 2
    file.write_text(file.read_text().replace("message.sent", "message.send"))
    assert run.invoke(verify, [str(file), "--trust", str(settings.TRUST_FOLDER)]).exit_code == 1


def test_an_auditor_brings_a_checkpoint_that_another_member_kept(log: Log, tmp_path: Path) -> None:
    _ours(3)
    kept = tmp_path / "kept.txt"
    kept.write_text(_asked(0).note, encoding="utf-8")
    _ours(2)
    run = CliRunner()
    assert run.invoke(audit, ["--against", str(kept)], catch_exceptions=False).exit_code == 0
    # Whoever rewrites the log with the node's own key signs everything anew; the kept checkpoint stays.
    Evidence.objects.filter(leaf_index=0).update(digest="f" * 64)
    _sign_everything_anew()
    assert run.invoke(audit, [], catch_exceptions=False).exit_code == 0
    with pytest.raises(Untrusted, match=r"ledger\.rewritten"):
        run.invoke(audit, ["--against", str(kept)], catch_exceptions=False)


def test_a_member_that_does_not_answer_or_has_no_log_yet_is_looked_at_next_time(log: Log) -> None:
    jobs.witness({})
    drain()
    assert not Job.objects.exclude(state="done").filter(kind="exchange.witness").exists()
    assert not SeenCheckpoint.objects.exists()
    assert not PeerState.objects.filter(platform=ANHUI, failures__gt=0).exists(), "404 is no sign of being away"
    log.show()
    jobs.witness({"peer": ANHUI})
    assert SeenCheckpoint.objects.filter(platform=ANHUI).exists()


def test_the_operator_looks_by_command(log: Log, tmp_path: Path) -> None:
    log.show()
    run = CliRunner()
    assert "only grew" in run.invoke(witness, ["--peer", ANHUI], catch_exceptions=False).output
    assert ANHUI in run.invoke(seen, ["--notes", str(tmp_path / "notes")], catch_exceptions=False).output
    assert [path.name[:8] for path in (tmp_path / "notes").iterdir()] == ["340000-5"]
    assert run.invoke(witness, ["--peer", "320000"]).exit_code == 1


def _asked(old: int) -> Growth:
    return read_growth(Client().get(f"{LEDGER_PATH}/{old}").content, old)


def _witness(peer: Peer) -> KeySigner:
    pem = (peer.folder / "secrets" / "message-signing.pem").read_bytes()
    return KeySigner(notes.log_of(peer.platform), pem, SUITE, as_witness=True)


def _sign_everything_anew() -> None:
    Checkpoint.objects.all().delete()
    ledger.TreeNode.objects.all().delete()
    for row in Evidence.objects.all():
        leaf = ledger.record_of(row).leaf_hash(TREES[SUITE.name])
        Evidence.objects.filter(id=row.id).update(leaf_index=None, leaf_hash=leaf.hex())
    while ledger_services.sequence():
        pass
    assert now()
