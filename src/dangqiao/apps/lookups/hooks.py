"""What lower apps call, in their transactions: settings.DELIVERABLE_REGISTERED, DELIVERABLE_IMPOSSIBLE and
CONNECTOR_ANSWERED."""

from django.conf import settings

from dangqiao.apps.deliverables import revoking
from dangqiao.apps.deliverables import services as deliverables
from dangqiao.apps.deliverables.models import Deliverable, Kind
from dangqiao.apps.exchange import services as exchange
from dangqiao.apps.lookups import acting, issuing, referrals, telling
from dangqiao.apps.lookups.models import Referral
from dangqiao.apps.work import services as work
from dangqiao.core.lookup.states import Act, Stage
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.vocabulary.purpose import Purpose


def deliverable_registered(document: Deliverable) -> None:
    """The document is sealed and registered: the referral is closed with it, counted, and the asking node told."""
    row = referrals.locked(document.referral_id, referrals.held_here())
    if document.copy_number > 1:
        _announce(document, row)
        return
    if referrals.state_of(row).stage is not Stage.SEALING:
        return
    content = FrozenContent.from_canonical(document.frozen_content.encode())
    certificates = 1 if document.kind == Kind.CERTIFICATE else 0
    issuing.measure(row, pages=len(content.pages), certificates=certificates)
    facts = {"serial": document.serial, "document_digest": deliverables.files_of(document)[0].sha256}
    acting.perform(row, Act.SEAL, acting.machine_actor(), Purpose.HANDLING, facts)
    _announce(document, row)


def _announce(document: Deliverable, row: Referral) -> None:
    """Tells the asking node of a document that it can fetch; paper goes its own way."""
    if row.request.asking_platform != settings.PLATFORM_CODE and not document.paper:
        deliverables.announce(document, row.request.asking_platform, correlation=row.request.number)


def deliverable_revoked(document: Deliverable) -> None:
    """The document was revoked: the asking node is told, or where this is the asking node, the applicant."""
    row = Referral.objects.select_related("request").get(id=document.referral_id)
    if row.request.asking_platform == settings.PLATFORM_CODE:
        telling.of_revocation(row, document.serial)
    else:
        told = revoking.message(document)
        exchange.send(row.request.asking_platform, told, correlation=row.request.number)


def deliverable_impossible(document: Deliverable, why: str) -> None:
    """The document cannot be made as decided: the referral goes back to a person, with the reason."""
    row = referrals.locked(document.referral_id, referrals.held_here())
    if referrals.state_of(row).stage is not Stage.SEALING:
        return
    acting.perform(row, Act.RETURN_FOR_REWORK, acting.machine_actor(), Purpose.HANDLING, {"remark": why[:500]})


def connector_answered(subject: str, answer: str) -> None:
    """An existing platform's people have answered a question about a referral: it is searched for again."""
    kind, _, referral = subject.partition(":")
    if kind == "referral":
        work.enqueue("lookups.search", key=f"search:{referral}:{answer}", payload={"referral": referral})
