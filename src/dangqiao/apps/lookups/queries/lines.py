"""Rows as lines of a view: what applicant and staff see alike."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.deliverables.services import files_of
from dangqiao.apps.lookups.calendar import calendar
from dangqiao.apps.lookups.models import Referral, ReferralEvent, RequestMaterial
from dangqiao.apps.lookups.queries.views import DocumentLine, EventLine, MaterialLine
from dangqiao.core.lookup.states import STAGES, Act, Clock, Stage
from dangqiao.core.sealing.revocation import REASONS

FOR_APPLICANTS = frozenset({"materials", "reason", "complaint_body", "to_archive", "note", "deadline", "serial"})
"""Facts of an event that an applicant may see; remarks are for colleagues, an outcome is not final before the end."""


def events_of(rows: Iterable[ReferralEvent], *, staff: bool) -> tuple[EventLine, ...]:
    """Events in order. Applicants see neither decisions that may still be returned, nor who of the archive acted."""
    return tuple(
        EventLine(
            row.sequence,
            Act(row.act),
            row.at,
            row.side,
            row.role,
            row.actor if staff else "",
            row.facts if staff else {name: row.facts[name] for name in FOR_APPLICANTS & row.facts.keys()},
        )
        for row in rows
        if staff or row.act not in _INTERNAL
    )


_INTERNAL = frozenset({Act.DECIDE, Act.APPROVE_REVIEW, Act.APPROVE_SIGN_OFF, Act.RETURN_FOR_REWORK})


def documents_of(referral_ids: Iterable[UUID]) -> dict[UUID, list[DocumentLine]]:
    """The documents of each referral that are issued, oldest first."""
    shown = [Deliverable.State.REGISTERED, Deliverable.State.ANNOUNCED, Deliverable.State.REVOKED]
    found: dict[UUID, list[DocumentLine]] = {}
    rows = Deliverable.objects.filter(referral_id__in=list(referral_ids), state__in=shown).order_by("reserved_at")
    for row in rows.prefetch_related("files"):
        ready = row.state == Deliverable.State.REGISTERED
        formats = tuple(file.format for file in files_of(row) if file.storage_name)
        line = DocumentLine(
            row.id,
            row.kind,
            row.serial,
            row.archive_code,
            row.registered_at,
            ready,
            () if row.paper else formats,  # for the archive's hand only, before its seal is on it
            row.copy_number,
            row.paper,
            row.revoked_at,
            REASONS[row.revocation_reason].label if row.revocation_reason in REASONS else "",
            row.revocation_note,
        )
        found.setdefault(row.referral_id, []).append(line)
    return found


def materials_of(rows: Iterable[RequestMaterial]) -> tuple[MaterialLine, ...]:
    """Materials in the order in which they came."""
    ordered = sorted(rows, key=lambda row: row.id)
    return tuple(
        MaterialLine(row.id, row.kind, row.file_name, row.round, row.seen_by, bool(row.storage_name)) for row in ordered
    )


def days_left(row: Referral, at: datetime) -> int | None:
    """Working days until the deadline; None where no limit runs."""
    if row.due_at is None or STAGES[Stage(row.state)].clock is Clock.NONE:
        return None
    return calendar().days_left(at, row.due_at)
