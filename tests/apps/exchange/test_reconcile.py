"""Two nodes compare what they have of each other's messages; what is missing is mended or named."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from dangqiao.apps.exchange import jobs, reconciling, services
from dangqiao.apps.exchange.models import PeerState, ReceivedMessage, Reconciliation, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.work.models import Job
from dangqiao.apps.work.services import drain
from dangqiao.core.federation.objects import ask_for, read_request
from dangqiao.core.federation.ports import SUMMARY_PATH, Kind
from dangqiao.core.federation.reconciling import Span, read_span, read_summary, summarise
from tests.apps.exchange.effects import inquiry
from tests.apps.peers import ANHUI, JIANGSU, SHANGHAI, Peer
from tests.suite import SUITE

pytestmark = pytest.mark.django_db
TODAY = datetime.now(UTC).date()


class Books:
    """What Anhui has of our messages and sent us: it answers by them, with the core's own rules."""

    def __init__(self, anhui: Peer) -> None:
        self.anhui = anhui
        self.received: dict[str, tuple[str, datetime]] = {}
        self.sent: dict[str, tuple[str, datetime]] = {}
        anhui.pages[SUMMARY_PATH] = self.answer

    def takes(self) -> None:
        """Notes all that has been posted to it."""
        for sealed in self.anhui.got:
            envelope = self.anhui.opened(sealed).envelope
            self.received[envelope.id] = (envelope.content_digest(SUITE), envelope.made_at)

    def sends(self, **changes: object) -> str:
        envelope = self.anhui.envelope(inquiry(), **changes)
        services.receive(self.anhui.seal(envelope))
        self.sent[envelope.id] = (envelope.content_digest(SUITE), envelope.made_at)
        return envelope.id

    def answer(self, token: str) -> bytes:
        moment = datetime.now(UTC)
        keys = self.anhui.directory().keys_at(moment)
        signed = self.anhui.cipher.verify(token, Kind.SUMMARY_REQUEST, keys)
        request = read_request(signed.content, signer=SHANGHAI, us=ANHUI, now=moment)
        span = read_span(request.sub)

        def made(book: dict[str, tuple[str, datetime]]) -> list[tuple[str, str, datetime]]:
            return [(one, digest, at) for one, (digest, at) in book.items() if span.holds(at)]

        summary = summarise(ANHUI, SHANGHAI, span, moment, made(self.sent), made(self.received), SUITE)
        return self.anhui.cipher.sign(summary.to_bytes(), Kind.SUMMARY).encode()


@pytest.fixture
def books(anhui: Peer, monkeypatch) -> Books:
    monkeypatch.setattr(reconciling, "SETTLING", timedelta(0))
    return Books(anhui)


def _send(number: int) -> list[SentMessage]:
    for _ in range(number):
        with transaction.atomic():
            services.send(ANHUI, inquiry())
    drain()
    return list(SentMessage.objects.order_by("created_at", "sequence"))


def _reconcile() -> Reconciliation:
    return reconciling.reconcile(ANHUI, TODAY)


def test_two_nodes_that_have_the_same_agree_and_the_peers_word_is_kept(books: Books) -> None:
    _send(3)
    books.takes()
    books.sends()
    result = _reconcile()
    assert (result.state, result.sent, result.received, result.findings) == ("agreed", 3, 1, [])
    keys = books.anhui.directory().keys_at(datetime.now(UTC))
    assert books.anhui.cipher.verify(result.statement, Kind.SUMMARY, keys).signer == ANHUI


def test_a_message_that_the_receiver_lost_is_delivered_again(books: Books) -> None:
    rows = _send(3)
    books.takes()
    lost = books.received.pop(str(rows[1].id))
    assert lost and _reconcile().state == "mended"
    before = len(books.anhui.got)
    drain()
    assert len(books.anhui.got) == before + 1
    assert books.anhui.opened(books.anhui.got[-1]).envelope.id == str(rows[1].id)
    books.takes()
    assert _reconcile().state == "agreed"


def test_a_message_that_we_lost_is_named_and_the_sender_delivers_it_again(books: Books) -> None:
    lost = books.sends()
    ReceivedMessage.objects.all().delete()
    result = _reconcile()
    assert (result.state, result.findings) == ("mended", [{"code": "theirs", "messages": [lost]}])


def test_a_message_in_our_name_that_we_do_not_know_is_named(books: Books) -> None:
    rows = _send(2)
    books.takes()
    SentMessage.objects.filter(id=rows[0].id).delete()
    result = _reconcile()
    assert (result.state, result.findings) == ("differs", [{"code": "foreign", "messages": [str(rows[0].id)]}])


def test_one_id_with_two_contents_is_named(books: Books) -> None:
    [row] = _send(1)
    books.takes()
    books.received[str(row.id)] = ("0" * 64, row.created_at)
    assert _reconcile().findings == [{"code": "changed", "messages": [str(row.id)]}]


def test_a_message_whose_receipt_was_lost_is_no_gap(books: Books) -> None:
    books.anhui.answers = [lambda sealed: None]
    _send(1)
    books.takes()
    assert SentMessage.objects.get().state == "waiting"
    PeerState.objects.update(rests_until=None)
    assert _reconcile().state == "agreed"


def test_a_message_of_a_minute_ago_whose_sender_has_no_receipt_yet_is_no_gap(books: Books) -> None:
    message = books.sends()
    del books.sent[message]
    assert _reconcile().state == "agreed"
    ReceivedMessage.objects.update(received_at=now() - timedelta(days=2))
    assert _reconcile().findings == [{"code": "unknown", "messages": [message]}]


def test_a_member_that_does_not_answer_is_asked_again(books: Books) -> None:
    books.anhui.pages.clear()
    assert _reconcile().state == "unanswered"
    assert reconciling.reconcile(JIANGSU, TODAY).state == "unanswered"
    books.anhui.pages[SUMMARY_PATH] = books.answer
    PeerState.objects.update(rests_until=None)
    assert _reconcile().state == "agreed" and Reconciliation.objects.filter(peer=ANHUI).count() == 1


def test_every_day_of_the_week_is_compared_once_with_each_member(books: Books) -> None:
    jobs.reconcile({})
    drain()
    rows = Reconciliation.objects.filter(peer=ANHUI)
    assert {row.state for row in rows} == {"agreed"} and rows.count() == reconciling.DAYS
    assert {row.state for row in Reconciliation.objects.filter(peer=JIANGSU)} == {"unanswered"}
    assert len(reconciling.reconcile_days(ANHUI)) == 1, "only the last day, to say that we are there"


def test_messages_whose_jobs_were_lost_go_on(books: Books) -> None:
    with transaction.atomic():
        services.send(ANHUI, inquiry())
    books.sends()
    Job.objects.all().delete()
    assert reconciling.resume_lost_jobs() == 2 and reconciling.resume_lost_jobs() == 0
    drain()
    assert SentMessage.objects.get().state == "delivered" and ReceivedMessage.objects.get().state == "processed"


def test_only_members_get_an_answer_and_only_about_their_own_messages(books: Books, peers: dict[str, Peer]) -> None:
    _send(2)
    moment, client = datetime.now(UTC), Client()
    span = Span(moment - timedelta(hours=1), moment + timedelta(minutes=1), 0)
    jiangsu = peers[JIANGSU]

    def asked(sub: str, kind: Kind = Kind.SUMMARY_REQUEST) -> object:
        request = ask_for(sub, us=JIANGSU, holder=settings.PLATFORM_CODE, now=moment)
        token = jiangsu.cipher.sign(request.to_bytes(), kind)
        return client.get(SUMMARY_PATH, headers={"Authorization": f"Bearer {token}"})

    answer = asked(span.to_subject())
    keys = jiangsu.directory().keys_at(moment)
    signed = jiangsu.cipher.verify(answer.content, Kind.SUMMARY, keys)
    summary = read_summary(signed.content, signer=SHANGHAI, us=JIANGSU, span=span)
    assert summary.sent.messages == {} and summary.received.messages == {}
    assert client.get(SUMMARY_PATH).status_code == 404
    assert asked("nonsense").status_code == 404
    assert asked(span.to_subject(), Kind.OBJECT_REQUEST).status_code == 404
