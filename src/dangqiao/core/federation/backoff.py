"""When to try again: pure arithmetic, so that a month of retries is tested in a millisecond."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling pauses with jitter, capped.

    The cap is short on purpose: a member that comes back after hours must be caught up within `longest`, without
    anybody's help.

    Attributes:
        first: the pause after the first failure.
        longest: the largest pause.
        patience: from the first attempt until the message becomes a dead letter.
    """

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=5)
    patience: timedelta = timedelta(days=29)

    def pause(self, failures: int, jitter: float) -> timedelta:
        """How long to wait after the `failures`-th failure in a row (from 1).

        Args:
            jitter: in [0, 1), random, brought by the caller: the pause is between half and the whole of the step, so
                that nodes that failed together do not come back together.
        """
        if failures < 1 or not 0 <= jitter < 1:
            raise ValueError("failures count from 1; jitter lies in [0, 1)")
        # 2^20 seconds is beyond any cap; the limit only keeps the number small.
        step = min(self.first * (1 << min(failures - 1, 20)), self.longest)
        return step * (0.5 + jitter / 2)

    def gives_up(self, waited: timedelta) -> bool:
        """Whether to stop after so long since the first attempt."""
        return waited >= self.patience
