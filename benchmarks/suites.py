"""CPU of what a message costs in each algorithm suite, both sides together: sign, seal, open and verify, receipt.

    python -m benchmarks.suites

The example of docs/protocol with its test keys. CPU time of this process, best of some rounds; no database.
"""

import time
from collections.abc import Callable

from dangqiao.core.federation.ports import Kind
from dangqiao.core.vocabulary.suites import SUITES, Suite
from tests.adapters.jose.members import Keys, cipher_of
from tests.core.federation.samples import ANHUI, SHANGHAI, SUBMITTED

ROUNDS, TIMES = 5, 200
CONTENT = SUBMITTED.to_bytes()
RECEIPT = b"x" * 400


def cpu(act: Callable[[], object]) -> float:
    """Milliseconds of CPU, once."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(TIMES):
            act()
        best = min(best, time.process_time() - began)
    return best / TIMES * 1000


def measured(suite: Suite) -> dict[str, float]:
    """Milliseconds by act."""
    keys, asker, holder = Keys(suite=suite), cipher_of(ANHUI, suite), cipher_of(SHANGHAI, suite)
    token, receipt = asker.sign(CONTENT, Kind.MESSAGE), holder.sign(RECEIPT, Kind.RECEIPT)
    theirs = keys.sealing_key(SHANGHAI)
    sealed = asker.seal(token, theirs)
    return {
        "sign": cpu(lambda: asker.sign(CONTENT, Kind.MESSAGE)),
        "seal": cpu(lambda: asker.seal(token, theirs)),
        "open and verify": cpu(lambda: holder.open(sealed, keys)),
        "sign the receipt": cpu(lambda: holder.sign(RECEIPT, Kind.RECEIPT)),
        "verify the receipt": cpu(lambda: asker.verify(receipt, Kind.RECEIPT, keys)),
    }


if __name__ == "__main__":
    print(f"ms of CPU for a message of {len(CONTENT)} bytes")
    for one in SUITES.values():
        found = measured(one)
        told = ", ".join(f"{name} {spent:.2f}" for name, spent in found.items())
        print(f"{one.name}: {told}; together {sum(found.values()):.2f}")
