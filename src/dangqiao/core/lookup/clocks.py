"""Working-day time limits. Days are days in Asia/Shanghai; moments go in and come out in UTC.

How a period is counted (民法典 第二百零一条, 第二百零三条): the day on which it begins does not count; it ends at 24:00
of its last day. Limits here are in working days, which leave out weekends and holidays and include make-up days (调休).
The clock stands still while the applicant supplements: what was left then is left afterwards.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from dangqiao.core.errors import N_
from dangqiao.core.lookup.policy import Policy
from dangqiao.core.lookup.referral import ReferralState, write_time
from dangqiao.core.lookup.states import STAGES, Act, Clock, Stage

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment in UTC; `provisional` where it rests on a year whose holidays are not published yet."""

    at: datetime
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked. Years without data have their weekends free and nothing else.

    Attributes:
        holidays: free days that are no ordinary weekend (or are: it does not matter).
        make_up_days: weekend days that are worked instead.
        years: the years for which the two are complete.
    """

    holidays: frozenset[date] = field(default_factory=frozenset)
    make_up_days: frozenset[date] = field(default_factory=frozenset)
    years: frozenset[int] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        """Whether archives work on that day."""
        return day in self.make_up_days or (day.weekday() < 5 and day not in self.holidays)

    def after(self, at: datetime, days: int) -> Deadline:
        """The end of the `days`-th working day after the day of `at` (0: of that day itself)."""
        first = day = local_day(at)
        while days > 0:
            day += timedelta(days=1)
            days -= self.is_working(day)
        return Deadline(end_of(day), not {first.year, day.year} <= self.years)

    def days_left(self, at: datetime, deadline: datetime) -> int:
        """Working days after the day of `at` up to the last day of `deadline`; 0 when it has passed."""
        day, last, left = local_day(at), local_day(deadline - timedelta(microseconds=1)), 0
        while day < last:
            day += timedelta(days=1)
            left += self.is_working(day)
        return left


def local_day(at: datetime) -> date:
    """The day in Asia/Shanghai of a moment."""
    return at.astimezone(SHANGHAI).date()


def end_of(day: date) -> datetime:
    """24:00 of a day in Asia/Shanghai, in UTC."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=1)
    return midnight.astimezone(UTC)


def facts_for(
    state: ReferralState, act: Act, at: datetime, policy: Policy, calendar: WorkingCalendar
) -> dict[str, Any]:
    """The facts about time that the holder adds to an act, so that the asking replica needs no calendar of its own.

    `{}` for acts without a time limit.
    """
    if act is Act.ASK_SUPPLEMENT and state.deadline:
        left = calendar.days_left(at, state.deadline)
        return {**_deadline(calendar.after(at, policy.supplement_days)), "days_left": left}
    if act is Act.EXTEND and state.deadline:
        # Counted from the end of the limit that is extended, not from the day of the extension.
        last_day = state.deadline - timedelta(microseconds=1)
        return _deadline(calendar.after(last_day, policy.extension_days))
    days = {
        Act.DELIVER: policy.acceptance_days,
        Act.ACCEPT: policy.processing_days,
        Act.SUPPLEMENT: state.days_left,
    }.get(act)
    return {} if days is None else _deadline(calendar.after(at, days))


def _deadline(deadline: Deadline) -> dict[str, Any]:
    provisional = {"provisional": True} if deadline.provisional else {}
    return {"deadline": write_time(deadline.at), **provisional}


class DueKind(StrEnum):
    """What is due."""

    WARNING = "warning"
    """The limit ends soon."""
    OVERDUE = "overdue"
    """It has passed: to be escalated, once for each limit."""
    LAPSED = "lapsed"
    """The applicant did not supplement in time."""
    UNDELIVERED = "undelivered"
    """The archive's node has not confirmed for too long: the asking side must look (its outbox, the other node)."""


DUE_SENTENCES: dict[DueKind, str] = {
    DueKind.WARNING: N_("The time limit ends soon."),
    DueKind.OVERDUE: N_("The time limit has passed without an answer."),
    DueKind.LAPSED: N_("The applicant did not supplement in time."),
    DueKind.UNDELIVERED: N_("The archive's node has not confirmed the delivery."),
}

UNDELIVERED_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Due:
    """Something that the passing of time asks for. `act`: what the holder's machine performs; None: tell people."""

    kind: DueKind
    since: datetime
    act: Act | None = None


def due_events(state: ReferralState, now: datetime, calendar: WorkingCalendar, warn_days: int = 1) -> tuple[Due, ...]:
    """What is due at `now`; empty if nothing. Asking again after the act was performed gives no second one.

    `warn_days`: a warning is due when so many working days or fewer are left.
    """
    if state.stage is Stage.SENT:
        late = state.since + UNDELIVERED_AFTER
        return (Due(DueKind.UNDELIVERED, late),) if now > late else ()
    clock = STAGES[state.stage].clock
    if state.deadline is None or clock is Clock.NONE:
        return ()
    if now > state.deadline:
        if clock is Clock.STOPPED:
            return (Due(DueKind.LAPSED, state.deadline, Act.LAPSE),)
        return () if state.overdue else (Due(DueKind.OVERDUE, state.deadline, Act.ESCALATE),)
    if calendar.days_left(now, state.deadline) <= warn_days:
        return (Due(DueKind.WARNING, now),)
    return ()
