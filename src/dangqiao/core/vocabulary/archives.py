"""The 345 national comprehensive archives of the region, and the acceptance points with which a node is seeded.

Every division of today has one archive, with the division's code as its own. `data/archives.tsv` lists what that rule
counts wrongly, with reasons: Shanghai 17, Jiangsu 110, Zhejiang 99, Anhui 119. Real archives come from the signed
directory; this list fills a new node and the demonstration.
"""

from dataclasses import dataclass
from importlib.resources import files

from dangqiao.core.errors import N_, NotThere
from dangqiao.core.vocabulary.divisions import DIVISIONS, Division, Level, find

PLATFORMS = ("310000", "320000", "330000", "340000")
"""Codes of the four member platforms: those of their provinces."""

_SHANGHAI_POINTS = 287


@dataclass(frozen=True, slots=True)
class ArchiveSeed:
    """One archive. `prefecture` is the city that the division lies in, or the division itself if it is none's."""

    code: str
    name: str
    english: str
    platform: str
    prefecture: str

    @property
    def division(self) -> str:
        """Code of the division that the archive belongs to. The archive's code stays when the division changes."""
        return self.code


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the list of archives departs from the list of divisions, and why. `served_by` keeps the records."""

    code: str
    added: bool
    served_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class AcceptancePointSeed:
    """A counter that receives applications. All seeded ones are invented: `demo` is true."""

    code: str
    name: str
    english: str
    platform: str
    division: str
    archive: str
    demo: bool = True


def _departures() -> tuple[Departure, ...]:
    table = (files(__package__) / "data" / "archives.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines()[1:])
    return tuple(Departure(code, act == "add", served_by, reason) for code, act, served_by, reason in rows)


DEPARTURES: tuple[Departure, ...] = _departures()
"""Every departure from "one archive a division"."""


def _archive(division: Division) -> ArchiveSeed:
    above = find(division.parent) if division.level is Level.COUNTY else ()
    city = above[0] if above else None
    district = division.name.endswith("区")
    return ArchiveSeed(
        code=division.code,
        name=f"{city.name if city and district else ''}{division.name}档案馆",
        english=f"{division.english} Archives" + (f", {city.english}" if city else ""),
        platform=division.province,
        prefecture=division.parent if division.level is Level.COUNTY else division.code,
    )


def _archives() -> tuple[ArchiveSeed, ...]:
    added = {one.code for one in DEPARTURES if one.added}
    left_out = {one.code for one in DEPARTURES if not one.added}
    chosen = {
        one.code: one
        for one in DIVISIONS
        if (one.valid_to is None and one.code not in left_out) or (one.valid_to and one.code in added)
    }
    return tuple(_archive(chosen[code]) for code in sorted(chosen))


ARCHIVES: tuple[ArchiveSeed, ...] = _archives()
_BY_CODE = {one.code: one for one in ARCHIVES}


def seed_archives(platform: str) -> tuple[ArchiveSeed, ...]:
    """The archives of one platform, by code.

    Raises:
        NotThere: `directory.platform_unknown` if it is none of the four.
    """
    if platform not in PLATFORMS:
        raise NotThere(
            "directory.platform_unknown",
            N_("There is no platform with the code {platform}."),
            N_("The codes are those of the provinces: 310000, 320000, 330000, 340000."),
            platform=platform,
        )
    return tuple(one for one in ARCHIVES if one.platform == platform)


def archive_of(division: str) -> ArchiveSeed | None:
    """The archive that keeps the records of a division of today: its own, or the one that serves it meanwhile."""
    served = next((one.served_by for one in DEPARTURES if one.code == division), "")
    return _BY_CODE.get(division) or _BY_CODE.get(served)


def seed_acceptance_points(platform: str) -> tuple[AcceptancePointSeed, ...]:
    """Invented acceptance points of one platform: 287 in Shanghai's districts, one a county elsewhere.

    A point's code is its archive's followed by `-` and three digits.

    Raises:
        NotThere: `directory.platform_unknown`.
    """
    counties = [one for one in seed_archives(platform) if not one.code.endswith("00")]
    if platform != "310000":
        return tuple(_point(one, 1, "便民服务中心", "Public Service Centre") for one in counties)
    share, rest = divmod(_SHANGHAI_POINTS, len(counties))
    return tuple(
        _point(one, number, f"第{number}社区事务受理服务中心", f"Community Service Centre No. {number}")
        for position, one in enumerate(counties)
        for number in range(1, share + (position < rest) + 1)
    )


def _point(archive: ArchiveSeed, number: int, name: str, english: str) -> AcceptancePointSeed:
    place = archive.name.removesuffix("档案馆")
    if archive.platform == "310000":
        place = place.removeprefix("上海市")
    return AcceptancePointSeed(
        code=f"{archive.code}-{number:03d}",
        name=place + name,
        english=f"{archive.english.split(' Archives')[0]} {english}",
        platform=archive.platform,
        division=archive.code,
        archive=archive.code,
    )
