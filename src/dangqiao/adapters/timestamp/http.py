"""A real time-stamp authority, asked over HTTP (RFC 3161 §3.4)."""

import httpx

from dangqiao.core.errors import N_, Unavailable


class HttpTimeStamper:
    """Asks the authority at `url`.

    Args:
        url: where it answers; https in production.
        timeout: seconds for the whole exchange.
        client: another HTTP client, for tests and proxies.
    """

    def __init__(self, url: str, timeout: float = 10.0, client: httpx.Client | None = None) -> None:
        self._url = url
        self._client = client or httpx.Client(timeout=timeout)

    def stamp(self, request: bytes) -> bytes:
        """The answer's bytes, unjudged: the caller checks that it is granted and for this request.

        Raises:
            Unavailable: `timestamp.unavailable`.
        """
        try:
            answer = self._client.post(
                self._url, content=request, headers={"Content-Type": "application/timestamp-query"}
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise Unavailable(
                "timestamp.unavailable",
                N_("The time-stamp authority does not answer: {problem}."),
                N_("The document is sealed as soon as it answers again."),
                problem=type(error).__name__,
            ) from error
        if answer.headers.get("Content-Type", "").partition(";")[0].strip() != "application/timestamp-reply":
            raise Unavailable(
                "timestamp.unavailable",
                N_("The time-stamp authority does not answer: {problem}."),
                N_("The document is sealed as soon as it answers again."),
                problem="Content-Type",
            )
        return answer.content
