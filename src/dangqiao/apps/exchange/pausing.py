"""Standing still on an operator's word: one peer, or everything, for maintenance.

pause   nothing is delivered (to one peer, or to all); when to all, nothing is taken in either
drain   nothing new is taken in; what is here is delivered and takes effect
"""

from dataclasses import dataclass

from django.db import connection, transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.exchange import peers
from dangqiao.apps.exchange.models import Pause, ReceivedMessage, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.work import services as work
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.actor import Actor

_STANDING = """
SELECT EXISTS (SELECT 1 FROM exchange_pause WHERE peer = ''),
       EXISTS (SELECT 1 FROM exchange_peerstate WHERE platform = %s AND failures > 0)"""
RETRY_SECONDS = 60
"""What a sender is told to wait at least, while this node stands still."""


def pause(actor: Actor, *, peer: str = "", reason: str = "", drain: bool = False) -> None:
    """Stops deliveries to `peer`, or, where it is empty, everything. Again replaces the reason.

    Args:
        drain: take nothing new in, but finish what is here; only for everything.
    """
    kind = Pause.Kind.DRAIN if drain else Pause.Kind.PAUSE
    values = {"kind": kind, "reason": reason, "by": actor.id, "since": now()}
    with transaction.atomic():
        Pause.objects.update_or_create(peer=peer, defaults=values)
        audit.record("exchange.paused", actor, subject=f"peer:{peer or 'all'}", kind=str(kind))


def resume(actor: Actor, *, peer: str = "") -> bool:
    """Goes on with `peer`, or, where it is empty, with everything; whether anything stood still."""
    with transaction.atomic():
        ended = Pause.objects.filter(peer=peer) if peer else Pause.objects.all()
        stood = bool(ended.delete()[0])
        receivers = SentMessage.objects.filter(state=SentMessage.State.WAITING)
        receivers = receivers.filter(receiver=peer) if peer else receivers
        for receiver in receivers.order_by().values_list("receiver", flat=True).distinct():
            work.wake(peers.lane(receiver))
        if stood:
            audit.record("exchange.resumed", actor, subject=f"peer:{peer or 'all'}")
    return stood


def require_open(sender: str = "") -> bool:
    """That messages are taken in now; whether deliveries to the sender have been failing. One look for each message.

    Raises Unavailable (`exchange.busy`).
    """
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [sender])
        stands, failing = cursor.fetchone()
    if stands:
        raise refuse("exchange.busy", retry_after=RETRY_SECONDS)
    return bool(failing)


def stands_still(peer: str) -> bool:
    """Whether deliveries to `peer` wait for an operator."""
    return Pause.objects.filter(kind=Pause.Kind.PAUSE, peer__in=("", peer)).exists()


def pauses() -> list[Pause]:
    """All that stands still, the whole before the single peers."""
    return list(Pause.objects.order_by("peer"))


@dataclass(frozen=True, slots=True)
class Left:
    """Messages that have not reached their end, each counted up to 10000."""

    to_deliver: int
    to_process: int

    @property
    def nothing(self) -> bool:
        """Whether all is done."""
        return not (self.to_deliver or self.to_process)


def left() -> Left:
    """What is still to be done before the node can be switched off with nothing on its way."""
    waiting = SentMessage.objects.filter(state=SentMessage.State.WAITING)[:10_000].count()
    return Left(waiting, ReceivedMessage.objects.filter(state=ReceivedMessage.State.STORED)[:10_000].count())
