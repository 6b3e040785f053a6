"""One run: people ask, faults happen, everything heals, and what must hold is looked at."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dangqiao.cli.demo import nodes
from tests.faults import invariants
from tests.faults.proxy import Fault
from tests.faults.world import FaultyWorld
from tests.federation.data import HUANGPU, SUSONG, XIHU, XUANWU
from tests.federation.world import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, Node

ARCHIVES = {SHANGHAI: HUANGPU, JIANGSU: XUANWU, ZHEJIANG: XIHU, ANHUI: SUSONG}
BATCH = 10
"""Applications that one clerk sends between two looks at the clock."""


@dataclass
class Report:
    """How a run went."""

    requests: int
    injected: Counter[str]
    seconds: float
    found: invariants.Found
    log: list[str] = field(default_factory=list)

    def line(self) -> str:
        """The last line."""
        found = self.found
        return (
            f"faults: requests {self.requests} injected {self.injected.total()} lost {len(found.lost)} "
            f"doubled {len(found.doubled)} stuck {len(found.stuck) + len(found.differing) + len(found.ledgers)}"
        )


class Clerk:
    """People at one node: a process that is started again when it is gone."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._process: subprocess.Popen[str] | None = None

    def do(self, line: dict[str, object]) -> list[str]:
        """Has it done, as often as it takes: the same twice is once."""
        for _attempt in range(20):
            process = self._running()
            with suppress(BrokenPipeError):
                assert process.stdin and process.stdout
                process.stdin.write(json.dumps(line) + "\n")
                process.stdin.flush()
                if answer := process.stdout.readline():
                    done: list[str] = json.loads(answer)
                    return done
            self.end()
        said = (self._node.folder / "log" / "clerk.log").read_text(encoding="utf-8")[-1500:]
        raise AssertionError(f"{self._node.platform}: the clerk cannot work: {said}")

    def end(self) -> None:
        """Ends the process."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            with (self._node.folder / "log" / "clerk.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.faults.traffic"],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                    env=os.environ | {"DANGQIAO_NODE": str(self._node.folder)},
                    cwd=Path(__file__).resolve().parents[2],
                )  # fmt: skip
        return self._process


class Trouble:
    """Faults, one after another, from a thread of its own until it is ended."""

    def __init__(self, world: FaultyWorld, seed: int, wanted: int, pause: float) -> None:
        self._world, self._random, self._wanted, self._pause = world, random.Random(seed), wanted, pause
        self.local: Counter[str] = Counter()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._kinds: list[Callable[[str], None]] = [
            *[self._network] * 12,
            self._part,
            self._kill_worker,
            self._kill_web,
            self._wrong_clock,
        ]

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def injected(self) -> Counter[str]:
        """What was done so far."""
        done = Counter(self.local)
        for proxy in self._world.proxies.values():
            done += proxy.injected
        return done

    def end(self) -> None:
        """No more; everything heals."""
        self._ended.set()
        self._thread.join()
        for proxy in self._world.proxies.values():
            proxy.heal()

    @property
    def enough(self) -> bool:
        """Whether as many as wanted were done."""
        return self.injected().total() >= self._wanted

    def _run(self) -> None:
        # The first of each kind is sure to come, whatever the dice say.
        kinds = [self._part, self._kill_worker, self._kill_web, self._wrong_clock]
        faults = list(Fault)
        while not self._ended.wait(self._pause) and not self.enough:
            platform = self._random.choice(list(self._world.proxies))
            if faults:
                self._world.proxies[platform].inject(faults.pop())
            else:
                kind = kinds.pop() if kinds else self._random.choice(self._kinds)
                kind(platform)

    def _network(self, platform: str) -> None:
        self._world.proxies[platform].inject(self._random.choice(list(Fault)))

    def _part(self, platform: str) -> None:
        proxy = self._world.proxies[platform]
        proxy.parted = True
        self._ended.wait(self._random.uniform(1, 4))
        proxy.parted = False

    def _kill_worker(self, platform: str) -> None:
        self._kill(platform, "worker")

    def _kill_web(self, platform: str) -> None:
        self._kill(platform, "web")

    def _kill(self, platform: str, what: str) -> None:
        with suppress(AssertionError, ProcessLookupError):
            self._world[platform].signal(what, signal.SIGKILL)
            self.local[f"killed {what}"] += 1

    def _wrong_clock(self, platform: str) -> None:
        """Hours wrong, one way or the other, for some seconds."""
        hours = self._random.choice((-5, 3))
        with self._world.clock_ahead(platform, hours=hours):
            self.local["wrong clock"] += 1
            self._ended.wait(self._random.uniform(1, 3))


def run(
    world: FaultyWorld,
    *,
    requests: int,
    faults: int,
    seed: int,
    pause: float = 0.5,
    patience: float = 300,
    tell: Callable[[str], None] = lambda _text: None,
) -> Report:
    """A whole run.

    Args:
        requests: applications, spread over the four nodes; each is asked at another platform, and taken back.
        faults: at least so many are injected.
        patience: seconds that the nodes have to heal in.
    """
    began, dice = time.monotonic(), random.Random(seed)
    clerks = {platform: Clerk(node) for platform, node in world.nodes.items()}
    trouble = Trouble(world, seed, faults, pause)
    numbers: dict[str, str] = {}
    withdrawn: set[str] = set()
    trouble.start()
    try:
        batch = 0
        while len(numbers) < requests or not trouble.enough:
            asking = list(clerks)[batch % len(clerks)]
            others = [archive for platform, archive in ARCHIVES.items() if platform != asking]
            # Enough requests are there, not enough faults: look on slowly rather than ask without end.
            size = min(BATCH, requests - len(numbers)) if len(numbers) < requests else 1
            chosen = dice.choices(others, k=size)
            made = clerks[asking].do({"submit": chosen, "key": f"{seed}:{batch}"})
            numbers |= dict(zip(made, chosen, strict=True))
            if len(numbers) >= requests:
                time.sleep(pause)
            waiting = [number for number in numbers if number[:6] == asking and number not in withdrawn]
            # The newest are left alone for a while, so that withdrawals meet referrals in every state.
            if older := waiting[:-BATCH]:
                clerks[asking].do({"withdraw": older})
                withdrawn |= set(older)
            batch += 1
            tell(f"{len(numbers)} requests, {trouble.injected().total()} faults")
        trouble.end()
        _leave(world, numbers, tell)
        for platform, clerk in clerks.items():
            left = [number for number in numbers if number[:6] == platform and number not in withdrawn]
            clerk.do({"withdraw": left})
        healed = _healed(world, numbers, patience, tell)
    finally:
        trouble.end()
        for clerk in clerks.values():
            clerk.end()
    return Report(len(numbers), trouble.injected(), time.monotonic() - began, healed)


def _leave(world: FaultyWorld, numbers: dict[str, str], tell: Callable[[str], None], patience: float = 60) -> None:
    """Waits until every request has gone out to its archive, so that the last ones too are taken back underway."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        waiting = sum(
            node.count("lookups_lookuprequest", "asking_platform = ? AND routing_state <> 'done'", platform)
            for platform, node in world.nodes.items()
        )
        if not waiting:
            return
        tell(f"{waiting} requests have not left yet")
        time.sleep(1)


def _healed(
    world: FaultyWorld, numbers: dict[str, str], patience: float, tell: Callable[[str], None]
) -> invariants.Found:
    """What is found once the nodes have healed, or when they had time enough."""
    for node in world.nodes.values():
        nodes.wait_until_it_answers(node, patience)
    end = time.monotonic() + patience
    while True:
        busy = sum(
            node.count("work_job", "state IN ('ready', 'running') AND key NOT LIKE 'periodic:%'")
            for node in world.nodes.values()
        )
        if not busy or time.monotonic() > end:
            break
        tell(f"healing: {busy} jobs")
        time.sleep(1)
    return invariants.look(world.nodes, numbers)
