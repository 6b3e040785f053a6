"""How other nodes answer of late, so that one that is away or slow costs little and holds up nobody.

A failure to reach a node is about the node, not about the message: all messages for it rest together, and one attempt
in a while speaks for them all. A node that takes long to answer shares one thread with all others that do.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction

from dangqiao.apps.exchange.models import PeerState
from dangqiao.apps.fields import now
from dangqiao.apps.work import services as work
from dangqiao.apps.work.services import Later
from dangqiao.core.errors import DangqiaoError, PeerUnavailable
from dangqiao.core.federation.backoff import Backoff

REST = Backoff(longest=timedelta(minutes=1))
"""Between attempts at a node that cannot be reached: short, because it is one attempt for all its messages."""
SLOW_SECONDS = 5.0
"""A node that took longer for its last answer is slow."""
LONGEST_WISH = 600
"""Seconds: how long a node's own wish to be left alone (Retry-After) is heeded."""
SEEN_EVERY = timedelta(minutes=1)

_one_slow_at_a_time = threading.BoundedSemaphore(1)


def lane(peer: str) -> str:
    """Deliveries to one node run one at a time."""
    return f"peer:{peer}"


@contextmanager
def attempt(peer: str) -> Iterator[None]:
    """One exchange with a node, remembered.

    Raises Later where the node rests, or where it is slow and another slow one is being waited for; and what the body
    raises.
    """
    state = PeerState.objects.filter(platform=peer).first() or PeerState(platform=peer)
    begun = now()
    if rest := _rest(state.rests_until, begun):
        raise Later(state.last_error, rest)
    slow = state.seconds > SLOW_SECONDS
    if slow and not _one_slow_at_a_time.acquire(blocking=False):
        raise Later("another slow node is being waited for", seconds=1)
    try:
        yield
    except DangqiaoError as error:
        if is_about_the_node(error):
            _failed(state, error, begun)
        raise
    else:
        _answered(state, begun)
    finally:
        if slow:
            _one_slow_at_a_time.release()


def is_about_the_node(error: DangqiaoError) -> bool:
    """Whether it would happen to any message for that node; a status 4xx is about what was asked."""
    if error.code == "exchange.http_status" and 400 <= int(error.facts.get("status", 0)) < 500:
        return False
    return isinstance(error, PeerUnavailable) or error.code == "exchange.busy"


def rest_of(peer: str) -> float:
    """Seconds until the next attempt at a node; 0: now."""
    until = PeerState.objects.filter(platform=peer).values_list("rests_until", flat=True).first()
    return _rest(until, now())


def _rest(until: datetime | None, moment: datetime) -> float:
    """Seconds; none where the rest would be longer than any: then the clock was ahead when it was written."""
    rest = (until - moment).total_seconds() if until else 0.0
    return rest if 0 < rest <= LONGEST_WISH else 0.0


def heard_from(peer: str) -> None:
    """A node that spoke to us is there: what waits for it is tried at once. In the caller's transaction."""
    if PeerState.objects.filter(platform=peer, failures__gt=0).update(failures=0, rests_until=None):
        work.wake(lane(peer))


def states() -> list[PeerState]:
    """All nodes that this one has tried to reach."""
    return list(PeerState.objects.order_by("platform"))


def _failed(state: PeerState, error: DangqiaoError, begun: datetime) -> None:
    moment = now()
    wish = int(error.facts.get("retry_after") or 0)
    failures = state.failures if wish else state.failures + 1
    # Any number in [0, 1) that differs between nodes and attempts will do as jitter.
    pause = REST.pause(max(failures, 1), moment.microsecond / 1_000_000)
    rests_until = moment + (timedelta(seconds=min(wish, LONGEST_WISH)) if wish else pause)
    values = {
        "failures": max(failures, 1),
        "rests_until": rests_until,
        "seconds": (moment - begun).total_seconds(),
        "last_error": str(error)[:300],
    }
    with transaction.atomic():
        PeerState.objects.update_or_create(platform=state.platform, defaults=values)
        work.postpone(lane(state.platform), rests_until)


def _answered(state: PeerState, begun: datetime) -> None:
    moment = now()
    seconds = (moment - begun).total_seconds()
    fresh = state.answered_at and moment - state.answered_at < SEEN_EVERY
    if fresh and not state.failures and (seconds > SLOW_SECONDS) == (state.seconds > SLOW_SECONDS):
        return  # nothing new: not a write for every message
    values = {"failures": 0, "rests_until": None, "seconds": seconds, "answered_at": moment}
    with transaction.atomic():
        PeerState.objects.update_or_create(platform=state.platform, defaults=values)
