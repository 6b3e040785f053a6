"""A federation of four, with this process as Shanghai."""

from collections.abc import Iterator

import pytest

from dangqiao.apps.directory import services
from dangqiao.core.vocabulary.actor import Actor, operator
from tests.apps.peers import ANHUI, JIANGSU, ZHEJIANG, Peer, federation


@pytest.fixture
def clerk() -> Actor:
    return operator("test", "310000")


@pytest.fixture
def anhui(tmp_path) -> Iterator[Peer]:
    with federation(tmp_path, JIANGSU, ZHEJIANG) as peers:
        yield peers[ANHUI]


@pytest.fixture
def seeded(db, clerk) -> None:
    services.seed_province(clerk)
