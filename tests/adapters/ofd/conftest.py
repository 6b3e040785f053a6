"""Fixtures of the OFD room."""

import pytest

from tests.adapters.ofd.bureau import Bureau
from tests.core.sealing.samples import CERTIFICATE


@pytest.fixture(scope="session")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    return Bureau(tmp_path_factory.mktemp("bureau"))


@pytest.fixture(scope="session")
def issued(bureau: Bureau) -> bytes:
    return bureau.issue_ofd(CERTIFICATE)
