"""A TCP proxy that does wrong on purpose: it stands before a node and plays the network that provinces have.

Each fault is for one connection. `inject` plans it for the next one and breaks off those that are open, so that it is
met soon: nodes keep connections. While `parted` is true nobody gets through; whom `shut_out` knows by its port does not
get through either, so that a node can be parted from the others both ways.
"""

import contextlib
import re
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from enum import StrEnum

LINGER_NOT = struct.pack("ii", 1, 0)
LONGEST = 20.0
"""Seconds for which a connection is held at most."""
LATE_SECONDS = 4.0
SLOW_SECONDS, DROPS = 6.0, 12


class Fault(StrEnum):
    """What is done to one connection."""

    LATENCY = "latency"
    """Every byte comes late."""
    DROP = "drop"
    """It is reset at once."""
    HALF_OPEN = "half_open"
    """It is accepted and never answered."""
    TRUNCATED_REQUEST = "truncated_request"
    """Half of the request arrives, then the line breaks."""
    TRUNCATED_ANSWER = "truncated_answer"
    """The request takes effect, half of the answer arrives."""
    LOST_ANSWER = "lost_answer"
    """The request takes effect, no answer arrives."""
    DUPLICATE = "duplicate"
    """The request arrives twice."""
    OVERTAKEN = "overtaken"
    """The request arrives after those of other connections."""
    LATE = "late"
    """The line breaks, the request arrives all the same: after it was sent again, and after later ones."""
    SLOW = "slow"
    """The answer comes in drops, for longer than a node's patience with a quick one."""


class FaultProxy:
    """A proxy before `127.0.0.1:<target>`. `injected` counts what was done, by fault.

    Args:
        port: where it listens; 0: somewhere.
    """

    def __init__(self, target: int, port: int = 0) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", port), backlog=64)
        self._planned: deque[Fault] = deque()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self.injected: Counter[str] = Counter()
        self._parted = False
        self._shut_out: Callable[[int], bool] | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listening.getsockname()[1]
        return port

    def inject(self, fault: Fault) -> None:
        """Does this to the next connection, and breaks off those that are open."""
        with self._lock:
            self._planned.append(fault)
        self._break_off()

    @property
    def parted(self) -> bool:
        """Whether nobody gets through."""
        return self._parted

    @parted.setter
    def parted(self, parted: bool) -> None:
        if parted and not self._parted:
            self.injected["partition"] += 1
        self._parted = parted
        if parted:
            self._break_off()

    def shut_out(self, is_theirs: Callable[[int], bool] | None) -> None:
        """Lets nobody through whose port `is_theirs` knows; None: ends that."""
        self._shut_out = is_theirs
        if is_theirs:
            self._break_off()

    def heal(self) -> None:
        """From now on everything gets through."""
        with self._lock:
            self._planned.clear()
        self.parted = False
        self.shut_out(None)

    def close(self) -> None:
        """Ends it."""
        self._closed.set()
        _reset(self._listening)
        self._break_off()

    def _break_off(self) -> None:
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                accepted, (_host, port) = self._listening.accept()
            except OSError:
                return
            with self._lock:
                fault = self._planned.popleft() if self._planned and not self._parted else None
            threading.Thread(target=self._serve, args=(accepted, port, fault), daemon=True).start()

    def _serve(self, accepted: socket.socket, port: int, fault: Fault | None) -> None:
        accepted.settimeout(LONGEST)
        with self._lock:
            self._open.add(accepted)
        try:
            shut_out = self._shut_out
            if self._parted or (shut_out and shut_out(port)):
                return
            if fault:
                self.injected[fault] += 1
            self._play(accepted, fault)
        except OSError:
            pass  # somebody hung up: that is what this is for
        finally:
            with self._lock:
                self._open.discard(accepted)
            _reset(accepted)

    def _play(self, accepted: socket.socket, fault: Fault | None) -> None:
        if fault is Fault.DROP:
            return
        if fault is Fault.HALF_OPEN:
            self._closed.wait(LONGEST)
            return
        if fault in (None, Fault.LATENCY):
            self._pump(accepted, delay=0.3 if fault else 0)
            return
        request = _whole(accepted)
        if fault is Fault.TRUNCATED_REQUEST:
            self._ask(request[: len(request) // 2], answered=False)
            return
        if fault is Fault.LATE:
            _reset(accepted)
            self._closed.wait(LATE_SECONDS)
            self._ask(request)
            return
        if fault is Fault.OVERTAKEN:
            self._closed.wait(1.5)
        if fault is Fault.DUPLICATE:
            self._ask(request)
        answer = self._ask(request)
        if fault is Fault.TRUNCATED_ANSWER:
            answer = answer[: len(answer) // 2]
        if fault is Fault.SLOW:
            for place in range(0, len(answer), part := len(answer) // DROPS + 1):
                accepted.sendall(answer[place : place + part])
                self._closed.wait(SLOW_SECONDS / DROPS)
        elif fault is not Fault.LOST_ANSWER:
            accepted.sendall(answer)

    def _ask(self, request: bytes, *, answered: bool = True) -> bytes:
        """What the node says to a request of its own connection."""
        with socket.create_connection(("127.0.0.1", self._target), 5) as node:
            node.settimeout(LONGEST)
            node.sendall(request)
            return _whole(node) if answered else b""

    def _pump(self, accepted: socket.socket, delay: float) -> None:
        with socket.create_connection(("127.0.0.1", self._target), 5) as node:
            node.settimeout(LONGEST)
            back = threading.Thread(target=_copy, args=(node, accepted, delay), daemon=True)
            back.start()
            _copy(accepted, node, delay)
            back.join(LONGEST)


def _copy(source: socket.socket, sink: socket.socket, delay: float) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(1 << 16):
            if delay:
                time.sleep(delay)
            sink.sendall(block)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _whole(source: socket.socket) -> bytes:
    """One HTTP message: its head, and as much body as the head says."""
    said = b""
    while b"\r\n\r\n" not in said:
        block = source.recv(1 << 16)
        if not block:
            return said
        said += block
    head, _, body = said.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)^content-length:\s*(\d+)", head, re.M)
    wanted = int(found.group(1)) if found else 0
    while len(body) < wanted:
        block = source.recv(1 << 16)
        if not block:
            break
        body += block
    return head + b"\r\n\r\n" + body


def _reset(one: socket.socket) -> None:
    """Closes without a farewell, as a broken line does."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    with contextlib.suppress(OSError):
        one.close()
