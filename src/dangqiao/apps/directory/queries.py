"""What this node knows of platforms, archives and acceptance points. Nothing here is personal."""

from collections.abc import Iterable

from dangqiao.apps.directory.models import AcceptancePoint, Archive, Platform
from dangqiao.core.errors import N_, NotThere


def platforms() -> list[Platform]:
    """The members, by code."""
    return list(Platform.objects.order_by("code"))


def archives_of(platform: str = "", *, named: str = "", category: str = "") -> list[Archive]:
    """Archives that are active: of one platform (empty: of all), whose name contains `named`, that serve `category`."""
    rows = Archive.objects.filter(active=True)
    if platform:
        rows = rows.filter(platform=platform)
    if named:
        rows = rows.filter(name__contains=named)
    return [row for row in rows if not category or category in row.categories]


def archive(code: str) -> Archive:
    """An archive. Raises NotThere (`directory.archive_unknown`)."""
    row = Archive.objects.filter(code=code).first()
    if row is None:
        raise NotThere(
            "directory.archive_unknown",
            N_("There is no archive with the code {archive}."),
            N_("An archive's code is the six digits of its division."),
            archive=code,
        )
    return row


def archives(codes: Iterable[str]) -> dict[str, Archive]:
    """The archives with these codes, by code; unknown ones are left out."""
    return Archive.objects.in_bulk(set(codes))


def acceptance_points(codes: Iterable[str]) -> dict[str, AcceptancePoint]:
    """The acceptance points with these codes, by code; unknown ones are left out."""
    return AcceptancePoint.objects.in_bulk(set(codes))


def acceptance_points_of(archive_code: str) -> list[AcceptancePoint]:
    """The active acceptance points that belong to an archive."""
    return list(AcceptancePoint.objects.filter(archive=archive_code, active=True))


def acceptance_point(code: str) -> AcceptancePoint:
    """An acceptance point. Raises NotThere (`directory.point_unknown`)."""
    row = AcceptancePoint.objects.filter(code=code).first()
    if row is None:
        raise NotThere("directory.point_unknown", N_("There is no acceptance point with the code {point}."), point=code)
    return row
