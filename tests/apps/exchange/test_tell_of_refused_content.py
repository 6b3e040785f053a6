"""A message that was received and then cannot be used: its sender hears so at once, and nobody waits."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from dangqiao.apps.exchange import queries, services
from dangqiao.apps.exchange.models import ReceivedMessage, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.work import services as work
from dangqiao.apps.work.models import Job
from dangqiao.apps.work.services import drain
from dangqiao.apps.work.worker import OUTGOING
from dangqiao.core.federation import messages
from tests.apps.exchange.effects import SUBJECT, inquiry
from tests.apps.peers import ANHUI, JIANGSU, SHANGHAI, Peer

pytestmark = pytest.mark.django_db
HEARD: list[tuple[str, str, str]] = []


def hear(subject: str, receiver: str, code: str) -> None:
    """What an app above is told."""
    HEARD.append((subject, receiver, code))


@pytest.fixture(autouse=True)
def told(settings) -> list[tuple[str, str, str]]:
    HEARD.clear()
    settings.REFUSAL_HANDLERS = {"inquiry.asked.v1": f"{__name__}.hear"}
    return HEARD


def _refused(message: object, **changes: object) -> messages.MessageRefused:
    values = {"subject": SUBJECT, "message": str(message), "type": "inquiry.asked.v1", "code": "lookups.unfit"}
    return messages.MessageRefused(refused_at=datetime.now(UTC), **values | changes)


def _sent() -> SentMessage:
    with transaction.atomic():
        services.send(ANHUI, inquiry())
    drain()
    return SentMessage.objects.get()


def test_the_sender_is_told_with_code_and_message(anhui: Peer) -> None:
    envelope = anhui.envelope(inquiry("refuse"))
    services.receive(anhui.seal(envelope))
    drain()
    said = anhui.opened(anhui.got[0])
    assert isinstance(said.payload, messages.MessageRefused)
    assert (said.payload.message, said.payload.code) == (envelope.id, "test.refused")
    assert (said.envelope.subject, said.envelope.reply_to) == (envelope.subject, envelope.id)
    assert "refused" in said.payload.detail


def test_a_refusal_is_not_answered_by_a_refusal(anhui: Peer, settings) -> None:
    settings.MESSAGE_HANDLERS = {"message.refused.v1": "tests.apps.exchange.test_tell_of_refused_content.cannot"}
    unknown = _refused("0198c0de-0000-7000-8000-000000000001")
    services.receive(anhui.seal(anhui.envelope(unknown, reply_to=unknown.message)))
    drain()
    assert ReceivedMessage.objects.get().state == "refused" and anhui.got == []


def cannot(message: object) -> None:
    """A handler that refuses everything."""
    raise services.refuse("exchange.not_yours", sender="x", subject="y", type="z")


def test_our_message_becomes_a_dead_letter_and_the_app_above_hears_of_it(anhui: Peer, told) -> None:
    row = _sent()
    said = anhui.envelope(_refused(row.id), reply_to=str(row.id))
    services.receive(anhui.seal(said))
    drain()
    [letter] = queries.dead_letters()
    assert (letter.id, letter.state) == (str(row.id), "refused") and "lookups.unfit" in letter.error
    assert told == [(SUBJECT, ANHUI, "lookups.unfit")]


def test_a_refusal_that_is_here_before_our_note_of_the_receipt_is_not_forgotten(anhui: Peer, told) -> None:
    with transaction.atomic():
        message = services.send(ANHUI, inquiry())
    services.receive(anhui.seal(anhui.envelope(_refused(message), reply_to=str(message))))
    work.run(work.claim("quick", but_lanes=OUTGOING))
    row = SentMessage.objects.get()
    assert row.state == "waiting" and ReceivedMessage.objects.get().state == "stored" and told == []
    drain()
    Job.objects.filter(state="ready").update(run_after=now())
    drain()
    row.refresh_from_db()
    assert row.state == "refused" and row.receipt and told == [(SUBJECT, ANHUI, "lookups.unfit")]


def test_only_the_receiver_of_a_message_can_refuse_it(anhui: Peer, peers: dict[str, Peer], told) -> None:
    row = _sent()
    said = peers[JIANGSU].envelope(_refused(row.id), reply_to=str(row.id))
    services.receive(peers[JIANGSU].seal(said))
    drain()
    assert SentMessage.objects.get().state == "delivered" and told == []


def test_a_refusal_on_the_wire_and_a_message_to_ourselves_are_told_alike(anhui: Peer, told) -> None:
    anhui.answers = [lambda sealed: (200, anhui.refusal(sealed, "exchange.unknown_type"))]
    _sent()
    assert told == [(SUBJECT, ANHUI, "exchange.unknown_type")]
    with transaction.atomic():
        services.send(SHANGHAI, inquiry("refuse"))
    drain()
    assert told[1:] == [(SUBJECT, SHANGHAI, "test.refused")]


def test_the_same_id_of_two_members_is_two_messages(anhui: Peer, peers: dict[str, Peer]) -> None:
    first = anhui.envelope(inquiry())
    second = peers[JIANGSU].envelope(inquiry(), id=first.id)
    for peer, envelope in ((anhui, first), (peers[JIANGSU], second)):
        assert peer.read(services.receive(peer.seal(envelope))).status == "stored"
    drain()
    assert ReceivedMessage.objects.filter(id=first.id, state="processed").count() == 2
