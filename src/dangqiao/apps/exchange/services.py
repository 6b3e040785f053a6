"""Sending and receiving. At least once on the wire, exactly once in effect.

sent: `send` writes message and job in the caller's transaction; the job delivers until a signed receipt is here.
received: `receive` stores and signs the receipt; a job lets the message take effect, in the order of its sequence.
A message to this node itself skips the wire and takes the same way from the inbox on.
"""

import secrets
from collections.abc import Iterator
from contextlib import nullcontext
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from dangqiao.apps import sql
from dangqiao.apps.audit import services as audit
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange import pausing, peers
from dangqiao.apps.exchange.models import OfferedObject, ReceivedMessage, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ledger.services import Happening, entries
from dangqiao.apps.ports import port
from dangqiao.apps.suite import suite
from dangqiao.apps.work import services as work
from dangqiao.core.errors import N_, Conflict, DangqiaoError
from dangqiao.core.federation.envelope import LONGEST_LIFE, Envelope, message_id, read_envelope
from dangqiao.core.federation.messages import MESSAGE_TYPES, MessageRefused, Payload, subject_of, type_of
from dangqiao.core.federation.objects import check_request
from dangqiao.core.federation.ports import Kind
from dangqiao.core.federation.receipts import Receipt, ReceiptStatus
from dangqiao.core.federation.receiving import Message, Turned, examine, receipt_for, repeats, too_large
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.actor import Actor, node

REFUSED = next(row.name for row in MESSAGE_TYPES.values() if row.payload is MessageRefused)
LONGEST_LANE = 2000
"""Received messages of one sender that may wait for their turn at the worker; beyond it the sender is told to wait."""


class _Room:
    """How many more messages a lane can take. It is not counted for each: half of what was free may come unseen."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, int], int] = {}

    def for_one(self, lane: str, most: int) -> bool:
        """Whether a lane with `most` has room; takes it."""
        left = self._left.get((lane, most), 0)
        if not left:
            waiting = work.length(lane, most + 1)
            if waiting > most:
                return False
            left = 1 + (most - waiting) // 2
        self._left[lane, most] = left - 1
        return True


_room = _Room()


def send(receiver: str, payload: Payload, *, reply_to: str = "", correlation: str = "") -> UUID:
    """Sends a message in the caller's transaction; its id. It leaves the house after the commit.

    Args:
        receiver: platform code; this node's own is allowed.
        payload: one of `core.federation.messages`; type and subject follow from it.
        reply_to: id of the message that this one answers.
        correlation: number of the lookup request.
    """
    moment = now()
    subject = subject_of(payload)
    envelope = Envelope(
        id=message_id(int(moment.timestamp() * 1000), secrets.token_bytes(10)),
        type=type_of(payload).name,
        sender=settings.PLATFORM_CODE,
        receiver=receiver,
        subject=subject,
        issued_at=moment,
        expires_at=moment + LONGEST_LIFE,
        data=payload.to_data(),
        sequence=work.named_number(f"message:{receiver}:{subject}"),
        reply_to=reply_to,
        correlation=correlation,
    )
    if receiver == settings.PLATFORM_CODE:
        _store(envelope, envelope.to_bytes().decode(), envelope.content_digest(suite()), receipt="")
    else:
        token, digest, said = _signed(envelope)
        row = {
            "id": envelope.id,
            "receiver": receiver,
            "type": envelope.type,
            "subject": subject,
            "sequence": envelope.sequence,
            "content": token,
            "digest": digest,
            "content_digest": envelope.content_digest(suite()),
            "state": SentMessage.State.WAITING,
            "receipt": "",
            "attempts": 0,
            "last_error": "",
            "created_at": envelope.made_at,
        }
        sql.insert(sql.Insert(SentMessage, [row]), said, _delivery(envelope.id, receiver))
        work.ring(peers.lane(receiver))
    return UUID(envelope.id)


def _signed(envelope: Envelope) -> tuple[str, str, sql.Insert]:
    """The envelope as JWS, its digest, and the evidence of it."""
    token = str(port("envelope_cipher").sign(envelope.to_bytes(), Kind.MESSAGE))
    digest = suite().hex_digest(token.encode())
    return token, digest, entries(Happening("message.sent", f"message:{envelope.id}", digest, _us()))


def sign_anew(row: SentMessage) -> None:
    """Gives a message that waits new times and a new signature: the same id and content, so its effect stays one. What
    another worker has delivered meanwhile stays as its receipt knows it."""
    before = port("envelope_cipher").verify(row.content, Kind.MESSAGE, directory.evidence_keys())
    with transaction.atomic():
        content, digest, said = _signed(read_envelope(before.content).renewed(now()))
        waiting = SentMessage.objects.filter(id=row.id, state=SentMessage.State.WAITING)
        if waiting.update(content=content, digest=digest):
            row.content, row.digest = content, digest
            sql.insert(said)


def signed_with_a_former_key(row: SentMessage) -> bool:
    """Whether the message carries a signature by a key of ours that we do not sign with any more."""
    return bool(port("envelope_cipher").signer_of(row.content) != port("envelope_cipher").signing_kid)


def refuse_content(row: ReceivedMessage, error: DangqiaoError) -> None:
    """Tells the sender at once that its message, for which it has a receipt, will have no effect; in the caller's
    transaction. Said of anything but such a message itself: two nodes must not go on refusing each other."""
    if row.type == REFUSED:
        return
    payload = MessageRefused(
        subject=row.subject,
        message=str(row.id),
        type=row.type,
        code=error.code,
        refused_at=now(),
        detail=str(error)[:300],
    )
    send(row.sender, payload, reply_to=str(row.id))


def enqueue_delivery(message: str | UUID, receiver: str, again: str = "") -> None:
    """Adds the job that delivers a message; `again` names a replay."""
    sql.insert(_delivery(message, receiver, again))
    work.ring(peers.lane(receiver))


def _delivery(message: str | UUID, receiver: str, again: str = "") -> sql.Insert:
    payload = {"message": str(message)}
    return work.job("exchange.deliver", key=f"deliver:{message}{again}", payload=payload, lane=peers.lane(receiver))


def receive(sealed: bytes) -> bytes:
    """Takes a message from the wire; the signed receipt to answer with.

    Raises:
        Unavailable: `exchange.busy`, it stands still for maintenance or too much waits; or this node has no directory
            yet, or its own part failed. The sender tries again.
    """
    cipher, moment = port("envelope_cipher"), now()
    keys = directory.required().keys_at(moment)
    outcome = examine(sealed, cipher=cipher, keys=keys, us=settings.PLATFORM_CODE, now=moment)
    status = ReceiptStatus.STORED

    def signed_receipt() -> str:
        receipt = receipt_for(sealed, outcome, us=settings.PLATFORM_CODE, now=moment, suite=suite(), status=status)
        return str(cipher.sign(receipt.to_bytes(), Kind.RECEIPT))

    sender = outcome.envelope.sender if isinstance(outcome, Message) else ""
    failing = pausing.require_open(sender)
    if isinstance(outcome, Turned):
        return signed_receipt().encode()
    if not _room.for_one(inbox_lane(sender), LONGEST_LANE):
        raise refuse("exchange.busy")
    token, digest = signed_receipt(), outcome.envelope.content_digest(suite())
    given = suite().hex_digest(token.encode())
    message, us = f"message:{outcome.envelope.id}", _us()
    evidence = entries(
        Happening("message.received", message, digest, us), Happening("receipt.given", message, given, us)
    )
    try:
        # One statement needs no transaction; within somebody's, a conflict must not end theirs.
        with transaction.atomic() if failing or connection.in_atomic_block else nullcontext():
            _store(outcome.envelope, outcome.signed.token, digest, evidence, receipt=token)
            if failing:
                peers.heard_from(sender)
        return token.encode()
    except IntegrityError:
        # It is here already: the database decided, whoever asked at the same moment.
        before = ReceivedMessage.objects.filter(sender=sender, id=outcome.envelope.id).first()
    try:
        repeats(outcome.envelope, before.digest if before else "", suite())
        status = ReceiptStatus.DUPLICATE
    except DangqiaoError as error:
        outcome = Turned(error, outcome.envelope, outcome.signed)
    return signed_receipt().encode()


def turn_away(size: int, digest: str) -> bytes:
    """The signed receipt for bytes that were more than a message may have, and so were not kept.

    Args:
        size: as announced.
        digest: of them, in hex, by the suite's hash; empty where they were too many even to be counted.
    """
    receipt = Receipt(
        message="",
        sender="",
        receiver=settings.PLATFORM_CODE,
        sealed_digest=digest,
        signed_digest="",
        received_at=now(),
        status=ReceiptStatus.REFUSED,
        code=too_large(size).code,
        detail=str(too_large(size)),
    )
    return str(port("envelope_cipher").sign(receipt.to_bytes(), Kind.RECEIPT)).encode()


def inbox_lane(sender: str) -> str:
    """Messages of one sender take effect one at a time, so that no sender holds up the others."""
    return f"from:{sender}"


def _store(envelope: Envelope, content: str, digest: str, *more: sql.Insert, receipt: str) -> None:
    row = {
        "sender": envelope.sender,
        "id": envelope.id,
        "type": envelope.type,
        "subject": envelope.subject,
        "sequence": envelope.sequence,
        "content": content,
        "digest": digest,
        "state": ReceivedMessage.State.STORED,
        "error": "",
        "receipt": receipt,
        "sent_at": envelope.made_at,
        "received_at": now(),
    }
    sql.insert(sql.Insert(ReceivedMessage, [row]), _processing(envelope.sender, envelope.id), *more)
    work.ring(inbox_lane(envelope.sender))


def enqueue_processing(sender: str, message: str | UUID, again: str = "") -> None:
    """Adds the job that lets a received message take effect; `again` names a repetition."""
    sql.insert(_processing(sender, message, again))
    work.ring(inbox_lane(sender))


def _processing(sender: str, message: str | UUID, again: str = "") -> sql.Insert:
    key, payload = f"process:{sender}:{message}{again}", {"sender": sender, "message": str(message)}
    return work.job("exchange.process", key=key, payload=payload, lane=inbox_lane(sender))


def offer_object(sha256: str, *, receiver: str, storage_name: str, size: int) -> None:
    """Lets a platform fetch a file that a message refers to, in the caller's transaction."""
    OfferedObject.objects.get_or_create(
        sha256=sha256, receiver=receiver, defaults={"storage_name": storage_name, "size": size}
    )


def open_object(token: str, sha256: str) -> Iterator[bytes]:
    """The bytes of an offered object, for a member that signed the request for it.

    Raises:
        DangqiaoError: of `core.federation.refusals`; `exchange.object_missing` also where it was not offered.
    """
    moment = now()
    signed = port("envelope_cipher").verify(token, Kind.OBJECT_REQUEST, directory.required().keys_at(moment))
    check_request(signed.content, signer=signed.signer, us=settings.PLATFORM_CODE, sha256=sha256, now=moment)
    offered = OfferedObject.objects.filter(sha256=sha256, receiver=signed.signer).first()
    if offered is None:
        raise refuse("exchange.object_missing", sha256=sha256)
    OfferedObject.objects.filter(id=offered.id, fetched_at=None).update(fetched_at=moment)
    chunks: Iterator[bytes] = port("storage").chunks(offered.storage_name)
    return chunks


def replay(actor: Actor, message: UUID) -> None:
    """Puts a dead or refused message back on its way.

    Raises:
        Conflict: `exchange.not_dead`.
    """
    with transaction.atomic():
        row = SentMessage.objects.select_for_update().filter(id=message).first()
        if row is None or row.state not in (SentMessage.State.DEAD, SentMessage.State.REFUSED):
            raise Conflict("exchange.not_dead", N_("There is no dead letter {message}."), message=message)
        row.state = SentMessage.State.WAITING
        row.save(update_fields=["state"])
        sign_anew(row)  # it may have lain for longer than a signature is accepted
        enqueue_delivery(row.id, row.receiver, again=f":{row.attempts}")
        audit.record("exchange.replayed", actor, subject=f"message:{message}")


def reprocess(actor: Actor, message: UUID) -> None:
    """Lets a received message whose content was refused try again, after an upgrade or a repair.

    Raises:
        Conflict: `exchange.not_refused`.
    """
    with transaction.atomic():
        row = ReceivedMessage.objects.select_for_update().filter(id=message).first()
        if row is None or row.state != ReceivedMessage.State.REFUSED:
            raise Conflict("exchange.not_refused", N_("There is no refused message {message}."), message=message)
        row.state = ReceivedMessage.State.STORED
        row.save(update_fields=["state"])
        enqueue_processing(row.sender, row.id, again=f":{now().timestamp():.0f}")
        audit.record("exchange.replayed", actor, subject=f"message:{message}")


def _us() -> str:
    return node(settings.PLATFORM_CODE).id


__all__ = ["Message", "offer_object", "open_object", "receive", "replay", "reprocess", "send"]
