"""Who renews the directory's time stamp, and who steps in. Every member computes the same answer.

Any one member's key suffices for the time stamp, so that no absent member can stop the others; the rota keeps two
from doing it at once, which would look like a fork.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

EVERY = timedelta(hours=24)
"""The time stamp is renewed when it is this old."""
PATIENCE = timedelta(hours=2)
"""So long the one whose turn it is may be late before the next one does it."""


def on_duty(day: date, members: Iterable[str]) -> str:
    """The platform on duty on a day (UTC): in the order of the codes, one a day.

    Raises ValueError if there are no members.
    """
    codes = sorted(set(members))
    if not codes:
        raise ValueError("a rota needs members")
    return codes[day.toordinal() % len(codes)]


def whose_turn(now: datetime, as_of: datetime, members: Iterable[str]) -> str | None:
    """The platform that should renew a time stamp made at `as_of`; None while it is fresh enough.

    The one on duty has `PATIENCE`, then the next in the order has the same, and so on, round and round.
    """
    due = as_of + EVERY
    if now < due:
        return None
    codes = sorted(set(members))
    first = codes.index(on_duty(due.date(), codes))
    return codes[(first + (now - due) // PATIENCE) % len(codes)]
