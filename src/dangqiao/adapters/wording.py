"""The node's own wording of documents: `wording.toml` in its folder, where there is one."""

from pathlib import Path

from dangqiao.core.configuration import Configuration
from dangqiao.core.sealing.own_wording import OwnWording, parse

FILE = "wording.toml"


class FileWording:
    """Reads the file again when it has changed, so that new words need no restart. Fills the port `wording`."""

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        self._path = folder / FILE
        self._known: tuple[int, OwnWording] = (0, OwnWording())

    def __call__(self) -> OwnWording:
        """The wording in force. Raises what `core.sealing.own_wording.parse` raises."""
        changed = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if changed != self._known[0]:
            self._known = changed, parse(self._path.read_bytes()) if changed else OwnWording()
        return self._known[1]
