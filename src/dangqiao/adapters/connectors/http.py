"""HTTP to an existing platform: only to the host that the operator's file names, bounded, never redirected.

The platform is not trusted to behave: an answer may be endless, slow, or point somewhere else (links, WSDL addresses).
"""

import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from dangqiao.core.connectors.contract import ContentUnreadable, PlatformRefused, PlatformUnreachable

LARGEST = 64 * 1024 * 1024
"""Bytes of one answer."""
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be gone the next time."""
PAUSES = (0.2, 1.0, 3.0)
"""Seconds before the second, third … attempt; whoever asked is waiting, the queue tries again later."""


class Http:
    """Asks one platform.

    Args:
        base: address that the operator's file gives; everything asked for must be at its host and port.
        patience: seconds for one whole answer.
        attempts: how often something that may be gone the next time is tried.
    """

    def __init__(
        self, name: str, base: str, headers: Mapping[str, str], *, patience: float = 20.0, attempts: int = 3
    ) -> None:
        self._name, self.base, self._patience, self._attempts = name, base, patience, max(1, attempts)
        self._client = httpx.Client(
            headers={"User-Agent": "dangqiao", "Accept-Encoding": "identity", **headers},
            timeout=httpx.Timeout(min(10.0, patience), connect=5.0),
            follow_redirects=False,
            trust_env=False,
            verify=ssl.create_default_context(),
        )

    def close(self) -> None:
        """Closes kept connections."""
        self._client.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        patient: bool = True,
        faults: frozenset[int] = frozenset(),
    ) -> bytes:
        """The body of the answer.

        Args:
            path: relative to `base`, or a whole address at the same host.
            patient: whether it may be asked again; not for what would be done twice.
            faults: statuses whose body is an answer too (SOAP says its faults with 500).

        Raises:
            PlatformUnreachable, PlatformRefused, ContentUnreadable.
        """
        url = self._ours(path)
        attempts = self._attempts if patient else 1
        for attempt in range(attempts):
            if attempt:
                time.sleep(PAUSES[min(attempt, len(PAUSES)) - 1])
            try:
                return self._once(method, url, content, headers or {}, faults)
            except PlatformUnreachable:
                if attempt == attempts - 1:
                    raise
        raise AssertionError("there is a last attempt")

    def _ours(self, path: str) -> str:
        url = urljoin(self.base, path)
        ours, theirs = urlsplit(self.base), urlsplit(url)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise ContentUnreadable(self._name, "leads to another host")
        return url

    def _once(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], faults: frozenset[int]
    ) -> bytes:
        end = time.monotonic() + self._patience
        try:
            with self._client.stream(method, url, content=content, headers=dict(headers)) as answer:
                status = answer.status_code
                if status != 200 and status not in faults:
                    raise self._refusal(status)
                body = bytearray()
                for block in answer.iter_raw(64 * 1024):
                    body += block
                    if len(body) > LARGEST:
                        raise ContentUnreadable(self._name, f"more than {LARGEST} bytes")
                    if time.monotonic() > end:
                        raise PlatformUnreachable(self._name, "timeout")
        except httpx.TimeoutException as error:
            raise PlatformUnreachable(self._name, "timeout") from error
        except (httpx.TransportError, httpx.StreamError) as error:
            raise PlatformUnreachable(self._name, type(error).__name__) from error
        return bytes(body)

    def _refusal(self, status: int) -> Exception:
        if status in AGAIN:
            return PlatformUnreachable(self._name, f"HTTP {status}")
        if 300 <= status < 400:
            return PlatformRefused(self._name, f"HTTP {status}, a redirection")
        return PlatformRefused(self._name, f"HTTP {status}")


def headers_of(name: str, secret: str, prefix: str) -> dict[str, Any]:
    """The header that shows who asks."""
    return {name: f"{prefix}{secret}"} if secret else {}
