"""The node's clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, Misconfigured

OFFSET_FILE = "clock-offset"


class SystemClock:
    """The machine's clock. Keep it right with NTP: other nodes refuse messages dated five minutes ahead."""

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        pass

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock and as many seconds as the file `clock-offset` of the node says: to see deadlines pass.

    Raises:
        Misconfigured: `clock.test_only` in a node that is not a test node.
    """

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        if not configuration.node.test:
            raise Misconfigured("clock.test_only", N_("Only a test node may have a clock that is shifted."))
        self._path = folder / OFFSET_FILE

    def now(self) -> datetime:
        """The present moment, shifted, UTC."""
        try:
            seconds = float(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            seconds = 0.0
        return datetime.now(UTC) + timedelta(seconds=seconds)
