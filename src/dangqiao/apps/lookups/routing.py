"""Finding the custodian on the asking side: coverage first, blind inquiries where it is not known, referrals out."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.directory.models import ArchiveDivision
from dangqiao.apps.exchange import services as exchange
from dangqiao.apps.fields import new_id, now
from dangqiao.apps.holdings.models import HoldingCoverage
from dangqiao.apps.lookups import materials, records, referrals, telling
from dangqiao.apps.lookups.forms import Sought
from dangqiao.apps.lookups.models import Inquiry, LookupRequest, Referral
from dangqiao.apps.work import services as work
from dangqiao.core import categories
from dangqiao.core.errors import N_, BadInput
from dangqiao.core.federation import messages
from dangqiao.core.lookup import routing
from dangqiao.core.lookup.progress import Routing
from dangqiao.core.lookup.referral import sent
from dangqiao.core.vocabulary.dates import parse_partial_date
from dangqiao.core.vocabulary.divisions import current, named_first

PATIENCE = timedelta(days=2)
"""How long blind inquiries may stay unanswered: a node may be away, but nobody waits for ever."""
MOST_POSSIBLE = 3
"""Archives of one platform that are asked after `possible`: more are too vague a hint to send a person's request."""
MOST_NAMESAKES = 3
"""Divisions of one name (鼓楼区) that are all taken for the place."""


def start(request_id: UUID) -> None:
    """Decides whom to ask and asks; a second time changes nothing."""
    with transaction.atomic():
        request = LookupRequest.objects.select_for_update().get(id=request_id)
        if request.routing_state != Routing.NOT_BEGUN:
            return
        chosen = request.routing.get("chosen", "")
        if chosen:
            request.routing["reasons"] = ["chosen"]
            create_referral(request, chosen)
        else:
            verdict = routing.route(_facts(request), _coverage(request.category), _platforms(request.category))
            request.routing |= {"reasons": list(verdict.reasons), "elsewhere": list(verdict.elsewhere)}
            for target in verdict.referrals:
                create_referral(request, target.archive)
            for platform in verdict.inquiries:
                _inquire(request, platform)
        _settle(request)


def _settle(request: LookupRequest, *, wait: bool = True) -> None:
    """Ends the routing of a locked request when no answer is waited for any more, and tells whoever asked in vain."""
    open_still = wait and request.inquiries.filter(answered_at=None).exists()
    request.routing_state = Routing.OPEN if open_still else Routing.DONE
    request.save(update_fields=["routing", "routing_state"])
    if not (open_still or request.routing.get("withdrawn") or request.referrals.exists()):
        telling.of_nowhere(request)


def create_referral(request: LookupRequest, archive_code: str, came_from: Referral | None = None) -> Referral | None:
    """Asks an archive, in the caller's transaction; None if it was asked before or the applicant has withdrawn.

    Raises NotThere (`directory.archive_unknown`).
    """
    platform = directory.archive(archive_code).platform_id
    if request.routing.get("withdrawn") or request.referrals.filter(archive_code=archive_code).exists():
        return None
    row = Referral(
        id=new_id(), request=request, archive_code=archive_code, holder_platform=platform, transferred_from=came_from
    )
    linked = [str(other) for other in request.referrals.values_list("id", flat=True)]
    begun = sent(str(row.id), asking=settings.PLATFORM_CODE, holder=platform, archive=archive_code, at=row.sent_at)
    referrals.remember(row, begun)
    row.save(force_insert=True)
    references, seen = materials.offer(request.materials.all(), platform)
    submitted = messages.ReferralSubmitted(
        referral=str(row.id),
        request=str(request.id),
        archive=archive_code,
        category=request.category,
        purpose=request.purpose_of_use,
        received_at=request.received_at,
        applicant=records.applicant_message(request),
        query=records.to_wire(records.sought_of(request)),
        acceptance_point=request.acceptance_point,
        category_digest=categories.digest(categories.get(request.category)),
        purpose_note=request.purpose_note,
        persons_served=request.persons_served,
        wanted=[request.kind_wanted],
        delivery=messages.Delivery(mode=request.mode_wanted, address=request.postal_address),
        materials=references,
        linked=linked,
        seen=seen,
        left_out=request.left_out,
    )
    exchange.send(platform, submitted, correlation=request.number)
    return row


def _inquire(request: LookupRequest, platform: str) -> None:
    inquiry = Inquiry.objects.create(request=request, platform=platform)
    asked = messages.InquiryAsked(
        inquiry=str(inquiry.id),
        category=request.category,
        purpose=request.purpose_of_use,
        consented_at=request.received_at,
        query=records.to_wire(records.sought_of(request)),
    )
    exchange.send(platform, asked)


def answered(inquiry_id: UUID, platform: str, archives: list[str]) -> None:
    """Takes a platform's answer to an inquiry, in the caller's transaction. A late answer still leads somewhere.

    Raises BadInput (`lookups.inquiry_unknown`).
    """
    inquiry = Inquiry.objects.filter(id=inquiry_id, platform=platform).first()
    if inquiry is None:
        raise BadInput(
            "lookups.inquiry_unknown", N_("This node made no such inquiry to {platform}."), platform=platform
        )
    # The request's lock decides between two answers that come at once.
    request = LookupRequest.objects.select_for_update().get(id=inquiry.request_id)
    if Inquiry.objects.filter(id=inquiry_id, answered_at=None).update(answered_at=now(), archives=archives) == 0:
        return
    own = {code for code, row in directory.archives(archives).items() if row.platform_id == platform}
    for archive in [code for code in archives if code in own][:MOST_POSSIBLE]:
        if create_referral(request, archive):
            request.routing.setdefault("by_inquiry", []).append(archive)
    _settle(request, wait=request.routing_state == Routing.OPEN)


def unanswered(inquiry_id: UUID, platform: str, code: str) -> None:
    """Stops waiting for a platform's answer to an inquiry that it refused, in the caller's transaction."""
    inquiry = Inquiry.objects.filter(id=inquiry_id, platform=platform, answered_at=None).first()
    if inquiry is None:
        return
    request = LookupRequest.objects.select_for_update().get(id=inquiry.request_id)
    if Inquiry.objects.filter(id=inquiry_id, answered_at=None).update(answered_at=now(), archives=[]):
        request.routing.setdefault("inquiries_refused", {})[platform] = code
        _settle(request, wait=request.routing_state == Routing.OPEN)


def give_up_waiting(limit: int = 200) -> int:
    """Ends the routing of requests whose inquiries have been unanswered for too long; how many. A periodic job."""
    late = LookupRequest.objects.filter(routing_state=Routing.OPEN, received_at__lt=now() - PATIENCE)
    ids = list(late.values_list("id", flat=True)[:limit])
    for request_id in ids:
        with transaction.atomic():
            request = LookupRequest.objects.select_for_update().get(id=request_id)
            request.routing["unanswered"] = request.inquiries.filter(answered_at=None).count()
            _settle(request, wait=False)
    return len(ids)


def follow_transfer(referral_id: UUID) -> None:
    """Asks the archive to which a referral was transferred; a second time changes nothing.

    Raises NotThere (`directory.archive_unknown`): the job tries again when the directory is newer.
    """
    with transaction.atomic():
        before = Referral.objects.select_related("request").get(id=referral_id)
        request = LookupRequest.objects.select_for_update().get(id=before.request_id)
        create_referral(request, referrals.state_of(before).transferred_to, came_from=before)


def enqueue_transfer(row: Referral) -> None:
    """Adds the job for `follow_transfer` in the caller's transaction."""
    work.enqueue("lookups.transfer", key=f"transfer:{row.id}", payload={"referral": str(row.id)})


def _facts(request: LookupRequest) -> routing.RouteFacts:
    sought = records.sought_of(request)
    year = sought.event_year or parse_partial_date(sought.event_date).year
    return routing.RouteFacts(
        category=request.category,
        places=places_of(sought),
        year_from=year,
        year_to=year,
        blind_inquiry=categories.get(request.category).blind_inquiry,
        consent=request.inquiry_consent,
    )


def places_of(sought: Sought) -> tuple[routing.Place, ...]:
    """The places named, with their division of today where it is clear which one is meant."""
    return tuple(
        place for text in (sought.place, sought.other_place) if text.strip() for place in _places(text.strip())
    )


def _places(text: str) -> list[routing.Place]:
    words = "".join(text.split())
    named, rest = named_first(words)
    divisions = list(dict.fromkeys(now.code for one in named for now in current(one.code)))
    office = words if rest else ""
    if not 0 < len(divisions) <= MOST_NAMESAKES:
        return [routing.Place(office=words)]
    return [routing.Place(division, office) for division in divisions]


def _coverage(category: str) -> list[routing.Coverage]:
    """This node's own table, and for archives of which it says nothing: that each serves its division."""
    own = settings.PLATFORM_CODE
    known = [
        routing.Coverage(
            row.archive_code,
            own,
            category,
            row.division_code,
            row.office,
            row.year_from,
            row.year_to,
            routing.CoverageState(row.state),
            row.custodian,
        )
        for row in HoldingCoverage.objects.filter(category=category)
    ]
    detailed = {row.archive for row in known}
    divisions: dict[str, list[str]] = {}
    for archive, division in ArchiveDivision.objects.values_list("archive_id", "division_code"):
        divisions.setdefault(archive, []).append(division)
    listed = [
        routing.Coverage(archive.code, archive.platform_id, category, division)
        for archive in directory.archives_of(category=category)
        if archive.code not in detailed
        for division in divisions.get(archive.code, [archive.code])
    ]
    return known + listed


def _platforms(category: str) -> dict[str, set[str]]:
    serving = {archive.platform_id for archive in directory.archives_of(category=category)}
    return {platform: {category} for platform in serving}
