"""A bell between the processes of a node: whoever commits a job rings, an idle worker hears it at once.

Nothing depends on it: a worker that hears nothing looks for itself twice a second. It only takes the waiting out of a
request that goes through a dozen jobs. A Linux abstract socket (unix(7)); elsewhere there is no bell.

Who rings names the lane. While a thread serves that lane nobody is woken: the thread looks again before it rests.
"""

import hashlib
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from django.conf import settings

_HEARD = threading.Event()
_SERVED: set[str] = set()
"""Lanes that a thread of this process serves."""


def _address() -> bytes:
    """Of this node: abstract, so it leaves no file and may be shorter than the folder's path."""
    return b"\0dangqiao-" + hashlib.sha256(str(settings.NODE_FOLDER).encode()).hexdigest()[:32].encode()


@cache
def _sender() -> socket.socket:
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    return sender


def ring(lane: str = "") -> None:
    """Tells the worker of this node, if one listens, that there is something to do."""
    _hear(lane)
    if sys.platform == "linux":
        with suppress(OSError):
            _sender().sendto(lane.encode(), _address())


def _hear(lane: str) -> None:
    if lane not in _SERVED:
        wake()


def wake() -> None:
    """Has the other threads of this process look."""
    _HEARD.set()


@contextmanager
def serving(lane: str) -> Iterator[None]:
    """While this thread serves a lane. It must look for more of it afterwards: nobody else was woken meanwhile."""
    _SERVED.add(lane)
    try:
        yield
    finally:
        _SERVED.discard(lane)


def listen(stop: threading.Event) -> None:
    """Hears the bell for this process until `stop` is set; run in a thread of its own."""
    if sys.platform != "linux":
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        try:
            receiver.bind(_address())
        except OSError:
            return  # a second worker on this machine: it looks for itself
        receiver.settimeout(1)
        while not stop.is_set():
            with suppress(TimeoutError):
                _hear(receiver.recv(256).decode())


def wait(seconds: float) -> bool:
    """Waits for the bell, at most so long; whether it rang."""
    rang = _HEARD.wait(seconds)
    if rang:
        _HEARD.clear()
    return rang
