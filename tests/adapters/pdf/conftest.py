"""Fixtures of the PDF room."""

from pathlib import Path

import pytest

from tests.adapters.pdf.office import Office
from tests.core.sealing.samples import CERTIFICATE


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="session")
def sealed(office: Office) -> bytes:
    return office.issue(CERTIFICATE)


@pytest.fixture
def saved(sealed: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "document.pdf"
    path.write_bytes(sealed)
    return path
