"""The figures of a day: the yearbook's measures, and cooperation across platforms."""

from datetime import timedelta

import pytest

from dangqiao.apps.fields import now
from dangqiao.apps.lookups.figures import of_day
from dangqiao.apps.work import services as work
from tests.apps.lookups.test_ask_another_platform import SUSONG
from tests.apps.lookups.world import World

pytestmark = pytest.mark.django_db


def test_applications_referrals_and_answers_are_counted(world: World) -> None:
    world.submit(persons_served=3)
    world.at_counter(query=SUSONG)
    work.drain()
    row = world.accepted()
    world.decide(row, "not_found")
    row.refresh_from_db()
    found = of_day(now() - timedelta(hours=1), now() + timedelta(hours=1))
    assert (found["requests"], found["persons"], found["requests.counter"]) == (3, 5, 1)
    assert found["requests.purpose.housing"] == 3 and found["requests.elsewhere"] == 1
    assert found["referrals"] == 2 and "referrals.from_elsewhere" not in found
    assert all(isinstance(number, int) and number > 0 for number in found.values())


def test_another_day_has_other_figures(world: World) -> None:
    world.submit()
    assert of_day(now() - timedelta(days=2), now() - timedelta(days=1)) == {}
