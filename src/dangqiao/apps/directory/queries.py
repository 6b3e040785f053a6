"""What this node knows of the federation: the signed directory, and rows made from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from dangqiao.apps.directory.models import AcceptancePoint, Archive, DirectoryState, KnownKey, Platform
from dangqiao.apps.fields import now
from dangqiao.apps.ports import port
from dangqiao.core import categories
from dangqiao.core.categories import Category
from dangqiao.core.errors import N_, NotThere, Unavailable, Untrusted
from dangqiao.core.federation.directory import Directory
from dangqiao.core.federation.ports import KeyDirectory, MemberKey


@lru_cache(maxsize=2)
def _loaded(stamp: tuple[int, int]) -> Directory:
    found: Directory = port("directory").load(now())
    return found


def current() -> Directory | None:
    """The last good directory, if the node has joined a federation and it has not ended. Verified once per change.

    Raises:
        Untrusted: what lies in the trust folder does not hold.
    """
    try:
        about = _time_stamp().stat()
    except FileNotFoundError:
        return None
    try:
        found = _loaded((about.st_mtime_ns, about.st_size))
        found.require_current(now())
    except Untrusted as error:
        if error.code == "directory.expired":
            return None
        raise
    return found


def _time_stamp() -> Path:
    return Path(settings.TRUST_FOLDER) / "metadata" / "timestamp.json"


def has_joined() -> bool:
    """Whether this node has a directory, be it in force or not."""
    return _time_stamp().exists()


@dataclass(frozen=True, slots=True)
class LastLook:
    """How the last look for a newer directory ended. `error` is empty where it ended well."""

    checked_at: datetime | None = None
    good_at: datetime | None = None
    error_code: str = ""
    error: str = ""


def last_look() -> LastLook:
    """When this node last asked the others for a newer directory, and what came of it."""
    row = DirectoryState.objects.first()
    return LastLook(row.checked_at, row.good_at, row.error_code, row.error) if row else LastLook()


def required() -> Directory:
    """`current`, where nothing goes without it.

    Raises:
        Unavailable: `directory.none_current`.
    """
    found = current()
    if found is None:
        raise Unavailable(
            "directory.none_current",
            N_("This node has no directory of the federation that is in force."),
            N_("Fetch it: `dangqiao directory update`."),
        )
    return found


class _EvidenceKeys:
    """Keys for messages that were verified when they came: whatever their dates, and whoever has left since."""

    def __init__(self, directory: Directory | None) -> None:
        self._directory = directory

    def signing_key(self, kid: str) -> MemberKey | None:
        listed = self._directory.who_holds_key(kid) if self._directory else None
        return listed or known_key(kid)

    def sealing_key(self, member: str) -> MemberKey | None:
        return None


def evidence_keys() -> KeyDirectory:
    """The keys to read stored messages with."""
    return _EvidenceKeys(current())


def known_key(kid: str) -> MemberKey | None:
    """A message key that this node has ever seen listed."""
    row = KnownKey.objects.filter(kid=kid).first()
    return MemberKey(row.member, row.kid, row.suite, row.jwk) if row else None


def keys_ever(platform: str) -> tuple[MemberKey, ...]:
    """All message keys that this node has ever seen listed of a member."""
    rows = KnownKey.objects.filter(member=platform).order_by("seen_at", "kid")
    return tuple(MemberKey(row.member, row.kid, row.suite, row.jwk) for row in rows)


def platform_of(archive_code: str) -> str:
    """The platform that an archive belongs to.

    Raises:
        NotThere: `directory.archive_unknown`.
    """
    own = Archive.objects.filter(code=archive_code).values_list("platform_id", flat=True).first()
    if own is None:
        raise NotThere(
            "directory.archive_unknown", N_("The directory knows no archive {archive}."), archive=archive_code
        )
    return own


def platforms() -> list[Platform]:
    """The members, by code."""
    return list(Platform.objects.order_by("code"))


def platform_names() -> dict[str, Platform]:
    """The members by code."""
    return {row.code: row for row in platforms()}


def archives_of(platform: str = "", *, named: str = "", category: str = "") -> list[Archive]:
    """Archives that are active: of one platform (empty: of all), whose name contains `named`, that serve `category`."""
    rows = Archive.objects.filter(active=True)
    if platform:
        rows = rows.filter(platform=platform)
    if named:
        rows = rows.filter(name__contains=named)
    return [row for row in rows if not category or category in row.categories]


def served() -> list[Category]:
    """The categories that an active archive of any platform serves and that this node knows, in their order."""
    some = {
        one for served in Archive.objects.filter(active=True).values_list("categories", flat=True) for one in served
    }
    return [category for category in categories.known().values() if category.id in some]


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


def is_own(archive_code: str) -> bool:
    """Whether an archive belongs to this node's platform."""
    return Archive.objects.filter(code=archive_code, platform=settings.PLATFORM_CODE).exists()


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
