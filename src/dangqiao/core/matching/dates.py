"""How far two dates agree, at the precision that both have. Pure and symmetric."""

from datetime import date
from enum import StrEnum

from dangqiao.core.vocabulary.dates import Calendar, PartialDate
from dangqiao.core.vocabulary.lunar import is_lunar_of


class DateLevel(StrEnum):
    """How two dates agree at the precision that both have."""

    SAME_DAY = "same_day"
    SAME_MONTH = "same_month"
    SAME_YEAR = "same_year"
    SWAPPED = "swapped"
    """Day and month have changed places."""
    LUNAR_DAY = "lunar_day"
    """One is the lunar date of the other."""
    LUNAR = "lunar"
    """One may be the lunar date and the other the solar one: 17 to 53 days apart, the lunar numbers first."""
    ONE_DIGIT = "one_digit"
    """One digit is another one."""
    DECADE = "decade"
    """Ten years apart and otherwise the same."""
    NEXT_YEAR = "next_year"
    """One year apart and otherwise the same."""
    NEAR_YEAR = "near_year"
    """One year apart, and more is not known of one of them: counted in sui, taken from an age, or remembered so."""
    TWO_YEARS = "two_years"
    OTHER_DAY = "other_day"
    """The same year, another day."""
    DIFFERENT = "different"
    UNBORN = "unborn"
    """No birth date to compare, but the act is older than the person."""
    MISSING = "missing"


def compare_dates(one: PartialDate, other: PartialDate) -> DateLevel:
    """Compares two dates at the precision that both have. Symmetric."""
    if one.year is None or other.year is None:
        return DateLevel.MISSING
    years = abs(one.year - other.year)
    if one.month is None or other.month is None or one.day is None or other.day is None:
        months_known = one.month is not None and other.month is not None
        if months_known and one.month != other.month:
            return DateLevel.OTHER_DAY if years == 0 else DateLevel.DIFFERENT
        plain = {0: DateLevel.SAME_MONTH if months_known else DateLevel.SAME_YEAR, 1: DateLevel.NEAR_YEAR}
        return plain.get(years) or _far_years(years)
    if (one.month, one.day) == (other.month, other.day):
        plain = {0: DateLevel.SAME_DAY, 1: DateLevel.NEXT_YEAR, 10: DateLevel.DECADE}
        return plain.get(years) or (DateLevel.ONE_DIGIT if _one_digit(one, other) else _far_years(years))
    if years == 0 and (one.month, one.day) == (other.day, other.month):
        return DateLevel.SWAPPED
    if years <= 1 and _lunar(one, other):
        return DateLevel.LUNAR_DAY if _lunar_day(one, other) or _lunar_day(other, one) else DateLevel.LUNAR
    if years == 0 and _one_digit(one, other):
        return DateLevel.ONE_DIGIT
    return DateLevel.OTHER_DAY if years == 0 else DateLevel.DIFFERENT


def _one_digit(one: PartialDate, other: PartialDate) -> bool:
    """Whether two whole dates differ in one digit."""
    return sum(a != b for a, b in zip(one.iso(), other.iso(), strict=True)) == 1


def _far_years(years: int) -> DateLevel:
    return {2: DateLevel.TWO_YEARS, 10: DateLevel.DECADE}.get(years, DateLevel.DIFFERENT)


def _lunar(one: PartialDate, other: PartialDate) -> bool:
    """The lunar year begins 21 January to 20 February, and a leap month shifts by another month at most.

    A lunar date therefore has numbers that lie 17 to 53 days before those of its solar date. When one text says that
    it is lunar, only that one may be the earlier.
    """
    days = ordinal(other) - ordinal(one)
    if one.calendar is Calendar.LUNAR and other.calendar is not Calendar.LUNAR:
        return 17 <= days <= 53
    if other.calendar is Calendar.LUNAR and one.calendar is not Calendar.LUNAR:
        return 17 <= -days <= 53
    return 17 <= abs(days) <= 53


def _lunar_day(lunar: PartialDate, solar: PartialDate) -> bool:
    """Whether the numbers of one are the lunar date of the other; the words that forbid it, `_lunar` has seen."""
    return is_lunar_of((lunar.year or 0, lunar.month or 0, lunar.day or 0), ordinal(solar))


def ordinal(value: PartialDate) -> int:
    """A day number that also serves 30 February of the lunar calendar."""
    return date(value.year or 1, value.month or 1, 1).toordinal() + (value.day or 1) - 1


def compare_years(one: int | None, other: int | None) -> DateLevel:
    """Compares years of the act."""
    if one is None or other is None:
        return DateLevel.MISSING
    years = abs(one - other)
    return {0: DateLevel.SAME_YEAR, 1: DateLevel.NEAR_YEAR}.get(years) or _far_years(years)
