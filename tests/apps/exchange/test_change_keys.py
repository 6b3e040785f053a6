"""Message keys change, are lost, and members leave, while messages are on their way; old ones stay verifiable."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.db import transaction

from dangqiao.adapters.keys.generations import OVERLAP, MessageKeys, revoke
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.directory import services as directory_services
from dangqiao.apps.exchange import services
from dangqiao.apps.exchange.models import PeerState, ReceivedMessage, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.ledger import services as ledger_services
from dangqiao.apps.ports import port
from dangqiao.apps.work.models import Job
from dangqiao.apps.work.services import drain
from dangqiao.cli.directory import directory as command
from dangqiao.cli.founding import found
from dangqiao.core.errors import Conflict, DangqiaoError
from dangqiao.core.federation.listing import KeyUse
from dangqiao.core.federation.ports import Kind
from dangqiao.core.vocabulary.actor import operator
from tests.apps.exchange.effects import inquiry, taken
from tests.apps.peers import ANHUI, SHANGHAI, Peer
from tests.suite import SUITE

pytestmark = pytest.mark.django_db
CLERK = operator("test", SHANGHAI)


@pytest.fixture(autouse=True)
def _keys_of_this_test() -> object:
    """Other tests of this process go on with the first generation."""
    yield
    for pattern in ("message-*.*.pem", "statement.*.pem", "*.revoked"):
        for path in Path(settings.SECRETS_FOLDER).glob(pattern):
            path.unlink()


def _ours() -> MessageKeys:
    return MessageKeys(Path(settings.SECRETS_FOLDER), SHANGHAI, SUITE)


def _theirs(peer: Peer) -> MessageKeys:
    return MessageKeys(peer.folder / "secrets", peer.platform, SUITE)


def _sign_the_change(peers: dict[str, Peer]) -> None:
    """All members sign the entries as they are now, and every node takes the directory over."""
    found([Path(settings.NODE_FOLDER), *(one.folder for one in peers.values())], datetime.now(UTC))
    directory_services.apply(CLERK)


def _deliver() -> SentMessage:
    with transaction.atomic():
        services.send(ANHUI, inquiry())
    return _again()


def _again() -> SentMessage:
    Job.objects.filter(state="ready").update(run_after=now())
    PeerState.objects.update(rests_until=None)
    drain()
    return SentMessage.objects.order_by("-created_at").first()


def test_new_keys_come_into_use_when_they_are_listed_and_nothing_is_interrupted(anhui: Peer, peers) -> None:
    old = port("envelope_cipher").signing_kid
    before = _deliver()
    sealed_for_the_old_key = anhui.seal(anhui.envelope(inquiry("old")))
    ledger_services.sequence()

    made = _ours().rotate(datetime.now(UTC))
    assert port("envelope_cipher").signing_kid == old, "nobody knows the new one yet"
    assert _deliver().state == "delivered"
    _sign_the_change(peers)
    assert port("envelope_cipher").signing_kid == made[0].kid != old
    row = _deliver()
    assert row.state == "delivered" and port("envelope_cipher").signer_of(row.content) == made[0].kid
    assert anhui.directory().keys_at(datetime.now(UTC)).sealing_key(SHANGHAI).kid == made[1].kid
    for sealed in (sealed_for_the_old_key, anhui.seal(anhui.envelope(inquiry("new"), sequence=2))):
        assert anhui.read(services.receive(sealed)).status == "stored"
    drain()
    assert taken() == ["old", "new"]
    kept = port("envelope_cipher").verify(before.content, Kind.MESSAGE, directory.evidence_keys())
    assert kept.kid == old
    ledger.audit()
    with transaction.atomic():
        services.send(ANHUI, inquiry())
    ledger_services.sequence()
    ledger.audit()


def test_a_peers_new_keys_are_used_and_its_messages_of_before_are_believed(anhui: Peer, peers) -> None:
    early = anhui.seal(anhui.envelope(inquiry("early")))
    made = _theirs(anhui).rotate(datetime.now(UTC))
    _sign_the_change(peers)
    assert anhui.cipher.signing_kid == made[0].kid
    assert anhui.read(services.receive(early)).status == "stored"
    assert anhui.read(services.receive(anhui.seal(anhui.envelope(inquiry("late"), sequence=2)))).status == "stored"
    assert _deliver().state == "delivered"


def test_a_stolen_key_is_believed_no_more_and_what_it_signed_before_can_still_be_read(anhui: Peer, peers) -> None:
    services.receive(anhui.seal(anhui.envelope(inquiry("before"))))
    stolen_cipher, stolen = anhui.cipher, anhui.cipher.signing_kid
    token = stolen_cipher.sign(anhui.envelope(inquiry("forged"), sequence=2).to_bytes(), Kind.MESSAGE)
    key = anhui.directory().keys_at(datetime.now(UTC)).sealing_key(SHANGHAI)
    keys = _theirs(anhui)
    revoke(keys.series, stolen, datetime.now(UTC))
    keys.rotate(datetime.now(UTC))
    _sign_the_change(peers)
    assert anhui.read(services.receive(anhui.cipher.seal(token, key))).code == "exchange.unknown_sender"
    assert anhui.cipher.signing_kid != stolen
    drain()
    assert taken() == ["before"]


def test_a_message_that_waits_under_a_key_of_ours_that_is_revoked_is_signed_anew(anhui: Peer, peers) -> None:
    anhui.answers = [lambda sealed: None]
    row = _deliver()
    assert row.state == "waiting"
    lost = port("envelope_cipher").signing_kid
    revoke(_ours().series, lost, datetime.now(UTC))
    _ours().rotate(datetime.now(UTC))
    _sign_the_change(peers)
    _again()
    assert _again().state == "delivered"
    assert port("envelope_cipher").signer_of(SentMessage.objects.get().content) != lost


def test_a_key_whose_name_begins_with_a_dash_is_no_option(anhui: Peer, peers) -> None:
    for kid in ("-_h0mGmPXElQwR", "--h0mGmPXElQwR"):
        found = CliRunner().invoke(command, ["revoke", kid, "--yes"])
        assert isinstance(found.exception, DangqiaoError), found.output


def test_what_a_member_said_can_be_read_after_it_has_left(anhui: Peer, peers) -> None:
    directory_services.apply(CLERK)
    services.receive(anhui.seal(anhui.envelope(inquiry("said before"))))
    found(
        [Path(settings.NODE_FOLDER), *(one.folder for code, one in peers.items() if code != ANHUI)], datetime.now(UTC)
    )
    assert directory.required().member(ANHUI) is None
    drain()
    assert taken() == ["said before"] and ReceivedMessage.objects.get().state == "processed"
    with pytest.raises(DangqiaoError):
        port("envelope_cipher").verify(ReceivedMessage.objects.get().content, Kind.MESSAGE, _KeysOfNow())


class _KeysOfNow:
    def signing_key(self, kid: str) -> object:
        return directory.required().keys_at(now()).signing_key(kid)


def test_keys_are_not_changed_twice_within_the_overlap(anhui: Peer) -> None:
    keys = _ours()
    keys.rotate(datetime.now(UTC))
    with pytest.raises(Conflict):
        keys.rotate(datetime.now(UTC))
    newest, first = keys.own(KeyUse.SIGNING)
    assert first.listed.not_after == newest.listed.not_before + OVERLAP


def test_the_operator_does_it_by_command(anhui: Peer, peers) -> None:
    run = CliRunner()
    old = port("envelope_cipher").signing_kid
    assert run.invoke(command, ["rotate"]).exit_code == 0
    shown = run.invoke(command, ["keys"]).output
    assert "not yet" in shown and shown.count("signs now") == 2, "one signs messages, one statements"
    statement = port("statement_signer").signing_kid
    assert run.invoke(command, ["rotate", "--statement"]).exit_code == 0
    assert run.invoke(command, ["revoke", statement, "--yes"]).exit_code == 0
    assert run.invoke(command, ["revoke", old, "--yes"]).exit_code == 0
    _sign_the_change(peers)
    assert "revoked" in run.invoke(command, ["keys"]).output and port("envelope_cipher").signing_kid != old
    assert port("statement_signer").signing_kid != statement
    assert isinstance(run.invoke(command, ["revoke", "unknown", "--yes"]).exception, DangqiaoError)
