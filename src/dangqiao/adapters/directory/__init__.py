"""The directory by The Update Framework: a folder that a quorum of members signs and anyone can check offline.

`layout` says what lies where, `chain` and `client` read and update, `repository` publishes, `membership` changes who
belongs, `TufDirectory` is a node's view of it all.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import httpx

from dangqiao.adapters.directory import client, repository
from dangqiao.adapters.directory.countersigning import Countersign
from dangqiao.core.errors import N_, Misconfigured, Unavailable, Untrusted
from dangqiao.core.federation.directory import Directory, DirectoryVerdict
from dangqiao.core.federation.listing import PlatformListing
from dangqiao.core.federation.rota import whose_turn

__all__ = ["TufDirectory"]


class TufDirectory:
    """One node's directory. Satisfies `core.federation.directory.DirectorySource`.

    Args:
        folder: the trusted folder; it is also what the node serves to others as a mirror.
        mirrors: other folders or addresses, tried besides those that the members list.
        platform: this node's platform, and `private_pem` its online key; without them the node only reads.
        http: a client to be used for mirrors.
        countersign: signs the listing in the federation's suite, where that needs it.
    """

    def __init__(
        self,
        folder: Path,
        mirrors: Sequence[str | Path] = (),
        platform: str = "",
        private_pem: bytes = b"",
        http: httpx.Client | None = None,
        countersign: Countersign | None = None,
    ) -> None:
        self._folder, self._mirrors, self._http = folder, tuple(mirrors), http
        self._platform, self._private_pem, self._countersign = platform, private_pem, countersign

    def load(self, now: datetime) -> Directory:
        """The last good directory. Raises as `client.load`."""
        return client.load(self._folder, now)

    def update(self, now: datetime) -> DirectoryVerdict:
        """Fetches a newer one from the mirrors given or listed. Raises as `client.update`."""
        return client.update(self._folder, self._all_mirrors(), now, self._http)

    def publish_listing(self, listing: PlatformListing, now: datetime) -> None:
        """Signs and publishes this platform's listing, on top of what the others published meanwhile.

        Two that publish at the same moment make a fork, which is an alarm; it ends when either publishes again.

        Raises:
            Misconfigured: `directory.no_own_key`, and as `repository.publish_listing`.
        """
        if listing.platform != self._platform or not self._private_pem:
            raise Misconfigured(
                "directory.no_own_key",
                N_("This node has no key for the listing of {platform}."),
                platform=listing.platform,
            )
        with suppress(Unavailable, Untrusted):  # alone or not, a platform can publish
            self.update(now)
        self._gather()
        repository.publish_listing(self._folder, listing, self._private_pem, now, countersign=self._countersign)

    def refresh(self, now: datetime) -> bool:
        """Renews the time stamp if it is this platform's turn (`core.federation.rota`); says whether it did.

        Listings that others published and that are not in force yet are taken along.
        """
        known = client.load(self._folder, now, even_expired=True)
        turn = whose_turn(now, known.as_of, (member.platform for member in known.members))
        if turn != self._platform or not self._private_pem:
            return False
        self._gather()
        repository.refresh_timestamp(self._folder, self._private_pem, now)
        return True

    def _gather(self) -> None:
        for mirror in self._all_mirrors():
            with suppress(Unavailable, Untrusted):
                repository.merge(self._folder, mirror, self._http)

    def _all_mirrors(self) -> list[str | Path]:
        known = client.listed_mirrors(self._folder, except_of=self._platform)
        return list(dict.fromkeys((*self._mirrors, *known)))
