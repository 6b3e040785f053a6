"""The working-day calendar: holidays and make-up days (调休) as the State Council publishes them, a year at a time."""

from functools import cache

from chinese_calendar.constants import holidays, workdays

from dangqiao.core.lookup.clocks import WorkingCalendar


@cache
def calendar() -> WorkingCalendar:
    """The calendar. Years that are not published yet have weekends only, and deadlines in them are provisional."""
    free, worked = frozenset(holidays), frozenset(workdays)
    return WorkingCalendar(free, worked, frozenset(day.year for day in free))
