"""Messages between this process, which is Shanghai, and members that are played with their own keys."""

from collections.abc import Iterator

import pytest

from dangqiao.apps.exchange import delivering, jobs
from dangqiao.core.federation.messages import MESSAGE_TYPES
from tests.apps.peers import ANHUI, JIANGSU, ZHEJIANG, Peer, federation


@pytest.fixture(autouse=True)
def _one_batch_however_slow_the_machine_is(monkeypatch) -> None:
    for module in (delivering, jobs):
        monkeypatch.setattr(module, "SECONDS", 600)


@pytest.fixture
def peers(tmp_path, settings) -> Iterator[dict[str, Peer]]:
    handlers = dict.fromkeys(MESSAGE_TYPES, "tests.apps.exchange.effects.take")
    ours = {name: path for name, path in settings.MESSAGE_HANDLERS.items() if ".exchange." in path}
    settings.MESSAGE_HANDLERS = handlers | ours
    with federation(tmp_path, JIANGSU, ZHEJIANG) as made:
        yield made


@pytest.fixture
def anhui(peers) -> Peer:
    return peers[ANHUI]
