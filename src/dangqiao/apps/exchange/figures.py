"""Each node tells the others its figures of the day before; every node can show those of the whole region.

What is counted is the apps' matter (settings.DAILY_FIGURES). Counts only: nothing here is about a person.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.timezone import get_default_timezone

from dangqiao.apps.exchange import services
from dangqiao.apps.exchange.models import ReportedFigures
from dangqiao.apps.exchange.reconciling import others
from dangqiao.apps.fields import now
from dangqiao.core.errors import N_, Refused
from dangqiao.core.federation import messages
from dangqiao.core.federation.messages import read_as
from dangqiao.core.federation.receiving import Message

DAYS = 7
"""So many past days are reported if they were not: the node may have been down."""
SETTLING = timedelta(hours=1)
"""A day is counted so long after its end."""


def report() -> list[date]:
    """Counts and reports the days that are over and were not reported; which."""
    today = (now() - SETTLING).astimezone(get_default_timezone()).date()
    return [day for number in range(DAYS, 0, -1) if _report(day := today - timedelta(days=number))]


def _report(day: date) -> bool:
    with transaction.atomic():
        row, new = ReportedFigures.objects.get_or_create(
            platform=settings.PLATFORM_CODE, day=day, defaults={"figures": count(day)}
        )
        if not new:
            return False
        payload = messages.StatisticsReported(
            report=f"{settings.PLATFORM_CODE}/{day}/{row.revision}",
            day=str(day),
            figures=row.figures,
            revision=row.revision,
        )
        for platform in others():
            services.send(platform, payload)
    return True


def count(day: date) -> dict[str, int]:
    """This platform's figures of a day of Beijing time."""
    begin = datetime.combine(day, time(), get_default_timezone())
    counted: Callable[[datetime, datetime], dict[str, int]] = import_string(settings.DAILY_FIGURES)
    return counted(begin, begin + timedelta(days=1))


def reported(message: Message) -> None:
    """Another platform's figures of a day; a higher revision replaces a lower one.

    Raises Refused (`exchange.figures_of_another`).
    """
    payload, sender = read_as(messages.StatisticsReported, message.envelope), message.envelope.sender
    if not payload.report.startswith(f"{sender}/"):
        raise Refused("exchange.figures_of_another", N_("A platform reports its own figures only."))
    values = {"figures": payload.figures, "revision": payload.revision, "reported_at": now()}
    row, new = ReportedFigures.objects.select_for_update().get_or_create(
        platform=sender, day=date.fromisoformat(payload.day), defaults=values
    )
    if not new and payload.revision > row.revision:
        ReportedFigures.objects.filter(pk=row.pk).update(**values)


@dataclass(frozen=True, slots=True)
class Region:
    """The region's figures of some days.

    Attributes:
        by_platform: platform → figure → sum.
        total: figure → sum of all.
        missing: days that a platform has not reported, `<platform> <day>`.
    """

    first: date
    last: date
    by_platform: Mapping[str, Mapping[str, int]]
    total: Mapping[str, int]
    missing: tuple[str, ...]


def region(days: int = 30) -> Region:
    """The figures of the last days that are over, and who has not reported."""
    last = now().astimezone(get_default_timezone()).date() - timedelta(days=1)
    first = last - timedelta(days=days - 1)
    rows = list(ReportedFigures.objects.filter(day__gte=first, day__lte=last))
    by_platform: dict[str, Counter[str]] = {code: Counter() for code in sorted((settings.PLATFORM_CODE, *others()))}
    for row in rows:
        by_platform.setdefault(row.platform, Counter()).update(row.figures)
    total: Counter[str] = Counter()
    for figures in by_platform.values():
        total.update(figures)
    known = {(row.platform, row.day) for row in rows}
    wanted = [(code, first + timedelta(days=number)) for code in by_platform for number in range(days)]
    missing = tuple(f"{code} {day}" for code, day in wanted if (code, day) not in known)
    plain = {code: dict(counted) for code, counted in by_platform.items()}
    return Region(first, last, plain, dict(total), missing)
