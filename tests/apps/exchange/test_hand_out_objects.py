"""A file is given only to the member it was announced to, who signs for it."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from dangqiao.apps.exchange import services
from dangqiao.apps.exchange.models import OfferedObject
from dangqiao.apps.ports import port
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.objects import ask_for
from dangqiao.core.federation.ports import Kind
from tests.apps.peers import ANHUI, JIANGSU, SHANGHAI, Peer

pytestmark = pytest.mark.django_db
DOCUMENT = b"%PDF-1.7 sealed"
SHA256 = hashlib.sha256(DOCUMENT).hexdigest()


def _request(peer: Peer, sha256: str = SHA256, holder: str = SHANGHAI, at: datetime | None = None) -> str:
    request = ask_for(sha256, us=peer.platform, holder=holder, now=at or datetime.now(UTC))
    return peer.cipher.sign(request.to_bytes(), Kind.OBJECT_REQUEST)


@pytest.fixture
def offered(anhui: Peer) -> Peer:
    name = port("storage").put(DOCUMENT)
    for _ in range(2):
        services.offer_object(SHA256, receiver=ANHUI, storage_name=name, size=len(DOCUMENT))
    return anhui


def test_the_member_it_was_announced_to_gets_it(offered: Peer) -> None:
    assert b"".join(services.open_object(_request(offered), SHA256)) == DOCUMENT
    first = OfferedObject.objects.get().fetched_at
    assert first
    services.open_object(_request(offered), SHA256)
    assert OfferedObject.objects.get().fetched_at == first


def test_to_any_other_member_it_does_not_exist(offered: Peer, peers: dict[str, Peer]) -> None:
    other = "0" * 64
    for token, sha256 in ((_request(peers[JIANGSU]), SHA256), (_request(offered, other), other)):
        with pytest.raises(DangqiaoError) as caught:
            services.open_object(token, sha256)
        assert caught.value.code == "exchange.object_missing"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"holder": JIANGSU}, "exchange.wrong_receiver"),
        ({"at": datetime.now(UTC) - timedelta(hours=1)}, "exchange.expired"),
        ({"sha256": "0" * 64}, "exchange.object_missing"),
    ],
)
def test_a_request_for_something_else_is_refused(offered: Peer, changes, code: str) -> None:
    with pytest.raises(DangqiaoError) as caught:
        services.open_object(_request(offered, **changes), SHA256)
    assert caught.value.code == code


def test_a_signed_message_is_no_request_for_an_object(offered: Peer) -> None:
    request = ask_for(SHA256, us=ANHUI, holder=SHANGHAI, now=datetime.now(UTC))
    token = offered.cipher.sign(request.to_bytes(), Kind.MESSAGE)
    with pytest.raises(DangqiaoError) as caught:
        services.open_object(token, SHA256)
    assert caught.value.code == "exchange.wrong_kind"
