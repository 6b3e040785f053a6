"""How far two packed dates agree: `core.matching.compare.compare_dates` in numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dangqiao.adapters.index.compiled import compiled
from dangqiao.core.matching.dates import DateLevel
from dangqiao.core.matching.needle import DATES
from dangqiao.core.matching.packed import FIRST_YEAR
from dangqiao.core.vocabulary.lunar import months

_LUNAR = 2
(
    SAME_DAY,
    SAME_MONTH,
    SAME_YEAR,
    SWAPPED,
    LUNAR_DAY,
    LUNAR,
    ONE_DIGIT,
    DECADE,
    NEXT_YEAR,
    NEAR_YEAR,
    TWO_YEARS,
    OTHER_DAY,
    DIFFERENT,
    UNBORN,
    MISSING,
) = (
    DATES.index(level)
    for level in (
        DateLevel.SAME_DAY,
        DateLevel.SAME_MONTH,
        DateLevel.SAME_YEAR,
        DateLevel.SWAPPED,
        DateLevel.LUNAR_DAY,
        DateLevel.LUNAR,
        DateLevel.ONE_DIGIT,
        DateLevel.DECADE,
        DateLevel.NEXT_YEAR,
        DateLevel.NEAR_YEAR,
        DateLevel.TWO_YEARS,
        DateLevel.OTHER_DAY,
        DateLevel.DIFFERENT,
        DateLevel.UNBORN,
        DateLevel.MISSING,
    )
)


_FROM_MARCH = 306
"""Days from 1 March to the end of a year: `_day_number` has so many more than `date.toordinal`."""
_FIRST_LUNAR = min(year for year, _ in months())


def _lunar_months() -> NDArray[np.int64]:
    """By lunar month, the first being that of `_FIRST_LUNAR`, the days that it begins on; two if a leap month has its
    number."""
    table = np.zeros((12 * (max(year for year, _ in months()) - _FIRST_LUNAR + 1), 2), np.int64)
    for (year, month), begins in months().items():
        table[12 * (year - _FIRST_LUNAR) + month - 1, : len(begins)] = np.array(begins) + _FROM_MARCH
    return table


_MONTHS = _lunar_months()


@compiled
def compare(one: int, other: int) -> Any:
    """The level, as a place in DATES; of dates as `packed.date_bits` has them."""
    year, year2 = one & 511, other & 511
    if year == 0 or year2 == 0:
        return MISSING
    month, month2, day, day2 = one >> 9 & 15, other >> 9 & 15, one >> 13 & 31, other >> 13 & 31
    years = abs(year - year2)
    if month == 0 or month2 == 0 or day == 0 or day2 == 0:
        months_known = month > 0 and month2 > 0
        if months_known and month != month2:
            return OTHER_DAY if years == 0 else DIFFERENT
        if years == 0:
            return SAME_MONTH if months_known else SAME_YEAR
        return NEAR_YEAR if years == 1 else _years(years)
    if month == month2 and day == day2:
        if years == 0:
            return SAME_DAY
        if years == 1 or years == 10 or _other_digits(year + FIRST_YEAR, year2 + FIRST_YEAR) != 1:
            return _years(years)
        return ONE_DIGIT
    if years == 0 and month == day2 and day == month2:
        return SWAPPED
    if years <= 1:
        days = _day_number(year2, month2, day2) - _day_number(year, month, day)
        lunar, lunar2 = one >> 18 & 3 == _LUNAR, other >> 18 & 3 == _LUNAR
        apart = abs(days) if lunar == lunar2 else days if lunar else -days
        if 17 <= apart <= 53:
            return LUNAR_DAY if _lunar_day(one, other) or _lunar_day(other, one) else LUNAR
    if years == 0 and _other_digits(month, month2) + _other_digits(day, day2) == 1:
        return ONE_DIGIT
    return OTHER_DAY if years == 0 else DIFFERENT


@compiled
def compare_births(one: int, other: int, event: int) -> Any:
    """The level of two birth dates, where that of the entry may be missing but its event has a year."""
    level = compare(one, other)
    if level == MISSING and 0 < event & 511 < one & 511:
        return UNBORN
    return level


@compiled
def _years(years: int) -> Any:
    if years == 1:
        return NEXT_YEAR
    if years == 2:
        return TWO_YEARS
    return DECADE if years == 10 else DIFFERENT


@compiled
def _other_digits(one: int, other: int) -> Any:
    count = 0
    while one or other:
        count += one % 10 != other % 10
        one //= 10
        other //= 10
    return count


@compiled
def _lunar_day(lunar: int, solar: int) -> Any:
    """Whether the numbers of one are the lunar date of the other."""
    year, month, day = lunar & 511, lunar >> 9 & 15, lunar >> 13 & 31
    place = 12 * (year + FIRST_YEAR - _FIRST_LUNAR) + month - 1
    if place < 0 or place >= len(_MONTHS):
        return False
    begins = _day_number(solar & 511, solar >> 9 & 15, solar >> 13 & 31) - day + 1
    return begins == _MONTHS[place, 0] or begins == _MONTHS[place, 1]


@compiled
def _day_number(year: int, month: int, day: int) -> Any:
    """Days since some day long ago, of the proleptic Gregorian calendar; the 30 February counts on."""
    year += FIRST_YEAR - (1 if month <= 2 else 0)
    months = month - 3 if month > 2 else month + 9
    return year * 365 + year // 4 - year // 100 + year // 400 + (153 * months + 2) // 5 + day
