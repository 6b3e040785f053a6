"""Lunar dates, against days that everybody knows."""

from datetime import date
from itertools import pairwise

import pytest

from dangqiao.core.vocabulary.lunar import is_lunar_of, lunar_of, months


@pytest.mark.parametrize(
    ("solar", "lunar"),
    [
        ("1949-10-01", (1949, 8, 10)),  # the founding of the People's Republic
        ("1976-07-28", (1976, 7, 2)),  # the Tangshan earthquake
        ("2008-02-07", (2008, 1, 1)),  # New Year
        ("2008-02-06", (2007, 12, 30)),
        ("2020-06-25", (2020, 5, 5)),  # Dragon Boat, after a leap fourth month
        ("2020-05-23", (2020, 4, 1)),  # the first of that leap month
        ("2024-09-17", (2024, 8, 15)),  # Mid-Autumn
    ],
)
def test_known_days(solar: str, lunar: tuple[int, int, int]) -> None:
    day = date.fromisoformat(solar).toordinal()
    assert lunar_of(day) == lunar
    assert is_lunar_of(lunar, day)
    assert not is_lunar_of(lunar, day + 1)


def test_years_follow_one_another() -> None:
    begins = sorted(begin for all_of_them in months().values() for begin in all_of_them)
    assert {later - begin for begin, later in pairwise(begins)} == {29, 30}
    assert lunar_of(date(1899, 12, 31).toordinal()) is None
    assert lunar_of(date(2031, 6, 1).toordinal()) is None
