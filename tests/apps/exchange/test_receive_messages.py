"""A message takes effect once and in its turn, however often and in whatever order it comes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection

from dangqiao.adapters.jose import JoseCipher
from dangqiao.adapters.keys.generations import MessageKeys
from dangqiao.apps.exchange import queries, services
from dangqiao.apps.exchange.models import ReceivedMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.work.models import Job
from dangqiao.apps.work.services import drain
from dangqiao.core.errors import Conflict, Unavailable
from dangqiao.core.federation.listing import KeyUse
from dangqiao.core.federation.ports import Kind
from dangqiao.core.federation.receipts import ReceiptStatus
from dangqiao.core.vocabulary.actor import operator
from tests.apps.exchange.effects import inquiry, repair, taken
from tests.apps.peers import JIANGSU, ZHEJIANG, Peer
from tests.suite import SUITE

CLERK = operator("test", "310000")


def _again() -> None:
    """As if the pauses of waiting jobs were over."""
    Job.objects.filter(state="ready").update(run_after=now())
    drain()


def _send(peer: Peer, **changes) -> str:
    """Delivers a message that we store; its id."""
    envelope = peer.envelope(changes.pop("payload", inquiry()), **changes)
    assert peer.read(services.receive(peer.seal(envelope))).arrived
    return envelope.id


@pytest.mark.django_db
def test_three_deliveries_of_one_message_are_one_row_and_one_effect(anhui: Peer) -> None:
    envelope = anhui.envelope(inquiry())
    receipts = [anhui.read(services.receive(anhui.seal(envelope))) for _ in range(3)]
    assert [one.status for one in receipts] == ["stored", "duplicate", "duplicate"]
    assert {one.message for one in receipts} == {envelope.id} and all(one.arrived for one in receipts)
    drain()
    assert ReceivedMessage.objects.get().state == "processed"
    assert taken() == ["王氏"]
    kinds = [one.kind for one in ledger.about(f"message:{envelope.id}")]
    assert sorted(kinds) == ["message.received", "receipt.given"]


@pytest.mark.django_db(transaction=True)
def test_the_same_message_at_the_same_moment_is_stored_once(anhui: Peer) -> None:
    envelope = anhui.envelope(inquiry())
    sealed = [anhui.seal(envelope) for _ in range(8)]
    start = threading.Barrier(len(sealed))

    def deliver(one: bytes) -> bytes:
        try:
            start.wait()
            receipt = services.receive(one)
            drain()
            return receipt
        finally:
            connection.close()

    with ThreadPoolExecutor(len(sealed)) as pool:
        statuses = sorted(anhui.read(one).status for one in pool.map(deliver, sealed))
    assert statuses == [ReceiptStatus.DUPLICATE] * 7 + [ReceiptStatus.STORED]
    _again()
    assert ReceivedMessage.objects.count() == 1 and taken() == ["王氏"]


@pytest.mark.django_db
def test_a_message_signed_anew_is_the_same_message(anhui: Peer) -> None:
    envelope = anhui.envelope(inquiry())
    services.receive(anhui.seal(envelope))
    renewed = envelope.renewed(datetime.now(UTC) + timedelta(seconds=5))
    assert anhui.read(services.receive(anhui.seal(renewed))).status == "duplicate"


@pytest.mark.django_db
def test_an_id_or_a_turn_that_was_used_is_refused(anhui: Peer) -> None:
    known = _send(anhui)
    other = anhui.envelope(inquiry("another"), id=known)
    assert anhui.read(services.receive(anhui.seal(other))).code == "exchange.id_reused"
    assert anhui.read(services.receive(anhui.seal(anhui.envelope(inquiry())))).code == "exchange.id_reused"
    assert ReceivedMessage.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"receiver": JIANGSU}, "exchange.wrong_receiver"),
        ({"sender": JIANGSU}, "exchange.sender_mismatch"),
        ({"type": "inquiry.invented.v1"}, "exchange.unknown_type"),
        ({"data": {"inquiry": "x"}}, "exchange.payload_invalid"),
        ({"issued_at": datetime.now(UTC) + timedelta(hours=1)}, "exchange.not_yet_valid"),
        (
            {"issued_at": datetime.now(UTC) - timedelta(days=9), "expires_at": datetime.now(UTC) - timedelta(days=8)},
            "exchange.expired",
        ),
        ({"expires_at": datetime.now(UTC) + timedelta(days=99)}, "exchange.lifetime_too_long"),
    ],
)
def test_what_is_not_acceptable_is_refused_with_a_signed_reason(anhui: Peer, changes, code: str) -> None:
    receipt = anhui.read(services.receive(anhui.seal(anhui.envelope(inquiry(), **changes))))
    assert (receipt.status, receipt.code) == ("refused", code)
    assert ReceivedMessage.objects.count() == 0 and Job.objects.count() == 0


@pytest.mark.django_db
def test_a_key_that_no_member_has_is_refused(anhui: Peer, tmp_path) -> None:
    stranger = MessageKeys(tmp_path / "stranger", "340000", SUITE)
    signing, opening = (stranger.own(use)[0].pem for use in (KeyUse.SIGNING, KeyUse.ENCRYPTION))
    cipher = JoseCipher(signing, [opening], SUITE)
    token = cipher.sign(anhui.envelope(inquiry()).to_bytes(), Kind.MESSAGE)
    key = anhui.directory().keys_at(datetime.now(UTC)).sealing_key(settings.PLATFORM_CODE)
    assert anhui.read(services.receive(cipher.seal(token, key))).code == "exchange.unknown_sender"


@pytest.mark.django_db
def test_a_message_sealed_for_another_member_or_broken_bytes_are_refused(anhui: Peer) -> None:
    token = anhui.cipher.sign(anhui.envelope(inquiry()).to_bytes(), Kind.MESSAGE)
    theirs = anhui.directory().keys_at(datetime.now(UTC)).sealing_key(ZHEJIANG)
    assert anhui.read(services.receive(anhui.cipher.seal(token, theirs))).code == "exchange.unknown_key"
    for sealed in (b"", b"not sealed", b"x" * 600_000):
        assert anhui.read(services.receive(sealed)).status == "refused"


@pytest.mark.django_db
def test_a_node_without_a_directory_takes_nothing() -> None:
    with pytest.raises(Unavailable):
        services.receive(b"anything")


@pytest.mark.django_db
def test_messages_about_one_subject_take_effect_in_their_order(anhui: Peer) -> None:
    _send(anhui, payload=inquiry("third"), sequence=3)
    _send(anhui, payload=inquiry("second"), sequence=2)
    drain()
    assert taken() == []
    _send(anhui, payload=inquiry("first"), sequence=1)
    for _ in range(3):
        _again()
    assert taken() == ["first", "second", "third"]


@pytest.mark.django_db
def test_another_subject_or_sender_does_not_wait(peers: dict[str, Peer]) -> None:
    anhui, jiangsu = peers["340000"], peers[JIANGSU]
    _send(anhui, payload=inquiry("late"), sequence=2)
    _send(anhui, payload=inquiry("other subject", "0d6b3c1e-0000-4000-8000-000000000002"))
    _send(jiangsu, payload=inquiry("other sender"))
    drain()
    assert sorted(taken()) == ["other sender", "other subject"]


@pytest.mark.django_db
def test_refused_content_has_no_effect_and_is_tried_again_by_an_operator(anhui: Peer) -> None:
    refused = _send(anhui, payload=inquiry("refuse"))
    _send(anhui, payload=inquiry("next"), sequence=2)
    drain()
    _again()
    assert taken() == ["next"], "one bad message does not stop those after it"
    [letter] = queries.dead_letters()
    assert (letter.id, letter.direction) == (refused, "in") and "test.refused" in letter.error

    repair()
    services.reprocess(CLERK, ReceivedMessage.objects.get(state="refused").id)
    drain()
    assert taken() == ["next", "refuse"] and queries.dead_letters() == []
    with pytest.raises(Conflict):
        services.reprocess(CLERK, ReceivedMessage.objects.first().id)


@pytest.mark.django_db
def test_a_handler_that_breaks_leaves_nothing_and_is_repeated(anhui: Peer) -> None:
    _send(anhui, payload=inquiry("break"))
    drain()
    assert taken() == [] and ReceivedMessage.objects.get().state == "stored"
    repair()
    _again()
    assert taken() == ["break"]
