"""From the anchor to the listings: the client's workflow of TUF (specification §5), on any reader, at any moment.

python-tuf's own `Updater` reads the clock itself, writes half-finished updates into the trusted folder and keeps
silent about equal versions with different content. So its `TrustedMetadataSet`, which holds all rules of
verification, is driven here instead: with `now` as reference time, and with nothing written before all is verified.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import cast

from tuf.api.exceptions import (
    BadVersionNumberError,
    EqualVersionNumberError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import Metadata, MetaFile, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

from dangqiao.adapters.directory.countersigning import objection
from dangqiao.adapters.directory.layout import (
    TIMESTAMP,
    Read,
    listing_path,
    metadata_path,
    signature_path,
    target_path,
)
from dangqiao.core.errors import N_, BadInput, DangqiaoError, Untrusted
from dangqiao.core.federation.directory import Directory, Notice, Versions
from dangqiao.core.federation.listing import Member, Members, PlatformListing

ANY_TIME = datetime.min.replace(tzinfo=UTC)
"""A reference time at which nothing has expired: for reading what was good once."""
MEMBERS = "members.json"
CATEGORIES = "categories/"

_REASONS: tuple[tuple[type[Exception], str, str], ...] = (
    (UnsignedMetadataError, "directory.too_few_signatures", N_("{role} of the directory lacks signatures: {problem}.")),
    (ExpiredMetadataError, "directory.expired", N_("{role} of the directory has expired.")),
    (BadVersionNumberError, "directory.rolled_back", N_("{role} of the directory is older than known: {problem}.")),
    (LengthOrHashMismatchError, "directory.altered", N_("{role} of the directory is not the file that was signed.")),
    (DeserializationError, "directory.unreadable", N_("{role} of the directory cannot be read.")),
    (RepositoryError, "directory.altered", N_("{role} of the directory does not fit the rest: {problem}.")),
)


@contextmanager
def translated(role: str) -> Iterator[None]:
    """Turns python-tuf's errors into Untrusted with our codes; the sentence names the role."""
    try:
        yield
    except FileNotFoundError as error:
        raise Untrusted("directory.incomplete", N_("{role} of the directory is missing."), role=role) from error
    except RepositoryError as error:
        code, sentence = next((code, sentence) for kind, code, sentence in _REASONS if isinstance(error, kind))
        raise Untrusted(code, sentence, role=role, problem=str(error)) from error


@dataclass
class Chain:
    """One walk from the anchor.

    Attributes:
        trusted: python-tuf's rules, with what was verified so far.
        local: the folder that is trusted.
        remote: where newer files come from; equal to `local` when nothing is fetched.
        files: what was verified and does not come from `local`: path → content.
    """

    trusted: TrustedMetadataSet
    local: Read
    remote: Read
    files: dict[str, bytes] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    _known_snapshot: bytes | None = None

    @property
    def fetches(self) -> bool:
        """Whether there is a mirror besides the folder."""
        return self.remote is not self.local

    def timestamp_content(self) -> bytes:
        """The signed part of the time stamp that came from the reader."""
        return Metadata[Timestamp].from_bytes(self.files[TIMESTAMP]).signed_bytes

    def climb(self) -> None:
        """Anchor, newer roots, and the time stamp: enough to know how new the reader's directory is.

        Raises:
            Untrusted: `directory.too_few_signatures`, `.expired`, `.rolled_back`, `.unreadable`, `.incomplete`,
                `.forked` if the version is the known one and the content is not.
        """
        with translated("root"):
            self._follow_roots(self.local)
            if self.fetches:
                self._follow_roots(self.remote)
        known: bytes | None = None
        if self.fetches:
            with suppress(FileNotFoundError, RepositoryError):
                known = self.local(TIMESTAMP)
                self.trusted.update_timestamp(known)
            with suppress(FileNotFoundError, KeyError):
                version = self.trusted.timestamp.snapshot_meta.version
                self._known_snapshot = self.local(metadata_path("snapshot", version))
        with translated("timestamp"):
            found = self.files[TIMESTAMP] = self.remote(TIMESTAMP)
            try:
                self.trusted.update_timestamp(found)
            except EqualVersionNumberError:
                if known and Metadata[Timestamp].from_bytes(known).signed_bytes != self.timestamp_content():
                    raise forked(self.trusted.timestamp.version) from None

    def descend(self, now: datetime) -> Directory:
        """Snapshot, membership and listings, down to the directory itself.

        A listing that has expired, cannot be meant or is not signed in the federation's suite is left out with a
        notice: no member can stop the others. One that somebody else signed stops everything: it is an attack.

        Raises:
            Untrusted: as `climb`, and `directory.altered`.
        """
        with translated("snapshot"):
            if self._known_snapshot is not None:
                with suppress(RepositoryError):  # an older one is loaded only as protection against a roll-back
                    self.trusted.update_snapshot(self._known_snapshot, trusted=True)
            meta = self.trusted.timestamp.snapshot_meta
            self.trusted.update_snapshot(self._obtain(metadata_path("snapshot", meta.version), meta))
        with translated("targets"):
            top = self.trusted.update_targets(self._metadata("targets"))
            members = Members.from_json(self._target(top, MEMBERS)).members
            names = sorted(name for name in top.targets if name.startswith(CATEGORIES))
            categories = {name.removeprefix(CATEGORIES): self._target(top, name) for name in names}
        listings = [found for member in members if (found := self._listing(member, now))]
        return self._directory(members, listings, categories)

    def _follow_roots(self, read: Read) -> None:
        for version in count(self.trusted.root.version + 1):
            path = metadata_path("root", version)
            try:
                found = read(path)
            except FileNotFoundError:
                return
            self.trusted.update_root(found)
            self.files[path] = found

    def _obtain(self, path: str, meta: MetaFile | TargetFile) -> bytes:
        """A file that fits its digest: the one that is there, else the mirror's."""
        with suppress(FileNotFoundError, LengthOrHashMismatchError):
            found = self.local(path)
            meta.verify_length_and_hashes(found)
            return found
        self.files[path] = found = self.remote(path)
        meta.verify_length_and_hashes(found)
        return found

    def _metadata(self, role: str) -> bytes:
        meta = self.trusted.snapshot.meta[f"{role}.json"]
        return self._obtain(metadata_path(role, meta.version), meta)

    def _target(self, targets: Targets, name: str) -> bytes:
        target = targets.targets.get(name)
        if target is None:
            raise FileNotFoundError(name)
        return self._obtain(target_path(name, target), target)

    def _listing(self, member: Member, now: datetime) -> PlatformListing | None:
        role = member.platform
        if f"{role}.json" not in self.trusted.snapshot.meta:
            self._notice("directory.listing_missing", N_("{platform} has not published a listing yet."), role)
            return None
        with translated(role):
            try:
                signed = self.trusted.update_delegated_targets(self._metadata(role), role, "targets")
            except ExpiredMetadataError:
                self._notice("directory.listing_expired", N_("The listing of {platform} has expired."), role)
                return None
            content = self._target(signed, listing_path(role))
            token = self._target(signed, signature_path(role)) if signature_path(role) in signed.targets else b""
        if why := objection(member, content, token):
            sentence = N_("The listing of {platform} lacks a good signature in the federation's suite: {why}")
            self._notice("directory.listing_unsigned", sentence, role, why)
            return None
        try:
            listing = PlatformListing.from_json(content)
        except BadInput as error:
            self._notice("directory.listing_refused", N_("The listing of {platform} is refused: {why}"), role, error)
            return None
        if listing.platform != role:
            self._notice("directory.listing_refused", N_("The listing of {platform} is another platform's."), role)
            return None
        foreign = [one.code for one in listing.archives if not one.code.startswith(member.territory)]
        if foreign:
            sentence = N_("{platform} lists archives that are not its own, which are ignored: {why}")
            self._notice("directory.outside_territory", sentence, role, ", ".join(foreign))
        return listing

    def _notice(self, code: str, sentence: str, platform: str, why: object = "") -> None:
        self.notices.append(Notice(code, sentence, {"platform": platform, "why": str(why)}))

    def _directory(
        self, members: tuple[Member, ...], listings: list[PlatformListing], categories: Mapping[str, bytes]
    ) -> Directory:
        root, stamp = self.trusted.root, self.trusted.timestamp
        snapshot, targets = self.trusted.snapshot, self.trusted.targets
        return Directory(
            members=members,
            listings=tuple(listings),
            versions=Versions(
                root=root.version,
                targets=targets.version,
                snapshot=snapshot.version,
                timestamp=stamp.version,
                listings={one.platform: cast("Targets", self.trusted[one.platform]).version for one in listings},
            ),
            as_of=as_of(stamp),
            expires=min(part.expires for part in (root, targets, snapshot, stamp)),
            categories=categories,
            notices=tuple(self.notices),
        )


def start(anchor: bytes, now: datetime, local: Read, remote: Read | None = None) -> Chain:
    """A walk that begins at a root that is trusted.

    Raises:
        Untrusted: if the root does not hold by itself.
    """
    with translated("root"):
        trusted = TrustedMetadataSet(anchor, EnvelopeType.METADATA)
    trusted.reference_time = now
    return Chain(trusted, local, remote or local)


def as_of(stamp: Timestamp) -> datetime:
    """When a time stamp was made: our own field beside TUF's, which knows only the end."""
    written = stamp.unrecognized_fields.get("as_of")
    return datetime.fromisoformat(written) if isinstance(written, str) else stamp.expires


def forked(version: int) -> DangqiaoError:
    """The alarm: one version, two contents."""
    return Untrusted(
        "directory.forked",
        N_("There are two different directories with the version {version}: somebody with a member's key made both."),
        N_("Tell the other members; the last good directory stays in use."),
        version=version,
    )
