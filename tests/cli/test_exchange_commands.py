"""An operator sees which messages need a look, and sends them on their way again."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from click.testing import CliRunner

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.exchange import services
from dangqiao.apps.exchange.models import ReceivedMessage, SentMessage
from dangqiao.apps.work.services import drain
from dangqiao.cli.exchange import exchange
from dangqiao.core.errors import NotThere
from dangqiao.core.federation.messages import MESSAGE_TYPES
from tests.apps.exchange.effects import inquiry, repair
from tests.apps.peers import ANHUI, Peer, federation

pytestmark = pytest.mark.django_db


@pytest.fixture
def anhui(tmp_path, settings) -> Iterator[Peer]:
    settings.MESSAGE_HANDLERS = dict.fromkeys(MESSAGE_TYPES, "tests.apps.exchange.effects.take")
    with federation(tmp_path) as peers:
        yield peers[ANHUI]


def _run(*arguments: object) -> str:
    result = CliRunner().invoke(exchange, [str(one) for one in arguments])
    if result.exception:
        raise result.exception
    return result.output


def test_a_dead_letter_is_listed_shown_and_replayed(anhui: Peer) -> None:
    anhui.answers = [lambda sealed: (200, anhui.refusal(sealed, "exchange.unknown_type"))]
    message = services.send(ANHUI, inquiry("王氏"))
    drain()
    listed = _run("list")
    assert f"{message} → {ANHUI} inquiry.asked.v1" in listed and "exchange.unknown_type" in listed
    shown = _run("show", message)
    assert "message.sent" in shown and "王氏" not in shown
    _run("replay", message)
    drain()
    assert SentMessage.objects.get().state == "delivered" and _run("list") == ""
    assert str(message) in _run("list", "--all")
    assert AuditRecord.objects.get(event="exchange.replayed").subject == f"message:{message}"


def test_a_received_message_is_tried_again(anhui: Peer) -> None:
    services.receive(anhui.seal(anhui.envelope(inquiry("refuse"))))
    drain()
    row = ReceivedMessage.objects.get()
    assert f"{row.id} ← {ANHUI}" in _run("list") and "receipt.given" in _run("show", row.id)
    repair()
    _run("reprocess", row.id)
    drain()
    assert ReceivedMessage.objects.get().state == "processed"


def test_a_message_that_does_not_exist() -> None:
    with pytest.raises(NotThere):
        _run("show", UUID(int=0))
