"""Writing a directory: a platform's listing, the snapshot over all of them, and the time stamp.

Everything works on a folder (see `layout`) and takes private keys as PEM bytes; none is kept. What needs a quorum is
in `membership`.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.exceptions import LengthOrHashMismatchError, RepositoryError, UnsignedMetadataError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from dangqiao.adapters.directory.chain import translated
from dangqiao.adapters.directory.countersigning import Countersign
from dangqiao.adapters.directory.layout import (
    TIMESTAMP,
    Read,
    connected,
    listing_path,
    metadata_path,
    reader,
    signature_path,
    target_path,
    versions,
    write,
)
from dangqiao.core.errors import N_, BadInput, Misconfigured, NotThere
from dangqiao.core.federation.listing import PlatformListing


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a signature is good for. The shortest, renewed daily, decides how long a node may be cut off."""

    root: timedelta = timedelta(days=730)
    targets: timedelta = timedelta(days=730)
    listing: timedelta = timedelta(days=730)
    snapshot: timedelta = timedelta(days=90)
    timestamp: timedelta = timedelta(days=45)


USUAL = Lifetimes()


def signer(private_pem: bytes) -> CryptoSigner:
    """A signer from a private key in PEM (PKCS #8, Ed25519)."""
    return CryptoSigner(load_pem_private_key(private_pem, None))


def public_key(public_pem: str) -> SSlibKey:
    """A key as TUF lists it, from a public key in PEM."""
    return SSlibKey.from_crypto(load_pem_public_key(public_pem.encode()))


def publish_listing(
    folder: Path,
    listing: PlatformListing,
    private_pem: bytes,
    now: datetime,
    lifetimes: Lifetimes = USUAL,
    countersign: Countersign | None = None,
) -> None:
    """Signs a platform's listing with its online key and makes it part of the directory.

    Args:
        countersign: signs it in the federation's suite, where that needs it.

    Raises:
        Misconfigured: `directory.key_not_listed`: the key is not one of this platform's.
        NotThere: `directory.none`, or `directory.not_a_member`.
    """
    sign_listing(folder, listing, private_pem, now, lifetimes, countersign)
    refresh_timestamp(folder, private_pem, now, lifetimes)


def sign_listing(
    folder: Path,
    listing: PlatformListing,
    private_pem: bytes,
    now: datetime,
    lifetimes: Lifetimes = USUAL,
    countersign: Countersign | None = None,
) -> None:
    """Signs a listing and lays it into the folder; it comes into force with the next `refresh_timestamp`.

    Raises as `publish_listing`.
    """
    role, key, content = listing.platform, signer(private_pem), listing.to_json()
    _require_listed(_delegations(folder, role), role, key)
    files = {listing_path(role): content}
    if countersign:
        files[signature_path(role)] = countersign(content).encode("ascii")
    targets = {name: TargetFile.from_data(name, data, ["sha256"]) for name, data in files.items()}
    version = max(versions(folder, role), default=0) + 1
    signed = Metadata(Targets(version=version, expires=_until(now, lifetimes.listing), targets=targets))
    signed.sign(key)
    for name, data in files.items():
        write(folder, target_path(name, targets[name]), data)
    write(folder, metadata_path(role, version), signed.to_bytes())


def refresh_timestamp(folder: Path, private_pem: bytes, now: datetime, lifetimes: Lifetimes = USUAL) -> None:
    """Puts the newest good files under a new time stamp; makes a new snapshot if anything changed or it grows old.

    Any member's online key suffices. Listings in the folder count with the highest version that their platform
    signed; a version that was once in force is never taken back.

    Raises:
        Misconfigured: `directory.key_not_listed`.
        NotThere: `directory.none`.
    """
    key = signer(private_pem)
    root = latest_root(folder)
    _require_listed(root, "timestamp", key)
    targets = latest_targets(folder, root)
    stamp = read_timestamp(folder)
    snapshot = _read_snapshot(folder, stamp)
    meta = dict(snapshot.meta) if snapshot else {}
    meta["targets.json"] = _meta(folder, "targets", targets.version)
    for role in _roles(targets):
        if version := _latest_listing(folder, targets, role):
            meta[f"{role}.json"] = _meta(folder, role, version)
    if snapshot is None or meta != snapshot.meta or snapshot.expires - now < lifetimes.snapshot / 2:
        number = max(versions(folder, "snapshot"), default=0) + 1
        snapshot = Snapshot(version=number, expires=_until(now, lifetimes.snapshot), meta=meta)
        write_signed(folder, "snapshot", Metadata(snapshot), key)
    fresh = Timestamp(
        version=stamp.version + 1 if stamp else 1,
        expires=_until(now, lifetimes.timestamp),
        snapshot_meta=_meta(folder, "snapshot", snapshot.version),
        unrecognized_fields={"as_of": now.replace(microsecond=0).isoformat()},
    )
    signed = Metadata(fresh)
    signed.sign(key)
    write(folder, TIMESTAMP, signed.to_bytes())


def merge(folder: Path, source: str | Path, client: httpx.Client | None = None) -> tuple[str, ...]:
    """Takes newer listings from another folder or mirror, if their platforms signed them; says whose.

    They come into force with the next `refresh_timestamp`. So the one on duty gathers what the others published, and
    mends a fork that arose because two members published at the same moment.

    Raises:
        Unavailable: `directory.unreachable`.
        Untrusted: `directory.unreadable`, `directory.incomplete`.
    """
    targets = latest_targets(folder, latest_root(folder))
    taken = []
    with connected([source], client) as using, translated("snapshot"):
        read = reader(source, using)
        stamp = Metadata[Timestamp].from_bytes(read(TIMESTAMP)).signed
        theirs = Metadata[Snapshot].from_bytes(read(metadata_path("snapshot", stamp.snapshot_meta.version))).signed
        for role in _roles(targets):
            meta = theirs.meta.get(f"{role}.json")
            if meta and meta.version > _latest_listing(folder, targets, role):
                taken += [role] if _take(folder, read, targets, role, meta.version) else []
    return tuple(taken)


def _take(folder: Path, read: Read, targets: Targets, role: str, version: int) -> bool:
    content = read(metadata_path(role, version))
    if not _holds(targets, role, content):
        return False
    for name, target in Metadata[Targets].from_bytes(content).signed.targets.items():
        if name not in (listing_path(role), signature_path(role)):
            continue
        listing = read(target_path(name, target))
        target.verify_length_and_hashes(listing)
        write(folder, target_path(name, target), listing)
    write(folder, metadata_path(role, version), content)
    return True


def latest_root(folder: Path) -> Root:
    """The newest root. It is not verified here: whoever writes a folder has verified or made it.

    Raises:
        NotThere: `directory.none`.
    """
    return Metadata[Root].from_bytes(_newest(folder, "root")).signed


def latest_targets(folder: Path, root: Root) -> Targets:
    """The newest membership that enough members signed."""
    for version in reversed(versions(folder, "targets")):
        signed = Metadata[Targets].from_bytes((folder / metadata_path("targets", version)).read_bytes())
        with suppress(UnsignedMetadataError):
            root.verify_delegate("targets", signed.signed_bytes, signed.signatures)
            return signed.signed
    raise NotThere("directory.no_membership", N_("The directory has no membership that enough members signed."))


def read_timestamp(folder: Path) -> Timestamp | None:
    """The time stamp in the folder; None before the first."""
    path = folder / TIMESTAMP
    return Metadata[Timestamp].from_bytes(path.read_bytes()).signed if path.exists() else None


def write_signed(folder: Path, role: str, metadata: Metadata[Snapshot], key: CryptoSigner) -> None:
    """Signs metadata and writes it under its version."""
    metadata.sign(key)
    write(folder, metadata_path(role, metadata.signed.version), metadata.to_bytes())


def _newest(folder: Path, role: str) -> bytes:
    found = versions(folder, role)
    if not found:
        raise NotThere("directory.none", N_("There is no directory in {folder}."), folder=folder)
    return (folder / metadata_path(role, found[-1])).read_bytes()


def _read_snapshot(folder: Path, stamp: Timestamp | None) -> Snapshot | None:
    if stamp is None:
        return None
    content = (folder / metadata_path("snapshot", stamp.snapshot_meta.version)).read_bytes()
    return Metadata[Snapshot].from_bytes(content).signed


def _latest_listing(folder: Path, targets: Targets, role: str) -> int:
    """The highest version in the folder that the platform signed; 0 if there is none."""
    for version in reversed(versions(folder, role)):
        if _holds(targets, role, (folder / metadata_path(role, version)).read_bytes()):
            return version
    return 0


def _holds(targets: Targets, role: str, content: bytes) -> bool:
    try:
        signed = Metadata[Targets].from_bytes(content)
        targets.verify_delegate(role, signed.signed_bytes, signed.signatures)
    except (RepositoryError, LengthOrHashMismatchError):
        return False
    return True


def _meta(folder: Path, role: str, version: int) -> MetaFile:
    return MetaFile.from_data(version, (folder / metadata_path(role, version)).read_bytes(), ["sha256"])


def _delegations(folder: Path, platform: str) -> Targets:
    targets = latest_targets(folder, latest_root(folder))
    if platform not in _roles(targets):
        raise NotThere("directory.not_a_member", N_("{platform} is not a member."), platform=platform)
    return targets


def _roles(targets: Targets) -> tuple[str, ...]:
    """The platforms that sign a listing of their own."""
    return tuple(targets.delegations.roles or ()) if targets.delegations else ()


def _require_listed(delegator: Root | Targets, role: str, key: CryptoSigner) -> None:
    if key.public_key.keyid not in delegator.get_delegated_role(role).keyids:
        raise Misconfigured(
            "directory.key_not_listed",
            N_("This key may not sign {role}: the directory does not list it for that."),
            N_("Ask the members to list the key, or use the one that they listed."),
            role=role,
        )


def _until(now: datetime, lifetime: timedelta) -> datetime:
    if now.utcoffset() != timedelta(0):
        raise BadInput("directory.not_utc", N_("Times in the directory are UTC."))
    return (now + lifetime).replace(microsecond=0)
