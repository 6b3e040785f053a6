"""What all kinds share: where secrets are, which addresses are allowed, how a nested answer becomes a flat record."""

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from dangqiao.core.connectors import Mapping
from dangqiao.core.connectors.contract import Capability, cannot
from dangqiao.core.errors import N_, Misconfigured

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LARGEST_SECRET = 16 * 1024
MOST_PAGES = 1_000_000
"""A harvest that has not ended by then goes in circles."""
MOST_FOUND = 200
"""Records that one search takes from a platform: our own matching ranks them, and a clerk reads five."""


class Part(BaseModel):
    """A section of a mapping file: what it does not know is an error, so that a slip of the pen is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A connector's node. `test`: whether plain HTTP to other machines is allowed, as for all of a test node."""

    folder: Path
    test: bool = False

    def secret(self, name: str) -> str:
        """The secret in a file: `legacy.token` in the node's `secrets/`, or an absolute path. Never in a mapping file.

        Raises:
            Misconfigured: `connector.secret_missing`; `connector.secret_open`, others on the machine can read it.
        """
        path = (self.folder / "secrets" / name).resolve()
        try:
            mode, size = path.stat().st_mode, path.stat().st_size
            text = path.read_text(encoding="utf-8").strip() if size <= _LARGEST_SECRET else ""
        except (OSError, UnicodeDecodeError):
            text, mode = "", 0
        if not text:
            raise Misconfigured(
                "connector.secret_missing",
                N_("The file {path} with a connector's secret is missing, empty or not readable."),
                path=path,
            )
        if mode & 0o077:
            raise Misconfigured(
                "connector.secret_open",
                N_("Others on this machine can read the secret in {path}."),
                N_("Let only the node's user read it: chmod 600 FILE"),
                path=path,
            )
        return text

    def address(self, url: str, *, plain: bool = False) -> str:
        """An address of the file, if it may be called: https, or http to this machine, or where the file says
        `plain_http` (an intranet without certificates). Never with a password in it.

        Raises:
            Misconfigured: `connector.address`.
        """
        parts = urlsplit(url)
        http = parts.scheme == "http" and (plain or self.test or parts.hostname in LOOPBACK)
        if not (parts.hostname and (parts.scheme == "https" or http)) or parts.username or parts.password:
            raise Misconfigured(
                "connector.address",
                N_("The connector's address {address} may not be used."),
                N_("Use https without a password in it; for an intranet without certificates say plain_http = true."),
                address=f"{parts.scheme}://{parts.hostname}",
            )
        return url


class Limited:
    """What a connector does not offer, for those that offer it not. First of a kind's base classes' last."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.capabilities = frozenset(mapping.connector.can)

    def _need(self, capability: Capability) -> None:
        """Raises BadInput (`connector.cannot`)."""
        if capability not in self.capabilities:
            raise cannot(self.mapping.name, capability)

    def close(self) -> None:
        """Nothing to let go of."""


def flat(value: Any, path: str = "", depth: int = 16) -> dict[str, str]:
    """A nested answer as a flat record: {"nf": {"xm": "张三"}} is {"nf.xm": "张三"}. None is left out, and what lies
    deeper than any platform means it."""
    if value is None or not depth:
        return {}
    if isinstance(value, Map):
        found: dict[str, str] = {}
        for name, inner in value.items():
            found |= flat(inner, f"{path}.{name}" if path else str(name), depth - 1)
        return found
    if isinstance(value, list | tuple):
        return {path: "、".join(filter(None, (flat(one, "", depth - 1).get("", "") for one in value)))}
    return {path: text(value)}


def text(value: Any) -> str:
    """A value of a database or an answer as text: whole numbers without a point, days in ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | Decimal) and value == int(value):
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def at(value: Any, path: str) -> Any:
    """What stands at `data.rows` of an answer; the answer itself for an empty path; None where there is nothing."""
    for part in filter(None, path.split(".")):
        if isinstance(value, list) and re.fullmatch(r"\d+", part):
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, Map):
            value = value.get(part)
        else:
            return None
    return value
