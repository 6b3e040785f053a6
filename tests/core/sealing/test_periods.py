"""When a seal was in use."""

from datetime import UTC, datetime, timedelta

import pytest

from dangqiao.core.sealing.periods import EARLY, Period, out_of_use, usable_from

NOW = datetime(2026, 3, 5, tzinfo=UTC)
DAY = timedelta(days=1)
PERIODS = (Period(NOW, NOW + 2 * DAY), Period(NOW + 5 * DAY))


@pytest.mark.parametrize(
    ("at", "since"),
    [
        (NOW - EARLY, None),
        (NOW + DAY, None),
        (NOW + 2 * DAY, NOW + 2 * DAY),
        (NOW + 4 * DAY, NOW + 2 * DAY),
        (NOW + 5 * DAY, None),
        (NOW + 5000 * DAY, None),
        (None, None),
    ],
)
def test_a_suspension_is_a_gap(at: datetime | None, since: datetime | None) -> None:
    assert out_of_use(PERIODS, at) == since


def test_a_seal_that_is_not_listed_is_never_out_of_use() -> None:
    assert out_of_use((), NOW) is None
    assert usable_from(NOW, ()) == NOW


def test_a_seal_is_usable_when_it_is_valid_and_activated() -> None:
    assert usable_from(NOW - DAY, PERIODS[::-1]) == NOW - EARLY
    assert usable_from(NOW + DAY, PERIODS) == NOW + DAY
