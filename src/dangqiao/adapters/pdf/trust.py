"""The trust list of a verifier, drawn from the signed directory and the lists of revoked documents beside it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dangqiao.adapters.directory.client import load
from dangqiao.adapters.status.folder import StatusFolder
from dangqiao.core.federation.directory import Directory
from dangqiao.core.federation.listing import MessageKey, SealListing, SealStatus
from dangqiao.core.sealing.periods import Period
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.statement import StatementKey


def trust_list(directory: Directory) -> TrustList:
    """Whose seals the directory believes in."""
    archives = directory.archives()
    return TrustList(
        as_of=directory.as_of,
        expires=directory.expires,
        platforms={code: directory.platform_of(code) for code in archives},
        seal_authorities={
            listing.platform: tuple(one.der for one in listing.seal_authorities) for listing in directory.listings
        },
        time_authorities=tuple(one.der for listing in directory.listings for one in listing.time_authorities),
        seal_periods={
            seal.certificate.fingerprint: periods(seal) for archive in archives.values() for seal in archive.seals
        },
        names={code: archive.name for code, archive in archives.items()},
        endpoints={member.platform: member.endpoint for member in directory.members},
        statement_keys={listing.platform: statement_keys(listing.statement_keys) for listing in directory.listings},
    )


def statement_keys(listed: Iterable[MessageKey]) -> tuple[StatementKey, ...]:
    """Keys for statements, as the core's other room knows them."""
    return tuple(StatementKey(key.kid, key.jwk, key.not_before, key.not_after) for key in listed)


def periods(seal: SealListing) -> tuple[Period, ...]:
    """When a listed seal was in use."""
    if seal.periods:
        return tuple(Period(one.since, one.until) for one in seal.periods)
    return (Period(seal.not_before, None if seal.status is SealStatus.ACTIVE else seal.status_since),)


def load_trust(folder: Path, now: datetime) -> TrustList:
    """The trust list in a folder, with the lists of revoked documents there. One that has expired is returned: the
    verdict says so.

    Raises:
        Untrusted: its signatures are not to be believed.
        NotThere: the folder holds none.
    """
    found = trust_list(load(folder, now, even_expired=True))
    return replace(found, status_lists=StatusFolder(folder).load(found.statement_keys))
