"""What the asking side sees: the applicant their own requests, an acceptance point those that it received."""

from collections.abc import Iterable
from dataclasses import replace

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet

from dangqiao.apps.audit import services as audit
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.fields import now
from dangqiao.apps.identity.queries import account_id
from dangqiao.apps.lookups import records, referrals
from dangqiao.apps.lookups.calendar import calendar
from dangqiao.apps.lookups.models import LookupRequest, Referral, ReferralEvent
from dangqiao.apps.lookups.queries import paging
from dangqiao.apps.lookups.queries.lines import documents_of, events_of, materials_of
from dangqiao.apps.lookups.queries.paging import Page
from dangqiao.apps.lookups.queries.views import DocumentLine, Nowhere, ReferralView, RequestLine, RequestView
from dangqiao.apps.lookups.services.asking import received_at_points_of, request_for
from dangqiao.core.errors import N_
from dangqiao.core.lookup.clocks import due_events
from dangqiao.core.lookup.progress import RequestProgress, RequestState, Routing, derive_request_state
from dangqiao.core.lookup.reasons import REASONS
from dangqiao.core.lookup.referral import ReferralState, holder_of
from dangqiao.core.lookup.routing import ROUTING_SENTENCES, RoutingReason
from dangqiao.core.lookup.states import Stage
from dangqiao.core.vocabulary.actor import Actor, Assurance
from dangqiao.core.vocabulary.entitlement import ApplicantKind
from dangqiao.core.vocabulary.purpose import Purpose

NOBODY = N_("No archive could be found that may hold this record.")
CIRCLE = N_("The archives passed the application on to one another, and none of them answers it.")
_SAID = {RoutingReason.CUSTODIAN_UNKNOWN, RoutingReason.CUSTODIAN_KNOWN, RoutingReason.SEVERAL_PLACES}
"""Reasons that are no news to somebody for whom no archive was found."""


def my_requests(actor: Actor, after: str = "") -> Page[RequestLine]:
    """The applicant's own requests, newest first. Nothing personal is shown.

    Raises Refused (`identity.no_account`), BadInput (`lookups.cursor_unreadable`).
    """
    rows = _newest(LookupRequest.objects.filter(applicant_user=account_id(actor)), after)
    return paging.page(rows, lambda row: row.received_at, [_line(row) for row in rows])


def point_requests(actor: Actor, purpose: Purpose, after: str = "") -> Page[RequestLine]:
    """The requests that the actor's acceptance points received, newest first. Audited.

    Raises BadInput (`lookups.cursor_unreadable`).
    """
    mine = received_at_points_of(actor) & Q(asking_platform=settings.PLATFORM_CODE)
    rows = _newest(LookupRequest.objects.filter(mine), after)
    lines = [_line(row, name=records.applicant_of(row).name) for row in rows]
    audit.record("requests.listed", actor, purpose=purpose, count=len(lines[: paging.SIZE]))
    return paging.page(rows, lambda row: row.received_at, lines)


def request_for_applicant(actor: Actor, purpose: Purpose, number: str) -> RequestView:
    """A request with all that the applicant, or the counter that received it, may see. Audited.

    Raises NotThere (`lookups.request_unknown`).
    """
    request = request_for(actor, number)
    events = Prefetch("events", ReferralEvent.objects.order_by("sequence"))
    rows = list(request.referrals.order_by("sent_at").prefetch_related(events))
    shown = [row for row in rows if not _hidden(request, row)]
    names = {code: row.name for code, row in directory.archives(row.archive_code for row in shown).items()}
    documents = documents_of(row.id for row in shown)
    audit.record("request.read", actor, purpose=purpose, subject=f"request:{request.id}")
    return RequestView(
        number=request.number,
        category=request.category,
        channel=request.channel,
        acceptance_point=request.acceptance_point,
        received_at=request.received_at,
        applicant=records.applicant_of(request),
        applicant_kind=request.applicant_kind,
        query=records.sought_of(request),
        purpose_of_use=request.purpose_of_use,
        kind_wanted=request.kind_wanted,
        left_out=tuple(request.left_out),
        mode_wanted=request.mode_wanted,
        progress=_progress(request, rows),
        withdrawal_asked=bool(request.routing.get("withdrawn")),
        referrals=tuple(
            _referral(row, names.get(row.archive_code, row.archive_code), documents.get(row.id, ())) for row in shown
        ),
        nowhere=_nowhere(request, rows),
        materials=materials_of(request.materials.all()),
    )


def _newest(rows: QuerySet[LookupRequest], after: str) -> list[LookupRequest]:
    position = paging.read(after)
    if position:
        rows = rows.filter(Q(received_at__lt=position.at) | Q(received_at=position.at, id__lt=position.id))
    return list(rows.order_by("-received_at", "-id").prefetch_related("referrals")[: paging.SIZE + 1])


def _line(row: LookupRequest, name: str = "") -> RequestLine:
    return RequestLine(row.number, row.category, row.received_at, _progress(row, list(row.referrals.all())), name)


def _progress(request: LookupRequest, rows: list[Referral]) -> RequestProgress:
    shown = [row for row in rows if not _hidden(request, row)]
    routing = Routing(request.routing_state) if len(shown) == len(rows) else Routing.OPEN
    states = [referrals.state_of(row) for row in shown]
    if not request.routing.get("withdrawn"):
        return derive_request_state(states, routing)
    # What was passed on after the withdrawal goes to nobody any more.
    states = [state for state in states if state.stage is not Stage.TRANSFERRED]
    progress = derive_request_state(states, Routing.DONE)
    return progress if states else replace(progress, state=RequestState.WITHDRAWN)


def _hidden(request: LookupRequest, row: Referral) -> bool:
    """An archive that a blind inquiry found is shown only when somebody entitled asks: when the applicant was seen by
    a clerk, is proved to ask for their own record, or the archive has found the application good."""
    if row.archive_code not in request.routing.get("by_inquiry", ()):
        return False
    own = request.applicant_kind == ApplicantKind.PARTY and request.assurance >= Assurance.REAL_NAME
    established = own or request.assurance >= Assurance.IN_PERSON
    return not established and row.state in (Stage.SENT, Stage.DELIVERED)


def _referral(row: Referral, name: str, documents: Iterable[DocumentLine]) -> ReferralView:
    state = referrals.state_of(row)
    late = state.stage is Stage.SENT and bool(due_events(state, now(), calendar()))
    return ReferralView(
        id=row.id,
        archive_code=row.archive_code,
        archive_name=name,
        stage=state.stage,
        holder=holder_of(state),
        outcome=state.answer,
        sent_at=row.sent_at,
        due_at=state.deadline,
        provisional=state.provisional,
        undelivered=late,
        overdue=state.overdue,
        told=_told(state),
        reason=_reason(state),
        transferred_to=state.transferred_to,
        withdrawal_refused=state.withdrawal_refused,
        events=events_of(row.events.all(), staff=False),
        documents=tuple(documents) if state.ended else (),
        refused=row.request.routing.get("refused", {}).get(row.archive_code, "") if state.stage is Stage.SENT else "",
    )


def _told(state: ReferralState) -> dict[str, object]:
    """Until an answer is final, only what the applicant is asked for: a reviewer may still return the decision."""
    if state.ended or state.stage is Stage.SUPPLEMENT:
        return dict(state.told)
    return {}


def _reason(state: ReferralState) -> tuple[str, str] | None:
    reason = REASONS.get(state.reason) if state.ended else None
    return (reason.sentence("zh"), reason.sentence("en")) if reason else None


def _nowhere(request: LookupRequest, rows: list[Referral]) -> Nowhere | None:
    if request.routing_state != Routing.DONE or request.routing.get("withdrawn"):
        return None
    if rows:
        asked = {row.archive_code for row in rows}
        circle = all(referrals.state_of(row).transferred_to in asked for row in rows)
        return Nowhere((CIRCLE,), ()) if circle else None
    codes = [code for code in request.routing.get("reasons", ()) if code in tuple(RoutingReason)]
    sentences = [ROUTING_SENTENCES[RoutingReason(code)] for code in codes if RoutingReason(code) not in _SAID]
    return Nowhere((NOBODY, *sentences), tuple(request.routing.get("elsewhere", ())))
