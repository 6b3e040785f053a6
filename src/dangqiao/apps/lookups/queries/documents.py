"""One document as its archive sees it: its copies, how each was handed over, and what may be done with it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dangqiao.apps.audit import services as audit
from dangqiao.apps.deliverables.models import Deliverable, Delivery
from dangqiao.apps.deliverables.revoking import MAY_REVOKE
from dangqiao.apps.deliverables.services import files_of
from dangqiao.apps.identity.permissions import in_scope
from dangqiao.apps.lookups import referrals
from dangqiao.apps.lookups.models import Referral
from dangqiao.core.errors import N_, NotThere
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose


@dataclass(frozen=True, slots=True)
class CopyView:
    """One copy (第N份). `formats`: its files; none while it is being made. `deliveries`: oldest first."""

    id: UUID
    number: int
    paper: bool
    formats: tuple[str, ...]
    ordered_at: datetime
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document with all its copies.

    Attributes:
        number: of the application that it answers.
        revoked_at: None while it stands.
        may_revoke: whether this reader may.
    """

    id: UUID
    referral: UUID
    number: str
    archive_code: str
    kind: str
    serial: str
    applicant: str
    postal_address: str
    issued_at: datetime | None
    revoked_at: datetime | None
    revocation_reason: str
    revocation_note: str
    copies: tuple[CopyView, ...]
    may_revoke: bool


def document_for_archive(actor: Actor, purpose: Purpose, document_id: UUID) -> DocumentView:
    """A document for whoever works at the archive that issued it. Audited.

    Args:
        document_id: of any of its copies.

    Raises:
        NotThere: `lookups.document_unknown`.
    """
    row = at_archive(actor, document_id)
    referral = Referral.objects.select_related("request").get(id=row.referral_id)
    copies = list(
        Deliverable.objects.filter(archive_code=row.archive_code, serial=row.serial)
        .prefetch_related("deliveries", "files")
        .order_by("copy_number")
    )
    first = copies[0]
    content = FrozenContent.from_canonical(first.frozen_content.encode())
    audit.record(
        "deliverable.read", actor, purpose=purpose, subject=f"deliverable:{first.id}", archive_code=first.archive_code
    )
    return DocumentView(
        id=first.id,
        referral=referral.id,
        number=referral.request.number,
        archive_code=first.archive_code,
        kind=first.kind,
        serial=first.serial,
        applicant=content.applicant,
        postal_address=referral.request.postal_address,
        issued_at=first.registered_at,
        revoked_at=first.revoked_at,
        revocation_reason=first.revocation_reason,
        revocation_note=first.revocation_note,
        copies=tuple(
            CopyView(
                copy.id,
                copy.copy_number,
                copy.paper,
                tuple(file.format for file in files_of(copy) if file.storage_name),
                copy.reserved_at,
                tuple(sorted(copy.deliveries.all(), key=lambda delivery: delivery.at)),
            )
            for copy in copies
        ),
        may_revoke=first.state == Deliverable.State.REGISTERED
        and Deliverable.objects.filter(in_scope(actor, *MAY_REVOKE), id=first.id).exists(),
    )


def at_archive(actor: Actor, document_id: UUID) -> Deliverable:
    """A document of an archive that the actor works at. Raises NotThere (`lookups.document_unknown`)."""
    referral = Referral.objects.filter(in_scope(actor, *referrals.STAFF), referrals.held_here())
    row = Deliverable.objects.filter(id=document_id, referral_id__in=referral.values("id")).first()
    if row is None:
        raise NotThere("lookups.document_unknown", N_("There is no such document, or it is not ready yet."))
    return row
