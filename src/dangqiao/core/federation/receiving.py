"""What makes a message acceptable, in the order in which it is asked. Pure: the app brings the clock and the memory.

sealed bytes ── open ──► signed bytes ── read ──► envelope ── check ──► payload ── (inbox) ──► receipt
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.envelope import CLOCK_SKEW, LARGEST_SEALED, LONGEST_LIFE, Envelope, moment, read_envelope
from dangqiao.core.federation.messages import Payload, read_payload
from dangqiao.core.federation.ports import EnvelopeCipher, KeyDirectory, Signed
from dangqiao.core.federation.receipts import Receipt, ReceiptStatus
from dangqiao.core.federation.refusals import REFUSALS, refuse
from dangqiao.core.vocabulary.suites import Suite


@dataclass(frozen=True, slots=True)
class Message:
    """A message that this node takes: what handlers are called with. `signed.token` is what to keep as evidence."""

    envelope: Envelope
    payload: Payload
    signed: Signed


@dataclass(frozen=True, slots=True)
class Turned:
    """A message that this node refuses, as far as it could be read."""

    error: DangqiaoError
    envelope: Envelope | None = None
    signed: Signed | None = None


def examine(sealed: bytes, *, cipher: EnvelopeCipher, keys: KeyDirectory, us: str, now: datetime) -> Message | Turned:
    """Opens, reads and checks a message. Refusals are values here, because each needs a receipt too.

    Whether it came before, and whether the sender has a part in the subject, needs memory: see `repeats` and the
    refusals exchange.id_reused and exchange.not_yours. Errors that are not refusals of the table are raised.
    """
    signed = envelope = None
    try:
        if len(sealed) > LARGEST_SEALED:
            raise too_large(len(sealed))
        signed = cipher.open(sealed, keys)
        envelope = read_envelope(signed.content)
        check(envelope, signer=signed.signer, us=us, now=now)
        return Message(envelope, read_payload(envelope), signed)
    except DangqiaoError as error:
        if error.code not in REFUSALS:
            raise
        return Turned(error, envelope, signed)


def too_large(size: int) -> DangqiaoError:
    """The refusal of more bytes than a sealed message may have."""
    return refuse("exchange.too_large", size=size, limit=LARGEST_SEALED)


def read_stored(signed: Signed) -> Message:
    """A message out of the inbox or outbox, from its verified signature. It was checked when it came.

    Raises as `read_envelope` and `read_payload`.
    """
    envelope = read_envelope(signed.content)
    return Message(envelope, read_payload(envelope), signed)


def check(envelope: Envelope, *, signer: str, us: str, now: datetime) -> None:
    """The rules about the envelope alone.

    Raises exchange.sender_mismatch, exchange.wrong_receiver, exchange.not_yet_valid, exchange.expired,
    exchange.lifetime_too_long.
    """
    if envelope.sender != signer:
        raise refuse("exchange.sender_mismatch", claimed=envelope.sender, signer=signer)
    if envelope.receiver != us:
        # Otherwise a receiver could pass a signed message on to a third member as if it were meant for it.
        raise refuse("exchange.wrong_receiver", audience=envelope.receiver, us=us)
    if envelope.issued_at > now + CLOCK_SKEW:
        raise refuse("exchange.not_yet_valid", issued_at=moment(envelope.issued_at))
    if envelope.expires_at <= now - CLOCK_SKEW:
        raise refuse("exchange.expired", expires_at=moment(envelope.expires_at))
    if envelope.expires_at - envelope.issued_at > LONGEST_LIFE:
        # The inbox must remember an id for as long as its message could be replayed.
        raise refuse("exchange.lifetime_too_long")


def repeats(envelope: Envelope, content_digest_before: str, suite: Suite) -> None:
    """That a message whose id is in the inbox is the same one, perhaps signed anew. Raises exchange.id_reused."""
    if envelope.content_digest(suite) != content_digest_before:
        raise refuse("exchange.id_reused", id=envelope.id)


class Turn(StrEnum):
    """Whether a stored message may take effect now."""

    NOW = "now"
    WAIT = "wait"
    """An earlier one of the same sender about the same subject is still missing."""
    PAST = "past"
    """It has already taken effect."""


def turn(sequence: int, last_applied: int) -> Turn:
    """The turn of a message. Sequences count from 1 per sender and subject; `last_applied` is 0 at first."""
    if sequence <= last_applied:
        return Turn.PAST
    return Turn.NOW if sequence == last_applied + 1 else Turn.WAIT


def receipt_for(
    sealed: bytes,
    outcome: Message | Turned,
    *,
    us: str,
    now: datetime,
    suite: Suite,
    status: ReceiptStatus = ReceiptStatus.STORED,
) -> Receipt:
    """What to sign as the answer. `status` counts for admitted messages: stored or duplicate."""
    envelope, signed = outcome.envelope, outcome.signed
    turned = outcome.error if isinstance(outcome, Turned) else None
    return Receipt(
        message=envelope.id if envelope else "",
        sender=signed.signer if signed else "",
        receiver=us,
        sealed_digest=suite.hex_digest(sealed),
        signed_digest=suite.hex_digest(signed.token.encode()) if signed else "",
        received_at=now,
        status=ReceiptStatus.REFUSED if turned else status,
        code=turned.code if turned else "",
        detail=str(turned) if turned else "",
    )
