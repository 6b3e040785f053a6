"""Files that only their owner can read.

A file is written beside its name and linked into place, so that two processes that make the same key end up with one.
"""

import os
import tempfile
from pathlib import Path

from dangqiao.core.errors import N_, Misconfigured


def read(path: Path) -> bytes | None:
    """The file's bytes, or None where there is none.

    Raises:
        Misconfigured: `keys.readable_by_others`.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise Misconfigured(
                    "keys.readable_by_others",
                    N_("The key file {name} can be read by others."),
                    N_("Set its mode to 600, of the folder to 700, and, if others may have read it, replace the key."),
                    name=path.name,
                )
            return file.read()
    except FileNotFoundError:
        return None


def create(path: Path, source: bytes, *, replace: bool = False) -> bytes:
    """Writes a new key file, 0600 in 0700, whole or not at all. Returns what is there then: another may be first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # 0600 by its contract
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(source)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(draft).rename(path)
            return source
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return path.read_bytes()
        return source
    finally:
        Path(draft).unlink(missing_ok=True)
