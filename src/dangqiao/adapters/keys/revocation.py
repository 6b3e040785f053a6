"""Revocation lists (RFC 5280 §5) of other authorities, fetched from where they publish them and kept for a while."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dangqiao.core.errors import N_, Unavailable

FRESH = timedelta(hours=1)
"""A list that was fetched so recently is not fetched again."""
LARGEST = 32 * 1024 * 1024


class RevocationLists:
    """The lists at some addresses.

    Args:
        folder: keeps what was fetched; made where it is missing.
        client: another HTTP client, for tests and proxies.
    """

    def __init__(self, urls: Iterable[str], folder: Path, client: httpx.Client | None = None) -> None:
        self._urls, self._folder = tuple(urls), folder
        self._client = client or httpx.Client(timeout=10.0, follow_redirects=True)

    def fetched(self, now: datetime) -> tuple[bytes, ...]:
        """All lists, DER. One that cannot be fetched is taken as it was before, while it says of itself that it holds.

        Raises:
            Unavailable: `seals.revocation_unavailable`, one is not to be had.
        """
        return tuple(self._one(url, now) for url in self._urls)

    def _one(self, url: str, now: datetime) -> bytes:
        path = self._folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.crl"
        if path.exists() and now - datetime.fromtimestamp(path.stat().st_mtime, UTC) < FRESH:
            return path.read_bytes()
        try:
            answer = self._client.get(url)
            answer.raise_for_status()
            if len(answer.content) > LARGEST:
                raise ValueError("too large")
            der = _der(answer.content)
        except (httpx.HTTPError, ValueError) as error:
            if path.exists() and (_ends(path.read_bytes()) or now) > now:
                return path.read_bytes()
            raise Unavailable(
                "seals.revocation_unavailable",
                N_("The revocation list at {url} is not to be had: {problem}."),
                N_("Documents are lengthened as soon as it is."),
                url=url,
                problem=type(error).__name__,
            ) from error
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_bytes(der)
        draft.replace(path)
        return der


def _der(source: bytes) -> bytes:
    """A list as published: DER, or PEM. Raises ValueError."""
    if not source.lstrip().startswith(b"-----BEGIN"):
        x509.load_der_x509_crl(source)
        return source
    return x509.load_pem_x509_crl(source).public_bytes(Encoding.DER)


def _ends(der: bytes) -> datetime | None:
    return x509.load_der_x509_crl(der).next_update_utc
