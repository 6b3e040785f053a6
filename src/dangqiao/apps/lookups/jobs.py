"""Background work of requests and referrals. Each job may be killed and run again."""

import tempfile
from logging import getLogger
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.fields import now
from dangqiao.apps.lookups import acting, once, receiving, referrals, routing, telling
from dangqiao.apps.lookups.calendar import calendar
from dangqiao.apps.lookups.forms import LARGEST_FILE
from dangqiao.apps.lookups.models import LookupRequest, Referral
from dangqiao.apps.ports import port
from dangqiao.apps.work import services as work
from dangqiao.apps.work.services import Later
from dangqiao.core.errors import DangqiaoError, NotThere
from dangqiao.core.federation.objects import ask_for
from dangqiao.core.federation.ports import Kind
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.lookup.clocks import due_events
from dangqiao.core.lookup.states import Act
from dangqiao.core.vocabulary.purpose import Purpose

log = getLogger(__name__)

BATCH = 200
UNKNOWN_ARCHIVE_SECONDS = 600
"""How often it is looked whether the directory knows the archive of a transfer now."""
FACTS_OF_TIME: dict[Act, dict[str, Any]] = {Act.LAPSE: {"reason": "supplement_lapsed"}, Act.ESCALATE: {}}


def route(payload: dict[str, Any]) -> None:
    """Decides whom to ask for a request and asks."""
    routing.start(UUID(payload["request"]))


def transfer(payload: dict[str, Any]) -> None:
    """Asks the archive to which a referral was transferred. One that is not in the directory yet is waited for: the
    holder may know a newer directory; `doctor` names the wait."""
    try:
        routing.follow_transfer(UUID(payload["referral"]))
    except NotThere as error:
        if error.code != "directory.archive_unknown":
            raise
        work.enqueue("directory.update", key=f"{work.PERIODIC}directory.update:transfer:{now():%Y%m%d%H%M}")
        raise Later(str(error), UNKNOWN_ARCHIVE_SECONDS) from error


def tidy(payload: dict[str, Any]) -> None:
    """Forgets calls that were carried out so long ago that nobody repeats them."""
    once.forget_old()


def search(payload: dict[str, Any]) -> None:
    """Searches for a referral that came in."""
    receiving.search_by_machine(UUID(payload["referral"]))


def tell(payload: dict[str, Any]) -> None:
    """Tells an applicant that something waits for them."""
    telling.tell(UUID(payload["request"]), payload["what"])


def clocks(payload: dict[str, Any]) -> None:
    """What the passing of time asks for: supplements that lapse, limits that are exceeded, inquiries given up."""
    routing.give_up_waiting()
    late = Referral.objects.filter(referrals.held_here(), due_at__lt=now(), overdue=False)
    for referral_id in late.order_by("due_at").values_list("id", flat=True)[:BATCH]:
        try:
            tick(referral_id)
        except DangqiaoError as error:
            # One that cannot be moved must not hold up the others.
            log.warning("referral %s: %s", referral_id, error)


def tick(referral_id: UUID) -> None:
    """Performs what is due for one referral; nothing where that has happened."""
    with transaction.atomic():
        row = referrals.locked(referral_id, referrals.held_here())
        for due in due_events(referrals.state_of(row), now(), calendar()):
            if due.act:
                acting.perform(row, due.act, acting.machine_actor(), Purpose.HANDLING, FACTS_OF_TIME[due.act])


def fetch_materials(payload: dict[str, Any]) -> None:
    """Fetches the files that an application refers to from the asking node."""
    request = LookupRequest.objects.get(id=payload["request"])
    member = directory.required().member(request.asking_platform)
    if member is None:
        raise refuse("exchange.unknown_receiver", member=request.asking_platform)
    for row in request.materials.exclude(sha256="").filter(storage_name=""):
        wanted = ask_for(row.sha256, us=settings.PLATFORM_CODE, holder=request.asking_platform, now=now())
        token = port("envelope_cipher").sign(wanted.to_bytes(), Kind.OBJECT_REQUEST)
        with tempfile.TemporaryDirectory(dir=settings.NODE_FOLDER) as folder:
            path = Path(folder) / "material"
            port("transport").fetch(member.endpoint, row.sha256, token=token, into=path, limit=LARGEST_FILE)
            row.storage_name = port("storage").put(path.read_bytes())
        row.save(update_fields=["storage_name"])
