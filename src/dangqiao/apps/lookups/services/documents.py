"""Further copies of a document, and paper: ordered, printed, sealed by hand, handed over."""

from uuid import UUID

from django.db import transaction

from dangqiao.apps.deliverables import copies
from dangqiao.apps.deliverables import services as deliverables
from dangqiao.apps.deliverables.models import Deliverable, Mode
from dangqiao.apps.lookups import once
from dangqiao.apps.lookups.queries.documents import at_archive
from dangqiao.apps.lookups.services.delivering import followed
from dangqiao.core.errors import N_, BadInput, Conflict
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose

BY_HAND = (Mode.COUNTER, Mode.POST, Mode.NEAREST_ARCHIVE)
"""How paper reaches the applicant."""


def order_copy(actor: Actor, purpose: Purpose, document_id: UUID, *, paper: bool, idempotency_key: str) -> None:
    """Orders a further copy at the archive that issued the document.

    Raises:
        NotThere: `lookups.document_unknown`; BadInput: `lookups.key_unfit`; Conflict: of `deliverables.copies.further`.
    """
    with transaction.atomic():
        document = at_archive(actor, document_id)
        if once.first_time(actor, "copy", f"deliverable:{document.id}", idempotency_key):
            copies.further(actor, purpose, document, paper=paper)


def order_copy_at_counter(actor: Actor, purpose: Purpose, document_id: UUID, idempotency_key: str) -> None:
    """Orders a further electronic copy for somebody who stands at the counter that received the application, where
    this platform issued the document: the decision stands, nobody needs to look at it again.

    Raises:
        NotThere: `lookups.document_unknown`, `deliverable.unknown`; BadInput: `lookups.key_unfit`; Conflict: as above.
    """
    with transaction.atomic():
        document, _request = followed(actor, document_id)
        if once.first_time(actor, "copy", f"deliverable:{document.id}", idempotency_key):
            copies.further(actor, purpose, document, paper=False)


def hand_over_paper(
    actor: Actor,
    purpose: Purpose,
    document_id: UUID,
    *,
    mode: Mode,
    recipient: str,
    address: str = "",
    tracking_number: str = "",
    signed_for: bool = False,
    idempotency_key: str,
) -> None:
    """Records that a paper copy, sealed by hand, left the archive: to whom, how, signed for or with which number.

    Raises:
        NotThere: `lookups.document_unknown`.
        BadInput: `lookups.recipient_missing`, `lookups.tracking_missing`, `lookups.not_signed_for`,
            `lookups.key_unfit`.
        Conflict: `lookups.not_on_paper`; `deliverable.does_not_stand`.
    """
    if not recipient.strip() or mode not in BY_HAND:
        raise BadInput("lookups.recipient_missing", N_("Say who collected the document."))
    if mode is Mode.POST and not (tracking_number.strip() and address.strip()):
        raise BadInput("lookups.tracking_missing", N_("What goes by post needs the address and the tracking number."))
    if mode is not Mode.POST and not signed_for:
        raise BadInput("lookups.not_signed_for", N_("Whoever collects it signs for it."))
    with transaction.atomic():
        document = at_archive(actor, document_id)
        if not document.paper:
            raise Conflict("lookups.not_on_paper", N_("Only a paper copy is handed over by the archive itself."))
        if document.state != Deliverable.State.REGISTERED:
            raise Conflict(
                "deliverable.does_not_stand", N_("The copy is not printed yet, or the document was revoked.")
            )
        if once.first_time(actor, "hand_over", f"deliverable:{document.id}", idempotency_key):
            deliverables.hand_over(
                actor,
                purpose,
                document,
                mode=mode,
                recipient=recipient.strip(),
                address=address.strip(),
                tracking_number=tracking_number.strip(),
                place=document.archive_code,
                signed_for=signed_for,
            )
