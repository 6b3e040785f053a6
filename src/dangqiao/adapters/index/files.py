"""The folder of a segment index: which files serve, and how the next ones take their place.

`manifest.json` names the segments that serve and the last change of the database that they hold. It is replaced in one
step (rename), so a crash leaves either the old or the new index; files that it does not name are left-overs.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Named:
    """A segment's file, and the file of its dead entries if there are any."""

    name: str
    dead: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What serves.

    Attributes:
        segments: the oldest first.
        sequence, token: the last change that they hold; 0 and empty: none.
        repeated: changes up to this one may be in the segments already, for they were made while these were built from
            the catalogue.
    """

    segments: tuple[Named, ...] = ()
    sequence: int = 0
    token: str = ""
    repeated: int = 0


Signature = tuple[int, int, int]
"""Tells one manifest from another without reading it."""


class IndexFolder:
    """The folder `index/` of a node."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._manifest = folder / MANIFEST

    def signature(self) -> Signature | None:
        """Of the manifest there is now; None if there is none."""
        try:
            found = self._manifest.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def manifest(self) -> Manifest:
        """What serves now."""
        try:
            said = json.loads((self.folder / MANIFEST).read_bytes())
        except FileNotFoundError:
            return Manifest()
        return Manifest(
            tuple(Named(**one) for one in said["segments"]), said["sequence"], said["token"], said["repeated"]
        )

    def path(self, name: str) -> Path:
        """Of a segment."""
        return self.folder / name

    def new_path(self) -> Path:
        """Of a segment to be written. Only for who holds the lock."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        numbers = [int(path.stem) for path in self.folder.glob("[0-9]*.*")]
        return self.path(f"{max(numbers, default=0) + 1:06d}.segment")

    def switch(self, manifest: Manifest) -> None:
        """Makes these segments serve, and removes the files of those that do no more.

        Who has them mapped goes on reading them: the system keeps a removed file for as long as it is in use.
        """
        part = self.folder / (MANIFEST + ".part")
        with part.open("w", encoding="utf-8") as file:
            json.dump(asdict(manifest), file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.folder / MANIFEST)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        self.clear(manifest.segments)

    def clear(self, kept: Sequence[Named]) -> None:
        """Removes the files of segments that are not named: left by a switch, or by a crash."""
        names = {name for one in kept for name in (one.name, one.dead)}
        for path in self.folder.glob("[0-9]*.*"):
            if path.name not in names:
                path.unlink(missing_ok=True)

    @contextmanager
    def building(self, *, wait: bool) -> Iterator[bool]:
        """Lets one process build at a time. Gives False at once if another one does and `wait` is not wanted."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True
