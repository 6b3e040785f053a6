"""Fixtures of the lookup room."""

import pytest

from tests.core.lookup.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
