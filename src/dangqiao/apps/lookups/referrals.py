"""A referral row and its state machine: load it locked, let the core perform or apply, store what came of it.

Everything that moves a referral at the holder goes through `perform`; everything that moves a replica through
`replicate`. Both run in the caller's transaction.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from dangqiao.apps.audit import services as audit
from dangqiao.apps.exchange import services as exchange
from dangqiao.apps.fields import now
from dangqiao.apps.identity.permissions import in_scope
from dangqiao.apps.ledger.services import evidence
from dangqiao.apps.lookups import policies
from dangqiao.apps.lookups.calendar import calendar
from dangqiao.apps.lookups.models import Referral, ReferralEvent
from dangqiao.core.errors import N_, NotThere
from dangqiao.core.federation import messages
from dangqiao.core.lookup import clocks, machine
from dangqiao.core.lookup.policy import Policy
from dangqiao.core.lookup.referral import Event, ReferralState
from dangqiao.core.lookup.states import Act
from dangqiao.core.vocabulary.actor import Actor, Role

STAFF = (Role.HANDLER, Role.REVIEWER, Role.SIGNATORY)
"""Who works on referrals at an archive."""


def unknown() -> NotThere:
    """What is not there and what may not be seen look the same."""
    return NotThere(
        "lookups.referral_unknown", N_("There is no such referral, or it is not your archive's."), N_("Check the list.")
    )


def locked(referral_id: UUID, condition: Q) -> Referral:
    """The referral, locked until the transaction ends, if `condition` is true for it.

    Raises NotThere (`lookups.referral_unknown`).
    """
    rows = Referral.objects.select_for_update(of=("self",)).select_related("request")
    row = rows.filter(condition, id=referral_id).first()
    if row is None:
        raise unknown()
    return row


def held_here() -> Q:
    """Referrals whose only writer is this node."""
    return Q(holder_platform=settings.PLATFORM_CODE)


def locked_for(actor: Actor, referral_id: UUID) -> Referral:
    """A referral held here that the actor's archive works on. Raises NotThere."""
    return locked(referral_id, held_here() & in_scope(actor, *STAFF))


def state_of(row: Referral) -> ReferralState:
    """The core's state of a row."""
    return ReferralState.from_dict(row.state_data)


def policy_of(row: Referral) -> Policy:
    """The policy that the referral pinned; before delivery the one in force."""
    if row.policy_digest:
        return policies.pinned(row.policy_digest)
    return policies.in_force(row.archive_code, row.request.category)


def perform(row: Referral, act: Act, actor: Actor, purpose: str, facts: dict[str, Any] | None = None) -> Event:
    """Performs an act on a locked referral held here: event, state, evidence, audit, message to the asking node.

    Raises what `core.lookup.machine.perform` raises.
    """
    state, moment = state_of(row), now()
    timed = clocks.facts_for(state, act, moment, policy_of(row), calendar())
    event, after = machine.perform(state, act, actor, moment, {**(facts or {}), **timed})
    _store(row, event, after)
    audit.record(
        "referral.acted",
        actor,
        purpose=purpose,
        subject=f"referral:{row.id}",
        archive_code=row.archive_code,
        act=act.value,
        sequence=event.sequence,
    )
    if row.request.asking_platform != settings.PLATFORM_CODE:
        exchange.send(
            row.request.asking_platform, messages.ReferralEvent(**_wire(row, event)), correlation=row.request.number
        )
    return event


def replicate(row: Referral, event: Event) -> bool:
    """Applies the holder's event to a locked replica; False if it was applied before.

    Raises what `core.lookup.machine.apply` raises: Conflict (`lookup.event_missing`, `lookup.replicas_differ`).
    """
    state = state_of(row)
    after = machine.apply(state, event)
    if after is state:
        return False
    _store(row, event, after)
    return True


def _store(row: Referral, event: Event, after: ReferralState) -> None:
    ReferralEvent.objects.create(
        referral=row,
        sequence=event.sequence,
        act=event.act,
        actor=event.actor,
        side=event.side,
        role=event.role,
        at=event.at,
        facts=dict(event.facts),
        digest=event.digest,
    )
    remember(row, after)
    row.save()
    evidence("referral.event", subject=f"referral:{row.id}", digest=event.digest, actor=event.actor)


def remember(row: Referral, state: ReferralState) -> None:
    """Writes a state into the row's columns; the caller saves."""
    row.state_data = state.as_dict()
    row.state, row.outcome = state.stage, state.answer or ""
    row.policy_level = state.level or ""
    row.sequence, row.chain, row.overdue = state.sequence, state.digest, state.overdue
    row.accepted_at, row.closed_at, row.due_at, row.since = (
        state.accepted_at,
        state.closed_at,
        state.deadline,
        state.since,
    )
    row.category_digest, row.policy_digest = state.category_digest, state.policy_digest


def _wire(row: Referral, event: Event) -> dict[str, Any]:
    return {
        "referral": str(row.id),
        "sequence": event.sequence,
        "act": event.act.value,
        "actor": event.actor,
        "side": event.side.value,
        "role": event.role.value,
        "at": event.at,
        "digest": event.digest,
        "facts": dict(event.facts),
    }


def event_of(payload: messages.ReferralEvent) -> Event:
    """The core's event in a message. Raises Malformed (`lookup.event_unreadable`)."""
    row = payload.to_data()
    return Event.from_dict(row)
