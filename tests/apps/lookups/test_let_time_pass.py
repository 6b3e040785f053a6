"""Clocks: limits in working days, supplements that lapse, limits that are exceeded."""

from datetime import timedelta

import pytest

from dangqiao.apps.fields import now
from dangqiao.apps.lookups import jobs, services
from dangqiao.apps.lookups.calendar import calendar
from dangqiao.apps.lookups.models import Referral
from dangqiao.apps.lookups.referrals import state_of
from dangqiao.core.lookup.clocks import local_day
from dangqiao.core.lookup.referral import write_time
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.world import VAGUE, World, fresh, stage

pytestmark = pytest.mark.django_db
H = Purpose.HANDLING


def let_the_limit_pass(row: Referral) -> None:
    past = now() - timedelta(minutes=1)
    row = fresh(row)
    row.state_data["deadline"], row.due_at = write_time(past), past
    row.save()


def test_the_calendar_knows_make_up_days_and_the_years_that_are_published() -> None:
    days = calendar()
    assert 2026 in days.years
    assert 2027 not in days.years
    assert not days.is_working(min(day for day in days.holidays if day.year == 2026))
    assert all(days.is_working(day) for day in days.make_up_days)


def test_a_limit_of_one_working_day_for_acceptance_and_more_for_the_answer(world: World) -> None:
    row = world.delivered(query=VAGUE)
    first = fresh(row).due_at
    assert local_day(first - timedelta(seconds=1)) > local_day(now())
    services.accept(world.handler, H, row.id, world.key())
    assert fresh(row).due_at > first


def test_a_limit_that_passed_is_recorded_once_and_stays_visible(world: World) -> None:
    row = world.delivered(query=VAGUE)
    let_the_limit_pass(row)
    jobs.clocks({})
    jobs.clocks({})
    assert [event.act for event in row.events.all()] == ["deliver", "escalate"]
    assert (fresh(row).overdue, stage(row)) == (True, "delivered")
    services.accept(world.handler, H, row.id, world.key())
    assert not fresh(row).overdue


def test_a_supplement_that_does_not_come_counts_as_withdrawn(world: World) -> None:
    row = world.delivered(query=VAGUE)
    services.ask_supplement(world.handler, H, row.id, ["mandate"], "", world.key())
    let_the_limit_pass(row)
    jobs.clocks({})
    assert (stage(row), fresh(row).outcome, state_of(fresh(row)).reason) == (
        "withdrawn",
        "withdrawn",
        "supplement_lapsed",
    )


def test_one_referral_that_cannot_be_moved_does_not_hold_up_the_others(world: World) -> None:
    stuck, other = world.delivered(query=VAGUE), world.delivered(query=VAGUE)
    for row in (stuck, other):
        let_the_limit_pass(row)
    Referral.objects.filter(id=stuck.id).update(due_at=now() - timedelta(days=9), policy_digest="gone")
    jobs.clocks({})
    assert (fresh(stuck).overdue, fresh(other).overdue) == (False, True)
