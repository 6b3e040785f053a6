"""One run: people ask at all nodes at once, faults happen, everything heals, and what must hold is looked at."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dangqiao.cli.demo import nodes
from tests.faults import invariants
from tests.faults.clerks import Clerk
from tests.faults.trouble import KINDS, Trouble
from tests.faults.world import FaultyWorld
from tests.federation.data import HUANGPU, SUSONG, XIHU, XUANWU
from tests.federation.world import ANHUI, BUSY, JIANGSU, SHANGHAI, ZHEJIANG

ARCHIVES = {SHANGHAI: HUANGPU, JIANGSU: XUANWU, ZHEJIANG: XIHU, ANHUI: SUSONG}
BATCH = 10
"""Applications that one clerk takes in at once. The newest batch is never taken back, so that withdrawals meet
referrals in every state."""
INSTANT_EVERY = 5
"""One application in every fifth batch is answered by the archive's machine, with a sealed document."""
MOST_WAITING = 60
"""Jobs that may wait at one node before people there are told to wait: longer queues show nothing new."""

DONE = "state = 'done' AND key NOT LIKE 'periodic:%'"
BEHIND = 10
"""So many faults may be behind before people come more slowly."""


@dataclass
class Progress:
    """What is kept of a run, so that it can go on another time. One list of numbers a platform, in their order."""

    numbers: dict[str, list[str]] = field(default_factory=lambda: {platform: [] for platform in ARCHIVES})
    withdrawn: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ARCHIVES, 0))
    injected: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    hours_passed: float = 0.0
    parted: bool = False

    @property
    def requests(self) -> int:
        """How many were received."""
        return sum(map(len, self.numbers.values()))

    def save(self, path: Path) -> None:
        """Writes it, whole or not at all."""
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(vars(self)), encoding="utf-8")
        fresh.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Progress":
        """What was saved; a fresh one where nothing was."""
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else cls()


@dataclass
class Report:
    """How a run went. `asking_seconds`: until the last request was received; `seconds`: until all had healed."""

    requests: int
    injected: Counter[str]
    asking_seconds: float
    seconds: float
    put_off: int
    found: invariants.Found

    def line(self) -> str:
        """The last line."""
        found = self.found
        return (
            f"faults: requests {self.requests} injected {self.injected.total()} lost {len(found.lost)} "
            f"doubled {len(found.doubled)} stuck {len(found.stuck) + len(found.differing) + len(found.ledgers)}"
        )


class Run:
    """A run that goes on or begins.

    Args:
        requests: applications, spread over the four nodes; each is asked at another platform, and taken back.
        faults: at least so many are injected, spread over the run.
        patience: seconds that healing may take without one job being done.
        partition_minutes: for so long one platform is parted from the others, in the middle of the run; 0: not.
        kinds: of faults.
        path: where progress is kept.
        tell: hears how far it is.
    """

    def __init__(
        self,
        world: FaultyWorld,
        path: Path,
        *,
        requests: int,
        faults: int,
        seed: int,
        pause: float = 0.5,
        patience: float = 300,
        partition_minutes: float = 0,
        kinds: frozenset[str] = frozenset(KINDS),
        tell: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._world, self._path, self._seed, self._tell = world, path, seed, tell
        self._requests, self._faults, self._patience = requests, faults, patience
        self._partition_minutes = partition_minutes
        self._progress = Progress.read(path)
        self._earlier = self._progress.seconds
        self._began = time.monotonic()
        self._clerks = {platform: Clerk(node) for platform, node in world.nodes.items()}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._first = self._taken = self._progress.requests
        self._trouble = Trouble(
            world,
            self._clerks,
            seed=seed,
            wanted=faults,
            pause=pause,
            share=lambda: (self._progress.requests + 4 * BATCH) / requests,
            before=Counter(self._progress.injected),
            kinds=kinds,
        )

    def run(self) -> Report:
        """All of it."""
        partition = threading.Thread(target=self._partition, daemon=True)
        self._trouble.start()
        partition.start()
        try:
            with ThreadPoolExecutor(len(self._clerks)) as pool:
                asking = [pool.submit(self._ask_at, platform) for platform in self._clerks]
                while not all(one.done() for one in asking):
                    self._stop.wait(2)
                    self._note()
                    if any(one.done() and one.exception() for one in asking) or self._trouble.failure:
                        self._stop.set()
                for one in asking:
                    one.result()
            asked = time.monotonic()
            while not self._trouble.enough and not self._trouble.failure:
                # Enough requests, not enough faults: each node goes on talking to the others.
                for platform, clerk in self._clerks.items():
                    clerk.do({"probe": [other for other in self._clerks if other != platform]})
                self._stop.wait(1)
                self._note()
            partition.join()
            self._trouble.end()
            if self._trouble.failure:
                raise self._trouble.failure
            self._until_quiet("have not left", "asking_platform = ? AND routing_state <> 'done'")
            for platform in self._clerks:
                self._withdraw(platform, 0)
            self._until_quiet("jobs", "")
            self._note()
            numbers = [number for some in self._progress.numbers.values() for number in some]
            self._tell(f"looking at {len(numbers)} requests")
            found = invariants.look(self._world.nodes, numbers)
        finally:
            self._stop.set()
            self._trouble.end()
            for clerk in self._clerks.values():
                clerk.end()
            self._note()
        seconds = self._progress.seconds
        return Report(
            len(numbers),
            self._trouble.injected(),
            self._earlier + asked - self._began,
            seconds,
            sum(clerk.put_off for clerk in self._clerks.values()),
            found,
        )

    def _ask_at(self, platform: str) -> None:
        """People at one platform until there were enough everywhere."""
        while not self._stop.is_set():
            if self._waiting(platform) > MOST_WAITING:
                self._stop.wait(0.3)
                continue
            batch = BATCH
            if self._trouble.injected().total() < self._taken / self._requests * self._faults - BEHIND:
                # Few come, so that the faults are spread over the run; never none, for faults are met by messages.
                self._stop.wait(1)
                batch = 1
            with self._lock:
                size = min(batch, self._requests - self._taken)
                self._taken += size
            if not size:
                return
            self._batch(platform, size)

    def _batch(self, platform: str, size: int) -> None:
        """Takes some in, and older ones back. What is asked follows from the seed and how many were before, so that a
        run that was broken off asks the same again."""
        mine = self._progress.numbers[platform]
        dice = random.Random(f"{self._seed}:{platform}:{len(mine)}")
        archives = dice.choices([archive for other, archive in ARCHIVES.items() if other != platform], k=size)
        instant = [0] if platform != SHANGHAI and len(mine) // BATCH % INSTANT_EVERY == 0 else []
        archives[:1] = [HUANGPU] if instant else archives[:1]
        line: dict[str, object] = {"submit": archives, "instant": instant, "key": f"{self._seed}:{len(mine)}"}
        made = self._clerks[platform].do(line)
        with self._lock:
            mine += made
        self._withdraw(platform, BATCH)

    def _withdraw(self, platform: str, but_newest: int) -> None:
        """Takes back all that were not, but the newest."""
        mine, begin = self._progress.numbers[platform], self._progress.withdrawn[platform]
        end = max(begin, len(mine) - but_newest)
        for place in range(begin, end, BATCH):
            self._clerks[platform].do({"withdraw": mine[place : min(place + BATCH, end)]})
        self._progress.withdrawn[platform] = end

    def _waiting(self, platform: str) -> int:
        """Jobs of a node that could run now: those of a peer that rests wait for it and not for us. None where the
        database does not answer: people go on coming."""
        moment = datetime.now(UTC) + self._world.passed
        due = moment.isoformat(sep=" ") if self._world.server else f"{moment:%Y-%m-%d %H:%M:%S.%f}"
        try:
            return self._world[platform].count("work_job", "state = 'ready' AND run_after <= ?", due)
        except Exception:  # of whichever database
            return 0

    def _partition(self) -> None:
        if not self._partition_minutes or self._progress.parted:
            return
        while not self._stop.wait(1):
            if self._progress.requests >= self._requests // 3:
                self._tell(f"{ZHEJIANG} is parted from the others for {self._partition_minutes:g} minutes")
                self._trouble.part_really(ZHEJIANG, self._partition_minutes)
                self._progress.parted = True
                self._tell(f"{ZHEJIANG} is back")
                return

    def _until_quiet(self, what: str, condition: str) -> None:
        """Waits until nothing is left to do, as long as there is progress within `patience`."""
        for node in self._world.nodes.values():
            nodes.wait_until_it_answers(node, self._patience)
        before, end = -1, time.monotonic() + self._patience
        while time.monotonic() < end:
            left = sum(
                node.count("lookups_lookuprequest", condition, platform)
                if condition
                else node.count("work_job", BUSY) + node.count("ledger_evidence", "leaf_index IS NULL")
                for platform, node in self._world.nodes.items()
            )
            if not left:
                return
            # Not whether less is left: what is done gives more to do, to this node and to others.
            done = sum(node.count("work_job", DONE) for node in self._world.nodes.values())
            if done > before:
                before, end = done, time.monotonic() + self._patience
            self._tell(f"healing: {left} {what}, {done} jobs done")
            time.sleep(1)

    def _note(self) -> None:
        """Keeps how far it is, and tells it."""
        with self._lock:
            progress = self._progress
            progress.seconds = self._earlier + time.monotonic() - self._began
            progress.injected = dict(self._trouble.injected())
            progress.hours_passed = self._world.passed.total_seconds() / 3600
            progress.save(self._path)
            done = progress.requests - self._first
            rate = done / (progress.seconds - self._earlier)
            left = max(0, self._requests - progress.requests) / rate if rate else 0
            share = min(1.0, progress.requests / self._requests)
        bar = "█" * int(share * 20) + "░" * (20 - int(share * 20))
        self._tell(
            f"{bar} {progress.requests}/{self._requests} requests, {sum(progress.injected.values())}/{self._faults} "
            f"faults, {rate:.2f}/s, {left / 60:.0f} min left"
        )
