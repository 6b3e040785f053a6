"""What operators ask about messages. Their content is never shown: it is about persons."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dangqiao.apps.exchange.models import ReceivedMessage, Reconciliation, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ledger import queries as ledger
from dangqiao.core.errors import N_, NotThere


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, as far as an operator needs it. `direction` is `out` or `in`."""

    id: str
    direction: str
    peer: str
    type: str
    subject: str
    state: str
    attempts: int
    error: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Way:
    """What happened to one message. `receipt` is the signed one that it got or was given; `evidence`: kind, when."""

    letter: Letter
    sequence: int
    receipt: str
    evidence: tuple[tuple[str, datetime], ...]


def dead_letters(limit: int = 100) -> list[Letter]:
    """Messages of ours that were refused or given up, and received ones whose content was refused; oldest first."""
    sent = SentMessage.objects.filter(state__in=[SentMessage.State.DEAD, SentMessage.State.REFUSED])
    received = ReceivedMessage.objects.filter(state=ReceivedMessage.State.REFUSED)
    rows = [_sent(row) for row in sent.order_by("created_at").defer("content")[:limit]]
    rows += [_received(row) for row in received.order_by("received_at").defer("content")[:limit]]
    return sorted(rows, key=lambda letter: letter.since)[:limit]


def late(after: timedelta = timedelta(minutes=10), limit: int = 100) -> list[Letter]:
    """Messages of ours without a receipt for longer than `after`; oldest first."""
    rows = SentMessage.objects.filter(state=SentMessage.State.WAITING, created_at__lt=now() - after)
    return [_sent(row) for row in rows.order_by("created_at").defer("content")[:limit]]


def newest(limit: int = 50) -> list[Letter]:
    """The newest messages, sent and received, whatever their state; newest first."""
    rows = [_sent(row) for row in SentMessage.objects.order_by("-created_at").defer("content")[:limit]]
    rows += [_received(row) for row in ReceivedMessage.objects.order_by("-received_at").defer("content")[:limit]]
    return sorted(rows, key=lambda letter: letter.since, reverse=True)[:limit]


def out_of_turn(after: timedelta = timedelta(hours=1), limit: int = 100) -> list[Letter]:
    """Received messages that have had no effect for longer than `after`: an earlier one about their subject is missing,
    or their handler fails; oldest first."""
    rows = ReceivedMessage.objects.filter(state=ReceivedMessage.State.STORED, received_at__lt=now() - after)
    return [_received(row) for row in rows.order_by("received_at").defer("content")[:limit]]


def reconciliations(days: int = 7) -> list[Reconciliation]:
    """How the comparisons with the other members ended, the newest day first."""
    since = now().date() - timedelta(days=days)
    return list(Reconciliation.objects.filter(day__gte=since).order_by("-day", "peer"))


def agreed_until() -> str | None:
    """The last day (UTC) on which no member differs from this node and at least one agrees; None before the first."""
    rows = Reconciliation.objects.order_by("day").values_list("day", "state")
    open_days = {day for day, state in rows if state in (Reconciliation.State.DIFFERS, Reconciliation.State.UNANSWERED)}
    agreed = [day for day, _state in rows if not open_days or day < min(open_days)]
    return str(max(agreed)) if agreed else None


def way(message: UUID) -> Way:
    """The way of one message. Raises NotThere (`exchange.no_message`)."""
    evidence = tuple((one.kind, one.at) for one in ledger.about(f"message:{message}"))
    if sent := SentMessage.objects.defer("content").filter(id=message).first():
        return Way(_sent(sent), sent.sequence, sent.receipt, evidence)
    if received := ReceivedMessage.objects.defer("content").filter(id=message).first():
        return Way(_received(received), received.sequence, received.receipt, evidence)
    raise NotThere("exchange.no_message", N_("There is no message {message}."), message=message)


def _sent(row: SentMessage) -> Letter:
    return Letter(
        str(row.id), "out", row.receiver, row.type, row.subject, row.state, row.attempts, row.last_error, row.created_at
    )


def _received(row: ReceivedMessage) -> Letter:
    return Letter(str(row.id), "in", row.sender, row.type, row.subject, row.state, 1, row.error, row.received_at)
