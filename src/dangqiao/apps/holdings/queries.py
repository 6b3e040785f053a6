"""Reading the catalogue. Whatever returns a person's data takes actor and purpose and writes the audit row."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q

from dangqiao.apps.audit import services as audit
from dangqiao.apps.holdings.contents import identity_hashes, says_more
from dangqiao.apps.holdings.features import SEXES, place_codes
from dangqiao.apps.holdings.models import CatalogueEntry, EntryPage, HoldingCoverage
from dangqiao.apps.holdings.records import Citation, Page, Record, record
from dangqiao.apps.holdings.search import Found, Searcher
from dangqiao.apps.identity.permissions import in_scope, require
from dangqiao.apps.ports import port
from dangqiao.core import categories
from dangqiao.core.errors import N_, BadInput, NotThere, Refused
from dangqiao.core.matching import EntryFeatures, MatchVerdict, Outcome, Person, Query
from dangqiao.core.matching.columns import mark
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.actor import Actor, Role, ScopeKind
from dangqiao.core.vocabulary.dates import UNKNOWN, PartialDate
from dangqiao.core.vocabulary.identity import Sex
from dangqiao.core.vocabulary.purpose import Purpose
from dangqiao.core.vocabulary.typed import named

READERS = (Role.HANDLER, Role.REVIEWER, Role.SIGNATORY, Role.OPERATOR, Role.NODE)
"""Who may search the catalogue of an archive: those who answer for it, and the node itself."""


@dataclass(frozen=True, slots=True)
class FindResult:
    """What a search found.

    Attributes:
        verdict: outcome, ground and candidates with their reasons; a candidate's `identity` is `str(citation)`.
        outcome: the verdict's, but `review` where an incomplete search would say `none`.
        records: those of the candidates shown, in their order.
        complete: whether everything that might fit was compared. Only then may "not found" be said.
    """

    verdict: MatchVerdict
    outcome: Outcome
    records: tuple[Record, ...]
    complete: bool

    def incomplete(self) -> "FindResult":
        """The same where somebody who was asked too has not answered: then "not found" may not be said."""
        outcome = Outcome.REVIEW if self.outcome is Outcome.NONE else self.outcome
        return replace(self, outcome=outcome, complete=False)


def person(
    name: str,
    *,
    sex: str = "",
    birth: PartialDate = UNKNOWN,
    identity_number: str = "",
    former_names: Iterable[str] = (),
) -> Person:
    """Somebody who is looked for, named in an applicant's own words. Sex (男/女, male/female) and birth date come from
    the number where it says more."""
    said = named(name)
    identity_number = identity.completed(identity_number, birth)
    parts, home = identity_hashes(identity_number), tuple[str, ...]()
    found = SEXES.get(sex, Sex.UNKNOWN)
    if parts:
        found = found or identity.sex(identity_number)
        inside = identity.birth_date(identity_number)
        home = place_codes(identity.division(identity_number))
        birth = inside if says_more(inside.iso(), mark(birth.iso(), birth.calendar)) else birth
    return Person(
        said.name, former_names=(*former_names, *said.others), sex=found, birth=birth, id_parts=parts, home=home
    )


def query(
    who: Person,
    *,
    others: Iterable[Person] = (),
    event_year: int | None = None,
    event_date: PartialDate = UNKNOWN,
    place: str = "",
    ends: bool | None = None,
) -> Query:
    """What is looked for. `place`: a code, or words that begin with a division's name. `ends`: `meant_by` of a word."""
    return Query(who, tuple(others), event_year, event_date, place_codes(place) if place else (), ends)


def find(
    actor: Actor,
    purpose: Purpose,
    archive_codes: Sequence[str] | None,
    category: str,
    query: Query,
    *,
    subject: str = "",
) -> FindResult:
    """Searches the catalogue of these archives, or of all that the actor may search.

    Args:
        subject: for the audit trail, e.g. `referral:<id>`.

    Raises:
        NotThere: `category.unknown`.
        Refused: `permission.missing`.
        BadInput: `holdings.name_missing`. A search that fails raises; it never looks like "nothing found".
    """
    found = searcher(actor, archive_codes, category).search(checked(query))
    verdict = found.verdict
    records = _records([one.identity for one in verdict.candidates])
    audit.record(
        "holdings.searched",
        actor,
        purpose=purpose,
        subject=subject,
        archive_code=archive_codes[0] if archive_codes and len(archive_codes) == 1 else "",
        count=len(records),
        category=category,
        archives=list(archive_codes or ()),
        outcome=found.outcome,
        ground=verdict.ground,
        entries=[str(one.citation) for one in records],
        complete=found.complete,
    )
    return FindResult(verdict, found.outcome, tuple(records), found.complete)


def searcher(actor: Actor, archive_codes: Sequence[str] | None, category: str) -> Searcher:
    """A searcher for what the actor may see. For `find` and for batches, which audit.

    Raises:
        NotThere: `category.unknown`. Refused: `permission.missing`.
    """
    definition = categories.get(category)
    if archive_codes is None:
        require_some(actor)
        own = {code for kind, code in actor.scopes(*READERS) if kind is ScopeKind.ARCHIVE}
        whole = any(kind is ScopeKind.PLATFORM for kind, _code in actor.scopes(*READERS))
        archive_codes = None if whole else sorted(own)
    else:
        for code in archive_codes:
            require(actor, *READERS, archive=code)
    return Searcher(definition, archive_codes, in_scope(actor, *READERS))


def require_some(actor: Actor) -> None:
    """Refuses an actor who may search nothing. Raises Refused (`permission.missing`)."""
    scopes = [code for kind, code in actor.scopes(*READERS) if kind is ScopeKind.ARCHIVE]
    require(actor, *READERS, archive=scopes[0] if scopes else "")


def checked(query: Query) -> Query:
    """The query, if it can be searched for at all.

    Raises:
        BadInput: `holdings.name_missing`.
    """
    if not query.person.name.strip():
        raise BadInput("holdings.name_missing", N_("A search needs a name."))
    return query


def entry(actor: Actor, purpose: Purpose, citation: Citation, *, subject: str = "") -> Record:
    """One entry, as it is now, with its pages.

    Raises:
        NotThere: `holdings.entry_unknown`: there is none, or this actor may not see it.
    """
    records = _records([str(citation)], in_scope(actor, *READERS))
    if not records:
        raise entry_unknown()
    audit.record(
        "holdings.entry_read",
        actor,
        purpose=purpose,
        subject=subject or f"entry:{citation}",
        archive_code=citation.archive,
        category=citation.category,
        entry=str(citation),
    )
    return records[0]


def page_image(
    actor: Actor, purpose: Purpose, citation: Citation, number: int, *, subject: str = ""
) -> tuple[Page, Iterator[bytes]]:
    """One page of an entry, as it was scanned: only for those who work at the archive. Audited.

    Raises:
        NotThere: `holdings.entry_unknown`, `holdings.page_unknown`.
    """
    pages = {page.number: page for page in entry(actor, purpose, citation, subject=subject).images}
    if number not in pages:
        raise NotThere("holdings.page_unknown", N_("The entry has no image of this page."))
    audit.record(
        "holdings.page_read",
        actor,
        purpose=purpose,
        subject=subject or f"entry:{citation}",
        archive_code=citation.archive,
        entry=str(citation),
        page=number,
    )
    chunks: Iterator[bytes] = port("storage").chunks(pages[number].sha256)
    return pages[number], chunks


def entry_unknown() -> NotThere:
    """The error for an entry that is not there or not this actor's."""
    return NotThere("holdings.entry_unknown", N_("There is no such entry."), N_("Search for it again."))


def citation(text: str) -> Citation:
    """`archive/category/reference code/item` again; a reference code may hold strokes."""
    archive, category, rest = text.split("/", 2)
    reference_code, _, item = rest.rpartition("/")
    return Citation(archive, category, reference_code, int(item))


def _records(names: list[str], scope: Q | None = None) -> list[Record]:
    """The records of these citations, in order; those that are not there are left out."""
    records = []
    for wanted in map(citation, names):
        identity = {
            "archive_code": wanted.archive,
            "category": wanted.category,
            "reference_code": wanted.reference_code,
            "item_number": wanted.item_number,
        }
        row = CatalogueEntry.objects.filter(scope or Q(), **identity, deleted=False).first()
        if row:
            pages = EntryPage.objects.filter(**identity).select_related("image").order_by("number")
            records.append(record(row, list(pages)))
    return records


def possible(
    actor: Actor, purpose: Purpose, category: str, query: Query, *, inquiry: UUID | str = ""
) -> frozenset[str]:
    """A blind inquiry, answered by machine: the archives of this node that may hold the record.

    An archive may hold it if an entry may fit, or if it has such records of that time that are not catalogued. Tells
    nothing else, and no person sees it. Never for a category that forbids it (adoption).

    Raises:
        Refused: `holdings.no_blind_inquiry`, `permission.missing`.
    """
    definition = categories.get(category)
    if not definition.blind_inquiry:
        raise Refused(
            "holdings.no_blind_inquiry", N_("No blind inquiries are answered about {category}."), category=category
        )
    require(actor, Role.NODE, Role.OPERATOR)
    search = searcher(actor, None, category)
    found = search.search(checked(query))
    archives = set(_uncatalogued(category, query.year))
    by_archive: dict[str, list[EntryFeatures]] = {}
    for one in found.candidates:
        by_archive.setdefault(citation(one.identity).archive, []).append(one)
    for archive, entries in by_archive.items():
        if not found.complete or search.judge(query, entries).outcome is not Outcome.NONE:
            archives.add(archive)
    audit.record(
        "holdings.inquiry_answered",
        actor,
        purpose=purpose,
        subject=f"inquiry:{inquiry}",
        count=len(archives),
        category=category,
    )
    return frozenset(archives)


def _uncatalogued(category: str, year: int | None) -> Iterable[str]:
    rows = HoldingCoverage.objects.filter(category=category, state=HoldingCoverage.State.NOT_CATALOGUED)
    if year:
        rows = rows.filter(Q(year_from=None) | Q(year_from__lte=year), Q(year_to=None) | Q(year_to__gte=year))
    return rows.values_list("archive_code", flat=True).distinct()


__all__ = [
    "Citation",
    "FindResult",
    "Found",
    "Record",
    "entry",
    "find",
    "page_image",
    "person",
    "possible",
    "query",
    "searcher",
]
