"""What messages about documents do here."""

from dangqiao.apps.deliverables import renewal
from dangqiao.apps.deliverables.models import Deliverable, DeliverableFile
from dangqiao.apps.deliverables.services import MEDIA_TYPES
from dangqiao.apps.fields import keyed_hash, new_id
from dangqiao.apps.work import services as work
from dangqiao.core.federation.messages import DeliverableIssued, DeliverableReceived, read_as
from dangqiao.core.federation.receiving import Message
from dangqiao.core.federation.refusals import refuse


def issued(message: Message) -> None:
    """Another node has a document for us: note its files and fetch them. Whether the sender may speak about this
    referral was checked by the lookups app, which calls this.
    """
    payload = read_as(DeliverableIssued, message.envelope)
    copies = Deliverable.objects.filter(archive_code=payload.archive, serial=payload.serial).order_by("copy_number")
    first = copies.first()
    if first is not None and first.issuer_platform != message.envelope.sender:
        raise refuse("exchange.not_yours", sender=message.envelope.sender, subject=payload.serial, type="issued")
    if copies.filter(copy_number=payload.copy_number).exists():
        return
    formats = {media_type: format for format, media_type in MEDIA_TYPES.items()}
    # A format that this version does not know is left with the issuer; the message keeps its name.
    files = {formats[file.media_type]: file for file in reversed(payload.files) if file.media_type in formats}
    if not files:
        raise refuse("exchange.payload_invalid", type=message.envelope.type, where="files")
    row = Deliverable.objects.create(
        id=new_id(),
        referral_id=payload.referral,
        round=first.round if first else _rounds(payload.referral) + 1,
        archive_code=payload.archive,
        issuer_platform=message.envelope.sender,
        category="",
        kind=payload.kind,
        serial=payload.serial,
        copy_number=payload.copy_number,
        verification_code=payload.verification_code,
        verification_code_hash=keyed_hash(payload.verification_code, "verification_code"),
        content_digest="",
        state=Deliverable.State.ANNOUNCED,
    )
    DeliverableFile.objects.bulk_create(
        DeliverableFile(deliverable=row, format=format, sha256=file.sha256, size=file.size)
        for format, file in files.items()
    )
    work.enqueue(
        "deliverables.fetch",
        key=f"fetch:{row.id}",
        payload={"deliverable": str(row.id), "message": message.envelope.id},
        lane=f"peer:{message.envelope.sender}",
    )


def _rounds(referral: str) -> int:
    """How many decisions of a referral brought a document here."""
    return Deliverable.objects.filter(referral_id=referral, copy_number=1).count()


def received(message: Message) -> None:
    """The asking node has the document. The message itself is the evidence; only its right to speak is checked."""
    payload = read_as(DeliverableReceived, message.envelope)
    copies = Deliverable.objects.filter(referral_id=payload.referral, serial=payload.serial)
    ours = {digest for copy in copies for digest in renewal.digests_of(copy)}
    if not {payload.sha256, *(file.sha256 for file in payload.files)} <= ours:
        raise refuse("exchange.not_yours", sender=message.envelope.sender, subject=payload.serial, type="received")
