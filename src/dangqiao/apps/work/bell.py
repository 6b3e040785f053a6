"""A bell between the processes of a node: whoever commits a job rings, an idle worker hears it at once.

Nothing depends on it: a worker that hears nothing looks for itself twice a second. It only takes the waiting out of a
request that goes through a dozen jobs. A Linux abstract socket (unix(7)); elsewhere there is no bell.
"""

import hashlib
import socket
import sys
import threading
from contextlib import suppress
from functools import cache

from django.conf import settings

_HEARD = threading.Event()


def _address() -> bytes:
    """Of this node: abstract, so it leaves no file and may be shorter than the folder's path."""
    return b"\0dangqiao-" + hashlib.sha256(str(settings.NODE_FOLDER).encode()).hexdigest()[:32].encode()


@cache
def _sender() -> socket.socket:
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    return sender


def ring() -> None:
    """Tells the worker of this node, if one listens, that there is something to do."""
    _HEARD.set()
    if sys.platform == "linux":
        with suppress(OSError):
            _sender().sendto(b"!", _address())


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
                receiver.recv(16)
                _HEARD.set()


def wait(seconds: float) -> None:
    """Waits for the bell, at most so long."""
    if _HEARD.wait(seconds):
        _HEARD.clear()
