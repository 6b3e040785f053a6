"""What operators ask about messages."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dangqiao.apps.exchange.models import ReceivedMessage, SentMessage
from dangqiao.apps.fields import now


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that needs a look."""

    id: str
    direction: str
    peer: str
    type: str
    subject: str
    state: str
    attempts: int
    error: str
    since: datetime


def dead_letters(limit: int = 100) -> list[Letter]:
    """Messages of ours that were refused or given up, and received ones whose content was refused; oldest first."""
    sent = SentMessage.objects.filter(state__in=[SentMessage.State.DEAD, SentMessage.State.REFUSED])
    received = ReceivedMessage.objects.filter(state=ReceivedMessage.State.REFUSED)
    return sorted(
        [_sent(row) for row in sent.order_by("created_at")[:limit]]
        + [
            Letter(str(row.id), "in", row.sender, row.type, row.subject, row.state, 1, row.error, row.received_at)
            for row in received.order_by("received_at")[:limit]
        ],
        key=lambda letter: letter.since,
    )[:limit]


def late(after: timedelta = timedelta(minutes=10), limit: int = 100) -> list[Letter]:
    """Messages of ours without a receipt for longer than `after`; oldest first."""
    rows = SentMessage.objects.filter(state=SentMessage.State.WAITING, created_at__lt=now() - after)
    return [_sent(row) for row in rows.order_by("created_at")[:limit]]


def _sent(row: SentMessage) -> Letter:
    return Letter(
        str(row.id), "out", row.receiver, row.type, row.subject, row.state, row.attempts, row.last_error, row.created_at
    )
