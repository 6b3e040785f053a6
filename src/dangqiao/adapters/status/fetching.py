"""Fetching a list of revoked documents from the platform that publishes it."""

import httpx

from dangqiao.adapters.status.signing import read_list
from dangqiao.adapters.transport.http import NodeClient
from dangqiao.core.sealing.statement import StatementKey
from dangqiao.core.sealing.status import LARGEST_LIST, PATH, StatusList


def fetch_list(
    client: NodeClient, endpoint: str, platform: str, number: int, keys: tuple[StatementKey, ...]
) -> tuple[bytes, StatusList]:
    """A platform's list, as it came and read.

    Raises:
        The rows "on the way" of `core.federation.refusals`; Malformed, Untrusted of `read_list`.
    """
    token = client.read(endpoint, f"{PATH}{number}", limit=LARGEST_LIST)
    return token, read_list(token, platform, number, keys)


def client(*, plain_http: bool, patience: float = 3.0, through: httpx.BaseTransport | None = None) -> NodeClient:
    """For lists: small answers, little patience."""
    return NodeClient(plain_http=plain_http, patience=patience, through=through)
