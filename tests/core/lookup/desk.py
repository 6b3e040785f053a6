"""A desk at which referrals are handled: acts with people of an invented archive, and the replica that follows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from dangqiao.core.lookup import clocks, machine
from dangqiao.core.lookup.policy import Policy
from dangqiao.core.lookup.referral import Event, ReferralState, sent
from dangqiao.core.lookup.states import Act, Level
from dangqiao.core.vocabulary.actor import Actor, Grant, Role, ScopeKind, node

ASKING, HOLDING, ARCHIVE = "340000", "310000", "310115"
MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai."""


def member(name: str, role: Role, archive: str = ARCHIVE) -> Actor:
    return Actor(f"user:{name}", (Grant(role, ScopeKind.ARCHIVE, archive),))


PEOPLE = {
    "handler": member("h1", Role.HANDLER),
    "reviewer": member("r1", Role.REVIEWER),
    "signatory": member("s1", Role.SIGNATORY),
    "everything": Actor(
        "user:all",
        tuple(Grant(role, ScopeKind.ARCHIVE, ARCHIVE) for role in (Role.HANDLER, Role.REVIEWER, Role.SIGNATORY)),
    ),
    "stranger": member("x1", Role.HANDLER, "310101"),
    "machine": node(HOLDING),
    "asking": node(ASKING),
}
FACTS: dict[Act, dict[str, Any]] = {
    Act.DELIVER: {"policy_digest": "p", "category_digest": "c"},
    Act.ASK_SUPPLEMENT: {"materials": ["notarised_mandate"]},
    Act.LAPSE: {"reason": "supplement_lapsed"},
    Act.ACCEPT: {"level": "handler"},
    Act.NOT_ACCEPT: {"reason": "outside_holdings", "complaint_body": "上海市档案局"},
    Act.TRANSFER: {"reason": "held_elsewhere", "to_archive": "310101"},
    Act.EXTEND: {"reason": "originals_must_be_fetched"},
    Act.DECIDE: {
        "outcome": "provided",
        "deliverable": "copy",
        "level": "handler",
        "entries": [["marriage", "1", 1, 1]],
    },
    Act.RETURN_FOR_REWORK: {"remark": "look at page 2 again"},
    Act.SEAL: {"serial": "310115-2026-1", "document_digest": "d"},
}
"""Good facts for each act, without those about time."""


class Desk:
    """Acts at the holder; every event also reaches a replica, which must agree."""

    people = PEOPLE

    def __init__(self) -> None:
        self.policy = Policy("marriage")
        self.calendar = clocks.WorkingCalendar(years=frozenset({2026}))
        self.now = MONDAY
        self.state = self.replica = self.beginning()
        self.events: list[Event] = []

    @staticmethod
    def beginning() -> ReferralState:
        return sent("referral-1", asking=ASKING, holder=HOLDING, archive=ARCHIVE, at=MONDAY)

    def do(self, act: Act, who: str = "machine", **facts: Any) -> ReferralState:
        timely = clocks.facts_for(self.state, act, self.now, self.policy, self.calendar)
        event, state = machine.perform(
            self.state, act, PEOPLE[who], self.now, {**timely, **FACTS.get(act, {}), **facts}
        )
        self.replica = machine.apply(self.replica, Event.from_dict(event.as_dict()))
        assert self.replica == state
        self.state = state
        self.events.append(event)
        return state

    def accepted(self, level: Level = Level.HANDLER) -> "Desk":
        self.do(Act.DELIVER)
        self.do(Act.ACCEPT, "machine" if level is Level.INSTANT else "handler", level=level.value)
        return self

    def later(self, **by: float) -> "Desk":
        self.now += timedelta(**by)
        return self

    def due(self) -> tuple[clocks.Due, ...]:
        return clocks.due_events(self.state, self.now, self.calendar, self.policy.warn_days)
