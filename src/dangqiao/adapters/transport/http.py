"""HTTP to another node: bounded in size and time, never redirected, never through a proxy of the environment.

The other side is not trusted to behave: an answer may be endless, slow, compressed or not what was asked for.
"""

import hashlib
import os
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import httpx

from dangqiao.adapters.transport.deadline import Deadline, EndingTransport
from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.ports import MEDIA_TYPE, MESSAGES_PATH, OBJECTS_PATH
from dangqiao.core.federation.receipts import LARGEST_RECEIPT
from dangqiao.core.federation.refusals import refuse

CODES: dict[type[Exception], str] = {
    httpx.TimeoutException: "exchange.timeout",
    httpx.ConnectError: "exchange.unreachable",
    httpx.ProxyError: "exchange.unreachable",
    httpx.NetworkError: "exchange.broken_off",
    httpx.ProtocolError: "exchange.broken_off",
    httpx.DecodingError: "exchange.answer_not_readable",
    httpx.StreamError: "exchange.answer_not_readable",
    httpx.CookieConflict: "exchange.answer_not_readable",
    httpx.TooManyRedirects: "exchange.redirected",
    httpx.HTTPStatusError: "exchange.http_status",
    httpx.UnsupportedProtocol: "exchange.bad_endpoint",
    httpx.InvalidURL: "exchange.bad_endpoint",
    httpx.HTTPError: "exchange.unreachable",
}
"""Exception of httpx -> code; the nearest class in the exception's line of descent counts."""

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
LONGEST_WISH = 3600
"""Seconds that another node may ask us to wait."""
_BLOCK = 64 * 1024


class NodeClient:
    """`core.federation.ports.Transport`; one per process, safe to share between threads.

    Args:
        plain_http: also allow http:// to other machines; only test nodes do.
        patience: seconds for one whole exchange of a message, and for an object per 16 MiB.
        clock: seconds, monotonic.
        through: httpx's own transport, for tests.
    """

    def __init__(
        self,
        *,
        plain_http: bool = False,
        patience: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        through: httpx.BaseTransport | None = None,
    ) -> None:
        self._plain_http, self._patience, self._deadline = plain_http, patience, Deadline(clock)
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=16)
        self._client = httpx.Client(
            timeout=httpx.Timeout(10.0, connect=5.0),
            follow_redirects=False,
            trust_env=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "dangqiao"},
            # The machine's own trust store: members may use a government authority that no public list has.
            transport=through or EndingTransport(self._deadline, ssl.create_default_context(), limits),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes kept connections."""
        self._client.close()

    def post(self, endpoint: str, sealed: bytes, *, path: str = MESSAGES_PATH, limit: int = LARGEST_RECEIPT) -> bytes:
        """Posts a sealed message; returns the signed receipt, not yet verified. Raises the rows "on the way"."""
        headers = {"Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE}
        with self._asking("POST", endpoint, path, headers, sealed) as answer:
            host = answer.request.url.host
            receipt = self._whole(answer, limit)
        if not receipt or answer.headers.get("content-type", "").partition(";")[0].strip() != MEDIA_TYPE:
            raise refuse("exchange.answer_not_readable", host=host)
        return receipt

    def read(self, endpoint: str, path: str, *, limit: int, token: str = "") -> bytes:
        """A file of another node, of at most `limit` bytes, not yet verified. Raises the rows "on the way".

        Args:
            token: a signed request, for what is not public.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with self._asking("GET", endpoint, path, headers) as answer:
            return self._whole(answer, limit)

    def fetch(self, endpoint: str, sha256: str, *, token: str, into: Path, limit: int) -> int:
        """Fetches an object into a file, which appears whole and with the right digest, or not at all.

        Raises exchange.object_missing, exchange.object_mismatch, exchange.object_too_large and the rows "on the way".
        """
        into.parent.mkdir(parents=True, exist_ok=True)
        headers = {"Authorization": f"Bearer {token}"}
        with (
            tempfile.NamedTemporaryFile(dir=into.parent, prefix=".fetch-", delete=False) as draft,
            _removed_on_failure(Path(draft.name)),
        ):
            digest, size = hashlib.sha256(), 0
            seconds = self._patience * (1 + limit // (16 * 1024 * 1024))
            with self._asking("GET", endpoint, OBJECTS_PATH + sha256, headers, seconds=seconds) as answer:
                if answer.status_code in {401, 403, 404, 410}:
                    raise refuse("exchange.object_missing", sha256=sha256)
                if answer.status_code != 200:
                    raise refuse("exchange.http_status", host=answer.request.url.host, status=answer.status_code)
                for block in self._blocks(answer):
                    size += len(block)
                    if size > limit:
                        raise refuse("exchange.object_too_large", limit=limit)
                    digest.update(block)
                    draft.write(block)
            if digest.hexdigest() != sha256:
                raise refuse("exchange.object_mismatch", sha256=sha256)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(into)
        return size

    @contextmanager
    def _asking(
        self,
        method: str,
        endpoint: str,
        path: str,
        headers: dict[str, str],
        content: bytes | None = None,
        seconds: float = 0,
    ) -> Iterator[httpx.Response]:
        """One exchange, over in `seconds` (0: the usual patience) from the connection to the last byte. Every error of
        httpx, while asking or reading, becomes one of ours."""
        host = ""
        try:
            url = httpx.URL(endpoint.rstrip("/") + path)
            host = url.host
            allowed = {"https", "http"} if self._plain_http or host in LOOPBACK else {"https"}
            if url.scheme not in allowed or not host or url.userinfo or url.query or url.fragment:
                raise httpx.UnsupportedProtocol("not an address of a node")
            with (
                self._deadline.within(seconds or self._patience),
                self._client.stream(method, url, headers=headers, content=content) as answer,
            ):
                if answer.is_redirect:
                    raise refuse("exchange.redirected", host=host)
                yield answer
        except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError) as error:
            raise translated(error, host=host, endpoint=endpoint) from error

    def _whole(self, answer: httpx.Response, limit: int) -> bytes:
        """The body of a good answer."""
        host = answer.request.url.host
        if answer.status_code == 503 and (wish := answer.headers.get("retry-after", "")).isdigit():
            raise refuse("exchange.busy", retry_after=min(int(wish[:9]), LONGEST_WISH))
        if answer.status_code != 200:
            raise refuse("exchange.http_status", host=host, status=answer.status_code)
        found = bytearray()
        for block in self._blocks(answer):
            found += block
            if len(found) > limit:
                raise refuse("exchange.answer_too_large", host=host, limit=limit)
        return bytes(found)

    def _blocks(self, answer: httpx.Response) -> Iterator[bytes]:
        """The body as it came."""
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise refuse("exchange.answer_not_readable", host=answer.request.url.host)
        return answer.iter_raw(_BLOCK)


class HttpTransport(NodeClient):
    """The same, for the node of a configuration."""

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        super().__init__(plain_http=configuration.node.test)


def translated(error: Exception, *, host: str, endpoint: str) -> DangqiaoError:
    """Our error for one of httpx's."""
    code = next(CODES[kind] for kind in type(error).__mro__ if kind in CODES)
    status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else 0
    return refuse(code, host=host, endpoint=endpoint, status=status)


@contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
