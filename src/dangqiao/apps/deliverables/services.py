"""Issuing in two transactions with a job between.

1. `reserve`: the serial is given out and the content frozen, in the transaction of the decision.
2. the job `deliverables.seal` sets it in type and seals it, from the frozen content, as often as it is killed;
3. `register`: once per decision, with evidence; the request's own app is told through settings.DELIVERABLE_REGISTERED.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from dangqiao.apps.audit import services as audit
from dangqiao.apps.deliverables import renewal, seals
from dangqiao.apps.deliverables.marks import entered, marked
from dangqiao.apps.deliverables.models import (
    Deliverable,
    DeliverableFile,
    Delivery,
    Format,
    Kind,
    Mode,
    VerificationRecord,
)
from dangqiao.apps.directory.models import Archive
from dangqiao.apps.exchange import services as exchange
from dangqiao.apps.fields import now
from dangqiao.apps.ledger.services import evidence
from dangqiao.apps.ports import port
from dangqiao.apps.work import services as work
from dangqiao.core import categories
from dangqiao.core.errors import N_, Conflict
from dangqiao.core.federation.messages import DeliverableIssued, ObjectReference
from dangqiao.core.sealing import wording
from dangqiao.core.sealing.content import DeliverableKind, Fact, FrozenContent, PageImage
from dangqiao.core.sealing.statement import LETTERS
from dangqiao.core.vocabulary.actor import Actor, node
from dangqiao.core.vocabulary.purpose import Purpose

MEDIA_TYPES = {Format.PDF: "application/pdf", Format.OFD: "application/ofd"}
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a decision wants issued.

    Attributes:
        referral: the referral it answers; `round` which of its decisions.
        applicant: name as it is to be printed.
        purpose: purpose of use in words.
        reference_codes: of what was found; empty for a notice of not found.
        facts: the lines of the table.
        pages: for a copy.
        range_searched: for a notice of not found: what was searched, in words.
        left_out: paths of the fields that have no line because the applicant wanted so.
    """

    referral: UUID
    round: int
    archive: str
    category: str
    kind: Kind
    applicant: str
    purpose: str
    reference_codes: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    pages: tuple[PageImage, ...] = ()
    range_searched: str = ""
    left_out: tuple[str, ...] = ()


def reserve(actor: Actor, purpose: Purpose, draft: Draft) -> Deliverable:
    """Gives out the serial, freezes the content and enqueues sealing, in the caller's transaction.

    The same referral and round again gives the same deliverable.

    Raises:
        BadInput: of `core.sealing.wording.check`, or of `core.sealing.own_wording.parse` where the archive's own words
            cannot be used; Malformed: `wording.unreadable`.
    """
    with transaction.atomic():
        same = Deliverable.objects.filter(referral_id=draft.referral, round=draft.round, kind=draft.kind, copy_number=1)
        if known := same.first():
            return known
        today = now().astimezone(SHANGHAI).date()
        number = work.named_number(f"serial:{draft.archive}:{draft.kind}:{today.year}")
        serial = f"{draft.archive}-{today.year}-{LETTERS[DeliverableKind(draft.kind)]}{number:06d}"
        content = marked(_freeze(draft, serial, today))
        wording.check(content)
        deliverable = entered(content, draft.referral, draft.round)
        audit.record(
            "deliverable.reserved",
            actor,
            purpose=purpose,
            subject=f"deliverable:{deliverable.id}",
            archive_code=draft.archive,
            kind=draft.kind,
        )
        return deliverable


def _freeze(draft: Draft, serial: str, today: date) -> FrozenContent:
    """All but what `marked` adds."""
    category = port("wording")().applied(categories.get(draft.category), draft.archive)
    archive = Archive.objects.get(code=draft.archive)
    kind = DeliverableKind(draft.kind)
    opening, statements = wording.paragraphs(
        category, kind, archive.name, draft.reference_codes, draft.range_searched, bool(draft.left_out)
    )
    return FrozenContent(
        kind=kind,
        category=category.id,
        category_name=category.name.zh,
        archive=archive.code,
        archive_name=archive.name,
        platform=settings.PLATFORM_CODE,
        serial=serial,
        code="",
        verification_url="",
        issued_on=today,
        applicant=draft.applicant,
        purpose=draft.purpose,
        reference_codes=draft.reference_codes,
        opening=opening,
        facts=draft.facts,
        statements=statements,
        pages=draft.pages,
        test=settings.NODE_IS_TEST,
        left_out=draft.left_out,
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """A sealed file in the object store. `seal_fingerprint`: SHA-256 (hex) of the certificate that sealed it."""

    format: Format
    sha256: str
    size: int
    storage_name: str
    seal_fingerprint: str


def register(deliverable_id: UUID, files: Sequence[Stored]) -> None:
    """Enters a sealed document into the register with all its files; a second time changes nothing.

    Raises:
        Conflict: `deliverable.not_reserved`, it was revoked meanwhile.
    """
    with transaction.atomic():
        row = Deliverable.objects.select_for_update().get(id=deliverable_id)
        if row.state == Deliverable.State.REGISTERED:
            return
        if row.state != Deliverable.State.RESERVED:
            raise Conflict("deliverable.not_reserved", N_("The document is no longer waiting to be sealed."))
        DeliverableFile.objects.bulk_create(DeliverableFile(deliverable=row, **asdict(file)) for file in files)
        row.state, row.registered_at = Deliverable.State.REGISTERED, now()
        row.save()
        us = node(settings.PLATFORM_CODE)
        for file in files:
            evidence("deliverable.registered", subject=f"deliverable:{row.id}", digest=file.sha256, actor=us.id)
        audit.record("deliverable.registered", us, subject=f"deliverable:{row.id}", archive_code=row.archive_code)
        for pdf in row.files.filter(format=Format.PDF).exclude(seal_fingerprint=""):
            seals.require_active(pdf.seal_fingerprint)
            renewal.later(pdf)
        import_string(settings.DELIVERABLE_REGISTERED)(row)


def cannot_be_made(row: Deliverable, why: str) -> None:
    """Notes that a document cannot be made as decided, for example because no font has a character; its serial stays
    used, and the referral goes back to the handler.
    """
    with transaction.atomic():
        audit.record("deliverable.impossible", node(settings.PLATFORM_CODE), subject=f"deliverable:{row.id}")
        import_string(settings.DELIVERABLE_IMPOSSIBLE)(row, why)


def name_of(row: Deliverable) -> str:
    """What its files are called: the serial, and which copy it is."""
    return row.serial if row.copy_number == 1 else f"{row.serial}-{row.copy_number}"


def files_of(row: Deliverable) -> list[DeliverableFile]:
    """A document's files, the PDF first."""
    return sorted(row.files.all(), key=lambda file: Format.values.index(file.format))


def announce(row: Deliverable, receiver: str, *, correlation: str = "") -> None:
    """Tells the asking platform that the document's files are there to be fetched, in the caller's transaction."""
    files = files_of(row)
    for file in files:
        exchange.offer_object(file.sha256, receiver=receiver, storage_name=file.storage_name, size=file.size)
    payload = DeliverableIssued(
        referral=str(row.referral_id),
        serial=row.serial,
        kind=row.kind,
        archive=row.archive_code,
        issued_at=row.registered_at or now(),
        files=[
            ObjectReference(
                sha256=file.sha256,
                size=file.size,
                media_type=MEDIA_TYPES[Format(file.format)],
                name=f"{name_of(row)}.{file.format}",
                kind=row.kind,
            )
            for file in files
        ],
        verification_code=row.verification_code,
        pages=0,
        copy_number=row.copy_number,
    )
    exchange.send(receiver, payload, correlation=correlation)


def hand_over(
    actor: Actor,
    purpose: Purpose,
    deliverable: Deliverable,
    *,
    mode: Mode,
    recipient: str = "",
    address: str = "",
    tracking_number: str = "",
    place: str = "",
    signed_for: bool = False,
) -> Delivery:
    """Records that a document was handed over."""
    with transaction.atomic():
        delivery = Delivery.objects.create(
            deliverable=deliverable,
            mode=mode,
            by=actor.id,
            recipient=recipient,
            address=address,
            tracking_number=tracking_number,
            place=place,
            signed_for=signed_for,
        )
        audit.record(
            "deliverable.handed_over",
            actor,
            purpose=purpose,
            subject=f"deliverable:{deliverable.id}",
            archive_code=deliverable.archive_code,
            mode=mode,
        )
        return delivery


def note_verification(way: str, verdict: str, reasons: Sequence[str], issuer_archive: str = "") -> None:
    """Notes that somebody verified something; without personal data, so without an actor."""
    VerificationRecord.objects.create(way=way, verdict=verdict, reasons=list(reasons), issuer_archive=issuer_archive)
