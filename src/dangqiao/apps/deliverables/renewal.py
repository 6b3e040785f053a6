"""Making issued documents last: each PDF is lengthened soon after it was issued (B-LTA), and again before its newest
time stamp ages. The register knows every form that a file ever had.

OFD has no such thing: what it proves after its time-stamp authority's certificate ended, the register proves.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from logging import getLogger
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from dangqiao.apps.audit import services as audit
from dangqiao.apps.deliverables import seals
from dangqiao.apps.deliverables.models import Deliverable, DeliverableFile, EarlierForm, Format
from dangqiao.apps.fields import now
from dangqiao.apps.ledger.services import evidence
from dangqiao.apps.ports import port
from dangqiao.apps.work import services as work
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.vocabulary.actor import Actor, node
from dangqiao.core.vocabulary.purpose import Purpose

log = getLogger(__name__)

RENEW_BEFORE = timedelta(days=365)
"""A time stamp with less than this left is renewed: a year in which an authority may fail to answer."""
AFTER_ISSUE = 60
"""Seconds from issue to lengthening: by then the applicant has the document, and nobody waits."""
BATCH = 500


def file_by_digest(sha256: str) -> DeliverableFile | None:
    """The registered file with this SHA-256 (hex), in whichever of its forms; None if there is none."""
    found = DeliverableFile.objects.filter(Q(sha256=sha256) | Q(earlier_forms__sha256=sha256))
    return found.select_related("deliverable").first()


def digests_of(deliverable: Deliverable) -> set[str]:
    """The SHA-256 (hex) of every form of every file of a document."""
    files = DeliverableFile.objects.filter(deliverable=deliverable)
    return {one for pair in files.values_list("sha256", "earlier_forms__sha256") for one in pair if one}


def later(file: DeliverableFile) -> None:
    """Has a file that was just registered lengthened in the background, in the caller's transaction."""
    work.enqueue("deliverables.lengthen", key=f"lengthen:{file.sha256}", payload={"file": file.pk}, delay=AFTER_ISSUE)


def lengthen_job(payload: dict[str, Any]) -> None:
    """The job of `later`."""
    file = DeliverableFile.objects.get(pk=payload["file"])
    if file.stamp_until is None:
        lengthen(node(settings.PLATFORM_CODE), Purpose.OPERATION, file)


def renew_job(payload: dict[str, Any]) -> None:
    """The periodic job: seals that have expired are noted, time stamps that age are renewed. One file that cannot be
    read does not keep the others from it.
    """
    seals.expire()
    for file in due(now() + RENEW_BEFORE):
        try:
            lengthen(node(settings.PLATFORM_CODE), Purpose.OPERATION, file)
        except DangqiaoError as error:
            log.warning("deliverable %s is not lengthened: %s", file.deliverable_id, error)


def due(before: datetime) -> Iterator[DeliverableFile]:
    """This node's sealed PDFs whose newest time stamp ends before a moment, or that were never lengthened though they
    were issued a day ago; the oldest first, at most `BATCH`.
    """
    ours = DeliverableFile.objects.filter(
        format=Format.PDF, deliverable__issuer_platform=settings.PLATFORM_CODE, deliverable__registered_at__isnull=False
    ).exclude(seal_fingerprint="")
    forgotten = Q(stamp_until=None, deliverable__registered_at__lt=now() - timedelta(days=1))
    yield from ours.filter(Q(stamp_until__lt=before) | forgotten).order_by("stamp_until", "pk")[:BATCH]


def lengthen(actor: Actor, purpose: Purpose, file: DeliverableFile) -> bool:
    """Gives a file one more time stamp, over all that proves the ones before; whether it did: another worker may have
    been first.

    Raises:
        Unavailable: `timestamp.unavailable`, `timestamp.refused`, `seals.revocation_missing`,
            `seals.revocation_unavailable`.
    """
    longer = port("sealer").lengthen(port("storage").get(file.storage_name))
    name = port("storage").put(longer.document)
    with transaction.atomic():
        row = DeliverableFile.objects.select_for_update().get(pk=file.pk)
        if row.sha256 != file.sha256:
            return False
        EarlierForm.objects.create(file=row, sha256=row.sha256, size=row.size, storage_name=row.storage_name)
        row.sha256, row.size, row.storage_name = name, len(longer.document), name
        row.stamp_until = longer.stamp_until
        row.save(update_fields=["sha256", "size", "storage_name", "stamp_until"])
        subject = f"deliverable:{row.deliverable_id}"
        evidence("deliverable.lengthened", subject=subject, digest=row.sha256, actor=actor.id)
        audit.record("deliverable.lengthened", actor, purpose=purpose, subject=subject)
    return True
