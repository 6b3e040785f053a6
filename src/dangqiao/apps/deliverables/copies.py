"""Further copies (第N份) of a document that stands: electronic, or on paper for the archive's physical seal.

A copy says what the first one said, with a number, a code and a square pattern of its own; the serial is the same. So
every copy can be followed, and all are revoked together.
"""

from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from dangqiao.apps.audit import services as audit
from dangqiao.apps.deliverables.marks import entered, marked
from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.core.errors import N_, Conflict, NotThere
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose

MOST_COPIES = 99
"""Of one document; whoever needs more has been misunderstood."""


def further(actor: Actor, purpose: Purpose, document: Deliverable, *, paper: bool) -> Deliverable:
    """Orders a further copy of a document that this platform issued; it is made by the same job as the first.

    The caller has seen to it that the actor may, and that a second click does not come here.

    Raises:
        NotThere: `deliverable.unknown`, another platform issued it.
        Conflict: `deliverable.does_not_stand`, `deliverable.too_many_copies`.
    """
    with transaction.atomic():
        rows = Deliverable.objects.select_for_update()
        if document.issuer_platform != settings.PLATFORM_CODE:
            raise NotThere("deliverable.unknown", N_("There is no such document of this platform."))
        first = rows.get(archive_code=document.archive_code, serial=document.serial, copy_number=1)
        if first.state != Deliverable.State.REGISTERED:
            raise Conflict(
                "deliverable.does_not_stand",
                N_("Further copies are made only of a document that is in the register and was not revoked."),
            )
        copies = Deliverable.objects.filter(archive_code=first.archive_code, serial=first.serial)
        number = copies.aggregate(last=Max("copy_number"))["last"] + 1
        if number > MOST_COPIES:
            raise Conflict("deliverable.too_many_copies", N_("There are {count} copies already."), count=number - 1)
        content = FrozenContent.from_canonical(first.frozen_content.encode())
        copy = entered(marked(replace(content, copy_number=number, paper=paper)), first.referral_id, first.round)
        audit.record(
            "deliverable.copied",
            actor,
            purpose=purpose,
            subject=f"deliverable:{copy.id}",
            archive_code=copy.archive_code,
            count=number,
            paper=paper,
        )
        return copy
