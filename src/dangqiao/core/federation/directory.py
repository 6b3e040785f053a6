"""The directory as a whole: who belongs, where they are, which keys and seals are theirs, what they keep.

It is made from signed files (`listing.py`) that an adapter fetched and verified; here it answers questions.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal, Protocol

from dangqiao.core.errors import N_, Untrusted
from dangqiao.core.federation.envelope import CLOCK_SKEW
from dangqiao.core.federation.listing import ArchiveListing, KeyUse, Member, MessageKey, PlatformListing, SealListing
from dangqiao.core.federation.ports import MemberKey

GRACE = timedelta(days=30)
"""A signing key is known this long after its end: messages signed before it may still be on their way."""
WARNING_DAYS = (30, 7, 1)
"""Days before the end at which an operator is warned."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Which signed files the directory consists of. `listings`: platform code → version."""

    root: int
    targets: int
    snapshot: int
    timestamp: int
    listings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that an operator should know though the directory is good. Codes as of errors."""

    code: str
    sentence: str
    facts: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.sentence.format(**self.facts)} [{self.code}]"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose certificate it is: a platform's authority for seals or time stamps, or an archive's own seal."""

    platform: str
    role: Literal["seal_authority", "time_authority", "seal"]
    archive: str = ""
    seal: SealListing | None = None


@dataclass(frozen=True)
class Directory:
    """The whole directory as of a moment, verified.

    Attributes:
        as_of: when the newest time stamp on it was made; `expires` when the first signature on it ends.
        categories: common category files by name, as all members agreed on them.
        notices: what is amiss with single listings.
    """

    members: tuple[Member, ...]
    listings: tuple[PlatformListing, ...]
    versions: Versions
    as_of: datetime
    expires: datetime
    categories: Mapping[str, bytes] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()

    @cached_property
    def _members(self) -> dict[str, Member]:
        return {member.platform: member for member in self.members}

    @cached_property
    def _archives(self) -> dict[str, tuple[str, ArchiveListing]]:
        return {
            archive.code: (listing.platform, archive)
            for listing in self.listings
            for archive in listing.archives
            if archive.code.startswith(self._members[listing.platform].territory)
        }

    @cached_property
    def _issuers(self) -> dict[str, Issuer]:
        found = {
            seal.certificate.fingerprint: Issuer(platform, "seal", archive.code, seal)
            for platform, archive in self._archives.values()
            for seal in archive.seals
        }
        for listing in self.listings:
            for one in listing.time_authorities:
                found[one.fingerprint] = Issuer(listing.platform, "time_authority")
            for one in listing.seal_authorities:
                found[one.fingerprint] = Issuer(listing.platform, "seal_authority")
        return found

    def member(self, platform: str) -> Member | None:
        """The member with this platform code."""
        return self._members.get(platform)

    def listing(self, platform: str) -> PlatformListing | None:
        """What the platform lists; None if it has listed nothing that is believed now."""
        return next((listing for listing in self.listings if listing.platform == platform), None)

    def archive(self, code: str) -> ArchiveListing | None:
        """The archive with this code."""
        return self._archives[code][1] if code in self._archives else None

    def archives(self) -> Mapping[str, ArchiveListing]:
        """All archives by code."""
        return {code: archive for code, (_platform, archive) in self._archives.items()}

    def platform_of(self, archive: str) -> str:
        """Code of the platform that lists the archive; empty if none does."""
        return self._archives[archive][0] if archive in self._archives else ""

    def who_holds_key(self, kid: str) -> MemberKey | None:
        """The member whose message key it is, whatever its dates: for evidence that was kept."""
        return next((key for key, _dates in self._keys() if key.kid == kid), None)

    def signing_keys_of(self, platform: str) -> tuple[MemberKey, ...]:
        """All keys that a member lists or listed for signing, whatever their dates: for what was signed long ago."""
        found = (pair for pair in self._keys() if pair[0].member == platform and pair[1].use is KeyUse.SIGNING)
        return tuple(member_key for member_key, _key in found)

    def issuer_of(self, fingerprint: str) -> Issuer | None:
        """Whose certificate has this SHA-256 (hex); None if the directory lists it nowhere."""
        return self._issuers.get(fingerprint)

    def keys_at(self, now: datetime) -> "KeysAt":
        """The message keys in force at `now`: fills the port `KeyDirectory`."""
        return KeysAt(self, now)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over what the directory says: equal while only time stamps are renewed."""
        parts = [*self.members, *sorted(self.listings, key=lambda listing: listing.platform)]
        written = b"\0".join(part.to_json() for part in parts)
        files = b"\0".join(name.encode() + b"\0" + self.categories[name] for name in sorted(self.categories))
        return hashlib.sha256(written + b"\0\0" + files).hexdigest()

    def notices_at(self, now: datetime) -> tuple[Notice, ...]:
        """Everything to warn of at `now`: the notices and, from 30 days before the end, that it is near.

        The fact `within` steps through 30, 7 and 1: a caller that tells each step once warns three times.
        """
        days = (self.expires - now) // timedelta(days=1)
        within = [step for step in WARNING_DAYS if days <= step]
        if not within:
            return self.notices
        ending = Notice(
            "directory.ends_soon",
            N_("The directory of {as_of} ends in {days} days and has not been renewed."),
            {"as_of": f"{self.as_of:%Y-%m-%d}", "days": str(max(days, 0)), "within": str(within[-1])},
        )
        return (*self.notices, ending)

    def require_current(self, now: datetime) -> None:
        """Raises Untrusted (`directory.expired`) if the directory has ended."""
        if now >= self.expires:
            raise Untrusted(
                "directory.expired",
                N_("The directory of {as_of} ended at {expires}."),
                N_("Fetch a newer one: `dangqiao directory update`."),
                as_of=f"{self.as_of:%Y-%m-%d}",
                expires=f"{self.expires:%Y-%m-%d %H:%M} UTC",
            )

    def _keys(self) -> Iterable[tuple[MemberKey, MessageKey]]:
        for member in self.members:
            for key in member.message_keys:
                yield MemberKey(member.platform, key.kid, key.suite, key.jwk), key


@dataclass(frozen=True, slots=True)
class KeysAt:
    """The members' message keys at a moment. Satisfies `core.federation.ports.KeyDirectory`."""

    directory: Directory
    now: datetime

    def signing_key(self, kid: str) -> MemberKey | None:
        """The signing key with this id, if it has begun, has not ended longer than `GRACE` ago and is not revoked.

        A key counts a little before its beginning: other nodes' clocks may be behind the one that made it.
        """
        for member_key, key in self.directory._keys():
            begun = key.not_before - CLOCK_SKEW <= self.now
            if key.kid == kid and key.use is KeyUse.SIGNING and begun and self.now < key.not_after + GRACE:
                return None if key.revoked_at else member_key
        return None

    def sealing_key(self, member: str) -> MemberKey | None:
        """The key to seal messages for `member` with: of those in force, in a suite it prefers, the newest."""
        listed = self.directory.member(member)
        usable = [
            (-listed.suites.index(key.suite), key.not_before, member_key)
            for member_key, key in self.directory._keys()
            if listed and member_key.member == member and key.suite in listed.suites
            if key.use is KeyUse.ENCRYPTION and key.not_before <= self.now < key.not_after and not key.revoked_at
        ]
        return max(usable, key=lambda one: one[:2])[2] if usable else None


@dataclass(frozen=True, slots=True)
class DirectoryVerdict:
    """What an update came to.

    Attributes:
        directory: the directory that is good now: the new one, or the one that was already there.
        changed: whether it is newer than before.
        notices: what was amiss on the way, mirrors that failed included.
    """

    directory: Directory
    changed: bool
    notices: tuple[Notice, ...] = ()


class DirectorySource(Protocol):
    """Where a node's directory comes from and goes to. Filled by `adapters/directory`."""

    def load(self, now: datetime) -> Directory:
        """The last good directory, verified again, without the network.

        Raises Untrusted (`directory.expired` …) or NotThere (`directory.none`).
        """

    def update(self, now: datetime) -> DirectoryVerdict:
        """Fetches a newer one. Raises Untrusted or Unavailable; the last good one then stays."""

    def publish_listing(self, listing: PlatformListing, now: datetime) -> None:
        """Signs and publishes this platform's listing."""

    def refresh(self, now: datetime) -> bool:
        """Renews the time stamp if it is this platform's turn; says whether it did."""
