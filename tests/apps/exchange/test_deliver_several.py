"""Messages for one node leave together; what comes of each is its own."""

from uuid import UUID

import pytest
from django.db import connection, transaction

from dangqiao.apps.exchange import delivering, services
from dangqiao.apps.exchange.models import PeerState, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.suite import suite
from dangqiao.apps.work import services as work
from dangqiao.apps.work.models import Job
from tests.apps.exchange.effects import inquiry
from tests.apps.peers import ANHUI, Peer

pytestmark = pytest.mark.django_db


def _send(count: int) -> list[UUID]:
    with transaction.atomic():
        subjects = [f"0d6b3c1e-0000-4000-8000-{number:012d}" for number in range(count)]
        return [services.send(ANHUI, inquiry(subject=subject)) for subject in subjects]


def _once() -> None:
    """What one claim of the worker does."""
    work.run(work.claim("worker"))


def _states(messages: list[UUID]) -> list[tuple[str, int]]:
    rows = SentMessage.objects.in_bulk(messages)
    return [(rows[message].state, rows[message].attempts) for message in messages]


def _again() -> None:
    Job.objects.filter(state="ready").update(run_after=now())
    PeerState.objects.update(rests_until=None)
    work.drain()


def test_all_that_wait_leave_at_one_claim_in_their_order(anhui: Peer) -> None:
    messages = _send(5)
    _once()
    assert [UUID(anhui.opened(sealed).envelope.id) for sealed in anhui.got] == messages
    assert _states(messages) == [("delivered", 1)] * 5
    assert Job.objects.filter(state="done", kind="exchange.deliver").count() == 5
    for message in messages:
        assert [one.kind for one in ledger.about(f"message:{message}")] == ["message.sent", "receipt.got"]
        row = SentMessage.objects.get(id=message)
        assert row.receipt and row.delivered_at
    assert len(set(SentMessage.objects.values_list("receipt", flat=True))) == 5, "each has its own"


def test_a_node_that_goes_away_in_between_has_what_it_signed_for_and_gets_the_rest_later(anhui: Peer) -> None:
    anhui.answers = [lambda sealed: (200, anhui.receipt(sealed)), lambda sealed: None]
    messages = _send(4)
    _once()
    assert _states(messages) == [("delivered", 1), ("waiting", 1), ("waiting", 0), ("waiting", 0)]
    assert len(anhui.got) == 2, "one message speaks for all"
    assert work.claim("worker") == [], "they rest together"
    _again()
    assert [state for state, _ in _states(messages)] == ["delivered"] * 4


def test_a_refused_message_and_one_with_a_bad_receipt_hold_up_none_of_the_others(anhui: Peer) -> None:
    anhui.answers = [
        lambda sealed: (200, anhui.refusal(sealed, "exchange.unknown_type")),
        lambda sealed: (200, anhui.receipt(anhui.got[0])),
    ]
    messages = _send(3)
    _once()
    assert _states(messages) == [("refused", 1), ("waiting", 1), ("delivered", 1)]
    _again()
    assert _states(messages) == [("refused", 1), ("delivered", 2), ("delivered", 1)]


def test_a_message_that_was_damaged_in_our_database_holds_up_none_of_the_others(anhui: Peer) -> None:
    messages = _send(3)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE exchange_sentmessage SET content = 'x' WHERE sequence = 1 AND subject LIKE %s", ["%1"])
    _once()
    rows = SentMessage.objects.defer("content").in_bulk(messages)
    assert [rows[message].state for message in messages] == ["delivered", "waiting", "delivered"]
    assert Job.objects.get(key=f"deliver:{messages[1]}").state == "ready"


def test_no_message_is_begun_after_the_time_of_a_batch_is_over(anhui: Peer, monkeypatch) -> None:
    monkeypatch.setattr(delivering, "SECONDS", -1)
    messages = _send(3)
    _once()
    assert _states(messages) == [("delivered", 1), ("waiting", 0), ("waiting", 0)]
    assert list(Job.objects.filter(state="ready").values_list("attempts", flat=True)) == [0, 0]
    work.drain()
    assert _states(messages) == [("delivered", 1)] * 3


def test_a_worker_killed_before_it_could_record_the_receipts_sends_again_and_nothing_is_doubled(anhui: Peer) -> None:
    messages = _send(2)
    killed = work.claim("killed")
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        delivering.deliver([job.payload for job in killed])
        raise KeyboardInterrupt  # the receipts were here, the transaction was not
    assert _states(messages) == [("waiting", 0)] * 2 and len(anhui.got) == 2
    work.let_go(lambda owner: False)
    work.drain()
    assert _states(messages) == [("delivered", 1)] * 2
    for message in messages:
        kinds = [one.kind for one in ledger.about(f"message:{message}")]
        assert kinds == ["message.sent", "receipt.got"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("late_word", ["", "exchange.unknown_key", "exchange.unknown_type"])
def test_what_another_worker_delivered_stays_so_when_the_first_comes_back_without_success(
    anhui: Peer, late_word: str
) -> None:
    """The first was away past its lease (its clock was put right, its machine slept): its word counts no more."""

    def while_another_delivers(sealed: bytes) -> tuple[int, bytes] | None:
        try:  # in the thread of the peer's server, with a connection of its own
            work.let_go(lambda owner: False)
            work.run(work.claim("another"))
        finally:
            connection.close()
        return (200, anhui.refusal(sealed, late_word)) if late_word else None

    anhui.answers = [while_another_delivers]
    [message] = _send(1)
    _once()
    PeerState.objects.update(rests_until=None)
    work.drain()
    [row] = SentMessage.objects.filter(id=message)
    assert len(anhui.got) == 2 and row.state == "delivered" and row.receipt and not row.last_error
    delivered = anhui.opened(anhui.got[1]).signed.token
    assert row.content == delivered and row.digest == suite().hex_digest(delivered.encode())
    assert not Job.objects.filter(kind="exchange.deliver").exclude(state="done").exists()
    assert [one.kind for one in ledger.about(f"message:{message}")] == ["message.sent", "receipt.got"]
