"""An office that issues: two platforms, their archives' test seals, a time-stamp authority, clocks that stand still."""

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from dangqiao.adapters.keys import SoftKeyStore
from dangqiao.adapters.keys.generations import StatementKeys
from dangqiao.adapters.pdf import PdfSealer, TypstTypesetter
from dangqiao.adapters.timestamp import LocalTimeStamper
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.ports import SealKey, TrustList

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
TYPESETTER = TypstTypesetter(fallbacks=())


class Clock:
    """Stands until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Borrowed:
    """A key store that hands out one archive's real seal, whoever asks: what an impostor would do."""

    key: SealKey

    def seal(self, archive: str, archive_name: str) -> SealKey:
        return self.key


class Office:
    """A platform with its key store."""

    def __init__(self, folder: Path, platform: str = "310000") -> None:
        self.platform, self.clock, self.stamp_clock = platform, Clock(), Clock()
        self.keys = SoftKeyStore(folder / platform, platform, f"样例平台{platform}", self.clock)
        self.statement_pem = StatementKeys(folder / platform, platform).own()[0].pem

    @cached_property
    def stamper(self) -> LocalTimeStamper:
        return LocalTimeStamper(self.keys.time_authority(), itertools.count(1).__next__, self.stamp_clock)

    def issue(self, content: FrozenContent, key: SealKey | None = None) -> bytes:
        document = TYPESETTER.typeset(content, {}.__getitem__)
        return PdfSealer(Borrowed(key) if key else self.keys, self.stamper).seal(document, content)

    @cached_property
    def trust(self) -> TrustList:
        root = self.keys.authority().certificate
        return TrustList(
            as_of=NOW - timedelta(days=1),
            expires=NOW + 50 * YEAR,
            platforms={"310101": self.platform, "310104": self.platform, "320102": "320000"},
            seal_authorities={self.platform: (root,)},
            time_authorities=(root,),
        )

    def trusting(self, **changes: Any) -> TrustList:
        return replace(self.trust, **changes)


def flipped(document: bytes, position: int, bit: int = 0) -> bytes:
    """The document with one bit of one byte changed."""
    return document[:position] + bytes([document[position] ^ 1 << bit]) + document[position + 1 :]
