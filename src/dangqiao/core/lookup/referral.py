"""A referral as it stands, and one event of its life. Values only: `machine` makes one from the other.

The holding node alone writes events; the asking node applies the same ones to its replica. Each event carries the
digest of the whole chain up to itself, so that two replicas can be compared by one string.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dangqiao.core.errors import N_, BadInput, Malformed
from dangqiao.core.lookup.states import ENDED, STAGES, Act, Level, Outcome, Side, Stage
from dangqiao.core.vocabulary.actor import Role, ScopeKind
from dangqiao.core.vocabulary.canonical import canonical_bytes


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a referral.

    Attributes:
        sequence: from 1, without gaps.
        actor: stable id of who acted (`Actor.id`).
        side, role: in what capacity.
        at: UTC, by the holding node's clock.
        facts: JSON values; which ones an act needs stands in `machine.RULES`. No names, no identity numbers.
        digest: of the chain up to and with this event (SHA-256, hex).
    """

    sequence: int
    act: Act
    actor: str
    side: Side
    role: Role
    at: datetime
    facts: Mapping[str, Any]
    digest: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON values, for messages and tables."""
        return {
            "sequence": self.sequence,
            "act": self.act.value,
            "actor": self.actor,
            "side": self.side.value,
            "role": self.role.value,
            "at": write_time(self.at),
            "facts": dict(self.facts),
            "digest": self.digest,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Event":
        """The reverse of `as_dict`. Raises Malformed (`lookup.event_unreadable`)."""
        try:
            return cls(
                int(row["sequence"]),
                Act(row["act"]),
                str(row["actor"]),
                Side(row["side"]),
                Role(row["role"]),
                read_time(row["at"]),
                dict(row["facts"]),
                str(row["digest"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Malformed(
                "lookup.event_unreadable",
                N_("The event cannot be read: {problem}."),
                N_("Both nodes may need the same version of the program."),
                problem=type(error).__name__,
            ) from error

    def following(self, previous: str) -> "Event":
        """This event with its digest, standing after a chain with the digest `previous`."""
        return replace(self, digest=chain_digest(previous, self))


def chain_digest(previous: str, event: Event) -> str:
    """SHA-256 (hex) over the event's canonical JSON with the digest before in the place of its own.

    The digest before the first event is that of the referral's id, archive and two platforms (`sent`).
    Raises BadInput (`lookup.facts_not_plain`) for facts without a canonical form: fractions, for example.
    """
    try:
        content = canonical_bytes({**event.as_dict(), "digest": previous})
    except ValueError as error:
        raise BadInput(
            "lookup.facts_not_plain", N_("The facts of an act are text, whole numbers, true or false.")
        ) from error
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a referral now, and since when. `code` is the archive's or platform's; empty for the applicant."""

    side: Side
    role: Role
    scope: ScopeKind
    code: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ReferralState:
    """One archive's part of a request, as it stands after `sequence` events.

    Attributes:
        since: when it came to whoever has it now.
        deadline: when the limit of this stage ends (UTC, the end of a day in Asia/Shanghai); None: no limit.
        provisional: the deadline rests on a year whose holidays are not yet known.
        days_left: working days that were left when the clock stopped.
        stopped: how long the clock has been stopped in all.
        resume: where a supplement leads back to.
        overdue: the present deadline has passed and was reported; `escalations` counts all such reports.
        decided_by, reviewed_by, signed_by: who did so in the present round of the decision.
        withdrawal_refused: a withdrawal came too late.
    """

    referral: str
    asking: str
    holder: str
    archive: str
    since: datetime
    digest: str
    sequence: int = 0
    stage: Stage = Stage.SENT
    outcome: Outcome | None = None
    level: Level | None = None
    policy_digest: str = ""
    category_digest: str = ""
    deadline: datetime | None = None
    provisional: bool = False
    days_left: int = 0
    stopped: timedelta = timedelta(0)
    resume: Stage | None = None
    extended: int = 0
    supplements: int = 0
    overdue: bool = False
    escalations: int = 0
    decided_by: str = ""
    reviewed_by: str = ""
    signed_by: str = ""
    deliverable: str = ""
    reason: str = ""
    transferred_to: str = ""
    withdrawal_refused: bool = False
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    """Facts of the last event that the applicant must see: materials asked for, complaint body, where else to ask."""

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be expected of this archive."""
        return self.stage in ENDED

    @property
    def answer(self) -> Outcome | None:
        """The outcome as the applicant may see it: not before it is final, for a reviewer may still return it."""
        return self.outcome if self.ended else None

    def as_dict(self) -> dict[str, Any]:
        """JSON values: times as text, durations in seconds."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "ReferralState":
        """The reverse of `as_dict`; fields that a later version added get their defaults."""
        known = {each.name for each in fields(cls)}
        values = {name: _READ[name](value) if name in _READ else value for name, value in row.items() if name in known}
        return cls(**values)


def sent(referral: str, *, asking: str, holder: str, archive: str, at: datetime) -> ReferralState:
    """The beginning, the same on both nodes: the referral is on its way. `asking` and `holder` are platform codes."""
    genesis = {"referral": referral, "asking": asking, "holder": holder, "archive": archive}
    digest = hashlib.sha256(canonical_bytes(genesis)).hexdigest()
    return ReferralState(referral, asking, holder, archive, at, digest)


def holder_of(state: ReferralState) -> Holder:
    """Who has the referral now and since when; after the end, who has the answer."""
    now = STAGES[state.stage]
    if now.role is Role.APPLICANT:
        return Holder(now.side, now.role, ScopeKind.SELF, "", state.since)
    if now.role is Role.NODE:
        code = state.asking if now.side is Side.ASKING else state.holder
        return Holder(now.side, now.role, ScopeKind.PLATFORM, code, state.since)
    return Holder(now.side, now.role, ScopeKind.ARCHIVE, state.archive, state.since)


def write_time(at: datetime) -> str:
    """UTC with microseconds and `Z`: one writing for one moment."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_time(text: str) -> datetime:
    """The reverse of `write_time`. Raises ValueError for a time without zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without zone")
    return at.astimezone(UTC)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return write_time(value)
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return dict(value) if isinstance(value, Mapping) else value


def _time(value: str | None) -> datetime | None:
    return read_time(value) if value else None


_READ: dict[str, Callable[[Any], Any]] = {
    "since": _time,
    "deadline": _time,
    "accepted_at": _time,
    "closed_at": _time,
    "stopped": lambda seconds: timedelta(seconds=seconds),
    "stage": Stage,
    "outcome": lambda value: Outcome(value) if value else None,
    "level": lambda value: Level(value) if value else None,
    "resume": lambda value: Stage(value) if value else None,
}
