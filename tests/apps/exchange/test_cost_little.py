"""What a message costs is mostly ways to the database: there must not be more of them unseen (docs/adr/0019)."""

import pytest
from django.db import transaction
from django.test import Client

from dangqiao.apps.exchange import services
from dangqiao.apps.exchange.models import ReceivedMessage, SentMessage
from dangqiao.apps.work import services as work
from tests.apps.exchange.effects import inquiry
from tests.apps.peers import ANHUI, Peer

pytestmark = pytest.mark.django_db


def _subject(number: int) -> str:
    return f"0d6b3c1e-0000-4000-8000-{number:012d}"


def test_one_message_is_sent_by_few_statements(anhui: Peer, django_assert_max_num_queries) -> None:
    with transaction.atomic(), django_assert_max_num_queries(6):
        services.send(ANHUI, inquiry())


def test_one_message_is_taken_in_by_few_statements_and_nothing_made_for_people(
    anhui: Peer, django_assert_max_num_queries
) -> None:
    sealed = anhui.seal(anhui.envelope(inquiry()))
    with django_assert_max_num_queries(9):
        answer = Client().post("/exchange/v1/messages", sealed, content_type="application/jose")
    assert anhui.read(answer.content).arrived and not answer.cookies
    assert "Content-Language" not in answer.headers


def test_twenty_messages_are_delivered_by_hardly_more_statements_than_one(
    anhui: Peer, django_assert_max_num_queries
) -> None:
    with transaction.atomic():
        for number in range(20):
            services.send(ANHUI, inquiry(subject=_subject(number)))
    with django_assert_max_num_queries(25):
        work.run(work.claim("worker"))
    assert SentMessage.objects.filter(state="delivered").count() == 20


def test_of_twenty_messages_each_takes_effect_by_few_statements(anhui: Peer, django_assert_max_num_queries) -> None:
    for number in range(20):
        services.receive(anhui.seal(anhui.envelope(inquiry(subject=_subject(number)))))
    own = 1  # of the handler: it leaves one row
    with django_assert_max_num_queries(10 + 20 * (3 + own)):
        work.run(work.claim("worker"))
    assert ReceivedMessage.objects.filter(state="processed").count() == 20
