"""When a seal was in use. A certificate says how long a key may be used; the archive says when its seal was.

A seal is made, activated, perhaps suspended and activated again, and at last replaced or expired. What was sealed while
it was in use stays good for ever; the time stamp decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

EARLY = timedelta(minutes=5)
"""How far the time-stamp authority's clock may lag behind that of the archive that activates its seal."""


@dataclass(frozen=True, slots=True)
class Period:
    """A time of use; `until` is None while it goes on."""

    since: datetime
    until: datetime | None = None


def usable_from(begins: datetime, periods: Sequence[Period]) -> datetime:
    """From when a seal may be on documents: its certificate's validity begins, and it was activated.

    Args:
        begins: of the certificate's validity.
        periods: all that are known; none: the seal is not listed, and only its certificate counts.
    """
    return max([begins, *sorted(period.since - EARLY for period in periods)[:1]])


def out_of_use(periods: Sequence[Period], at: datetime | None) -> datetime | None:
    """Since when the seal had been out of use at a moment after its first use; None where it was in use then."""
    ended = [period.until for period in periods if period.until and at and period.until <= at]
    in_use = any(
        at and period.since - EARLY <= at and (period.until is None or at < period.until) for period in periods
    )
    return None if in_use or not ended else max(ended)
