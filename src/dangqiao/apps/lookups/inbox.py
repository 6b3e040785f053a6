"""What messages do here. Each handler runs in the transaction that marks its message processed, once."""

from dangqiao.apps.deliverables import inbox as deliverables
from dangqiao.apps.deliverables import revoking
from dangqiao.apps.exchange import services as exchange
from dangqiao.apps.fields import now
from dangqiao.apps.holdings import queries as holdings
from dangqiao.apps.lookups import acting, receiving, records, referrals, routing, searching
from dangqiao.apps.lookups.forms import request_id_of
from dangqiao.apps.lookups.models import Referral
from dangqiao.core import categories
from dangqiao.core.errors import N_, Refused
from dangqiao.core.federation import messages
from dangqiao.core.federation.messages import read_as
from dangqiao.core.federation.receiving import Message
from dangqiao.core.lookup.routing import NEVER_INQUIRED
from dangqiao.core.vocabulary.purpose import Purpose


def inquiry_asked(message: Message) -> None:
    """Answers a blind inquiry by machine: `possible` or `none`, and nothing else. A failed search answers nothing.

    Raises Refused (`lookups.inquiry_forbidden`).
    """
    payload, sender = read_as(messages.InquiryAsked, message.envelope), message.envelope.sender
    category = categories.get(payload.category)
    if payload.category in NEVER_INQUIRED or not category.blind_inquiry:
        raise Refused("lookups.inquiry_forbidden", N_("For this kind of record no blind inquiry is answered."))
    query = searching.query_of(records.from_wire(payload.query), category)
    archives = holdings.possible(
        acting.machine_actor(), Purpose.HANDLING, payload.category, query, inquiry=payload.inquiry
    )
    answer = messages.InquiryAnswered(
        inquiry=payload.inquiry,
        answer="possible" if archives else "none",
        answered_at=now(),
        archives=sorted(archives),
    )
    exchange.send(sender, answer, reply_to=message.envelope.id)


def inquiry_answered(message: Message) -> None:
    """Takes the answer to an inquiry of ours. Raises BadInput (`lookups.inquiry_unknown`)."""
    payload = read_as(messages.InquiryAnswered, message.envelope)
    archives = payload.archives if payload.answer == "possible" else []
    routing.answered(request_id_of(payload.inquiry), message.envelope.sender, archives)


def referral_submitted(message: Message) -> None:
    """An application for an archive of ours."""
    receiving.take_in(message.envelope, read_as(messages.ReferralSubmitted, message.envelope))


def referral_supplemented(message: Message) -> None:
    """What an archive of ours asked for."""
    receiving.supplemented(message.envelope, read_as(messages.ReferralSupplemented, message.envelope))


def withdrawal_requested(message: Message) -> None:
    """The applicant takes the application back."""
    receiving.withdrawal_requested(message.envelope, read_as(messages.WithdrawalRequested, message.envelope))


def withdrawal_answered(message: Message) -> None:
    """The holder's word on a withdrawal. The event before it moved the replica; only the right to speak is checked."""
    payload = read_as(messages.WithdrawalAnswered, message.envelope)
    _held_by(message.envelope.sender, payload.referral)


def referral_event(message: Message) -> None:
    """The holder's act, applied to the replica; one that was applied before changes nothing.

    Raises:
        Conflict: `lookup.event_missing` (tried again later), `lookup.replicas_differ` (somebody must look).
        Refused: `lookups.not_the_holder`; Malformed: `lookup.event_unreadable`.
    """
    payload = read_as(messages.ReferralEvent, message.envelope)
    row = _held_by(message.envelope.sender, payload.referral)
    event = referrals.event_of(payload)
    if referrals.replicate(row, event):
        acting.heard(row, event.act)


def deliverable_issued(message: Message) -> None:
    """The holder has a document for us. Raises Refused (`lookups.not_the_holder`)."""
    payload = read_as(messages.DeliverableIssued, message.envelope)
    row = _held_by(message.envelope.sender, payload.referral)
    if row.archive_code != payload.archive:
        raise _not_the_holder()
    deliverables.issued(message)


def deliverable_revoked(message: Message) -> None:
    """The holder takes a document back. Raises Refused (`lookups.not_the_holder`)."""
    payload = read_as(messages.DeliverableRevoked, message.envelope)
    row = _held_by(message.envelope.sender, payload.referral)
    if row.archive_code != payload.archive:
        raise _not_the_holder()
    revoking.told(payload, message.envelope.sender)


def _held_by(sender: str, referral: str) -> Referral:
    """The replica that a message is about, locked, if its sender is the holder. Raises Refused."""
    rows = Referral.objects.select_for_update(of=("self",)).select_related("request")
    row = rows.filter(id=request_id_of(referral), holder_platform=sender).first()
    if row is None:
        raise _not_the_holder()
    return row


def _not_the_holder() -> Refused:
    return Refused("lookups.not_the_holder", N_("The sender does not hold this referral."))
