"""Objects as files below one folder: the default, for one machine."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, NotThere, Untrusted

PIECE = 256 * 1024
"""Bytes that are read at a time."""
_NAME = re.compile(r"[0-9a-f]{64}")


class FileStorage:
    """`objects/ab/cdef…` below the node's folder. Satisfies `core.vocabulary.storage.ObjectStore`."""

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        self._folder = folder / "objects"

    def put(self, content: bytes | Iterator[bytes]) -> str:
        """Writes beside and moves into place after the data is on disk: a kill leaves no half object."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        digest = hashlib.sha256()
        handle, path = tempfile.mkstemp(dir=self._folder, prefix="new-")
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in [content] if isinstance(content, bytes) else content:
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            name = digest.hexdigest()
            target = self._path(name)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            Path(path).replace(target)
        except BaseException:
            Path(path).unlink(missing_ok=True)
            raise
        return name

    def get(self, name: str) -> bytes:
        """The whole content, compared with its name: a rotten disk is noticed before a document is made of it."""
        content = b"".join(self.chunks(name))
        if hashlib.sha256(content).hexdigest() != name:
            raise Untrusted(
                "storage.altered",
                N_("The stored object {name} was altered outside the program."),
                N_("Restore it from the backup."),
                name=name,
            )
        return content

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content in pieces of 256 KiB."""
        self.size(name)
        return self._read(self._path(name))

    def size(self, name: str) -> int:
        """Bytes."""
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            raise NotThere(
                "storage.missing",
                N_("The stored object {name} is missing."),
                N_("Restore it from the backup."),
                name=name,
            ) from None

    def _read(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise NotThere("storage.missing", N_("The stored object {name} is missing."), name=name[:80])
        return self._folder / name[:2] / name[2:]
