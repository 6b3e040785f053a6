"""The life of a referral as one table. Read `RULES` and you know it; `apply` is the only thing that moves a state.

    sent ─deliver→ delivered ─accept→ accepted ─decide→ (review → sign_off →) sealing ─seal/close→ closed
                       │  ↖supplement↗  │  ↖retrieval↗
                       └─ not_accepted · transferred · withdrawn

The holder `perform`s an act, which gives an event; both nodes `apply` events. The asking side's will (a supplement, a
withdrawal) comes as a signed message of the asking node and is recorded by the holder, so a chain never forks.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from dangqiao.core.errors import N_, BadInput, Conflict, Refused
from dangqiao.core.lookup.facts import check_facts
from dangqiao.core.lookup.reasons import get_reason
from dangqiao.core.lookup.referral import Event, ReferralState, chain_digest, read_time
from dangqiao.core.lookup.states import ENDED, Act, Level, Outcome, Side, Stage
from dangqiao.core.vocabulary.actor import Actor, Role


class Next(StrEnum):
    """Where an act leads if not to one fixed stage."""

    SAME = "same"
    RESUME = "resume"
    """Back to where the supplement was asked for."""
    BY_LEVEL = "by_level"
    """On to whoever must still look; after the last of them, sealing."""


class When(StrEnum):
    """What the deadline has to do with an act."""

    ANY = "any"
    IN_TIME = "in_time"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    Attributes:
        by: the capacities in which it may be done.
        facts: what must be said (see `facts.SHAPES`).
        not_by: the field of the state that names who must be somebody else.
    """

    act: Act
    sources: frozenset[Stage]
    target: Stage | Next
    by: tuple[tuple[Side, Role], ...]
    facts: tuple[str, ...] = ()
    not_by: str = ""
    when: When = When.ANY


HANDLER = (Side.HOLDER, Role.HANDLER)
REVIEWER = (Side.HOLDER, Role.REVIEWER)
SIGNATORY = (Side.HOLDER, Role.SIGNATORY)
MACHINE = (Side.HOLDER, Role.NODE)
ASKING_NODE = (Side.ASKING, Role.NODE)
"""A message signed by the asking node, which has checked that the applicant or the receiving clerk wants it."""

_WAITING = {Stage.DELIVERED, Stage.ACCEPTED}
_AT_WORK = _WAITING | {Stage.RETRIEVAL, Stage.REVIEW, Stage.SIGN_OFF}


def _rule(act: Act, sources: Iterable[Stage], target: Stage | Next, by: Any, *facts: str, **more: Any) -> Rule:
    return Rule(act, frozenset(sources), target, by, facts, **more)


RULES: tuple[Rule, ...] = (
    _rule(Act.DELIVER, {Stage.SENT}, Stage.DELIVERED, (MACHINE,), "policy_digest", "category_digest", "deadline"),
    _rule(Act.ASK_SUPPLEMENT, _WAITING, Stage.SUPPLEMENT, (HANDLER,), "materials", "deadline", "days_left"),
    _rule(Act.SUPPLEMENT, {Stage.SUPPLEMENT}, Next.RESUME, (ASKING_NODE,), "deadline"),
    _rule(Act.LAPSE, {Stage.SUPPLEMENT}, Stage.WITHDRAWN, (MACHINE,), "reason", when=When.TOO_LATE),
    _rule(Act.ACCEPT, {Stage.DELIVERED}, Stage.ACCEPTED, (HANDLER, MACHINE), "level", "deadline"),
    _rule(Act.NOT_ACCEPT, {Stage.DELIVERED}, Stage.NOT_ACCEPTED, (HANDLER,), "reason", "complaint_body"),
    _rule(Act.TRANSFER, _WAITING, Stage.TRANSFERRED, (HANDLER,), "reason", "to_archive"),
    _rule(Act.FETCH_ORIGINALS, {Stage.ACCEPTED}, Stage.RETRIEVAL, (HANDLER,)),
    _rule(Act.ORIGINALS_ARRIVED, {Stage.RETRIEVAL}, Stage.ACCEPTED, (HANDLER,)),
    _rule(
        Act.EXTEND, {Stage.ACCEPTED, Stage.RETRIEVAL}, Next.SAME, (HANDLER,), "reason", "deadline", when=When.IN_TIME
    ),
    _rule(Act.DECIDE, {Stage.ACCEPTED}, Next.BY_LEVEL, (HANDLER, MACHINE), "outcome", "level", "deliverable"),
    _rule(Act.APPROVE_REVIEW, {Stage.REVIEW}, Next.BY_LEVEL, (REVIEWER,), not_by="decided_by"),
    _rule(Act.APPROVE_SIGN_OFF, {Stage.SIGN_OFF}, Next.BY_LEVEL, (SIGNATORY,), not_by="reviewed_by"),
    _rule(Act.RETURN_FOR_REWORK, {Stage.REVIEW}, Stage.ACCEPTED, (REVIEWER,), "remark"),
    _rule(Act.RETURN_FOR_REWORK, {Stage.SIGN_OFF}, Stage.ACCEPTED, (SIGNATORY,), "remark"),
    # The document could not be made (a glyph is missing, a page image is broken): a person must look again.
    _rule(Act.RETURN_FOR_REWORK, {Stage.SEALING}, Stage.ACCEPTED, (MACHINE,), "remark"),
    _rule(Act.SEAL, {Stage.SEALING}, Stage.CLOSED, (MACHINE,), "serial", "document_digest"),
    _rule(Act.CLOSE, {Stage.SEALING}, Stage.CLOSED, (MACHINE,)),
    _rule(Act.WITHDRAW, _AT_WORK | {Stage.SUPPLEMENT}, Stage.WITHDRAWN, (ASKING_NODE,)),
    _rule(Act.ANSWER_TOO_LATE, ENDED | {Stage.SEALING}, Next.SAME, (ASKING_NODE,)),
    _rule(Act.ESCALATE, _AT_WORK | {Stage.SEALING}, Next.SAME, (MACHINE,), when=When.TOO_LATE),
)


def possible_acts(state: ReferralState) -> tuple[Rule, ...]:
    """The rows that apply where the referral stands, for buttons; `perform` may still refuse a person or a fact."""
    return tuple(rule for rule in RULES if state.stage in rule.sources)


def perform(
    state: ReferralState, act: Act, actor: Actor, at: datetime, facts: Mapping[str, Any] | None = None
) -> tuple[Event, ReferralState]:
    """An act at the holding node: the event to store and send, and the state after it.

    Deadlines among `facts` come from `clocks.facts_for`. Acts of the asking side are performed by the actor
    `node(<asking platform>)`, whose signed message asked for them.

    Raises:
        Conflict: `lookup.act_not_possible` and others: the referral has moved on. Load it again.
        Refused: `lookup.not_yours`, `lookup.same_person`, `lookup.level_too_low`.
        BadInput: `lookup.fact_missing`, `lookup.fact_unfit`, a reason that does not fit.
    """
    facts = dict(facts or {})
    if at.tzinfo is None:
        raise BadInput("lookup.time_without_zone", N_("The time of an act needs a zone."))
    rule = _rule_for(state, act)
    side, role = _capacity(rule, actor, state)
    if "reason" in facts:
        get_reason(facts["reason"], act, _outcome(facts))
    event = Event(state.sequence + 1, act, actor.id, side, role, at.astimezone(UTC), facts)
    event = event.following(state.digest)
    return event, apply(state, event)


def apply(state: ReferralState, event: Event) -> ReferralState:
    """The state after `event`; the same state if the event was applied before.

    Raises:
        Conflict: `lookup.event_missing` (a gap: wait for the ones before), `lookup.replicas_differ` (the chains have
            different content), `lookup.act_not_possible`, `lookup.deadline_not_passed`, `lookup.deadline_passed`,
            `lookup.extended_already`, `lookup.document_expected`, `lookup.no_document_expected`.
        Refused, BadInput: as `perform`.
    """
    if event.sequence <= state.sequence:
        if event.sequence == state.sequence and event.digest != state.digest:
            raise _differ(state, event)
        return state
    if event.sequence > state.sequence + 1:
        raise Conflict(
            "lookup.event_missing",
            N_("Event {got} of referral {referral} came before event {expected}."),
            referral=state.referral,
            got=event.sequence,
            expected=state.sequence + 1,
        )
    if chain_digest(state.digest, event) != event.digest:
        raise _differ(state, event)
    rule = _rule_for(state, event.act)
    if (event.side, event.role) not in rule.by:
        raise _not_yours(event.act)
    check_facts(event.act, rule.facts, event.facts)
    _check_time(rule, state, event)
    if rule.not_by and getattr(state, rule.not_by) == event.actor:
        raise Refused(
            "lookup.same_person",
            N_("Who decides, who reviews and who signs off are different people."),
            N_("Ask a colleague who holds the role."),
        )
    changed = EFFECTS[event.act](state, event) if event.act in EFFECTS else {}
    stage = _target(rule, state, changed.get("level", state.level))
    return replace(state, **_moved(state, stage, event), **changed)


def replay(state: ReferralState, events: Iterable[Event]) -> ReferralState:
    """The state after all events, in order. Raises as `apply`."""
    for event in events:
        state = apply(state, event)
    return state


def answer_to_withdrawal(state: ReferralState) -> Act:
    """Which act answers a withdrawal that arrived: `withdraw`, or `answer_too_late` once the decision stands."""
    possible = {rule.act for rule in possible_acts(state)}
    return Act.WITHDRAW if Act.WITHDRAW in possible else Act.ANSWER_TOO_LATE


def transition_table() -> str:
    """The table as text, one row a line: for the documentation, and for the eyes of a reviewer."""
    rows = [("act", "from", "to", "by", "facts", "condition")]
    for rule in RULES:
        by = ", ".join(f"{side}:{role}" for side, role in rule.by)
        condition = [rule.when.value] if rule.when is not When.ANY else []
        condition += [f"not {rule.not_by}"] if rule.not_by else []
        sources = ", ".join(stage for stage in Stage if stage in rule.sources)
        rows.append((rule.act, sources, rule.target, by, ", ".join(rule.facts), ", ".join(condition)))
    return "\n".join(" | ".join(row).rstrip(" |") for row in rows)


def _rule_for(state: ReferralState, act: Act) -> Rule:
    for rule in RULES:
        if rule.act is act and state.stage in rule.sources:
            return rule
    raise Conflict(
        "lookup.act_not_possible",
        N_("The referral has moved on; this is not possible at its present stage."),
        N_("Load it again: somebody may have been first."),
        stage=state.stage.value,
        act=act.value,
    )


def _capacity(rule: Rule, actor: Actor, state: ReferralState) -> tuple[Side, Role]:
    for side, role in rule.by:
        platform = state.asking if side is Side.ASKING else state.holder
        scope = {"platform": platform} if role is Role.NODE else {"archive": state.archive}
        if actor.may(role, **scope):
            return side, role
    raise _not_yours(rule.act)


def _check_time(rule: Rule, state: ReferralState, event: Event) -> None:
    passed = state.deadline is not None and event.at > state.deadline
    if rule.when is When.TOO_LATE and not passed:
        raise Conflict("lookup.deadline_not_passed", N_("The time limit has not passed yet."))
    if rule.when is When.IN_TIME and passed:
        raise Conflict("lookup.deadline_passed", N_("The time limit has passed; it can no longer be extended."))


def _target(rule: Rule, state: ReferralState, level: Level | None) -> Stage:
    if isinstance(rule.target, Stage):
        return rule.target
    if rule.target is Next.SAME:
        return state.stage
    if rule.target is Next.RESUME:
        return state.resume or Stage.DELIVERED
    rank = (level or Level.HANDLER).rank
    if rule.act is Act.DECIDE and rank >= Level.REVIEWER.rank:
        return Stage.REVIEW
    if rule.act is Act.APPROVE_REVIEW and rank >= Level.SIGNATORY.rank:
        return Stage.SIGN_OFF
    return Stage.SEALING


_TOLD = ("materials", "note", "complaint_body", "where_to_ask", "reason", "serial", "searched")
_AFTER_DECISION = ENDED | {Stage.REVIEW, Stage.SIGN_OFF, Stage.SEALING}


def _moved(state: ReferralState, stage: Stage, event: Event) -> dict[str, Any]:
    """What every event changes."""
    moved: dict[str, Any] = {"sequence": event.sequence, "digest": event.digest, "stage": stage}
    told = {name: event.facts[name] for name in _TOLD if name in event.facts}
    moved["told"] = {**(state.told if stage in _AFTER_DECISION else {}), **told}
    if stage is not state.stage:
        moved["since"] = event.at
    if "deadline" in event.facts:
        deadline = read_time(event.facts["deadline"])
        moved |= {"deadline": deadline, "provisional": bool(event.facts.get("provisional")), "overdue": False}
    if stage in ENDED and state.stage not in ENDED:
        moved |= {"deadline": None, "closed_at": event.at}
    return moved


def _delivered(_: ReferralState, event: Event) -> dict[str, Any]:
    return {"policy_digest": event.facts["policy_digest"], "category_digest": event.facts["category_digest"]}


def _supplement_asked(state: ReferralState, event: Event) -> dict[str, Any]:
    return {"resume": state.stage, "days_left": event.facts["days_left"], "supplements": state.supplements + 1}


def _supplemented(state: ReferralState, event: Event) -> dict[str, Any]:
    return {"resume": None, "days_left": 0, "stopped": state.stopped + max(event.at - state.since, timedelta(0))}


def _accepted(_: ReferralState, event: Event) -> dict[str, Any]:
    return {"level": Level(event.facts["level"]), "accepted_at": event.at}


def _extended(state: ReferralState, _: Event) -> dict[str, Any]:
    if state.extended:
        raise Conflict("lookup.extended_already", N_("The time limit was extended before; it can be extended once."))
    return {"extended": 1}


def _decided(state: ReferralState, event: Event) -> dict[str, Any]:
    level, outcome = Level(event.facts["level"]), Outcome(event.facts["outcome"])
    at_least = state.level or Level.HANDLER
    by_machine_alone = at_least is level is Level.INSTANT and outcome is Outcome.PROVIDED
    if level.rank < at_least.rank or (event.role is Role.NODE and not by_machine_alone):
        raise Refused(
            "lookup.level_too_low",
            N_("The policy asks for more people to look at this decision."),
            level=max(at_least, Level.HANDLER, key=lambda each: each.rank).value,
        )
    return {
        "level": level,
        "outcome": outcome,
        "deliverable": event.facts["deliverable"],
        "decided_by": event.actor,
        "reason": event.facts.get("reason", ""),
    }


def _returned(state: ReferralState, _: Event) -> dict[str, Any]:
    # Whatever came back is no longer a case for the machine alone.
    level = Level.HANDLER if state.level is Level.INSTANT else state.level
    nobody = {"decided_by": "", "reviewed_by": "", "signed_by": ""}
    return {"outcome": None, "deliverable": "", "reason": "", "level": level, **nobody}


def _sealed(state: ReferralState, _: Event) -> dict[str, Any]:
    if not state.deliverable:
        raise Conflict("lookup.no_document_expected", N_("This decision gives no document; close it without one."))
    return {}


def _closed(state: ReferralState, _: Event) -> dict[str, Any]:
    if state.deliverable:
        raise Conflict("lookup.document_expected", N_("This decision gives a document; it must be sealed first."))
    return {}


EFFECTS: dict[Act, Callable[[ReferralState, Event], dict[str, Any]]] = {
    Act.DELIVER: _delivered,
    Act.ASK_SUPPLEMENT: _supplement_asked,
    Act.SUPPLEMENT: _supplemented,
    Act.ACCEPT: _accepted,
    Act.EXTEND: _extended,
    Act.DECIDE: _decided,
    Act.APPROVE_REVIEW: lambda _, event: {"reviewed_by": event.actor},
    Act.APPROVE_SIGN_OFF: lambda _, event: {"signed_by": event.actor},
    Act.RETURN_FOR_REWORK: _returned,
    Act.SEAL: _sealed,
    Act.CLOSE: _closed,
    Act.ESCALATE: lambda state, _: {"overdue": True, "escalations": state.escalations + 1},
    Act.ANSWER_TOO_LATE: lambda _state, _event: {"withdrawal_refused": True},
    Act.NOT_ACCEPT: lambda _, event: {"outcome": Outcome.NOT_ACCEPTED, "reason": event.facts["reason"]},
    Act.WITHDRAW: lambda _state, _event: {"outcome": Outcome.WITHDRAWN, "resume": None, "deliverable": ""},
    Act.LAPSE: lambda _, event: {"outcome": Outcome.WITHDRAWN, "resume": None, "reason": event.facts["reason"]},
    Act.TRANSFER: lambda _, event: {
        "outcome": Outcome.TRANSFERRED,
        "transferred_to": event.facts["to_archive"],
        "reason": event.facts["reason"],
    },
}


def _outcome(facts: Mapping[str, Any]) -> Outcome | None:
    try:
        return Outcome(facts["outcome"]) if "outcome" in facts else None
    except ValueError:
        raise BadInput(
            "lookup.fact_unfit", N_("The fact {fact} of {act} is unfit."), fact="outcome", act="decide"
        ) from None


def _not_yours(act: Act) -> Refused:
    return Refused("lookup.not_yours", N_("Your role does not allow this for this archive's referrals."), act=act.value)


def _differ(state: ReferralState, event: Event) -> Conflict:
    return Conflict(
        "lookup.replicas_differ",
        N_("Event {sequence} of referral {referral} differs from what this node knows."),
        N_("Ask the operators of both nodes to compare the referral's events."),
        sequence=event.sequence,
        referral=state.referral,
    )
