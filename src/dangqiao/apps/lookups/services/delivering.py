"""Handing documents over on the asking side: downloaded by the applicant, or given out at the counter."""

from uuid import UUID

from django.db import transaction

from dangqiao.apps.deliverables import services as deliverables
from dangqiao.apps.deliverables.models import Deliverable, Delivery, Mode
from dangqiao.apps.lookups import once
from dangqiao.apps.lookups.models import LookupRequest, Referral
from dangqiao.apps.lookups.services.asking import may_follow
from dangqiao.core.errors import N_, BadInput, NotThere
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose


def note_download(actor: Actor, purpose: Purpose, document_id: UUID) -> None:
    """Records that the applicant downloaded a document: the first time only.

    Raises NotThere (`lookups.document_unknown`).
    """
    with transaction.atomic():
        document, _request = followed(actor, document_id)
        if once.first_time(actor, "download", f"deliverable:{document_id}", "first"):
            deliverables.hand_over(actor, purpose, document, mode=Mode.DOWNLOAD)


def hand_over(
    actor: Actor, purpose: Purpose, document_id: UUID, *, recipient: str, signed_for: bool, idempotency_key: str
) -> None:
    """Records that a clerk gave a document out at the counter that received the application.

    Raises:
        NotThere: `lookups.document_unknown`; BadInput: `lookups.recipient_missing`, `lookups.key_unfit`.
    """
    if not recipient.strip():
        raise BadInput("lookups.recipient_missing", N_("Say who collected the document."))
    with transaction.atomic():
        document, request = followed(actor, document_id)
        if once.first_time(actor, "hand_over", f"deliverable:{document_id}", idempotency_key):
            deliverables.hand_over(
                actor,
                purpose,
                document,
                mode=Mode.COUNTER,
                recipient=recipient.strip(),
                place=request.acceptance_point,
                signed_for=signed_for,
            )


def deliveries(actor: Actor, number: str) -> dict[UUID, list[Delivery]]:
    """How the documents of a request were handed over so far, by document."""
    requests = LookupRequest.objects.filter(may_follow(actor), number=number)
    referrals = Referral.objects.filter(request__in=requests).values_list("id", flat=True)
    found: dict[UUID, list[Delivery]] = {}
    for row in Delivery.objects.filter(deliverable__referral_id__in=list(referrals)).order_by("at"):
        found.setdefault(row.deliverable_id, []).append(row)
    return found


def followed(actor: Actor, document_id: UUID) -> tuple[Deliverable, LookupRequest]:
    """A document that stands, and the request, of somebody who may follow it. Raises NotThere."""
    document = Deliverable.objects.filter(id=document_id, state=Deliverable.State.REGISTERED, paper=False).first()
    row = Referral.objects.filter(id=document.referral_id).select_related("request").first() if document else None
    if not document or not row or not LookupRequest.objects.filter(may_follow(actor), id=row.request_id).exists():
        raise NotThere("lookups.document_unknown", N_("There is no such document, or it is not ready yet."))
    return document, row.request
