"""Telling applicants that something waits for them: a short message that names nothing but the number."""

from uuid import UUID

from django.utils.translation import gettext, override

from dangqiao.apps.lookups import records
from dangqiao.apps.lookups.models import LookupRequest, Referral
from dangqiao.apps.ports import port
from dangqiao.apps.work import services as work
from dangqiao.core.errors import N_
from dangqiao.core.lookup.states import Act

_ANSWERED = N_("Application {number}: an archive has answered. Please log in and look, or ask at the counter.")
SENTENCES: dict[str, str] = {
    Act.ASK_SUPPLEMENT: N_("Application {number}: the archive needs something more from you. Please log in and look."),
    Act.NOT_ACCEPT: _ANSWERED,
    Act.SEAL: _ANSWERED,
    Act.CLOSE: _ANSWERED,
    Act.EXTEND: N_("Application {number}: the archive needs more time. Please log in and look."),
    Act.LAPSE: N_("Application {number}: nothing more came from you in time, so it counts as withdrawn."),
    "refused": N_("Application {number}: an archive could not take it. Please log in and look, or ask at the counter."),
    "revoked": N_("Application {number}: the archive has revoked its document. Do not use it; please log in and look."),
    "nowhere": N_("Application {number}: no archive could be found for it. Please log in and read where else to ask."),
}
"""What is told of an act; of others nothing."""


def of_act(row: Referral, act: Act) -> None:
    """Adds the job that tells the applicant of an act, in the caller's transaction."""
    if act in SENTENCES:
        _enqueue(row.request_id, act, f"{row.id}:{row.sequence}")


def of_nowhere(request: LookupRequest) -> None:
    """Adds the job that tells the applicant that nobody could be asked, in the caller's transaction."""
    _enqueue(request.id, "nowhere", str(request.id))


def of_refusal(row: Referral) -> None:
    """Adds the job that tells the applicant that an archive could not take it, in the caller's transaction."""
    _enqueue(row.request_id, "refused", f"{row.id}:refused")


def of_revocation(row: Referral, serial: str) -> None:
    """Adds the job that tells the applicant that a document was revoked, in the caller's transaction."""
    _enqueue(row.request_id, "revoked", f"{row.id}:revoked:{serial}")


def _enqueue(request_id: UUID, what: str, once: str) -> None:
    work.enqueue("lookups.tell", key=f"tell:{once}", payload={"request": str(request_id), "what": str(what)})


def tell(request_id: UUID, what: str) -> None:
    """Sends the message in the applicant's language; nothing where no phone is known.

    Raises Unavailable (`sms.unavailable`).
    """
    request = LookupRequest.objects.select_related("applicant_user").get(id=request_id)
    phone = records.applicant_of(request).phone
    if not phone:
        return
    with override(request.applicant_user.language if request.applicant_user else "zh-hans"):
        port("sms").send(phone, gettext(SENTENCES[what]).format(number=request.number))
