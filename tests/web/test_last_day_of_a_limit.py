"""A limit that ends at 24:00 of a day is shown with that day, not with the next."""

from datetime import date

from django.template import Context, Template

from dangqiao.core.lookup.clocks import end_of

FRIDAY = date(2026, 11, 27)


def test_the_last_day_is_shown() -> None:
    page = Template('{% load dangqiao %}{{ deadline|last_day|date:"Y-m-d" }}')
    assert page.render(Context({"deadline": end_of(FRIDAY)})) == "2026-11-27"
    assert page.render(Context({"deadline": None})) == ""
