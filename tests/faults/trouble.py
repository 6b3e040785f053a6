"""Faults, one after another, spread over a run. Each kind is one method; `KINDS` says how often which comes."""

import random
import signal
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import partial

from tests.faults import ended_key, processes
from tests.faults.clerks import Clerk
from tests.faults.proxy import Fault
from tests.faults.world import FaultyWorld

DIRECTORY_SECONDS = 8
"""Lifetime of a directory that is to end while messages are under way."""
KINDS = {
    "network": 12,
    "partition": 1,
    "partition of hours": 1,
    "killed worker": 1,
    "killed web": 1,
    "killed database": 1,
    "wrong clock": 1,
    "full disk": 1,
    "full disk of the database": 0.5,
    "expired directory": 0.3,
    "ended key": 0,
}
"""Kind → how often it comes beside the others. Each comes once before any comes twice. 0: only then."""
QUICK = frozenset(KINDS) - {"expired directory", "full disk of the database", "ended key"}
"""Kinds that take seconds, for the short form."""


class Trouble:
    """Faults from a thread of its own until it is ended.

    Args:
        clerks: by platform; they write on the same disk as their node.
        share: how much of the run is over, from 0 to 1; so much of the faults is injected.
        before: what was injected in earlier parts of this run.
        kinds: of `KINDS`.
        pause: seconds between two faults at least.
    """

    def __init__(
        self,
        world: FaultyWorld,
        clerks: dict[str, Clerk],
        *,
        seed: int,
        wanted: int,
        pause: float,
        share: Callable[[], float],
        before: Counter[str],
        kinds: frozenset[str] = frozenset(KINDS),
    ) -> None:
        self._world, self._clerks, self._random = world, clerks, random.Random(seed)
        self._wanted, self._pause, self._share = wanted, pause, share
        self._local: Counter[str] = Counter(before)
        self._ended = threading.Event()
        self._apart: set[str] = set()
        self.failure: BaseException | None = None
        methods: dict[str, Callable[[str], None]] = {
            "network": self._network,
            "partition": self._part,
            "partition of hours": self._part_for_hours,
            "killed worker": partial(self._kill, what="worker"),
            "killed web": partial(self._kill, what="web"),
            "wrong clock": self._wrong_clock,
            "full disk": self._full_disk,
            "expired directory": self._expired_directory,
            "ended key": self._ended_key,
        }
        if world.server:
            methods |= {
                "killed database": self._kill_database,
                "full disk of the database": self._full_disk_of_the_database,
            }
        self._kinds = {kind: method for kind, method in methods.items() if kind in kinds}
        self._first: list[Callable[[str], None]] = [self._kinds[kind] for kind in self._kinds if kind != "network"]
        if "network" in kinds:
            self._first += [partial(self._network, fault=fault) for fault in Fault]
        self._random.shuffle(self._first)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def injected(self) -> Counter[str]:
        """What was done so far."""
        done = Counter(self._local)
        for proxy in self._world.proxies.values():
            done += proxy.injected
        return done

    def end(self) -> None:
        """No more; everything heals."""
        self._ended.set()
        self._thread.join()
        for proxy in self._world.proxies.values():
            proxy.heal()
        if self._world.server:
            self._world.server.start()

    @property
    def enough(self) -> bool:
        """Whether as many as wanted were done."""
        return self.injected().total() >= self._wanted

    def part_really(self, platform: str, minutes: float) -> None:
        """Parts a platform from all others for real minutes, while everything else goes on."""
        self._apart.add(platform)
        try:
            with self._parted(platform):
                self._ended.wait(minutes * 60)
        finally:
            self._apart.discard(platform)

    def _run(self) -> None:
        try:
            while not self._ended.wait(self._pause):
                if self.enough or self.injected().total() >= self._share() * self._wanted:
                    continue
                platform = self._random.choice([one for one in self._world.proxies if one not in self._apart])
                self._next()(platform)
        except BaseException as error:
            self.failure = error
            if self._world.server:
                self._world.server.start()  # whoever waits for it is to hear of the failure

    def _next(self) -> Callable[[str], None]:
        if self._first:
            return self._first.pop()
        weights = [KINDS[kind] for kind in self._kinds]
        return self._random.choices(list(self._kinds.values()), weights)[0]

    def _network(self, platform: str, fault: Fault | None = None) -> None:
        self._world.proxies[platform].inject(fault or self._random.choice(list(Fault)))

    def _parted(self, platform: str) -> ExitStack:
        """While nobody reaches a platform and it reaches nobody."""
        stack = ExitStack()
        for other, proxy in self._world.proxies.items():
            if other == platform:
                proxy.parted = True
                stack.callback(setattr, proxy, "parted", False)
            else:
                proxy.shut_out(self._is_of(platform))
                stack.callback(proxy.shut_out, None)
        return stack

    def _is_of(self, platform: str) -> Callable[[int], bool]:
        return lambda port: processes.has_port(self._world.node_processes(platform), port)

    def _part(self, platform: str) -> None:
        if not self._apart:
            with self._parted(platform):
                self._ended.wait(self._random.uniform(1, 4))

    def _part_for_hours(self, platform: str) -> None:
        """Hours pass for everybody while a platform is apart from the others; nothing turns the clocks back."""
        if not self._apart:
            with self._parted(platform):
                self._ended.wait(2)
                self._world.pass_time(timedelta(hours=3))
                self._ended.wait(2)

    def _kill(self, platform: str, what: str) -> None:
        with suppress(AssertionError, ProcessLookupError):
            self._world[platform].signal(what, signal.SIGKILL)
            self._local[f"killed {what}"] += 1

    def _kill_database(self, _platform: str) -> None:
        assert self._world.server
        self._world.server.kill()
        self._local["killed database"] += 1
        self._ended.wait(self._random.uniform(0, 3))
        self._world.server.start()

    def _wrong_clock(self, platform: str) -> None:
        """Hours wrong, one way or the other, for some seconds."""
        with self._world.clock_ahead(platform, hours=self._random.choice((-5, 3))):
            self._local["wrong clock"] += 1
            self._ended.wait(self._random.uniform(1, 3))

    def _full_disk(self, platform: str) -> None:
        """Nothing of the node's can write: neither its processes nor those that they start."""

        def writers() -> list[int]:
            return self._world.node_processes(platform) + processes.family(self._clerks[platform].pid)

        with processes.disk_full(writers):
            self._local["full disk"] += 1
            self._ended.wait(self._random.uniform(1, 5))

    def _full_disk_of_the_database(self, _platform: str) -> None:
        """PostgreSQL stops where it cannot write its log; whoever keeps it alive starts it when there is room."""
        server = self._world.server
        assert server
        with processes.disk_full(server.processes):
            self._local["full disk of the database"] += 1
            self._ended.wait(self._random.uniform(1, 5))
        server.start()

    def _expired_directory(self, platform: str) -> None:
        """A directory with a short life, taken over by all, ends; later somebody renews it."""
        if self._apart:
            return
        others = [clerk for other, clerk in self._clerks.items() if other != platform]
        self._clerks[platform].do({"directory": "age", "seconds": DIRECTORY_SECONDS})
        for clerk in others:
            with suppress(AssertionError):  # the network is bad, too
                clerk.do({"directory": "update"}, patience=2)
        self._ended.wait(DIRECTORY_SECONDS + self._random.uniform(0, 5))
        self._local["expired directory"] += 1
        self._clerks[platform].do({"directory": "renew"})
        for clerk in others:
            clerk.do({"directory": "update"})

    def _ended_key(self, platform: str) -> None:
        """A platform's message keys end, as the directory says; later it makes new ones."""
        if self._apart:
            return
        folder = self._world[platform].folder / "ended-key"
        ended_key.end_keys(self._world, self._clerks, platform, folder / "end")
        self._local["ended key"] += 1
        self._ended.wait(self._random.uniform(2, 8))
        ended_key.make_keys(self._world, self._clerks, platform, folder / "new")
