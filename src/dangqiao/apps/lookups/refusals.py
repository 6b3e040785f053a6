"""What a message of ours that will have no effect means for an application: nobody waits for an answer to it."""

from uuid import UUID

from django.conf import settings

from dangqiao.apps.lookups import routing, telling
from dangqiao.apps.lookups.models import LookupRequest, Referral
from dangqiao.core.lookup.states import Stage


def submission_refused(subject: str, receiver: str, code: str) -> None:
    """The archive's platform could not take an application: it says so on the page, and the applicant is told.

    The referral itself has one writer, the holder, and stays as it is: when the cause is removed there or here and the
    message is replayed, it goes on by itself.
    """
    row = Referral.objects.filter(id=UUID(subject), holder_platform=receiver).select_related("request").first()
    if row is None or row.request.asking_platform != settings.PLATFORM_CODE or row.state != Stage.SENT:
        return
    request = LookupRequest.objects.select_for_update().get(id=row.request_id)
    refused = request.routing.setdefault("refused", {})
    found_blindly = row.archive_code in request.routing.get("by_inquiry", ())
    if row.archive_code not in refused and not found_blindly:
        telling.of_refusal(row)
    refused[row.archive_code] = code
    request.save(update_fields=["routing"])


def inquiry_refused(subject: str, receiver: str, code: str) -> None:
    """A platform will not answer an inquiry: nobody waits for it any longer."""
    routing.unanswered(UUID(subject), receiver, code)
