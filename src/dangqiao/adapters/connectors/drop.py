"""Where files are dropped: a folder of this machine or one behind SFTP. What both can do, and nothing more.

Nothing is ever written in place: a file appears under its name when it is whole, and is taken by renaming it, so that
of two that reach for it one gets it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from dangqiao.core.connectors.contract import PlatformRefused, PlatformUnreachable


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that lies there. `modified`: by the clock of where it lies; compared with itself only."""

    name: str
    size: int
    modified: float


class Drop(Protocol):
    """A place for files. Names are relative, with at most one folder before them."""

    def listed(self, folder: str = "") -> list[Entry]:
        """Plain files, without hidden ones, by name; none if the folder does not exist."""
        ...

    def move(self, name: str, to: str) -> bool:
        """Renames; False if it is gone, because another was faster."""
        ...

    def fetch(self, name: str, into: IO[bytes]) -> None:
        """Copies the content."""
        ...

    def put(self, name: str, content: bytes) -> None:
        """Writes a file, whole or not at all; over one of that name."""
        ...

    def close(self) -> None:
        """Lets go."""
        ...


class FolderDrop:
    """A folder of this machine, or one that is mounted."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name, self._folder = name, folder

    def listed(self, folder: str = "") -> list[Entry]:
        """See `Drop`."""
        if not self._folder.is_dir():
            raise PlatformUnreachable(self._name, "no such folder")
        place = self._folder / folder
        found = []
        with self._told():
            for path in sorted(place.iterdir()) if place.is_dir() else ():
                if not path.name.startswith(".") and not path.is_symlink() and path.is_file():
                    about = path.stat()
                    found.append(Entry(path.name, about.st_size, about.st_mtime))
        return found

    def move(self, name: str, to: str) -> bool:
        """See `Drop`."""
        with self._told():
            target = self._folder / to
            target.parent.mkdir(exist_ok=True)
            try:
                (self._folder / name).rename(target)
            except FileNotFoundError:
                return False
        return True

    def fetch(self, name: str, into: IO[bytes]) -> None:
        """See `Drop`."""
        with self._told(), (self._folder / name).open("rb") as stream:
            while block := stream.read(1 << 20):
                into.write(block)

    def put(self, name: str, content: bytes) -> None:
        """See `Drop`."""
        with self._told():
            target = self._folder / name
            target.parent.mkdir(exist_ok=True)
            draft = target.with_name(f".{target.name}.part")
            draft.write_bytes(content)
            draft.replace(target)

    def close(self) -> None:
        """See `Drop`."""

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise PlatformRefused(self._name, "no right to the folder") from error
        except OSError as error:
            raise PlatformUnreachable(self._name, type(error).__name__) from error
