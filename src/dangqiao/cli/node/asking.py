"""Asking a node over HTTP whether it is there."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import httpx

from dangqiao.apps.fields import now

HEALTH = "/api/v1/health"
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `clock_ahead`: seconds by which the other clock is ahead of ours; None if it does not say.

    `problem` is empty where the node answered as it should.
    """

    problem: str = ""
    platform: str = ""
    clock_ahead: float | None = None


def ask(address: str) -> Answer:
    """Asks one node for its health. Never raises for what the other side does."""
    try:
        before = now()
        found = httpx.get(address.rstrip("/") + HEALTH, timeout=SECONDS, trust_env=False, follow_redirects=False)
        between = before + (now() - before) / 2
        if not found.is_success:
            return Answer(f"HTTP {found.status_code}")
        said = found.json()
        ahead = (datetime.fromisoformat(said["time"]) - between).total_seconds() if "time" in said else None
        return Answer("", str(said.get("platform", "")), ahead)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, AttributeError) as error:
        return Answer(type(error).__name__)


def ask_all(addresses: Mapping[str, str]) -> dict[str, Answer]:
    """Asks several at once: name → address gives name → answer."""
    if not addresses:
        return {}
    with ThreadPoolExecutor(max_workers=min(16, len(addresses))) as pool:
        return dict(zip(addresses, pool.map(ask, addresses.values()), strict=True))
