"""A category that does not come with the program, and a process that forgets it again."""

from pathlib import Path

import pytest

from dangqiao.core.categories import loader

GRAIN = Path(__file__).parents[2] / "vectors" / "categories" / "grain-ration.toml"


@pytest.fixture
def grain() -> bytes:
    return GRAIN.read_bytes()


@pytest.fixture
def only_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the test adds is forgotten."""
    monkeypatch.setattr(loader, "_added", {})
