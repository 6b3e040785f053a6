"""What the deliverables app calls (settings.DELIVERABLE_REGISTERED, DELIVERABLE_IMPOSSIBLE), in its transaction."""

from django.conf import settings

from dangqiao.apps.deliverables import services as deliverables
from dangqiao.apps.deliverables.models import Deliverable, Kind
from dangqiao.apps.lookups import acting, issuing, referrals
from dangqiao.core.lookup.states import Act, Stage
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.vocabulary.purpose import Purpose


def deliverable_registered(document: Deliverable) -> None:
    """The document is sealed and registered: the referral is closed with it, counted, and the asking node told."""
    row = referrals.locked(document.referral_id, referrals.held_here())
    if referrals.state_of(row).stage is not Stage.SEALING:
        return
    content = FrozenContent.from_canonical(document.frozen_content.encode())
    certificates = 1 if document.kind == Kind.CERTIFICATE else 0
    issuing.measure(row, pages=len(content.pages), certificates=certificates)
    facts = {"serial": document.serial, "document_digest": deliverables.files_of(document)[0].sha256}
    acting.perform(row, Act.SEAL, acting.machine_actor(), Purpose.HANDLING, facts)
    if row.request.asking_platform != settings.PLATFORM_CODE:
        deliverables.announce(document, row.request.asking_platform, correlation=row.request.number)


def deliverable_impossible(document: Deliverable, why: str) -> None:
    """The document cannot be made as decided: the referral goes back to a person, with the reason."""
    row = referrals.locked(document.referral_id, referrals.held_here())
    if referrals.state_of(row).stage is not Stage.SEALING:
        return
    acting.perform(row, Act.RETURN_FOR_REWORK, acting.machine_actor(), Purpose.HANDLING, {"remark": why[:500]})
