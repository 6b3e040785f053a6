"""Background work of the exchange: delivering, and letting messages take effect."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max
from django.utils.module_loading import import_string

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange import figures, pausing, peers, reconciling, services, witnessing
from dangqiao.apps.exchange.inbox import tell_of_refusal
from dangqiao.apps.exchange.models import ReceivedMessage, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ledger.services import evidence
from dangqiao.apps.ports import port
from dangqiao.apps.suite import suite
from dangqiao.apps.work import services as work
from dangqiao.apps.work.services import Later
from dangqiao.core.errors import BadInput, DangqiaoError, NotThere, PeerUnavailable, Refused
from dangqiao.core.federation.backoff import Backoff
from dangqiao.core.federation.ports import Kind, Signed
from dangqiao.core.federation.receipts import Receipt, accept_receipt
from dangqiao.core.federation.receiving import Message, Turn, read_stored, turn
from dangqiao.core.federation.refusals import Then, refuse, then_after
from dangqiao.core.vocabulary.actor import node

BACKOFF = Backoff()
PAUSED_SECONDS = 300
"""How often a delivery that an operator paused looks whether it may go; `resume` wakes it at once."""


def deliver(payload: dict[str, Any]) -> None:
    """Delivers one message until the receiver's signed receipt is here; then a row says so, with evidence."""
    row = SentMessage.objects.get(id=payload["message"])
    if row.state != SentMessage.State.WAITING:
        return
    if pausing.stands_still(row.receiver):
        raise Later("paused by an operator", PAUSED_SECONDS)
    try:
        with peers.attempt(row.receiver):
            receipt, token = _post(row)
    except DangqiaoError as error:
        rest = peers.rest_of(row.receiver) if peers.is_about_the_node(error) else None
        _failed(row, error.code, str(error), then_after(error), rest)
        return
    if refusal := receipt.refusal:
        if refusal.then is Then.RENEW or services.signed_with_a_former_key(row):
            services.sign_anew(row)
            work.enqueue("directory.update", key=f"{work.PERIODIC}directory.update:{row.id}:{row.attempts}")
        if refusal.then is not Then.STOP:
            _failed(row, receipt.code, receipt.detail, refusal.then)
        else:
            _finish(row, SentMessage.State.REFUSED, token, receipt.code, f"{receipt.code} {receipt.detail}")
        return
    _finish(row, SentMessage.State.DELIVERED, token)


def _post(row: SentMessage) -> tuple[Receipt, str]:
    moment, cipher = now(), port("envelope_cipher")
    known_directory = directory.required()
    member = known_directory.member(row.receiver)
    key = known_directory.keys_at(moment).sealing_key(row.receiver)
    if member is None or key is None:
        raise refuse("exchange.unknown_receiver", member=row.receiver)
    sealed = cipher.seal(row.content, key)
    answer = port("transport").post(member.endpoint, sealed)
    digest, keys = suite().hex_digest(sealed), known_directory.keys_at(moment)
    return accept_receipt(answer, cipher=cipher, keys=keys, receiver=row.receiver, sealed_digest=digest)


def _finish(row: SentMessage, state: SentMessage.State, token: str, code: str = "", error: str = "") -> None:
    with transaction.atomic():
        changed = SentMessage.objects.filter(id=row.id, state=SentMessage.State.WAITING).update(
            state=state, receipt=token, delivered_at=now(), attempts=F("attempts") + 1, last_error=error[:300]
        )
        if changed:
            digest = suite().hex_digest(token.encode())
            actor = node(row.receiver).id
            evidence("receipt.got", subject=f"message:{row.id}", digest=digest, actor=actor)
            if state is SentMessage.State.REFUSED:
                tell_of_refusal(row.type, row.subject, row.receiver, code)


def _failed(row: SentMessage, code: str, sentence: str, then: Then, rest: float | None = None) -> None:
    """Notes the failure and asks to run again, after `rest` seconds or the message's own pause; or lays the message
    among the dead letters."""
    attempts = row.attempts + 1
    dead = then is Then.STOP or BACKOFF.gives_up(now() - row.created_at)
    state = SentMessage.State.DEAD if dead else SentMessage.State.WAITING
    with transaction.atomic():
        SentMessage.objects.filter(id=row.id).update(attempts=attempts, last_error=sentence[:300], state=state)
        if dead:
            tell_of_refusal(row.type, row.subject, row.receiver, code)
    if not dead:
        # Any number in [0, 1) that differs between messages and attempts will do as jitter.
        jitter = int.from_bytes(hashlib.sha256(f"{row.id}{attempts}".encode()).digest()[:4]) / 2**32
        raise Later(code, BACKOFF.pause(attempts, jitter).total_seconds() if rest is None else rest)


def process(payload: dict[str, Any]) -> None:
    """Lets one received message take effect, after those before it; the handler's work and this are one transaction."""
    with transaction.atomic():
        rows = ReceivedMessage.objects.select_for_update()
        row = rows.filter(sender=payload["sender"], id=payload["message"]).first()
        if row is None or row.state != ReceivedMessage.State.STORED:
            return
        settled = ReceivedMessage.objects.filter(sender=row.sender, subject=row.subject).exclude(
            state=ReceivedMessage.State.STORED
        )
        last = settled.aggregate(last=Max("sequence"))["last"] or 0
        if turn(row.sequence, last) is Turn.WAIT:
            # Usually the other one is a moment behind; one that was lost on the way may take hours.
            fresh = now() - row.received_at < timedelta(minutes=1)
            raise Later("an earlier message about the same subject is missing", seconds=1 if fresh else 30)
        error = _take_effect(row)
        row.state = ReceivedMessage.State.REFUSED if error else ReceivedMessage.State.PROCESSED
        row.error, row.processed_at = str(error or "")[:300], now()
        row.save(update_fields=["state", "error", "processed_at"])
        if error:
            services.refuse_content(row, error)


def _take_effect(row: ReceivedMessage) -> DangqiaoError | None:
    """Calls the type's handler; gives the refusal of the content, if there is one. Other errors try again."""
    handler: Callable[[Message], None] = import_string(settings.MESSAGE_HANDLERS[row.type])
    try:
        with transaction.atomic():
            handler(read_stored(_signed(row)))
    except (BadInput, Refused, NotThere) as error:
        return error
    return None


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
