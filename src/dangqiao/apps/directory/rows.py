"""Between rows and listings: reading this platform's listing, writing what the others list. In bulk."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Model

from dangqiao.apps.directory.models import (
    AcceptancePoint,
    Archive,
    ArchiveDivision,
    ArchiveGroup,
    ArchiveGroupMember,
    KnownKey,
    Platform,
)
from dangqiao.apps.fields import now
from dangqiao.core.federation.directory import Directory
from dangqiao.core.federation.listing import (
    ArchiveListing,
    CategoryListing,
    GroupListing,
    PlatformListing,
    PointListing,
    PublicKeys,
    SealListing,
)

_ARCHIVE = ("name", "name_en", "address", "telephone", "complaint_body", "categories")
_POINT = ("name", "name_en", "address")


def read_listing(
    platform: str,
    served: tuple[CategoryListing, ...],
    keys: PublicKeys,
    seals: Mapping[str, tuple[SealListing, ...]],
) -> PlatformListing:
    """A platform's listing as its active rows are. `seals`: by archive."""
    divisions = dict(ArchiveDivision.objects.filter(valid_to=None).values_list("archive_id", "division_code"))
    known = {category.id for category in served}
    archives = [
        ArchiveListing(
            code=row.code,
            division=divisions.get(row.code, ""),
            seals=seals.get(row.code, ()),
            **_values(row, _ARCHIVE) | {"categories": tuple(one for one in row.categories if one in known)},
        )
        for row in Archive.objects.filter(platform=platform, active=True)
    ]
    points = [
        PointListing(code=row.code, division=row.division_code, archive=row.archive_id or "", **_values(row, _POINT))
        for row in AcceptancePoint.objects.filter(platform=platform, active=True)
    ]
    return PlatformListing(
        platform=platform,
        archives=tuple(archives),
        acceptance_points=tuple(points),
        categories=served,
        seal_authorities=keys.seal_authorities,
        time_authorities=keys.time_authorities,
        statement_keys=keys.statement_keys,
        groups=_groups({one.code for one in archives}),
    )


def write_platform(code: str, name: str, name_en: str, endpoint: str) -> None:
    """Writes one platform's row."""
    values = {"name": name, "name_en": name_en, "endpoint": endpoint}
    Platform.objects.update_or_create(code=code, defaults=values)


def add_missing(listing: PlatformListing) -> int:
    """Adds the archives and points of a listing that have no row; how many archives were added."""
    known = set(Archive.objects.values_list("code", flat=True))
    new = [one for one in listing.archives if one.code not in known]
    Archive.objects.bulk_create([_archive(listing.platform, one) for one in new], ignore_conflicts=True)
    _add_divisions(listing.archives)
    points = [
        _point(listing.platform, one, {row.code for row in listing.archives}) for one in listing.acceptance_points
    ]
    AcceptancePoint.objects.bulk_create(points, ignore_conflicts=True)
    return len(new)


def serve(platform: str, served: Iterable[CategoryListing]) -> None:
    """Lets all archives of a platform serve each category that none of them has yet, and none serve what the platform
    does not. In between the rows say which archive serves what."""
    own = list(Archive.objects.filter(platform=platform))
    ids = [one.id for one in served]
    some = {one for row in own for one in row.categories}
    new = [one for one in ids if one not in some]
    if new or not some <= set(ids):
        for row in own:
            row.categories = [*(one for one in row.categories if one in ids), *new]
        Archive.objects.bulk_update(own, ["categories"])


def write(directory: Directory, own: str) -> None:
    """Writes platforms, and archives, points and groups of all but `own`; makes inactive what is not listed.

    A platform whose listing is not believed now keeps its rows; one that is no member any more does not.
    """
    listings = directory.versions.listings
    _upsert(
        [
            Platform(
                code=one.platform,
                name=one.name,
                name_en=one.name_en,
                endpoint=one.endpoint,
                listing_version=listings.get(one.platform, 0),
                listed_at=now(),
            )
            for one in directory.members
        ],
        ("name", "name_en", "endpoint", "listing_version", "listed_at"),
    )
    others = [one for one in directory.listings if one.platform != own]
    listed = {code: one for code, one in directory.archives().items() if directory.platform_of(code) != own}
    _upsert(
        [_archive(directory.platform_of(code), one) for code, one in listed.items()], ("platform", *_ARCHIVE, "active")
    )
    _add_divisions(listed.values())
    points = _points(directory, others)
    _upsert(list(points.values()), (*_POINT, "division_code", "archive", "active"))
    silent = {one.platform for one in directory.members} - {one.platform for one in others}
    gone = Archive.objects.filter(active=True).exclude(platform__in={*silent, own})
    gone.exclude(code__in=listed).update(active=False)
    closed = AcceptancePoint.objects.filter(active=True).exclude(platform__in={*silent, own})
    closed.exclude(code__in=points).update(active=False)
    _write_groups(others, listed)


def remember_keys(directory: Directory) -> None:
    """Keeps every message key that is listed: what it signed must be attributable when it is listed no more."""
    KnownKey.objects.bulk_create(
        [
            KnownKey(kid=key.kid, member=member.platform, suite=key.suite, jwk=dict(key.jwk))
            for member in directory.members
            for key in member.message_keys
        ],
        ignore_conflicts=True,
    )


def _archive(platform: str, one: ArchiveListing) -> Archive:
    values = {name: getattr(one, name) for name in _ARCHIVE} | {"categories": list(one.categories)}
    return Archive(code=one.code, platform_id=platform, active=True, **values)


def _point(platform: str, one: PointListing, archives: Iterable[str]) -> AcceptancePoint:
    values = {name: getattr(one, name) for name in _POINT}
    archive = one.archive if one.archive in archives else None
    return AcceptancePoint(
        code=one.code, platform_id=platform, archive_id=archive, division_code=one.division, active=True, **values
    )


def _points(directory: Directory, listings: Sequence[PlatformListing]) -> dict[str, AcceptancePoint]:
    """By code. A code belongs to the platform that had it first: no other can take it over."""
    owners = dict(AcceptancePoint.objects.values_list("code", "platform_id"))
    found: dict[str, AcceptancePoint] = {}
    for listing in listings:
        own = {one.code for one in listing.archives if directory.platform_of(one.code) == listing.platform}
        for point in listing.acceptance_points:
            if owners.setdefault(point.code, listing.platform) == listing.platform:
                found[point.code] = _point(listing.platform, point, own)
    return found


def _add_divisions(archives: Iterable[ArchiveListing]) -> None:
    known = set(ArchiveDivision.objects.values_list("archive_id", flat=True))
    ArchiveDivision.objects.bulk_create(
        ArchiveDivision(archive_id=one.code, division_code=one.division)
        for one in archives
        if one.code not in known and len(one.division) == 6
    )


def _groups(own: set[str]) -> tuple[GroupListing, ...]:
    members: dict[str, list[str]] = {}
    for group, code in ArchiveGroupMember.objects.order_by("archive_code").values_list("group_id", "archive_code"):
        if code in own:
            members.setdefault(group, []).append(code)
    groups = ArchiveGroup.objects.in_bulk(list(members))
    return tuple(
        GroupListing(code, groups[code].name, groups[code].name_en, tuple(members[code])) for code in sorted(members)
    )


def _write_groups(listings: Sequence[PlatformListing], listed: Iterable[str]) -> None:
    """A group is the union of what each platform says of its own archives."""
    groups = {group.code: group for listing in listings for group in listing.groups}
    ArchiveGroup.objects.bulk_create(
        [ArchiveGroup(code=one.code, name=one.name, name_en=one.name_en) for one in groups.values()],
        ignore_conflicts=True,
    )
    foreign = set(listed)
    said = {
        (group.code, code)
        for listing in listings
        for group in listing.groups
        for code in group.archives
        if code in foreign
    }
    before = ArchiveGroupMember.objects.filter(archive_code__in=foreign)
    dropped = [row.pk for row in before if (row.group_id, row.archive_code) not in said]
    ArchiveGroupMember.objects.filter(pk__in=dropped).delete()
    ArchiveGroupMember.objects.bulk_create(
        [ArchiveGroupMember(group_id=group, archive_code=code) for group, code in sorted(said)], ignore_conflicts=True
    )


def _values(row: Model, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _upsert(found: Sequence[Model], fields: Sequence[str]) -> None:
    if found:
        type(found[0])._default_manager.bulk_create(
            found, update_conflicts=True, unique_fields=["code"], update_fields=fields
        )
