"""Founding a federation of nodes whose folders, with all keys, are on this machine: demonstrations and tests.

Real members pass a proposal around (`dangqiao directory propose`): no machine ever has two members' keys. No Django.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from dangqiao.adapters import category_files
from dangqiao.adapters.directory import client, membership, repository
from dangqiao.adapters.directory.countersigning import Countersign
from dangqiao.adapters.keys import KeyPurpose, SoftKeyStore
from dangqiao.adapters.message_wiring import countersign
from dangqiao.adapters.wiring import configured
from dangqiao.core import categories
from dangqiao.core.configuration import parse
from dangqiao.core.federation import seeding
from dangqiao.core.federation.listing import Member, Members, PlatformListing
from dangqiao.core.federation.rota import EVERY


@dataclass(frozen=True, slots=True)
class _Node:
    folder: Path
    keys: SoftKeyStore
    member: Member
    listing: PlatformListing
    countersign: Countersign | None

    @property
    def online_key(self) -> bytes:
        return self.keys.private_pem(KeyPurpose.DIRECTORY)

    @property
    def root_key(self) -> bytes:
        return self.keys.private_pem(KeyPurpose.DIRECTORY_ROOT)


def found(node_folders: Sequence[Path], now: datetime) -> None:
    """Gives the nodes a common directory in their `trust/` folders, or brings the one they have up to date.

    Addresses come from each node's dangqiao.toml, archives from the program's lists. Again is harmless: where an
    address or a key has changed since, all sign the change; where the time stamp is a day old, it is renewed. The
    nodes must not be running.

    Args:
        node_folders: as `dangqiao node init` makes them.
        now: aware, UTC.
    """
    nodes = [_node(folder, now) for folder in node_folders]
    members, files = Members(tuple(node.member for node in nodes)), categories.shipped_files()
    with TemporaryDirectory() as temporary:
        common, proposal = Path(temporary) / "directory", Path(temporary) / "proposal"
        if newest := _newest(node_folders):
            copytree(newest, common)
            known = client.load(common, now, even_expired=True)
            if (known.members, known.categories) != (members.members, files):
                membership.propose(proposal, members, files, now, repository=common)
                for node in nodes:
                    membership.sign(proposal, node.root_key)
                membership.publish(proposal, common, nodes[0].online_key, now)
            elif now - known.as_of >= EVERY:
                repository.refresh_timestamp(common, nodes[0].online_key, now)
        else:
            membership.found(
                common,
                members,
                {node.member.platform: node.root_key for node in nodes},
                {node.member.platform: node.online_key for node in nodes},
                {node.member.platform: node.listing for node in nodes},
                files,
                now,
                countersigns={node.member.platform: sign for node in nodes if (sign := node.countersign)},
            )
        for node in nodes:
            copytree(common, node.folder / "trust", dirs_exist_ok=True)


def _node(folder: Path, now: datetime) -> _Node:
    configuration = parse((folder / "dangqiao.toml").read_bytes())
    platform = configuration.node.platform
    category_files.load(folder, configuration)
    keys: SoftKeyStore = configured("key_store", folder, configuration)
    public = keys.public(now)
    member = seeding.member(platform, configuration.public_url, public, configuration.federation.suite)
    listing = seeding.seed_listing(platform, public, configuration.categories.served)
    return _Node(folder, keys, member, listing, countersign(folder, configuration))


def _newest(node_folders: Sequence[Path]) -> Path | None:
    """The trust folder with the newest time stamp; None where no node has one."""
    stamps = {folder / "trust": repository.read_timestamp(folder / "trust") for folder in node_folders}
    found = {folder: stamp.version for folder, stamp in stamps.items() if stamp}
    return max(found, key=lambda folder: found[folder]) if found else None
