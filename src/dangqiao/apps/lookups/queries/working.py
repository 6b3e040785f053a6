"""What the archive sees: its worklist, and one referral with everything needed to decide it."""

import json
from uuid import UUID

from django.db.models import Prefetch, Q

from dangqiao.apps.audit import services as audit
from dangqiao.apps.connectors import queries as connectors
from dangqiao.apps.fields import now
from dangqiao.apps.holdings import queries as holdings
from dangqiao.apps.holdings.records import Record
from dangqiao.apps.identity.permissions import in_scope
from dangqiao.apps.lookups import records, referrals, searching
from dangqiao.apps.lookups.forms import WorklistFilter
from dangqiao.apps.lookups.models import Decision, Referral, ReferralEvent, Search
from dangqiao.apps.lookups.queries import paging
from dangqiao.apps.lookups.queries.lines import days_left, documents_of, events_of, materials_of
from dangqiao.apps.lookups.queries.paging import Page
from dangqiao.apps.lookups.queries.views import CandidateView, DecisionView, SearchView, WorkLine, WorkView
from dangqiao.core.errors import NotThere
from dangqiao.core.lookup.machine import possible_acts
from dangqiao.core.lookup.policy import MUST_LOOK_SENTENCES, MustLook
from dangqiao.core.lookup.referral import ReferralState, holder_of
from dangqiao.core.lookup.states import ENDED, Act, Stage
from dangqiao.core.matching import Fact, Ground, MatchVerdict, Outcome, Reason
from dangqiao.core.vocabulary.actor import Actor, Role
from dangqiao.core.vocabulary.purpose import Purpose

OPEN = tuple(stage for stage in Stage if stage not in ENDED and stage is not Stage.SENT)
"""Stages of a worklist that names none."""
WARN_DAYS = 1


def worklist(actor: Actor, purpose: Purpose, filters: WorklistFilter, after: str = "") -> Page[WorkLine]:
    """The referrals of the actor's archives that are being worked on, the most urgent first. Audited.

    Raises BadInput (`lookups.cursor_unreadable`).
    """
    stages = [stage for stage in filters.stages if stage in tuple(Stage)] or list(OPEN)
    rows = Referral.objects.filter(in_scope(actor, *referrals.STAFF), referrals.held_here(), state__in=stages)
    if filters.archive_code:
        rows = rows.filter(archive_code=filters.archive_code)
    if filters.category:
        rows = rows.filter(request__category=filters.category)
    if filters.overdue:
        rows = rows.filter(overdue=True)
    position = paging.read(after)
    if position:
        rows = rows.filter(Q(due_at__gt=position.at) | Q(due_at=position.at, id__gt=position.id))
    found = list(
        rows.filter(due_at__isnull=False).select_related("request").order_by("due_at", "id")[: paging.SIZE + 1]
    )
    audit.record("referrals.listed", actor, purpose=purpose, count=len(found[: paging.SIZE]))
    return paging.page(found, lambda row: row.due_at, [_line(row) for row in found])


def _line(row: Referral) -> WorkLine:
    left = days_left(row, now())
    return WorkLine(
        id=row.id,
        number=row.request.number,
        archive_code=row.archive_code,
        category=row.request.category,
        applicant=records.applicant_of(row.request).name,
        purpose_of_use=row.request.purpose_of_use,
        stage=Stage(row.state),
        since=row.since,
        due_at=row.due_at,
        days_left=left,
        warning=left is not None and left <= WARN_DAYS and row.state != Stage.SUPPLEMENT,
        overdue=row.overdue,
        level=row.policy_level,
    )


def referral_for_handler(actor: Actor, purpose: Purpose, referral_id: UUID) -> WorkView:
    """A referral of the actor's archive: application, events, searches with their candidates, decisions. Audited.

    Raises NotThere (`lookups.referral_unknown`).
    """
    rows = Referral.objects.select_related("request").prefetch_related(
        Prefetch("events", ReferralEvent.objects.order_by("sequence")),
        Prefetch("searches", Search.objects.order_by("-id")),
        Prefetch("decisions", Decision.objects.order_by("-round")),
        "request__materials",
    )
    row = rows.filter(in_scope(actor, *referrals.STAFF), referrals.held_here(), id=referral_id).first()
    if row is None:
        raise referrals.unknown()
    request, state = row.request, referrals.state_of(row)
    audit.record("referral.read", actor, purpose=purpose, subject=f"referral:{row.id}", archive_code=row.archive_code)
    return WorkView(
        id=row.id,
        number=request.number,
        asking_platform=request.asking_platform,
        archive_code=row.archive_code,
        category=request.category,
        received_at=request.received_at,
        applicant=records.applicant_of(request),
        applicant_kind=request.applicant_kind,
        assurance=request.assurance,
        query=records.sought_of(request),
        purpose_of_use=request.purpose_of_use,
        purpose_note=request.purpose_note,
        persons_served=request.persons_served,
        kind_wanted=request.kind_wanted,
        left_out=tuple(request.left_out),
        mode_wanted=request.mode_wanted,
        postal_address=request.postal_address,
        state=state,
        holder=holder_of(state),
        days_left=days_left(row, now()),
        policy=referrals.policy_of(row),
        entitlement=searching.entitlement(request),
        acts=acts_of(actor, state),
        events=events_of(row.events.all(), staff=True),
        searches=tuple(
            _search(actor, purpose, search, with_records=number == 0)
            for number, search in enumerate(row.searches.all())
        ),
        decisions=tuple(_decision(decision) for decision in row.decisions.all()),
        materials=materials_of(request.materials.all()),
        documents=tuple(documents_of([row.id]).get(row.id, ())),
    )


def acts_of(actor: Actor, state: ReferralState) -> tuple[Act, ...]:
    """What the actor may do with a referral now: the rows of the machine's table that are theirs."""
    return tuple(
        rule.act
        for rule in possible_acts(state)
        if any(role is not Role.NODE and actor.may(role, archive=state.archive) for _side, role in rule.by)
        and not (rule.not_by and getattr(state, rule.not_by) == actor.id)
    )


def _search(actor: Actor, purpose: Purpose, row: Search, *, with_records: bool) -> SearchView:
    """Only the newest search's entries are read again: the others are history."""
    reasons = json.loads(row.reasons) if row.reasons else []
    citations = {candidate["citation"]: holdings.citation(candidate["citation"]) for candidate in row.candidates}
    origins = connectors.origins(citations.values()) if with_records else {}
    verdict = MatchVerdict(Outcome(row.outcome), Ground(row.ground), (), "", Fact(row.fact) if row.fact else None)
    return SearchView(
        id=row.pk,
        by=row.by,
        at=row.at,
        outcome=row.outcome,
        sentence=verdict.sentence,
        question=verdict.question,
        complete=row.complete,
        range_searched=row.range_searched,
        query=records.sought_from_text(row.query),
        must_look=tuple(MUST_LOOK_SENTENCES[MustLook(code)] for code in row.must_look if code in tuple(MustLook)),
        candidates=tuple(
            CandidateView(
                candidate["citation"],
                candidate["revision"],
                candidate["probability"],
                candidate["event"],
                tuple(Reason(*reason) for reason in table),
                _record(actor, purpose, candidate["citation"], row) if with_records else None,
                origins.get(citations[candidate["citation"]]),
            )
            for candidate, table in zip(row.candidates, reasons, strict=True)
        ),
    )


def _record(actor: Actor, purpose: Purpose, citation: str, row: Search) -> Record | None:
    try:
        return holdings.entry(actor, purpose, holdings.citation(citation), subject=f"referral:{row.referral_id}")
    except NotThere:
        return None


def _decision(row: Decision) -> DecisionView:
    return DecisionView(
        row.round,
        row.outcome,
        row.kind,
        tuple(tuple(entry) for entry in row.entries),
        row.reason_code,
        row.note,
        row.decided_by,
        row.decided_at,
    )
