"""Which archives to ask: the known custodians by coverage; if there is none, platforms that are asked blindly.

A blind inquiry is answered `possible` or `none` by machine and seen by no person. It tells a platform that somebody
looks for somebody, so it needs the applicant's consent, and for adoption it is never made.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from dangqiao.core.errors import N_

NEVER_INQUIRED = frozenset({"adoption"})
"""Whatever a category file says: 民法典 第一千一百一十条 protects the secrecy of adoption."""
MOST_DIRECT = 3
"""More archives than this for one place are too vague a hint to send each of them a person's request."""


class CoverageState(StrEnum):
    """Where the records of a row of coverage are."""

    IN_ARCHIVE = "in_archive"
    NOT_HANDED_OVER = "not_handed_over"
    DESTROYED = "destroyed"
    NOT_CATALOGUED = "not_catalogued"
    NOT_DIGITISED = "not_digitised"


_ASKABLE = {CoverageState.IN_ARCHIVE, CoverageState.NOT_CATALOGUED, CoverageState.NOT_DIGITISED}


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a custodian holds (馆藏范围).

    Attributes:
        archive, platform: codes of the archive and of its node.
        division: six-digit code of the place; empty: any place.
        office: registration office or forming body in words; empty: all of the division.
        year_from, year_to: inclusive; None: open.
        custodian: who has the records if not the archive, in words.
    """

    archive: str
    platform: str
    category: str
    division: str = ""
    office: str = ""
    year_from: int | None = None
    year_to: int | None = None
    state: CoverageState = CoverageState.IN_ARCHIVE
    custodian: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the event was: a division, an office in words, or both. An educated youth has two: left and sent to."""

    division: str = ""
    office: str = ""


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """What is known of the record looked for. `blind_inquiry` is the category's, `consent` the applicant's."""

    category: str
    places: tuple[Place, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    blind_inquiry: bool = True
    consent: bool = False


class RoutingReason(StrEnum):
    """Why the verdict is as it is."""

    CUSTODIAN_KNOWN = "custodian_known"
    SEVERAL_PLACES = "several_places"
    NOT_HANDED_OVER = "not_handed_over"
    DESTROYED = "destroyed"
    CUSTODIAN_UNKNOWN = "custodian_unknown"
    INQUIRY_FORBIDDEN = "inquiry_forbidden"
    CONSENT_MISSING = "consent_missing"
    NOBODY_SERVES = "nobody_serves"


ROUTING_SENTENCES: dict[RoutingReason, str] = {
    RoutingReason.CUSTODIAN_KNOWN: N_("The archive that holds such records is known."),
    RoutingReason.SEVERAL_PLACES: N_("The record may lie in several places; each is asked."),
    RoutingReason.NOT_HANDED_OVER: N_("Such records have not been handed over to an archive yet."),
    RoutingReason.DESTROYED: N_("Such records are listed as destroyed."),
    RoutingReason.CUSTODIAN_UNKNOWN: N_("Which archive holds such records is not known."),
    RoutingReason.INQUIRY_FORBIDDEN: N_("For this category other platforms are never asked blindly."),
    RoutingReason.CONSENT_MISSING: N_("The applicant has not agreed that other platforms are asked."),
    RoutingReason.NOBODY_SERVES: N_("No platform that could hold the record serves this category."),
}


@dataclass(frozen=True, slots=True)
class Target:
    """An archive to be asked, and for which of the places."""

    archive: str
    platform: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class RoutingVerdict:
    """Whom to ask.

    Attributes:
        referrals: archives that get a referral each.
        inquiries: codes of platforms that are asked blindly for the places without a known custodian.
        elsewhere: custodians outside the archives, in words: where else to ask.
    """

    referrals: tuple[Target, ...]
    inquiries: tuple[str, ...]
    elsewhere: tuple[str, ...]
    reasons: tuple[RoutingReason, ...]

    @property
    def nobody(self) -> bool:
        """Whether nobody can be asked; the reasons say why."""
        return not self.referrals and not self.inquiries


class _Fit(IntEnum):
    """How closely a row of coverage fits a place; only the closest rows count."""

    NOT = 0
    WITHIN = 1
    """The place is wider than the row: a province was named, the row is of one of its counties."""
    OTHER_OFFICE = 2
    """The same division, but an office of another name: offices are often named from memory."""
    AROUND = 3
    """The row is wider than the place: the city's archive keeps the county's files."""
    SAME = 4
    OFFICE = 5


def route(
    facts: RouteFacts, coverages: Iterable[Coverage], platforms: Mapping[str, Set[str]] | None = None
) -> RoutingVerdict:
    """Whom to ask for the record.

    Args:
        coverages: what is known of the archives' holdings, of any category.
        platforms: the platforms of the directory -> the categories they serve.
    """
    rows = [row for row in coverages if row.category == facts.category and _years_meet(row, facts)]
    places = facts.places or (Place(),)
    targets: dict[tuple[str, str], list[Place]] = {}
    elsewhere: dict[str, None] = {}
    reasons: dict[RoutingReason, None] = {}
    unknown: list[Place] = []
    for place in places:
        closest = _closest(place, rows)
        askable = {(row.archive, row.platform) for row in closest if row.state in _ASKABLE}
        if askable and len(askable) <= MOST_DIRECT:
            reasons[RoutingReason.CUSTODIAN_KNOWN] = None
            for key in sorted(askable):
                targets.setdefault(key, []).append(place)
        elif closest and not askable:
            for row in closest:
                destroyed = row.state is CoverageState.DESTROYED
                reasons[RoutingReason.DESTROYED if destroyed else RoutingReason.NOT_HANDED_OVER] = None
                if row.custodian:
                    elsewhere[row.custodian] = None
        else:
            reasons[RoutingReason.CUSTODIAN_UNKNOWN] = None
            unknown.append(place)
    if len(targets) > 1 and len(places) > 1:
        reasons[RoutingReason.SEVERAL_PLACES] = None
    inquiries, why = _inquiries(facts, unknown, platforms or {}) if unknown else ((), ())
    return RoutingVerdict(
        tuple(Target(archive, platform, tuple(asked)) for (archive, platform), asked in targets.items()),
        inquiries,
        tuple(elsewhere),
        (*reasons, *why),
    )


def _inquiries(
    facts: RouteFacts, unknown: Iterable[Place], platforms: Mapping[str, Set[str]]
) -> tuple[tuple[str, ...], tuple[RoutingReason, ...]]:
    if facts.category in NEVER_INQUIRED or not facts.blind_inquiry:
        return (), (RoutingReason.INQUIRY_FORBIDDEN,)
    if not facts.consent:
        return (), (RoutingReason.CONSENT_MISSING,)
    serving = {code for code, categories in platforms.items() if facts.category in categories}
    wanted: set[str] = set()
    for place in unknown:
        named = {code for code in serving if place.division and _within(place.division, code)}
        wanted |= named if place.division else serving
    return tuple(sorted(wanted)), () if wanted else (RoutingReason.NOBODY_SERVES,)


def _closest(place: Place, rows: Iterable[Coverage]) -> list[Coverage]:
    fits = [(_fit(place, row), row) for row in rows]
    best = max((fit for fit, _ in fits), default=_Fit.NOT)
    return [row for fit, row in fits if fit is best] if best is not _Fit.NOT else []


def _fit(place: Place, row: Coverage) -> _Fit:
    office_said = bool(place.office and row.office)
    same_office = office_said and (place.office in row.office or row.office in place.office)
    if place.division and row.division:
        if row.division == place.division:
            return _Fit.OFFICE if same_office else _Fit.OTHER_OFFICE if office_said else _Fit.SAME
        if _within(place.division, row.division):
            return _Fit.NOT if office_said and not same_office else _Fit.AROUND
        if _within(row.division, place.division):
            return _Fit.OFFICE if same_office else _Fit.NOT if office_said else _Fit.WITHIN
        return _Fit.NOT
    if place.division or not place.office:
        return _Fit.NOT if row.division else _Fit.AROUND
    return _Fit.OFFICE if same_office else _Fit.NOT


def _within(division: str, wider: str) -> bool:
    """Whether a GB/T 2260 code lies in another: pairs of zeros at the end stand for everything below."""
    stem = wider
    while stem.endswith("00"):
        stem = stem[:-2]
    return division.startswith(stem)


def _years_meet(row: Coverage, facts: RouteFacts) -> bool:
    starts_too_late = row.year_from is not None and facts.year_to is not None and row.year_from > facts.year_to
    ends_too_early = row.year_to is not None and facts.year_from is not None and row.year_to < facts.year_from
    return not starts_too_late and not ends_too_early
