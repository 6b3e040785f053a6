"""The people of one node, from the driver's side: a process that is started again when it is gone."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.federation.world import Node

PATIENCE = 600.0
"""Seconds for which people come again when a node cannot take something in."""


class Clerk:
    """People at one node. Any number of threads may use it; one is served at a time."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self.put_off = 0
        """How often somebody was told to come again."""

    @property
    def pid(self) -> int | None:
        """Of the process, if it runs."""
        return self._process.pid if self._process else None

    def do(self, line: dict[str, object], patience: float = PATIENCE) -> list[str]:
        """Has it done, as often as it takes: the same twice is once. Raises AssertionError where nothing helps."""
        end = time.monotonic() + patience
        said = ""
        while time.monotonic() < end:
            with self._lock:
                answer = self._ask(line)
            if isinstance(answer, list):
                return answer
            said = answer
            self.put_off += 1
            time.sleep(0.5)  # as people do before they try again
        log = (self._node.folder / "log" / "clerk.log").read_text(encoding="utf-8")[-1500:]
        raise AssertionError(f"{self._node.platform}: the clerk cannot work: {said} {log}")

    def end(self) -> None:
        """Ends the process."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _ask(self, line: dict[str, object]) -> list[str] | str:
        process = self._running()
        assert process.stdin and process.stdout
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(line) + "\n")
            process.stdin.flush()
            if answer := process.stdout.readline():
                done = json.loads(answer)
                return done if isinstance(done, list) else str(done["error"])
        self.end()
        return "the process ended"

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
