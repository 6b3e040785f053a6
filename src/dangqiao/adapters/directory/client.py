"""Keeping a trusted folder up to date from mirrors, and reading it without the network."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import httpx

from dangqiao.adapters.directory.chain import ANY_TIME, Chain, forked, start
from dangqiao.adapters.directory.layout import TIMESTAMP, anchor, connected, reader, write
from dangqiao.core.errors import N_, DangqiaoError, Unavailable, Untrusted
from dangqiao.core.federation.directory import Directory, DirectoryVerdict, Notice

Failure = tuple[str | Path, DangqiaoError]
"""A mirror and what was wrong with it."""


def load(folder: Path, now: datetime, *, even_expired: bool = False) -> Directory:
    """The directory in a folder, every signature verified again. No network, no other file is needed.

    Args:
        folder: see `layout`.
        now: aware; decides what has expired.
        even_expired: for verifying documents with an old trust list: the caller looks at `Directory.expires`.

    Raises:
        NotThere: `directory.none`.
        Untrusted: `directory.expired`, `.too_few_signatures`, `.rolled_back`, `.altered`, `.incomplete`, `.unreadable`.
    """
    chain = start(anchor(folder), ANY_TIME if even_expired else now, reader(folder))
    chain.climb()
    return chain.descend(now)


def update(
    folder: Path, mirrors: Sequence[str | Path], now: datetime, client: httpx.Client | None = None
) -> DirectoryVerdict:
    """Takes over the newest directory that any mirror has and that holds; otherwise leaves the folder as it is.

    All mirrors are asked for their time stamp. If two have the newest version with different content, it is an alarm
    and nothing is taken over; an older disagreement is over, because a newer version has been agreed on since.

    Raises:
        NotThere: `directory.none`: not even a root to begin with.
        Unavailable: `directory.unreachable` if no mirror answers.
        Untrusted: the first mirror's error, if none has a directory that holds: `directory.expired`, `.rolled_back`,
            `.too_few_signatures`, `.forked`, `.altered`, `.unreadable`, `.incomplete`.
    """
    with connected(mirrors, client) as using:
        found, failures = _climb_all(folder, mirrors, now, using)
        newest = max((version for version, _mirror, _chain in found), default=0)
        if len({chain.timestamp_content() for version, _mirror, chain in found if version == newest}) > 1:
            raise forked(newest)
        _raise_fork(failures, newest)
        for _version, mirror, chain in sorted(found, key=lambda one: -one[0]):
            try:
                directory = chain.descend(now)
            except (Untrusted, Unavailable) as error:
                failures.append((mirror, error))
                continue
            return DirectoryVerdict(directory, _keep(folder, chain.files), tuple(_notices(failures)))
    raise _worst(failures)


def _climb_all(
    folder: Path, mirrors: Sequence[str | Path], now: datetime, client: httpx.Client | None
) -> tuple[list[tuple[int, str | Path, Chain]], list[Failure]]:
    """How new each mirror's directory is, and which mirrors failed."""
    first, local = anchor(folder), reader(folder)
    found: list[tuple[int, str | Path, Chain]] = []
    failures: list[Failure] = []
    for mirror in mirrors:
        chain = start(first, now, local, reader(mirror, client))
        try:
            chain.climb()
            found.append((chain.trusted.timestamp.version, mirror, chain))
        except (Untrusted, Unavailable) as error:
            failures.append((mirror, error))
    return found, failures


def _keep(folder: Path, files: dict[str, bytes]) -> bool:
    """Writes what was verified, the time stamp last; says whether the time stamp is a new one."""
    stamp = files.pop(TIMESTAMP)
    known = folder / TIMESTAMP
    changed = not known.exists() or known.read_bytes() != stamp
    for path, content in files.items():
        write(folder, path, content)
    write(folder, TIMESTAMP, stamp)
    return changed


def _raise_fork(failures: list[Failure], newest: int) -> None:
    for _mirror, error in failures:
        if error.code == "directory.forked" and error.facts["version"] >= newest:
            raise error


def _worst(failures: list[Failure]) -> DangqiaoError:
    """Distrust says more than silence."""
    for _mirror, error in failures:
        if isinstance(error, Untrusted):
            return error
    return Unavailable(
        "directory.unreachable_all",
        N_("None of {count} directory mirrors answers."),
        N_("Check the network; the last good directory stays in use until it ends."),
        count=len(failures),
    )


def _notices(failures: list[Failure]) -> list[Notice]:
    sentence = N_("The mirror {mirror} was passed over: {why}")
    return [Notice(error.code, sentence, {"mirror": str(mirror), "why": str(error)}) for mirror, error in failures]


def listed_mirrors(folder: Path, *, except_of: str = "") -> tuple[str, ...]:
    """The mirrors that the members of the last good directory list; none before the first update."""
    if not (folder / TIMESTAMP).exists():
        return ()
    known = load(folder, ANY_TIME, even_expired=True).members
    return tuple(mirror for member in known if member.platform != except_of for mirror in member.mirrors)
