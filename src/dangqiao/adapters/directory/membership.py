"""Changes of membership: proposed by one, signed by a quorum, each on its own machine, then published by any.

A proposal is a folder in the layout of a directory, carried from member to member by any means. It holds a new root
and a new list of members; nothing in it is in force before `publish`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from tuf.api.exceptions import BadVersionNumberError
from tuf.api.metadata import DelegatedRole, Delegations, Key, Metadata, Role, Root, TargetFile, Targets

from dangqiao.adapters.directory.chain import ANY_TIME, CATEGORIES, MEMBERS, start, translated
from dangqiao.adapters.directory.countersigning import Countersign
from dangqiao.adapters.directory.layout import (
    anchor,
    listing_path,
    metadata_path,
    reader,
    target_path,
    versions,
    write,
)
from dangqiao.adapters.directory.repository import (
    USUAL,
    Lifetimes,
    latest_root,
    latest_targets,
    public_key,
    refresh_timestamp,
    sign_listing,
    signer,
)
from dangqiao.core.errors import N_, Conflict, Misconfigured
from dangqiao.core.federation.listing import Members, PlatformListing, quorum


@dataclass(frozen=True, slots=True)
class Review:
    """What a proposal would change, to be read before signing.

    Attributes:
        joining: platforms that become members; `leaving` that cease; `changed` whose entry differs.
        categories: names of common category files that are added, dropped or changed.
        signed: platforms that signed; `needed` how many must, of the members before and after.
    """

    joining: tuple[str, ...]
    leaving: tuple[str, ...]
    changed: tuple[str, ...]
    categories: tuple[str, ...]
    signed: tuple[str, ...]
    needed: int


def propose(
    proposal: Path,
    members: Members,
    categories: Mapping[str, bytes],
    now: datetime,
    *,
    repository: Path | None = None,
    lifetimes: Lifetimes = USUAL,
) -> None:
    """Lays an unsigned membership into an empty folder.

    Args:
        categories: the common category files by name, such as `marriage.toml`; the whole set.
        repository: the directory as it is; None for the founding of a federation.
    """
    root_version = latest_root(repository).version + 1 if repository else 1
    targets_version = max(versions(repository, "targets"), default=0) + 1 if repository else 1
    until = now.replace(microsecond=0)
    root = _root(members, root_version, until + lifetimes.root)
    files = {MEMBERS: members.to_json()} | {CATEGORIES + name: content for name, content in categories.items()}
    targets = Targets(
        version=targets_version,
        expires=until + lifetimes.targets,
        targets={name: TargetFile.from_data(name, content, ["sha256"]) for name, content in files.items()},
        delegations=_delegations(members),
    )
    for name, content in files.items():
        write(proposal, target_path(name, targets.targets[name]), content)
    write(proposal, metadata_path("root", root_version), Metadata(root).to_bytes())
    write(proposal, metadata_path("targets", targets_version), Metadata(targets).to_bytes())


def sign(proposal: Path, private_pem: bytes) -> None:
    """Adds one member's signature, made with its root key. The key stays on the machine where this runs."""
    key = signer(private_pem)
    for path, _metadata in _parts(proposal):
        metadata = Metadata[Any].from_bytes(path.read_bytes())
        metadata.sign(key, append=True)
        write(proposal, f"metadata/{path.name}", metadata.to_bytes())


def gather(proposal: Path, copy: Path) -> None:
    """Adds the signatures from a copy of the same proposal that another member signed.

    Raises:
        Conflict: `directory.other_proposal`: the copy says something else.
    """
    for path, ours in _parts(proposal):
        theirs = Metadata[Any].from_bytes((copy / "metadata" / path.name).read_bytes())
        if theirs.signed_bytes != ours.signed_bytes:
            raise Conflict("directory.other_proposal", N_("These are copies of two different proposals."))
        ours.signatures.update(theirs.signatures)
        write(proposal, f"metadata/{path.name}", ours.to_bytes())


def review(proposal: Path, repository: Path | None = None) -> Review:
    """What signing would mean, and who has signed."""
    (_, root), (_, targets) = _parts(proposal)
    new = {one.platform: one for one in _members(proposal, targets.signed).members}
    before = latest_targets(repository, latest_root(repository)) if repository else None
    old = {one.platform: one for one in _members(repository, before).members} if repository and before else {}
    was, becomes = (before.targets if before else {}), targets.signed.targets
    differing = {name for name in was.keys() | becomes.keys() if was.get(name) != becomes.get(name)}
    everyone = {public_key(one.root_key).keyid: one.platform for one in (*old.values(), *new.values())}
    return Review(
        joining=tuple(sorted(new.keys() - old.keys())),
        leaving=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(code for code in new.keys() & old.keys() if new[code] != old[code])),
        categories=tuple(sorted(name.removeprefix(CATEGORIES) for name in differing if name != MEMBERS)),
        signed=tuple(sorted(everyone[keyid] for keyid in root.signatures if keyid in everyone)),
        needed=quorum(len(new)),
    )


def proposed(proposal: Path) -> Members:
    """The membership that a proposal would bring."""
    _root_part, (_, targets) = _parts(proposal)
    return _members(proposal, targets.signed)


def publish(proposal: Path, repository: Path, private_pem: bytes, now: datetime, lifetimes: Lifetimes = USUAL) -> None:
    """Brings a proposal into force once enough members have signed: of those before it and of those after it.

    Args:
        private_pem: online key of a member of the new membership, for snapshot and time stamp.

    Raises:
        Untrusted: `directory.too_few_signatures`.
        Conflict: `directory.proposal_outdated`: the membership has changed since it was made.
    """
    (root_path, _), (targets_path, targets) = _parts(proposal)
    founding = not versions(repository, "root")
    chain = start(anchor(proposal if founding else repository), ANY_TIME, reader(repository))
    with translated("root"):
        for version in versions(repository, "root")[1:]:
            chain.trusted.update_root((repository / metadata_path("root", version)).read_bytes())
        if not founding:
            try:
                chain.trusted.update_root(root_path.read_bytes())
            except BadVersionNumberError as error:
                raise Conflict(
                    "directory.proposal_outdated", N_("The membership has changed since this proposal was made.")
                ) from error
    with translated("targets"):
        chain.trusted.root.verify_delegate("targets", targets.signed_bytes, targets.signatures)
    for source in sorted((proposal / "targets").rglob("*.*")):
        write(repository, str(source.relative_to(proposal)), source.read_bytes())
    for path in (targets_path, root_path):
        write(repository, f"metadata/{path.name}", path.read_bytes())
    refresh_timestamp(repository, private_pem, now, lifetimes)


def found(
    repository: Path,
    members: Members,
    root_keys: Mapping[str, bytes],
    online_keys: Mapping[str, bytes],
    listings: Mapping[str, PlatformListing],
    categories: Mapping[str, bytes],
    now: datetime,
    lifetimes: Lifetimes = USUAL,
    countersigns: Mapping[str, Countersign] = MappingProxyType({}),
) -> None:
    """The founding ceremony where all keys are at hand: for demonstrations and tests. Real members use the acts above.

    Args:
        root_keys: private PEM by platform, at least a quorum; `online_keys` those of the listings.
        countersigns: who signs listings in the federation's suite, by platform, where that needs it.
    """
    with TemporaryDirectory() as temporary:
        proposal = Path(temporary)
        propose(proposal, members, categories, now, lifetimes=lifetimes)
        for key in root_keys.values():
            sign(proposal, key)
        publish(proposal, repository, next(iter(online_keys.values())), now, lifetimes)
    for platform, listing in listings.items():
        sign_listing(repository, listing, online_keys[platform], now, lifetimes, countersigns.get(platform))
    refresh_timestamp(repository, next(iter(online_keys.values())), now, lifetimes)


def _root(members: Members, version: int, expires: datetime) -> Root:
    """Quorum of the root keys for root and targets; any online key for snapshot and time stamp."""
    voting = {key.keyid: key for key in (public_key(one.root_key) for one in members.members)}
    online = {key.keyid: key for one in members.members for key in map(public_key, one.online_keys)}
    needed = quorum(len(members.members))
    if len(voting) != len(members.members):
        raise Misconfigured("directory.shared_root_key", N_("Each member needs a root key of its own."))
    return Root(
        version=version,
        expires=expires,
        keys={**voting, **online},
        roles={
            "root": Role(sorted(voting), needed),
            "targets": Role(sorted(voting), needed),
            "snapshot": Role(sorted(online), 1),
            "timestamp": Role(sorted(online), 1),
        },
        consistent_snapshot=True,
    )


def _delegations(members: Members) -> Delegations:
    keys: dict[str, Key] = {}
    roles = {}
    for member in members.members:
        own: dict[str, Key] = {key.keyid: key for key in map(public_key, member.online_keys)}
        keys |= own
        paths = [listing_path(member.platform).replace("listing.json", "*")]
        roles[member.platform] = DelegatedRole(member.platform, sorted(own), 1, terminating=True, paths=paths)
    return Delegations(keys, roles)


def _parts(proposal: Path) -> tuple[tuple[Path, Metadata[Root]], tuple[Path, Metadata[Targets]]]:
    """The newest root and targets of a proposal, with their files."""
    paths = [proposal / metadata_path(role, max(versions(proposal, role), default=0)) for role in ("root", "targets")]
    if not all(path.exists() for path in paths):
        raise Misconfigured("directory.no_proposal", N_("There is no proposal in {folder}."), folder=proposal)
    return (
        (paths[0], Metadata[Root].from_bytes(paths[0].read_bytes())),
        (paths[1], Metadata[Targets].from_bytes(paths[1].read_bytes())),
    )


def _members(folder: Path, targets: Targets) -> Members:
    return Members.from_json((folder / target_path(MEMBERS, targets.targets[MEMBERS])).read_bytes())
