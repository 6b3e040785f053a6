"""The first entry and the first listing of a platform, from its code, its address and the program's own lists."""

from collections.abc import Iterable

from dangqiao.core import categories
from dangqiao.core.federation.listing import (
    ArchiveListing,
    CategoryListing,
    Member,
    PlatformListing,
    PointListing,
    PublicKeys,
)
from dangqiao.core.vocabulary.archives import seed_acceptance_points, seed_archives
from dangqiao.core.vocabulary.divisions import find
from dangqiao.core.vocabulary.suites import SuiteName

DIRECTORY_PATH = "/directory/"
"""Below a member's address: its mirror of the directory."""


def names_of(platform: str) -> tuple[str, str]:
    """Chinese and English name of a platform: its province's."""
    division = find(platform)[0]
    return division.name, division.english


def member(platform: str, address: str, keys: PublicKeys, suite: SuiteName = "intl") -> Member:
    """How a platform enters the membership.

    Args:
        platform: its code; its archives are those whose codes begin as its own does.
        address: of its node, without a slash at the end.
    """
    names = names_of(platform)
    return Member(
        platform=platform,
        name=names[0],
        name_en=names[1],
        territory=(platform[:2],),
        root_key=keys.root_key,
        online_keys=keys.online_keys,
        endpoint=address,
        mirrors=(address + DIRECTORY_PATH,),
        message_keys=keys.message_keys,
        suites=(suite,),
    )


def served(ids: Iterable[str] = ()) -> tuple[CategoryListing, ...]:
    """The categories with these ids (none: those that every member serves), as a platform lists them.

    Raises:
        NotThere: `category.unknown`.
    """
    chosen = tuple(ids) or categories.first()
    return tuple(CategoryListing(one, categories.digest(categories.get(one))) for one in chosen)


def seed_listing(platform: str, keys: PublicKeys | None = None, ids: Iterable[str] = ()) -> PlatformListing:
    """A platform's archives and acceptance points as the program's lists have them.

    Args:
        ids: the categories that each archive serves; none: those that every member serves.

    Raises:
        NotThere: `directory.platform_unknown`, `category.unknown`.
    """
    listed = served(ids)
    archives = tuple(
        ArchiveListing(
            code=one.code,
            name=one.name,
            name_en=one.english,
            division=one.division,
            # The archives administration (档案局) is not the archive (档案馆); it hears complaints.
            complaint_body=one.name.removesuffix("馆") + "局",
            categories=tuple(category.id for category in listed),
        )
        for one in seed_archives(platform)
    )
    points = tuple(
        PointListing(one.code, one.name, one.division, name_en=one.english, archive=one.archive)
        for one in seed_acceptance_points(platform)
    )
    return PlatformListing(
        platform=platform,
        archives=archives,
        acceptance_points=points,
        categories=listed,
        seal_authorities=keys.seal_authorities if keys else (),
        time_authorities=keys.time_authorities if keys else (),
        statement_keys=keys.statement_keys if keys else (),
    )
