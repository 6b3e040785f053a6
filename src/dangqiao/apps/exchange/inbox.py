"""Messages about messages: what the exchange itself does with what it gets, and how the apps above hear of refusals."""

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from dangqiao.apps.exchange.models import SentMessage
from dangqiao.apps.work.services import Later
from dangqiao.core.federation import messages
from dangqiao.core.federation.messages import read_as
from dangqiao.core.federation.receiving import Message


def refused(message: Message) -> None:
    """The receiver took a message of ours and then could not use its content: it is a dead letter of ours.

    One that this node never sent, or that is a dead letter already, changes nothing.

    Raises:
        Later: the receipt for it has not been noted yet. The receiver was quicker than the worker that delivers.
    """
    payload, sender = read_as(messages.MessageRefused, message.envelope), message.envelope.sender
    if sender == settings.PLATFORM_CODE:
        tell_of_refusal(payload.type, payload.subject, sender, payload.code)
        return
    rows = SentMessage.objects.select_for_update().defer("content")
    row = rows.filter(id=payload.message, receiver=sender).first()
    if row and row.state == SentMessage.State.WAITING:
        raise Later("the receipt for the message that is refused is not noted yet", seconds=1)
    if row is None or row.state != SentMessage.State.DELIVERED:
        return
    row.state, row.last_error = SentMessage.State.REFUSED, f"{payload.code} {payload.detail}"[:300]
    row.save(update_fields=["state", "last_error"])
    tell_of_refusal(row.type, row.subject, row.receiver, payload.code)


def probed(message: Message) -> None:
    """Nothing: the receipt was all that was wanted."""


def tell_of_refusal(type_: str, subject: str, receiver: str, code: str) -> None:
    """Tells the app that sent a message that it will have no effect (settings.REFUSAL_HANDLERS), in the caller's
    transaction."""
    if path := settings.REFUSAL_HANDLERS.get(type_):
        handler: Callable[[str, str, str], None] = import_string(path)
        handler(subject, receiver, code)
