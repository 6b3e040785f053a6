"""Pausing for maintenance: one member or everything; draining; and a node that has too much to do says so."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.db import transaction
from django.test import Client

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.exchange import pausing, services
from dangqiao.apps.exchange.models import PeerState, ReceivedMessage, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.work.models import Job
from dangqiao.apps.work.services import drain
from dangqiao.cli.exchange import exchange
from dangqiao.core.errors import Unavailable
from dangqiao.core.vocabulary.actor import operator
from tests.apps.exchange.effects import SUBJECT, inquiry, taken
from tests.apps.peers import ANHUI, JIANGSU, SHANGHAI, Peer

pytestmark = pytest.mark.django_db
CLERK = operator("test", SHANGHAI)


def _send(receiver: str = ANHUI) -> None:
    with transaction.atomic():
        services.send(receiver, inquiry())


def _post(anhui: Peer, **changes: object) -> object:
    sealed = anhui.seal(anhui.envelope(inquiry(), **changes))
    return Client().post("/exchange/v1/messages", sealed, content_type="application/jose")


def test_one_member_is_paused_and_goes_on_at_once_after_resume(anhui: Peer) -> None:
    pausing.pause(CLERK, peer=ANHUI, reason="their network is rebuilt")
    _send()
    drain()
    assert SentMessage.objects.get().state == "waiting" and anhui.got == []
    assert services.receive(anhui.seal(anhui.envelope(inquiry()))), "what comes in is taken"
    assert pausing.resume(CLERK, peer=ANHUI) and not pausing.resume(CLERK, peer=ANHUI)
    drain()
    assert SentMessage.objects.get().state == "delivered"
    assert list(AuditRecord.objects.filter(event__startswith="exchange.").values_list("event", flat=True)) == [
        "exchange.paused",
        "exchange.resumed",
    ]


def test_a_paused_node_takes_nothing_in_and_says_when_to_come_again(anhui: Peer) -> None:
    pausing.pause(CLERK)
    answer = _post(anhui)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert ReceivedMessage.objects.count() == 0
    _send()
    drain()
    assert anhui.got == []
    pausing.resume(CLERK)
    assert _post(anhui).status_code == 200


def test_draining_finishes_what_is_here_and_takes_nothing_new(anhui: Peer) -> None:
    services.receive(anhui.seal(anhui.envelope(inquiry("here"))))
    _send()
    pausing.pause(CLERK, drain=True)
    with pytest.raises(Unavailable):
        services.receive(anhui.seal(anhui.envelope(inquiry("new"), sequence=2)))
    assert not pausing.left().nothing
    drain()
    assert pausing.left().nothing and taken() == ["here"]


def test_the_operator_does_it_by_command(anhui: Peer) -> None:
    _send(JIANGSU)
    run = CliRunner()
    assert run.invoke(exchange, ["drain", "--seconds", "0"]).exit_code == 1
    assert "everything" in run.invoke(exchange, ["pause", "--reason", "disk"]).output
    assert [(one.kind, one.reason) for one in pausing.pauses()] == [("pause", "disk")]
    assert run.invoke(exchange, ["resume"]).output == "resumed\n"
    assert run.invoke(exchange, ["resume"]).output == "nothing was paused\n"
    drain()
    assert JIANGSU in run.invoke(exchange, ["peers"]).output


def test_a_node_with_too_much_to_do_says_so_to_the_one_who_sends_so_much(
    anhui: Peer, peers: dict[str, Peer], monkeypatch
) -> None:
    monkeypatch.setattr(services, "LONGEST_LANE", 2)
    for number in range(1, 4):
        assert _post(anhui, sequence=number).status_code == 200
    full = _post(anhui, sequence=4)
    assert full.status_code == 503 and int(full.headers["Retry-After"]) > 0
    assert _post(peers[JIANGSU]).status_code == 200, "others are not turned away"
    drain()
    assert _post(anhui, sequence=4).status_code == 200


def test_messages_that_wait_for_an_earlier_one_do_not_keep_that_one_out(anhui: Peer, monkeypatch) -> None:
    monkeypatch.setattr(services, "LONGEST_LANE", 2)
    for number in (2, 3, 4):
        _post(anhui, sequence=number)
    drain()
    assert _post(anhui, sequence=1).status_code == 200
    Job.objects.filter(state="ready").update(run_after=now())
    for _ in range(4):
        drain()
        Job.objects.filter(state="ready").update(run_after=now())
    assert ReceivedMessage.objects.filter(state="processed", subject=SUBJECT).count() == 4


def test_a_busy_receiver_is_left_alone_for_as_long_as_it_asks(anhui: Peer, monkeypatch) -> None:
    anhui.answers = [lambda sealed: (503, b"", {"Retry-After": "120"})]
    _send()
    drain()
    state = PeerState.objects.get()
    assert timedelta(seconds=110) < state.rests_until - now() <= timedelta(seconds=120)
    _send()
    drain()
    assert len(anhui.got) == 1, "the other messages wait as well"
    PeerState.objects.update(rests_until=None)
    Job.objects.filter(state="ready").update(run_after=now())
    drain()
    assert SentMessage.objects.filter(state="delivered").count() == 2 and PeerState.objects.get().failures == 0


def test_a_member_that_speaks_to_us_is_tried_at_once(anhui: Peer) -> None:
    anhui.answers = [lambda sealed: None]
    _send()
    drain()
    assert PeerState.objects.get().failures == 1 and SentMessage.objects.get().state == "waiting"
    _post(anhui)
    drain()
    assert SentMessage.objects.get().state == "delivered"
