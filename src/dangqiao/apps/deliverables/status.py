"""Lists of revoked documents: publishing this platform's, keeping those of the others fresh."""

from datetime import datetime
from logging import getLogger
from typing import Any

from django.conf import settings
from django.db.models import Max

from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.fields import now
from dangqiao.apps.ports import port
from dangqiao.core.errors import N_, DangqiaoError, NotThere
from dangqiao.core.sealing import status
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.status import FRESH, LIST_SIZE, list_of

log = getLogger(__name__)


def signed_list(number: int) -> str:
    """A list of this platform as it is now, signed.

    Raises:
        NotThere: `status.no_list`: no document has a place in it.
    """
    if not 0 <= number <= newest_list():
        raise NotThere("status.no_list", N_("There is no list of revoked documents with this number."))
    places = (number * LIST_SIZE, (number + 1) * LIST_SIZE - 1)
    revoked = _own().filter(state=Deliverable.State.REVOKED, status_index__range=places)
    bits = status.bits_of(revoked.values_list("status_index", flat=True), number)
    token: str = port("statement_signer").sign_list(status.credential(settings.PUBLIC_URL, number, bits, now()))
    return token


def last_revocation() -> str:
    """When a document of this platform was last revoked; empty where none was."""
    last = _own().filter(state=Deliverable.State.REVOKED).aggregate(last=Max("revoked_at"))["last"]
    return last.isoformat() if last else ""


def newest_list() -> int:
    """Number of the list that places are given out in; the first one is there before any document."""
    last = _own().aggregate(last=Max("status_index"))["last"]
    return list_of(last) if last is not None else 0


def refresh(payload: dict[str, Any]) -> None:
    """The job: signs own lists anew and fetches those of all platforms that are known here. What a platform that does
    not answer said last stays, with its date.
    """
    moment = now()
    trust: TrustList = port("verifier").trust(moment)
    wanted = {(platform, 0) for platform in trust.endpoints} | set(trust.status_lists)
    wanted |= {(settings.PLATFORM_CODE, number) for number in range(newest_list() + 1)}
    for platform, number in sorted(wanted):
        _renew(platform, number, moment)


def freshen(archive: str, index: int) -> bool:
    """Sees to it that the list with a document's place is not older than `FRESH`; whether a newer one came.

    Never raises: where nobody answers, the verdict says how old the list is.
    """
    moment = now()
    trust: TrustList = port("verifier").trust(moment)
    platform, number = trust.platforms.get(archive, ""), list_of(index)
    known = trust.status_lists.get((platform, number))
    if not platform or index < 0 or (known and moment - known.as_of < FRESH):
        return False
    return _renew(platform, number, moment)


def _renew(platform: str, number: int, moment: datetime) -> bool:
    try:
        if platform == settings.PLATFORM_CODE:
            port("verifier").keep_own(signed_list(number), number, moment)
        else:
            port("verifier").refresh(platform, number, moment)
    except (DangqiaoError, OSError) as error:
        log.warning("list %s of revoked documents of platform %s: %s", number, platform, error)
        return False
    return True


def _own() -> Any:
    return Deliverable.objects.filter(issuer_platform=settings.PLATFORM_CODE)
