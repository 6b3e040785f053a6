"""Lists of revoked documents as files in the trust folder, beside the directory whose keys verify them.

`status/<platform>-<number>.jwt`: each as its platform signed it, so that whoever copies the folder to a machine without
network has all that a verifier needs. A newer list replaces an older one, never the other way round.
"""

import logging
import os
import re
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from dangqiao.adapters.status.signing import read_list
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.envelope import CLOCK_SKEW
from dangqiao.core.sealing.statement import StatementKey
from dangqiao.core.sealing.status import LARGEST_LIST, StatusList

log = logging.getLogger(__name__)
_NAME = re.compile(r"([0-9]{6})-([0-9]{1,6})\.jwt")


class StatusFolder:
    """The lists below a trust folder."""

    def __init__(self, trust: Path) -> None:
        self._folder = trust / "status"

    def load(self, keys: Mapping[str, tuple[StatementKey, ...]]) -> dict[tuple[str, int], StatusList]:
        """All lists that are signed by the platform that their name says; others are passed over, with a warning."""
        found: dict[tuple[str, int], StatusList] = {}
        for path in sorted(self._folder.glob("*.jwt")):
            name = _NAME.fullmatch(path.name)
            if not name or path.stat().st_size > LARGEST_LIST:
                continue
            platform, number = name.group(1), int(name.group(2))
            try:
                found[platform, number] = read_list(path.read_bytes(), platform, number, keys.get(platform, ()))
            except DangqiaoError as error:
                log.warning("%s: %s", path.name, error)
        return found

    def version(self) -> int:
        """Changes whenever a list does."""
        return self._folder.stat().st_mtime_ns if self._folder.is_dir() else 0

    def keep(self, token: bytes, new: StatusList, keys: tuple[StatementKey, ...], now: datetime) -> bool:
        """Writes a list that was verified; False where the one here is as new. One that is dated in the future was
        signed by a clock that was wrong, and gives way."""
        path = self._folder / f"{new.platform}-{new.number}.jwt"
        try:
            if new.as_of <= read_list(path.read_bytes(), new.platform, new.number, keys).as_of <= now + CLOCK_SKEW:
                return False
        except (FileNotFoundError, DangqiaoError):
            pass
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(token)
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
        return True
