"""Revocation lists of other authorities: fetched, kept for a while, and taken as they were while nobody answers."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dangqiao.adapters.keys import SoftKeyStore
from dangqiao.adapters.keys.revocation import FRESH, RevocationLists
from dangqiao.core.errors import Unavailable

NOW = datetime.now(UTC)
URL = "http://crl.example.cn/seals.crl"


class Desk:
    """An authority's web server."""

    def __init__(self, folder: Path) -> None:
        (self.der,) = SoftKeyStore(folder, "310000", "样例平台", lambda: NOW).revocation_lists()
        self.answer, self.asked, self.folder = httpx.Response(200, content=self.der), 0, folder / "cache"

    def lists(self, now: datetime = NOW) -> tuple[bytes, ...]:
        def handle(request: httpx.Request) -> httpx.Response:
            self.asked += 1
            assert str(request.url) == URL
            return self.answer

        return RevocationLists([URL], self.folder, httpx.Client(transport=httpx.MockTransport(handle))).fetched(now)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_list_is_fetched_once_an_hour(desk: Desk) -> None:
    assert desk.lists() == desk.lists() == (desk.der,)
    assert desk.asked == 1
    for path in desk.folder.iterdir():
        os.utime(path, (0, (NOW - FRESH).timestamp() - 1))
    desk.lists()
    assert desk.asked == 2


def test_pem_is_understood(desk: Desk) -> None:
    pem = x509.load_der_x509_crl(desk.der).public_bytes(Encoding.PEM)
    desk.answer = httpx.Response(200, content=pem)
    assert desk.lists() == (desk.der,)


@pytest.mark.parametrize("status", [404, 503, 200])
def test_what_was_fetched_serves_until_it_ends(status: int, desk: Desk) -> None:
    desk.lists()
    desk.answer = httpx.Response(status, content=b"<p>no list</p>")
    assert desk.lists(NOW + timedelta(days=6)) == (desk.der,)
    with pytest.raises(Unavailable) as caught:
        desk.lists(NOW + timedelta(days=8))
    assert caught.value.code == "seals.revocation_unavailable"


def test_a_list_that_is_not_to_be_had_is_told(desk: Desk) -> None:
    desk.answer = httpx.Response(404)
    with pytest.raises(Unavailable) as caught:
        desk.lists()
    assert URL in str(caught.value)
