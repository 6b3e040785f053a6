"""The test node (Shanghai) in front of an old platform that is a real process with a REST interface in GB18030."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.adapters.connectors.platforms import TOKEN, RestDesk, RestPlatform, Service
from tests.adapters.connectors.words import nested_row

ARCHIVE = "310115"


class Legacy:
    """The platform, and the mapping file by which the node reads it."""

    def __init__(self, kind: type[RestPlatform]) -> None:
        self._kind = kind
        self._service = Service.get(*kind.command)
        self.file = Path(settings.NODE_FOLDER) / "connectors" / "legacy.toml"
        self.file.parent.mkdir()
        self.token = Path(settings.NODE_FOLDER) / "secrets" / "legacy.token"
        self.token.touch(0o600)
        self.token.write_text(TOKEN)
        self.describe()
        self.put([])

    def describe(self) -> None:
        """Writes the mapping file, to where the platform is now."""
        platform = self._kind.__new__(self._kind)
        self.file.write_bytes(platform.told(self._service.listening).replace(b"330106", ARCHIVE.encode()))

    def edit(self, old: str, new: str) -> None:
        """Changes the mapping file."""
        text = self.file.read_text("utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new), "utf-8")

    def put(self, marriages: list[dict[str, str]], deleted: tuple[str, ...] = (), **changes: str) -> None:
        """Makes these what the platform holds; `changes` are in its own words, for all of them."""
        rows = [nested_row(one, one["id"] in deleted) | changes for one in marriages]
        draft = self._service.folder / "records.part"
        draft.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        draft.replace(self._service.folder / "records.json")

    def stop(self) -> None:
        """Ends it."""
        self._service.stop()

    def forget(self) -> None:
        """Leaves the node as it was."""
        shutil.rmtree(self.file.parent)
        self.token.unlink()

    def start(self, marriages: list[dict[str, str]]) -> None:
        """Starts it again, elsewhere."""
        self._service = Service.get(*self._kind.command)
        self.put(marriages)
        self.describe()


@pytest.fixture
def legacy(request: pytest.FixtureRequest) -> Iterator[Legacy]:
    """A platform that answers at once; parametrised with RestDesk, one whose people answer later."""
    made = Legacy(getattr(request, "param", RestPlatform))
    yield made
    made.forget()


@pytest.fixture
def desk() -> Iterator[Legacy]:
    """A platform whose people answer later."""
    made = Legacy(RestDesk)
    yield made
    made.forget()


@pytest.fixture(scope="session", autouse=True)
def services() -> Iterator[None]:
    """Ends what tests have started."""
    yield
    for service in list(Service.running.values()):
        service.stop()
