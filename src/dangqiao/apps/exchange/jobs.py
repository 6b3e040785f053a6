"""Background work of the exchange: letting messages take effect, and what is done every day."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils.module_loading import import_string

from dangqiao.apps import sql
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange import figures, peers, reconciling, services, witnessing
from dangqiao.apps.exchange.models import ReceivedMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ports import port
from dangqiao.apps.work import services as work
from dangqiao.apps.work.services import Later
from dangqiao.core.errors import BadInput, NotThere, PeerUnavailable, Refused
from dangqiao.core.federation.ports import Kind, Signed
from dangqiao.core.federation.receiving import Message, Turn, read_stored, turn

SECONDS = 2.0
"""No message of a batch begins to take effect later than this after the first: others wait for the thread."""


def process(payloads: Sequence[dict[str, Any]]) -> list[Exception | None]:
    """Lets received messages of one sender take effect, each after those before it about its subject; how each ended
    (`apps.work.services.run`). The handler's work and the note of it are one transaction, of each message its own."""
    ends: list[Exception | None] = []
    end, sender = time.monotonic() + SECONDS, payloads[0]["sender"]
    found = {row.id: row for row in _stored(sender, [payload["message"] for payload in payloads])}
    last = _settled(sender, {row.subject for row in found.values()})
    for payload in payloads:
        row = found.get(UUID(payload["message"]))
        try:
            if row:
                _process(row, last.get(row.subject, 0))
                last[row.subject] = max(row.sequence, last.get(row.subject, 0))
            ends.append(None)
        except Exception as error:  # of any kind: it is this message's, the others go on
            ends.append(error)
        if time.monotonic() > end:
            break
    return ends


def _stored(sender: str, messages: Sequence[str]) -> QuerySet[ReceivedMessage]:
    stored = ReceivedMessage.objects.filter(sender=sender, state=ReceivedMessage.State.STORED)
    return stored.filter(id__in=messages).defer("receipt")


def _settled(sender: str, subjects: set[str]) -> dict[str, int]:
    """Subject → sequence of the last message about it that has had its turn."""
    rows = ReceivedMessage.objects.filter(sender=sender, subject__in=subjects)
    rows = rows.exclude(state=ReceivedMessage.State.STORED).order_by()
    return dict(rows.values_list("subject").annotate(Max("sequence")))


def _process(row: ReceivedMessage, last: int) -> None:
    if turn(row.sequence, last) is Turn.WAIT:
        # Usually the other one is a moment behind; one that was lost on the way may take hours.
        fresh = now() - row.received_at < timedelta(minutes=1)
        raise Later("an earlier message about the same subject is missing", seconds=1 if fresh else 30)
    handler: Callable[[Message], None] = import_string(settings.MESSAGE_HANDLERS[row.type])
    try:
        with transaction.atomic():
            if _settle(row, ReceivedMessage.State.PROCESSED):
                handler(read_stored(_signed(row)))
    except (BadInput, Refused, NotThere) as error:
        with transaction.atomic():
            if _settle(row, ReceivedMessage.State.REFUSED, str(error)[:300]):
                services.refuse_content(row, error)


def _settle(row: ReceivedMessage, state: ReceivedMessage.State, error: str = "") -> bool:
    """Notes that a message has its effect in this transaction; False if it had it before. The row decides: whoever
    wants the same waits here until the transaction has ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exchange_receivedmessage SET state = %s, error = %s, processed_at = %s"
            " WHERE sender = %s AND id = %s AND state = 'stored'",
            [
                state.value,
                error,
                sql.prepared(ReceivedMessage, "processed_at", now()),
                row.sender,
                sql.prepared(ReceivedMessage, "id", row.id),
            ],
        )
        return bool(cursor.rowcount)


def _signed(row: ReceivedMessage) -> Signed:
    if row.sender == settings.PLATFORM_CODE:
        return Signed(row.content.encode(), "", row.sender, "")
    # It was verified when it came; the key may have ended since, so it is looked up whatever its dates.
    verified: Signed = port("envelope_cipher").verify(row.content, Kind.MESSAGE, directory.evidence_keys())
    return verified


def reconcile(payload: dict[str, Any]) -> None:
    """Compares with a member what was sent and received on the last days; without one, has it done with each."""
    if peer := payload.get("peer"):
        with suppress(NotThere):  # it has left since
            reconciling.reconcile_days(peer)
        return
    reconciling.resume_lost_jobs()
    for peer in reconciling.others():
        key = f"{work.PERIODIC}exchange.reconcile:{peer}:{now():%Y%m%d%H%M}"
        work.enqueue("exchange.reconcile", key=key, payload={"peer": peer}, lane=peers.lane(peer))


def witness(payload: dict[str, Any]) -> None:
    """Looks at a member's log and signs under it; without one, has it done with each. One that does not answer, or has
    no log yet, is looked at next time; `doctor` says when nobody has looked for days."""
    if peer := payload.get("peer"):
        with suppress(NotThere, PeerUnavailable, Later):
            witnessing.witness(peer)
        return
    for peer in reconciling.others():
        key = f"{work.PERIODIC}exchange.witness:{peer}:{now():%Y%m%d%H%M}"
        work.enqueue("exchange.witness", key=key, payload={"peer": peer}, lane=peers.lane(peer))


def report(payload: dict[str, Any]) -> None:
    """Tells the other members this platform's figures of the days that are over."""
    figures.report()
