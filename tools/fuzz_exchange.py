"""Feeds the readers of the exchange with hostile bytes: python tools/fuzz_exchange.py --minutes 10

The strategies are those of tests/core/federation/hostile.py. A crash prints the bytes that led to it and ends with 1.
The last line: `fuzz: cases N crashes 0 slowest S s peak M MiB`.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.core.federation.hostile import TARGETS

ROUND = 500
SLOW = 5.0
"""Seconds of CPU after which one case counts as a failure."""


def main() -> int:
    """Runs; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    end = time.monotonic() + parser.parse_args().minutes * 60
    cases, slowest = 0, 0.0

    def timed(act: Callable[[bytes], None]) -> Callable[[bytes], None]:
        def run(raw: bytes) -> None:
            nonlocal cases, slowest
            begun = time.process_time()
            act(raw)
            took = time.process_time() - begun
            cases, slowest = cases + 1, max(slowest, took)
            assert took < SLOW, f"{took:.1f} s of CPU"

        return run

    crashes = 0
    while time.monotonic() < end and not crashes:
        for name, (act, bytes_of) in TARGETS.items():
            crashes += _round(name, timed(act), bytes_of)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"fuzz: cases {cases} crashes {crashes} slowest {slowest:.2f} s peak {peak} MiB")
    return 1 if crashes else 0


def _round(name: str, act: Callable[[bytes], None], bytes_of: st.SearchStrategy[bytes]) -> int:
    """One round of one target; how many crashed."""

    @settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(raw=bytes_of)
    def target(raw: bytes) -> None:
        act(raw)

    try:
        target()
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}", *getattr(error, "__notes__", ()), sep="\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
