"""Sending and receiving. At least once on the wire, exactly once in effect.

sent: `send` writes message and job in the caller's transaction; the job delivers until a signed receipt is here.
received: `receive` stores and signs the receipt; a job lets the message take effect, in the order of its sequence.
A message to this node itself skips the wire and takes the same way from the inbox on.
"""

import secrets
from collections.abc import Iterator
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange import pausing, peers
from dangqiao.apps.exchange.models import OfferedObject, ReceivedMessage, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ledger.services import evidence
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
        _store(envelope, envelope.to_bytes().decode(), receipt="")
    else:
        token, digest = _signed(envelope)
        SentMessage.objects.create(
            id=envelope.id,
            receiver=receiver,
            type=envelope.type,
            subject=subject,
            sequence=envelope.sequence,
            content=token,
            digest=digest,
            content_digest=envelope.content_digest(suite()),
            created_at=envelope.made_at,
        )
        enqueue_delivery(envelope.id, receiver)
    return UUID(envelope.id)


def _signed(envelope: Envelope) -> tuple[str, str]:
    """The envelope as JWS, and its digest, which becomes evidence."""
    token = str(port("envelope_cipher").sign(envelope.to_bytes(), Kind.MESSAGE))
    digest = suite().hex_digest(token.encode())
    evidence("message.sent", subject=f"message:{envelope.id}", digest=digest, actor=_us())
    return token, digest


def sign_anew(row: SentMessage) -> None:
    """Gives a message new times and a new signature: the same id and content, so its effect stays one."""
    before = port("envelope_cipher").verify(row.content, Kind.MESSAGE, directory.evidence_keys())
    with transaction.atomic():
        row.content, row.digest = _signed(read_envelope(before.content).renewed(now()))
        row.save(update_fields=["content", "digest"])


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
    work.enqueue(
        "exchange.deliver",
        key=f"deliver:{message}{again}",
        payload={"message": str(message)},
        lane=peers.lane(receiver),
    )


def receive(sealed: bytes) -> bytes:
    """Takes a message from the wire; the signed receipt to answer with.

    Raises:
        Unavailable: `exchange.busy`, it stands still for maintenance or too much waits; or this node has no directory
            yet, or its own part failed. The sender tries again.
    """
    pausing.require_open()
    cipher, moment = port("envelope_cipher"), now()
    keys = directory.required().keys_at(moment)
    outcome = examine(sealed, cipher=cipher, keys=keys, us=settings.PLATFORM_CODE, now=moment)
    status = ReceiptStatus.STORED

    def signed_receipt() -> str:
        receipt = receipt_for(sealed, outcome, us=settings.PLATFORM_CODE, now=moment, suite=suite(), status=status)
        return str(cipher.sign(receipt.to_bytes(), Kind.RECEIPT))

    if isinstance(outcome, Turned):
        return signed_receipt().encode()
    if work.is_long(inbox_lane(outcome.envelope.sender), LONGEST_LANE):
        raise refuse("exchange.busy")
    try:
        with transaction.atomic():
            token = signed_receipt()
            _store(outcome.envelope, outcome.signed.token, receipt=token)
            peers.heard_from(outcome.envelope.sender)
            message = f"message:{outcome.envelope.id}"
            given = suite().hex_digest(token.encode())
            evidence("message.received", subject=message, digest=outcome.envelope.content_digest(suite()), actor=_us())
            evidence("receipt.given", subject=message, digest=given, actor=_us())
        return token.encode()
    except IntegrityError:
        # It is here already: the database decided, whoever asked at the same moment.
        before = ReceivedMessage.objects.filter(sender=outcome.envelope.sender, id=outcome.envelope.id).first()
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


def _store(envelope: Envelope, content: str, *, receipt: str) -> None:
    ReceivedMessage.objects.create(
        id=envelope.id,
        sender=envelope.sender,
        type=envelope.type,
        subject=envelope.subject,
        sequence=envelope.sequence,
        content=content,
        digest=envelope.content_digest(suite()),
        receipt=receipt,
        sent_at=envelope.made_at,
    )
    enqueue_processing(envelope.sender, envelope.id)


def enqueue_processing(sender: str, message: str | UUID, again: str = "") -> None:
    """Adds the job that lets a received message take effect; `again` names a repetition."""
    work.enqueue(
        "exchange.process",
        key=f"process:{sender}:{message}{again}",
        payload={"sender": sender, "message": str(message)},
        lane=inbox_lane(sender),
    )


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
