"""How often an address may use a public page."""

import time

from django.core.cache import cache
from django.http import HttpRequest

from dangqiao.core.errors import N_, Refused


class TooOften(Refused):
    """The same address came too often. HTTP 429."""

    http_status = 429


def limit(request: HttpRequest, what: str, times: int, seconds: int, key: str = "") -> None:
    """Counts one use of `what` in the present window of `seconds`; `key` limits a subject instead of an address.

    Raises:
        TooOften: `web.too_often` after `times` uses.
    """
    window = int(time.time()) // seconds
    name = f"limit:{what}:{key or request.META.get('REMOTE_ADDR', '')}:{window}"
    cache.add(name, 0, seconds)
    try:
        used = cache.incr(name)
    except ValueError:  # the window ended between the two calls
        used = 1
    if used > times:
        raise TooOften(
            "web.too_often",
            N_("This was tried too often."),
            N_("Please wait {minutes} minutes and try again."),
            minutes=max(1, seconds // 60),
        )
