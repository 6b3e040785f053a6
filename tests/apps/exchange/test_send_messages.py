"""A message leaves after the commit and is delivered until the receiver's signed receipt is here."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from dangqiao.apps.exchange import queries, services
from dangqiao.apps.exchange.models import PeerState, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.work.models import Job
from dangqiao.apps.work.services import drain
from dangqiao.core.errors import Conflict
from dangqiao.core.vocabulary.actor import operator
from tests.apps.exchange.effects import inquiry, taken
from tests.apps.peers import ANHUI, JIANGSU, SHANGHAI, Peer

pytestmark = pytest.mark.django_db
CLERK = operator("test", SHANGHAI)


def _send(receiver: str = ANHUI, name: str = "王氏") -> UUID:
    with transaction.atomic():
        return services.send(receiver, inquiry(name))


def _deliver() -> SentMessage:
    """As if the pauses of waiting jobs and nodes were over."""
    Job.objects.filter(state="ready").update(run_after=now())
    PeerState.objects.update(rests_until=None)
    drain()
    return SentMessage.objects.order_by("-created_at").first()


def test_a_message_of_a_rolled_back_transaction_is_not_sent(anhui: Peer) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.send(ANHUI, inquiry())
        raise ZeroDivisionError
    drain()
    assert not SentMessage.objects.exists() and anhui.got == []
    _send()
    assert SentMessage.objects.get().sequence == 1, "no turn was lost"


def test_it_is_tried_until_a_good_receipt_is_here(anhui: Peer) -> None:
    anhui.answers = [
        lambda sealed: None,
        lambda sealed: (500, b"broken"),
        lambda sealed: (200, b"garbage"),
        lambda sealed: (200, anhui.receipt(sealed + b"x")),
        lambda sealed: (200, anhui.receipt(anhui.got[0])),
        lambda sealed: (200, anhui.refusal(sealed, "exchange.busy")),
    ]
    message, errors = _send(), []
    for _ in range(6):
        row = _deliver()
        assert row.state == "waiting"
        errors.append(Job.objects.get(key=f"deliver:{message}").last_error)
    assert errors == [
        "exchange.broken_off",
        "exchange.http_status",
        "exchange.receipt_mismatch",
        "exchange.receipt_mismatch",
        "exchange.receipt_mismatch",
        "exchange.busy",
    ]
    row = _deliver()
    assert (row.state, row.attempts, row.last_error) == ("delivered", 7, "")
    assert row.receipt and row.delivered_at
    kinds = [one.kind for one in ledger.about(f"message:{message}")]
    assert kinds == ["message.sent", "receipt.got"]
    assert len(set(anhui.got)) == 7, "sealed anew for each attempt"


def test_a_receiver_that_lost_its_key_gets_the_message_signed_and_sealed_anew(anhui: Peer) -> None:
    anhui.answers = [lambda sealed: (200, anhui.refusal(sealed, "exchange.unknown_key"))]
    message = _send()
    before = SentMessage.objects.get().content
    assert _deliver().content != before
    row = _deliver()
    assert (row.id, row.state) == (message, "delivered")
    assert Job.objects.filter(kind="directory.update").exists(), "the directory is fetched meanwhile"
    assert [one.kind for one in ledger.about(f"message:{message}")].count("message.sent") == 2


def test_a_final_refusal_is_a_dead_letter_until_an_operator_replays_it(anhui: Peer) -> None:
    anhui.answers = [lambda sealed: (200, anhui.refusal(sealed, "exchange.unknown_type"))]
    message = _send()
    assert _deliver().state == "refused"
    [letter] = queries.dead_letters()
    assert letter.id == str(message) and "exchange.unknown_type" in letter.error
    _deliver()
    assert len(anhui.got) == 1, "it rests"

    services.replay(CLERK, message)
    assert _deliver().state == "delivered" and queries.dead_letters() == []
    with pytest.raises(Conflict):
        services.replay(CLERK, message)
    way = queries.way(message)
    assert way.letter.state == "delivered" and way.receipt and way.evidence[-1][0] == "receipt.got"


def test_after_a_month_without_an_answer_it_is_given_up_and_can_still_be_replayed(anhui: Peer) -> None:
    anhui.answers = [lambda sealed: None]
    message = _send()
    SentMessage.objects.update(created_at=now() - timedelta(days=29))
    assert _deliver().state == "dead"
    assert [letter.state for letter in queries.dead_letters()] == ["dead"]
    services.replay(CLERK, message)
    assert _deliver().state == "delivered"


def test_a_silent_member_does_not_hold_up_the_others(anhui: Peer) -> None:
    _send(JIANGSU)
    _send(ANHUI)
    drain()
    assert dict(SentMessage.objects.values_list("receiver", "state")) == {JIANGSU: "waiting", ANHUI: "delivered"}
    SentMessage.objects.update(created_at=now() - timedelta(minutes=11))
    assert [letter.peer for letter in queries.late()] == [JIANGSU]


def test_a_message_to_ourselves_takes_the_same_way_without_the_wire(anhui: Peer) -> None:
    for name in ("first", "second"):
        _send(SHANGHAI, name)
    drain()
    assert taken() == ["first", "second"] and not SentMessage.objects.exists()


def test_messages_about_a_subject_are_numbered_per_receiver(anhui: Peer) -> None:
    for receiver in (ANHUI, ANHUI, JIANGSU):
        _send(receiver)
    numbers = SentMessage.objects.order_by("created_at").values_list("receiver", "sequence")
    assert list(numbers) == [(ANHUI, 1), (ANHUI, 2), (JIANGSU, 1)]
