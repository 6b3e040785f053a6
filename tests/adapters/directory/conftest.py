"""A federation of four, founded on disk with real TUF metadata; and mirrors that really serve it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from dangqiao.adapters.directory.membership import found
from dangqiao.core.federation.listing import Members
from tests.adapters.directory.federation import CATEGORIES, NOW, PLATFORMS, Federation, listing, member, private_pem


@pytest.fixture
def federation(tmp_path: Path) -> Federation:
    root_keys = {platform: private_pem() for platform in PLATFORMS}
    online_keys = {platform: private_pem() for platform in PLATFORMS}
    members = Members(tuple(member(code, root_keys[code], online_keys[code]) for code in PLATFORMS))
    repository = tmp_path / "repository"
    listings = {code: listing(code, f"{code[:2]}0826") for code in PLATFORMS}
    found(repository, members, root_keys, online_keys, listings, CATEGORIES, NOW)
    return Federation(repository, members, root_keys, online_keys)


@pytest.fixture
def later() -> Callable[..., datetime]:
    return lambda **shift: NOW + timedelta(**shift)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Test output stays readable."""


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves a folder on loopback; gives its address."""
    servers: list[ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
