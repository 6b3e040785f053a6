"""The trust list of a verifier, drawn from the directory."""

from dangqiao.core.federation.directory import Directory
from dangqiao.core.sealing.ports import TrustList


def trust_list(directory: Directory) -> TrustList:
    """Whose seals the directory vouches for. The caller decides what an expired one is worth."""
    archives = directory.archives()
    return TrustList(
        as_of=directory.as_of,
        expires=directory.expires,
        platforms={code: directory.platform_of(code) for code in archives},
        names={code: archive.name for code, archive in archives.items()},
        seal_authorities={
            listing.platform: tuple(one.der for one in listing.seal_authorities) for listing in directory.listings
        },
        time_authorities=tuple(one.der for listing in directory.listings for one in listing.time_authorities),
    )
