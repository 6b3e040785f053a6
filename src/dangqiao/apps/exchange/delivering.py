"""Delivering: what waits for one node goes out message by message over one connection, several to a claim.

Each message has its own receipt, verified when it comes; what came of all of them is recorded in one transaction. A
worker that is killed before sends them again, and the receiver answers each as a duplicate, with a receipt as good.
"""

import hashlib
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from dangqiao.apps import sql
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange import pausing, peers, services
from dangqiao.apps.exchange.inbox import tell_of_refusal
from dangqiao.apps.exchange.models import SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ledger.services import Happening, entries
from dangqiao.apps.ports import port
from dangqiao.apps.suite import suite
from dangqiao.apps.work import services as work
from dangqiao.apps.work.services import Later
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.backoff import Backoff
from dangqiao.core.federation.ports import KeyDirectory, MemberKey
from dangqiao.core.federation.receipts import Receipt, accept_receipt
from dangqiao.core.federation.refusals import Then, refuse, then_after
from dangqiao.core.vocabulary.actor import node

BACKOFF = Backoff()
PAUSED_SECONDS = 300
"""How often a delivery that an operator paused looks whether it may go; `resume` wakes it at once."""
SECONDS = 2.0
"""No message of a batch is begun later than this after the first: other nodes wait for the thread."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How to reach a node now, and whose receipts to believe."""

    endpoint: str
    key: MemberKey
    keys: KeyDirectory


@dataclass(frozen=True, slots=True)
class _Tried:
    """One attempt: a receipt and its compact JWS, or what went wrong."""

    row: SentMessage
    receipt: Receipt | None = None
    token: str = ""
    error: Exception | None = None


def deliver(payloads: Sequence[dict[str, Any]]) -> list[Exception | None]:
    """Delivers messages for one node, in order, until the receiver's signed receipt is here; how each ended
    (`apps.work.services.run`)."""
    found = SentMessage.objects.in_bulk([payload["message"] for payload in payloads])
    rows = [found.get(UUID(payload["message"])) for payload in payloads]
    waiting = [row for row in rows if row and row.state == SentMessage.State.WAITING]
    ends = _deliver(waiting) if waiting else {}
    done: list[Exception | None] = []
    for row in rows:
        if row in waiting and row.id not in ends:
            break  # not begun, nor those after it
        done.append(ends.get(row.id) if row else None)
    return done


def _deliver(rows: Sequence[SentMessage]) -> dict[UUID, Exception | None]:
    """How the messages ended that were begun."""
    receiver, tried = rows[0].receiver, list[_Tried]()
    if pausing.stands_still(receiver):
        raise Later("paused by an operator", PAUSED_SECONDS)
    with suppress(DangqiaoError), peers.attempt(receiver):
        _post_all(rows, tried)
    _delivered([one for one in tried if one.receipt and one.receipt.arrived])
    ends = {one.row.id: _end(one) for one in tried}
    last = tried[-1].error
    if isinstance(last, DangqiaoError) and peers.is_about_the_node(last):
        # One message speaks for all: the rest wait with it.
        ends |= {row.id: Later(last.code, peers.rest_of(receiver)) for row in rows[len(tried) :]}
    return ends


def _post_all(rows: Sequence[SentMessage], tried: list[_Tried]) -> None:
    """Posts one after another and notes each. Raises what is about the node, which ends the batch."""
    end = time.monotonic() + SECONDS
    for row in rows:
        try:
            way = _way(row.receiver)
            receipt, token = _post(row, way)
            tried.append(_Tried(row, receipt, token))
        except Exception as error:  # of any kind: it is this message's, the others go on
            tried.append(_Tried(row, error=error))
            if isinstance(error, DangqiaoError) and peers.is_about_the_node(error):
                raise
        if time.monotonic() > end:
            break


def _way(receiver: str) -> _Way:
    """Raises Unavailable (`directory.none_current`), exchange.unknown_receiver."""
    known = directory.required()
    keys = known.keys_at(now())
    member, key = known.member(receiver), keys.sealing_key(receiver)
    if member is None or key is None:
        raise refuse("exchange.unknown_receiver", member=receiver)
    return _Way(member.endpoint, key, keys)


def _post(row: SentMessage, way: _Way) -> tuple[Receipt, str]:
    cipher = port("envelope_cipher")
    sealed = cipher.seal(row.content, way.key)
    answer = port("transport").post(way.endpoint, sealed)
    digest = suite().hex_digest(sealed)
    return accept_receipt(answer, cipher=cipher, keys=way.keys, receiver=row.receiver, sealed_digest=digest)


def _delivered(all_: Sequence[_Tried]) -> None:
    """Records receipts, with evidence of them."""
    if not all_:
        return
    moment = sql.prepared(SentMessage, "delivered_at", now())
    text, given = sql.table_of([(sql.prepared(SentMessage, "id", one.row.id), one.token) for one in all_])
    with transaction.atomic():
        rows = sql.returned(
            "UPDATE exchange_sentmessage SET state = 'delivered', receipt = got.column2, delivered_at = %s,"  # noqa: S608
            f" attempts = attempts + 1, last_error = '' FROM ({text}) AS got"
            " WHERE exchange_sentmessage.id = got.column1 AND state = 'waiting' RETURNING id",
            [moment, *given],
        )
        recorded = {UUID(str(one)) for (one,) in rows}
        if news := [_got(one) for one in all_ if one.row.id in recorded]:
            sql.insert(entries(*news))


def _got(one: _Tried) -> Happening:
    digest = suite().hex_digest(one.token.encode())
    return Happening("receipt.got", f"message:{one.row.id}", digest, node(one.row.receiver).id)


def _end(one: _Tried) -> Exception | None:
    """Records what was no delivery; how the job ends."""
    row, receipt, error = one.row, one.receipt, one.error
    try:
        if isinstance(error, DangqiaoError):
            rest = peers.rest_of(row.receiver) if peers.is_about_the_node(error) else None
            return _failed(row, error.code, str(error), then_after(error), rest)
        if error or not receipt:
            return error
        if refusal := receipt.refusal:
            if refusal.then is Then.RENEW or services.signed_with_a_former_key(row):
                services.sign_anew(row)
                work.enqueue("directory.update", key=f"{work.PERIODIC}directory.update:{row.id}:{row.attempts}")
            if refusal.then is not Then.STOP:
                return _failed(row, receipt.code, receipt.detail, refusal.then)
            _refused(one, receipt)
    except Exception as own:
        return own
    return None


def _refused(one: _Tried, receipt: Receipt) -> None:
    row = one.row
    with transaction.atomic():
        changed = SentMessage.objects.filter(id=row.id, state=SentMessage.State.WAITING).update(
            state=SentMessage.State.REFUSED,
            receipt=one.token,
            delivered_at=now(),
            attempts=F("attempts") + 1,
            last_error=f"{receipt.code} {receipt.detail}"[:300],
        )
        if changed:
            sql.insert(entries(_got(one)))
            tell_of_refusal(row.type, row.subject, row.receiver, receipt.code)


def _failed(row: SentMessage, code: str, sentence: str, then: Then, rest: float | None = None) -> Later | None:
    """Notes the failure and asks to run again, after `rest` seconds or the message's own pause; or lays the message
    among the dead letters. A worker that was away past its lease may come with this when another has long delivered
    the message: then it stays delivered."""
    attempts = row.attempts + 1
    dead = then is Then.STOP or BACKOFF.gives_up(now() - row.created_at)
    state = SentMessage.State.DEAD if dead else SentMessage.State.WAITING
    with transaction.atomic():
        waiting = SentMessage.objects.filter(id=row.id, state=SentMessage.State.WAITING)
        if not waiting.update(attempts=attempts, last_error=sentence[:300], state=state):
            return None
        if dead:
            tell_of_refusal(row.type, row.subject, row.receiver, code)
            return None
    # Any number in [0, 1) that differs between messages and attempts will do as jitter.
    jitter = int.from_bytes(hashlib.sha256(f"{row.id}{attempts}".encode()).digest()[:4]) / 2**32
    return Later(code, BACKOFF.pause(attempts, jitter).total_seconds() if rest is None else rest)
