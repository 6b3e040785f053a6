"""What a node needs of statements and lists, from its folder and configuration."""

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dangqiao.adapters.directory.client import load
from dangqiao.adapters.jose.rotating import Renewed
from dangqiao.adapters.keys.generations import StatementKeys
from dangqiao.adapters.message_wiring import changes_of
from dangqiao.adapters.pdf.trust import load_trust, statement_keys
from dangqiao.adapters.status.fetching import client, fetch_list
from dangqiao.adapters.status.folder import StatusFolder
from dangqiao.adapters.status.signing import RotatingStatementSigner, StatementKeySigner, read_list
from dangqiao.adapters.verifying import verify_file, verify_statement
from dangqiao.adapters.wiring import configured
from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, NotThere, Untrusted
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.statement import Statement
from dangqiao.core.sealing.status import StatusList
from dangqiao.core.sealing.verdict import Verdict
from dangqiao.core.vocabulary.archives import seed_archives


def statement_keys_of(folder: Path, configuration: Configuration) -> StatementKeys:
    """The node's statement keys, all generations."""
    return StatementKeys(folder / "secrets", configuration.node.platform)


def statement_signer(*, folder: Path, configuration: Configuration) -> RotatingStatementSigner:
    """The node's statement key of now; it follows the key files, the directory and the hour."""
    keys, changes = statement_keys_of(folder, configuration), changes_of(folder)

    def listed() -> Iterable[str]:
        try:
            directory = load(folder / "trust", datetime.now(UTC), even_expired=True)
        except NotThere:
            return [key.listed.kid for key in keys.own()]  # a node that is alone believes itself
        except Untrusted:
            return ()
        listing = directory.listing(configuration.node.platform)
        return [key.kid for key in (listing.statement_keys if listing else ())]

    def make() -> StatementKeySigner:
        return StatementKeySigner(keys.now_signing(listed(), datetime.now(UTC)).pem)

    return RotatingStatementSigner(Renewed(lambda: (changes(), int(time.time() // 3600)), make))


class NodeVerifier:
    """Judges documents by the node's directory; a node that is alone believes its own authority only.

    Made once per process; what it knows is read again whenever the directory or a list changes.
    """

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        self._folder, self._configuration = folder / "trust", configuration
        self._keys = configured("key_store", folder, configuration)
        self._lists = StatusFolder(self._folder)
        self._client = client(plain_http=configuration.node.test)
        self._known: tuple[tuple[int, int], TrustList] | None = None

    def __call__(self, data: bytes, now: datetime) -> Verdict:
        """The verdict on a file."""
        return verify_file(data, self.trust(now), now)

    def statement(self, text: str, now: datetime, name: str = "") -> tuple[Verdict, Statement | None]:
        """The verdict on what a square pattern holds; see `adapters.verifying.verify_statement`."""
        return verify_statement(text, self.trust(now), now, name)

    def trust(self, now: datetime) -> TrustList:
        """Whose word is believed. Raises Untrusted."""
        version = (_changed(self._folder / "metadata" / "timestamp.json"), self._lists.version())
        if self._known is None or self._known[0] != version:
            self._known = version, self._read(now)
        return self._known[1]

    def refresh(self, platform: str, number: int, now: datetime) -> StatusList:
        """Fetches a platform's list of revoked documents and keeps it.

        Raises:
            NotThere: `status.no_endpoint`; the rows "on the way" of `core.federation.refusals`; Malformed, Untrusted.
        """
        trust = self.trust(now)
        endpoint, keys = trust.endpoints.get(platform, ""), trust.statement_keys.get(platform, ())
        if not endpoint:
            raise NotThere("status.no_endpoint", N_("The directory knows no platform {platform}."), platform=platform)
        token, found = fetch_list(self._client, endpoint, platform, number, keys)
        self._lists.keep(token, found, keys, now)
        return found

    def keep_own(self, token: str, number: int, now: datetime) -> None:
        """Keeps a list that this node has just signed, so that it judges by it at once."""
        platform = self._configuration.node.platform
        keys = self.trust(now).statement_keys.get(platform, ())
        self._lists.keep(token.encode(), read_list(token.encode(), platform, number, keys), keys, now)

    def _read(self, now: datetime) -> TrustList:
        try:
            return load_trust(self._folder, now)
        except NotThere:
            platform = self._configuration.node.platform
            archives = seed_archives(platform)
            public = self._keys.public(now)
            alone = TrustList(
                as_of=now,
                expires=now.replace(year=now.year + 1),
                platforms={archive.code: platform for archive in archives},
                seal_authorities={platform: tuple(one.der for one in public.seal_authorities)},
                time_authorities=tuple(one.der for one in public.time_authorities),
                names={archive.code: archive.name for archive in archives},
                statement_keys={platform: statement_keys(public.statement_keys)},
            )
            return replace(alone, status_lists=self._lists.load(alone.statement_keys))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
