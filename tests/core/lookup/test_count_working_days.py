"""Time limits in working days of Shanghai, with holidays and make-up days of 2026 as examples."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.errors import Conflict
from dangqiao.core.lookup.clocks import DueKind, WorkingCalendar, end_of, local_day
from dangqiao.core.lookup.states import Act, Stage

CALENDAR = WorkingCalendar(
    holidays=frozenset(date(2026, 2, day) for day in range(16, 24)),
    make_up_days=frozenset({date(2026, 2, 14), date(2026, 2, 28)}),
    years=frozenset({2026}),
)
"""An invented Spring Festival: free from the 16th to the 23rd, worked on two Saturdays."""


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("begin", "days", "last_day"),
    [
        ("2026-03-02T10:00", 5, date(2026, 3, 9)),  # Monday: the day itself does not count
        ("2026-03-06T10:00", 1, date(2026, 3, 9)),  # Friday to Monday
        ("2026-03-02T23:59", 1, date(2026, 3, 3)),
        ("2026-03-03T00:00", 1, date(2026, 3, 4)),
        ("2026-02-13T10:00", 1, date(2026, 2, 14)),  # a Saturday that is worked
        ("2026-02-14T10:00", 1, date(2026, 2, 24)),  # over the festival
        ("2026-02-27T10:00", 1, date(2026, 2, 28)),
        ("2026-03-02T10:00", 0, date(2026, 3, 2)),
    ],
)
def test_a_period_ends_at_midnight_of_its_last_working_day(begin, days, last_day):
    deadline = CALENDAR.after(shanghai(begin), days)
    assert deadline.at == end_of(last_day) == shanghai(f"{last_day}T23:59") + timedelta(minutes=1)
    assert not deadline.provisional


def test_years_without_data_have_free_weekends_and_are_provisional():
    deadline = CALENDAR.after(shanghai("2026-12-31T10:00"), 2)
    assert (local_day(deadline.at - timedelta(seconds=1)), deadline.provisional) == (date(2027, 1, 4), True)


@given(st.integers(0, 700), st.integers(0, 40), st.integers(0, 24 * 60 - 1))
def test_what_is_left_of_a_fresh_period_is_the_whole_of_it(offset, days, minute):
    at = shanghai("2026-01-01T00:00") + timedelta(days=offset, minutes=minute)
    deadline = CALENDAR.after(at, days)
    assert deadline.at > at
    assert CALENDAR.days_left(at, deadline.at) == days


def test_the_clock_stands_still_while_the_applicant_supplements(desk):
    desk.accepted()
    assert desk.state.deadline == end_of(date(2026, 3, 9))
    desk.later(days=2).do(Act.ASK_SUPPLEMENT, "handler")  # Wednesday: Thursday, Friday and Monday are left
    assert desk.state.days_left == 3
    assert desk.state.deadline == end_of(date(2026, 3, 18))
    desk.later(days=6).do(Act.SUPPLEMENT, "asking")  # Tuesday the 10th
    assert desk.state.deadline == end_of(date(2026, 3, 13))


def test_a_supplement_that_never_comes_lapses(desk):
    desk.do(Act.DELIVER)
    desk.do(Act.ASK_SUPPLEMENT, "handler")
    with pytest.raises(Conflict, match=r"lookup\.deadline_not_passed"):
        desk.do(Act.LAPSE)
    desk.later(days=30)
    (due,) = desk.due()
    assert (due.kind, due.act) == (DueKind.LAPSED, Act.LAPSE)
    assert desk.do(Act.LAPSE).stage is Stage.WITHDRAWN
    assert desk.state.told["reason"] == "supplement_lapsed"
    assert desk.due() == ()


def test_no_answer_before_the_deadline_is_reported_once_and_the_work_goes_on(desk):
    desk.accepted()
    with pytest.raises(Conflict, match=r"lookup\.deadline_not_passed"):
        desk.do(Act.ESCALATE)
    desk.later(days=10)
    (due,) = desk.due()
    assert (due.kind, due.act, due.since) == (DueKind.OVERDUE, Act.ESCALATE, end_of(date(2026, 3, 9)))
    state = desk.do(Act.ESCALATE)
    assert (state.stage, state.overdue, state.escalations) == (Stage.ACCEPTED, True, 1)
    assert desk.due() == ()
    desk.do(Act.DECIDE, "handler")


def test_acceptance_has_a_limit_of_its_own(desk):
    desk.do(Act.DELIVER)
    assert desk.state.deadline == end_of(date(2026, 3, 3))
    desk.later(days=3).do(Act.ESCALATE)
    state = desk.do(Act.ACCEPT, "handler")
    assert (state.overdue, state.escalations, state.deadline) == (False, 1, end_of(date(2026, 3, 12)))


def test_a_warning_comes_before_the_limit(desk):
    desk.accepted()
    assert desk.later(days=2).due() == ()
    assert [due.kind for due in desk.later(days=2).due()] == [DueKind.WARNING]


def test_a_delivery_that_nobody_confirms_is_shown_to_the_asking_side(desk):
    assert desk.later(hours=23).due() == ()
    (due,) = desk.later(hours=2).due()
    assert (due.kind, due.act) == (DueKind.UNDELIVERED, None)


def test_a_limit_is_extended_once_in_time_and_from_its_end(desk):
    desk.accepted()
    state = desk.later(days=1).do(Act.EXTEND, "handler")
    assert (state.deadline, state.extended) == (end_of(date(2026, 3, 16)), 1)
    assert state.told["reason"] == "originals_must_be_fetched"
    with pytest.raises(Conflict, match=r"lookup\.extended_already"):
        desk.do(Act.EXTEND, "handler")


def test_what_is_overdue_cannot_be_extended(desk):
    desk.accepted().later(days=10)
    with pytest.raises(Conflict, match=r"lookup\.deadline_passed"):
        desk.do(Act.EXTEND, "handler")
