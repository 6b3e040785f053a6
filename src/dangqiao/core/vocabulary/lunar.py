"""The lunar calendar (农历) as GB/T 33661-2017 lays it down: which solar days a lunar month begins on."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import accumulate

from dangqiao.core.vocabulary.dates import LAST_YEAR
from dangqiao.core.vocabulary.names import lines

SHORTEST = 29
"""Days of a month; others have one more."""


@cache
def months() -> Mapping[tuple[int, int], tuple[int, ...]]:
    """Lunar year and month -> ordinals (`date.toordinal`) of the days that it begins on: a leap month has the number of
    the month before it, so that a number may mean two."""
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    for line in lines("lunar.txt"):
        first, long, leap = line.split()
        numbers = [*range(1, 13)]
        if int(leap):
            numbers.insert(int(leap), int(leap))
        new_year = date.fromisoformat(first)
        begins = accumulate((SHORTEST + int(one) for one in long), initial=new_year.toordinal())
        for number, begin in zip(numbers, begins, strict=False):
            found[new_year.year, number] = (*found.get((new_year.year, number), ()), begin)
    return found


@cache
def _begins() -> list[tuple[int, int, int]]:
    """First day, year and month of all months, in order."""
    return sorted((begin, year, month) for (year, month), begins in months().items() for begin in begins)


def lunar_of(solar: int) -> tuple[int, int, int] | None:
    """Lunar year, month and day of the solar day with this ordinal; None where the table ends."""
    place = bisect_right(_begins(), (solar, LAST_YEAR)) - 1
    if not 0 <= place < len(_begins()) - 1:
        return None
    begin, year, month = _begins()[place]
    return year, month, solar - begin + 1


def is_lunar_of(lunar: tuple[int, int, int], solar: int) -> bool:
    """Whether year, month and day of the lunar calendar are the solar day with this ordinal."""
    year, month, day = lunar
    return any(begin + day - 1 == solar for begin in months().get((year, month), ()))
