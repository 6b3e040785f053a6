"""The trust list of a verifier, drawn from the signed directory."""

from datetime import datetime
from pathlib import Path

from dangqiao.adapters.directory.client import load
from dangqiao.core.federation.directory import Directory
from dangqiao.core.federation.listing import SealStatus
from dangqiao.core.sealing.ports import TrustList


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
        withdrawn={
            seal.certificate.fingerprint: seal.status_since
            for archive in archives.values()
            for seal in archive.seals
            if seal.status is not SealStatus.ACTIVE and seal.status_since
        },
        names={code: archive.name for code, archive in archives.items()},
    )


def load_trust(folder: Path, now: datetime) -> TrustList:
    """The trust list in a folder. One that has expired is returned: the verdict says so.

    Raises:
        Untrusted: its signatures are not to be believed.
        NotThere: the folder holds none.
    """
    return trust_list(load(folder, now, even_expired=True))
