"""Opening files: issued documents, and materials that applicants showed."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from dangqiao.apps.audit import services as audit
from dangqiao.apps.deliverables.models import Deliverable, DeliverableFile, Format
from dangqiao.apps.deliverables.services import MEDIA_TYPES, name_of
from dangqiao.apps.identity.permissions import in_scope
from dangqiao.apps.lookups import referrals
from dangqiao.apps.lookups.models import LookupRequest, Referral, RequestMaterial
from dangqiao.apps.lookups.services.asking import may_follow
from dangqiao.apps.ports import port
from dangqiao.core.errors import N_, NotThere
from dangqiao.core.lookup.states import Stage
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose


@dataclass(frozen=True, slots=True)
class File:
    """A file to be sent. `chunks` can be read once."""

    name: str
    media_type: str
    size: int
    chunks: Iterator[bytes]


def deliverable_file(actor: Actor, purpose: Purpose, deliverable_id: UUID, format: str = Format.PDF) -> File:
    """A file of an issued document, for the applicant, the counter that received the request, or the archive. Audited.

    Raises NotThere (`lookups.document_unknown`), also while it is not ready.
    """
    rows = DeliverableFile.objects.exclude(storage_name="").select_related("deliverable")
    file = rows.filter(
        deliverable=deliverable_id, deliverable__state=Deliverable.State.REGISTERED, format=format
    ).first()
    document = file.deliverable if file else None
    if file is None or document is None or not _may_open(actor, document):
        raise NotThere("lookups.document_unknown", N_("There is no such document, or it is not ready yet."))
    audit.record(
        "deliverable.read",
        actor,
        purpose=purpose,
        subject=f"deliverable:{document.id}",
        archive_code=document.archive_code,
        format=file.format,
    )
    name, media_type = f"{name_of(document)}.{file.format}", MEDIA_TYPES[Format(file.format)]
    return File(name, media_type, file.size, port("storage").chunks(file.storage_name))


def material_file(actor: Actor, purpose: Purpose, material_id: int) -> File:
    """An uploaded material, for whoever works on one of the request's referrals, or brought it. Audited.

    Raises NotThere (`lookups.material_not_there`), also while it is not fetched.
    """
    row = RequestMaterial.objects.filter(id=material_id).exclude(storage_name="").first()
    if row is None or not (_works_on(actor, row.request_id) or _follows(actor, row.request_id)):
        raise NotThere("lookups.material_not_there", N_("There is no such file, or it has not arrived yet."))
    audit.record("material.read", actor, purpose=purpose, subject=f"request:{row.request_id}", kind=row.kind)
    return File(row.file_name, row.media_type, row.size, port("storage").chunks(row.storage_name))


def _may_open(actor: Actor, document: Deliverable) -> bool:
    row = Referral.objects.filter(id=document.referral_id).first()
    if row is None:
        return False
    staff = Referral.objects.filter(in_scope(actor, *referrals.STAFF), referrals.held_here(), id=row.id).exists()
    return staff or (not document.paper and row.state == Stage.CLOSED and _follows(actor, row.request_id))


def _follows(actor: Actor, request_id: UUID) -> bool:
    return LookupRequest.objects.filter(may_follow(actor), id=request_id).exists()


def _works_on(actor: Actor, request_id: UUID) -> bool:
    rows = Referral.objects.filter(in_scope(actor, *referrals.STAFF), referrals.held_here(), request=request_id)
    return rows.exists()
