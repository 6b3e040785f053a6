"""Taking a document back (撤销): with all its copies, with a coded reason, told to everybody whom it concerns."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from dangqiao.apps.audit import services as audit
from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.fields import now
from dangqiao.apps.identity.permissions import require
from dangqiao.apps.ledger.services import evidence
from dangqiao.apps.work import services as work
from dangqiao.core.errors import N_, BadInput, Conflict, NotThere
from dangqiao.core.federation.messages import DeliverableRevoked
from dangqiao.core.sealing.revocation import REASONS
from dangqiao.core.vocabulary.actor import Actor, Role, node
from dangqiao.core.vocabulary.purpose import Purpose

MAY_REVOKE = (Role.REVIEWER, Role.SIGNATORY)
"""Never the handler alone: whoever made a document does not also take it back."""
LONGEST_NOTE = 500


def revoke(actor: Actor, purpose: Purpose, document_id: UUID, *, reason: str, note: str, serial: str) -> None:
    """Revokes a document of this platform with all its copies. A second time changes nothing.

    The asking platform and the applicant are told through settings.DELIVERABLE_REVOKED, anybody else by the list of
    revoked documents, which is signed anew at once.

    Args:
        reason: a code of `core.sealing.revocation.REASONS`; `other` needs a note.
        serial: the serial number typed once more, so that nobody revokes the wrong one.

    Raises:
        NotThere: `deliverable.unknown`; Refused: `permission.missing`.
        BadInput: `deliverable.revocation_unfit`, `deliverable.serial_differs`.
        Conflict: `deliverable.not_registered`, it is still being made.
    """
    if reason not in REASONS or (reason == "other" and not note.strip()) or len(note) > LONGEST_NOTE:
        raise BadInput(
            "deliverable.revocation_unfit",
            N_("Give a reason; where it is another one, explain it in the note, in at most 500 characters."),
        )
    with transaction.atomic():
        first = _locked(document_id)
        require(actor, *MAY_REVOKE, archive=first.archive_code)
        if "".join(serial.split()).upper() != first.serial:
            raise BadInput(
                "deliverable.serial_differs",
                N_("This is not the serial number of the document."),
                N_("Type it as it stands on the document that you mean."),
            )
        if first.state == Deliverable.State.REVOKED:
            return
        if first.state != Deliverable.State.REGISTERED:
            raise Conflict("deliverable.not_registered", N_("The document is not in the register yet."))
        _mark(first, reason, note.strip(), actor, purpose)
        work.enqueue("deliverables.status", key=f"status:{first.id}")


def told(payload: DeliverableRevoked, issuer: str) -> None:
    """Another platform has revoked its document: marks the copies here, in the caller's transaction."""
    rows = Deliverable.objects.select_for_update()
    first = rows.filter(issuer_platform=issuer, archive_code=payload.archive, serial=payload.serial).first()
    if first is not None and first.state != Deliverable.State.REVOKED:
        _mark(first, payload.reason, payload.note, node(issuer), Purpose.HANDLING, at=payload.revoked_at)


def message(row: Deliverable) -> DeliverableRevoked:
    """What the asking platform is told of a revoked document."""
    return DeliverableRevoked(
        referral=str(row.referral_id),
        serial=row.serial,
        archive=row.archive_code,
        revoked_at=row.revoked_at or now(),
        reason=row.revocation_reason,
        note=row.revocation_note,
    )


def _mark(row: Deliverable, reason: str, note: str, actor: Actor, purpose: Purpose, at: datetime | None = None) -> None:
    """Marks all copies, those that are still being made included, and says so everywhere."""
    copies = Deliverable.objects.filter(archive_code=row.archive_code, serial=row.serial)
    row.state, row.revoked_at = Deliverable.State.REVOKED, at or now()
    row.revocation_reason, row.revocation_note = reason, note
    for copy in copies:
        copy.state, copy.revoked_at = row.state, row.revoked_at
        copy.revocation_reason, copy.revocation_note = reason, note
        copy.save(update_fields=["state", "revoked_at", "revocation_reason", "revocation_note"])
        digest = next((file.sha256 for file in copy.files.order_by("-format")), copy.content_digest)
        if digest:
            evidence("deliverable.revoked", subject=f"deliverable:{copy.id}", digest=digest, actor=actor.id)
    audit.record(
        "deliverable.revoked",
        actor,
        purpose=purpose,
        subject=f"deliverable:{row.id}",
        archive_code=row.archive_code,
        count=len(copies),
        reason=reason,
    )
    import_string(settings.DELIVERABLE_REVOKED)(row)


def _locked(document_id: UUID) -> Deliverable:
    """The row, locked. Raises NotThere (`deliverable.unknown`), also for another platform's document."""
    rows = Deliverable.objects.select_for_update().filter(issuer_platform=settings.PLATFORM_CODE)
    row = rows.filter(id=document_id).first()
    if row is None:
        raise NotThere("deliverable.unknown", N_("There is no such document of this platform."))
    return row
