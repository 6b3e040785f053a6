"""Searching the holder's catalogue for a referral, and what the search says about who must look."""

import json
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from dangqiao.apps.audit import services as audit
from dangqiao.apps.connectors import services as connectors
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.holdings import queries as holdings
from dangqiao.apps.holdings.queries import FindResult
from dangqiao.apps.holdings.records import Record
from dangqiao.apps.identity.permissions import in_scope
from dangqiao.apps.lookups import materials, once, records, referrals
from dangqiao.apps.lookups.forms import Applicant, PersonSought, Sought
from dangqiao.apps.lookups.models import LookupRequest, Referral, Search
from dangqiao.core import categories
from dangqiao.core.categories import Category
from dangqiao.core.connectors import Question
from dangqiao.core.errors import N_, BadInput
from dangqiao.core.lookup.entitlement import Answer, EntitlementVerdict, judge
from dangqiao.core.lookup.policy import Found, PolicyVerdict, who_must_look
from dangqiao.core.lookup.states import Level
from dangqiao.core.matching import Outcome, Person, Query, meant_by
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.actor import Actor, Assurance
from dangqiao.core.vocabulary.dates import PartialDate, parse_partial_date
from dangqiao.core.vocabulary.entitlement import ApplicantKind
from dangqiao.core.vocabulary.names import fold_name
from dangqiao.core.vocabulary.purpose import Purpose


@dataclass(frozen=True, slots=True)
class Result:
    """A search that was carried through: what was found, where was looked, and who must look at it."""

    sought: Sought
    found: FindResult
    ranged: str
    verdict: PolicyVerdict
    consulted: connectors.Consulted


def query_of(sought: Sought, category: Category) -> Query:
    """What is looked for, for matching: the first person is the one whose record it is.

    Raises:
        BadInput: `lookups.nobody_sought`.
    """
    if not sought.persons:
        raise BadInput("lookups.nobody_sought", N_("Nobody is named whose record is to be looked for."))
    who, *others = (_person(person) for person in sought.persons)
    return holdings.query(
        who,
        others=others,
        event_year=sought.event_year,
        event_date=parse_partial_date(sought.event_date),
        place=sought.place or sought.other_place,
        ends=meant_by(category, sought.act),
    )


def _person(person: PersonSought) -> Person:
    return holdings.person(
        person.name,
        sex=person.sex,
        birth=parse_partial_date(person.birth_date),
        identity_number=person.identity_number,
        former_names=person.former_names,
    )


def visible(actor: Actor, referral_id: UUID) -> Referral:
    """A referral held here that the actor's archive works on, not locked. Raises NotThere."""
    condition = referrals.held_here() & in_scope(actor, *referrals.STAFF)
    row = Referral.objects.select_related("request").filter(condition, id=referral_id).first()
    if row is None:
        raise referrals.unknown()
    return row


def search(actor: Actor, purpose: Purpose, referral_id: UUID, sought: Sought | None, key: str) -> Search:
    """A search by a person, stored with its verdict. With a key used before: the last search, unchanged.

    Raises NotThere (`lookups.referral_unknown`) and what `holdings.queries.find` raises: a failed search is no result.
    """
    row = visible(actor, referral_id)
    result = look(actor, purpose, row, sought or records.sought_of(row.request))
    with transaction.atomic():
        if not once.first_time(actor, "search", f"referral:{row.id}", key):
            return row.searches.latest("id")
        audit.record(
            "referral.searched", actor, purpose=purpose, subject=f"referral:{row.id}", archive_code=row.archive_code
        )
        return store(row, result, actor)


def look(actor: Actor, purpose: Purpose | str, row: Referral, sought: Sought) -> Result:
    """Searches the archive's catalogue, after asking the existing platforms that hold more of it: what they know is in
    the catalogue then. Outside any transaction of the caller's: it may take a while."""
    query = query_of(sought, categories.get(row.request.category))
    consulted = connectors.consult(
        actor,
        Purpose(purpose),
        row.archive_code,
        row.request.category,
        _question(sought, row.archive_code),
        subject=f"referral:{row.id}",
    )
    found = holdings.find(
        actor,
        Purpose(purpose),
        [row.archive_code],
        row.request.category,
        query,
        subject=f"referral:{row.id}",
    )
    if not consulted.complete:
        found = found.incomplete()
    facts = replace(_found(row.request, found), silent=not consulted.complete)
    verdict = who_must_look(referrals.policy_of(row), facts)
    return Result(sought, found, _range(row, sought), verdict, consulted)


def _question(sought: Sought, archive_code: str) -> Question:
    """In clear, for platforms that exist already; they cannot read our hashes."""
    who, *others = sought.persons
    return Question(
        who.name,
        identity_number=who.identity_number,
        birth=parse_partial_date(who.birth_date),
        others=tuple(person.name for person in others if person.name),
        event_year=sought.event_year,
        event_date=parse_partial_date(sought.event_date),
        place=sought.place or sought.other_place,
        archive=archive_code,
    )


def store(row: Referral, result: Result, actor: Actor) -> Search:
    """The row of a search, in the caller's transaction."""
    match = result.found.verdict
    revisions = {str(record.citation): record.revision for record in result.found.records}
    shown = [candidate for candidate in match.candidates if candidate.identity in revisions]
    reasons = [[[r.field, r.level, round(r.bits, 2), dict(r.facts)] for r in one.reasons] for one in shown]
    return Search.objects.create(
        referral=row,
        by=actor.id,
        query=records.sought_to_text(result.sought),
        outcome=result.found.outcome,
        ground=match.ground,
        fact=match.fact or "",
        complete=result.found.complete,
        candidates=[
            {
                "citation": one.identity,
                "revision": revisions[one.identity],
                "probability": round(one.probability, 4),
                "event": one.event,
            }
            for one in shown
        ],
        reasons=json.dumps(reasons, ensure_ascii=False),
        must_look=list(result.verdict.reasons),
        range_searched=result.ranged,
    )


def level_for_people(actor: Actor, referral_id: UUID) -> Level:
    """How many people must look when a person accepts: what policy and entitlement ask for, at least a handler."""
    row = visible(actor, referral_id)
    found = Found(needs_approval=entitlement(row.request).needs_approval)
    return who_must_look(referrals.policy_of(row), found).level


def entitlement(request: LookupRequest) -> EntitlementVerdict:
    """Whether the applicant may have the record, by this node's definition of the category."""
    sought = records.sought_of(request)
    role = sought.persons[0].role if request.applicant_kind == ApplicantKind.PARTY and sought.persons else ""
    return judge(
        categories.get(request.category),
        ApplicantKind(request.applicant_kind),
        materials.shown(request),
        role=role,
        assurance=Assurance(request.assurance),
    )


def _found(request: LookupRequest, result: FindResult) -> Found:
    """What the machine knows; whatever it does not know counts against an answer without a person."""
    entitled = entitlement(request)
    certain = result.outcome is Outcome.MATCH and bool(result.records)
    if not certain:
        return Found(assurance=Assurance(request.assurance), needs_approval=entitled.needs_approval)
    best, first = result.records[0], result.verdict.candidates[0]
    own = request.applicant_kind == ApplicantKind.PARTY and is_party(records.applicant_of(request), best)
    return Found(
        assurance=Assurance(request.assurance),
        own_record=own and entitled.answer is Answer.ALLOWED and first.identity == str(best.citation),
        certain_matches=1,
        other_candidates=any(other.event != first.event for other in result.verdict.candidates),
        checked=bool(best.checked_by),
        named=best.all_named,
        images=bool(best.images) and best.digitisation in ("full", "unknown") and _all_pages(best),
        released=bool(best.images) and all(page.release == "whole" for page in best.images),
        restricted=categories.get(request.category).restricted
        or best.restriction == "not_provided"
        or (best.restriction == "party_only" and not own),
        needs_approval=entitled.needs_approval,
    )


def _all_pages(record: Record) -> bool:
    return record.pages is None or len(record.images) >= record.pages


def is_party(applicant: Applicant, record: Record) -> bool:
    """Whether the applicant, as verified, is a party of the entry: the same name, and the same identity number or,
    where the entry has none (before 1984 nobody had one), a birth date that the number confirms as far as it is known.
    """
    number = applicant.identity_number
    if applicant.identity_kind != "identity_card" or not identity.check(number).valid:
        return False
    for party in record.parties:
        recorded = str(party.values.get("identity_number", ""))
        names = {fold_name(party.name), *(fold_name(name) for name in _former(party.values.get("former_names")))}
        if fold_name(applicant.name) not in names:
            continue
        if recorded:
            verdict = identity.check(recorded)
            if verdict.valid and identity.upgrade(recorded) == identity.upgrade(number):
                return True
        elif _same_birth(party.values.get("birth_date"), identity.birth_date(number)):
            return True
    return False


def _former(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _same_birth(recorded: object, proved: PartialDate) -> bool:
    """To the day: a year alone is shared by too many of the same name."""
    return isinstance(recorded, PartialDate) and recorded.day is not None and recorded == proved


def _range(row: Referral, sought: Sought) -> str:
    """What was searched, in words for the notice of not found."""
    category = categories.get(row.request.category)
    year = sought.event_year or parse_partial_date(sought.event_date).year
    names = "、".join(person.name for person in sought.persons)
    when = f"{year}年前后" if year else "全部年度"
    return f"{directory.archive(row.archive_code).name}{category.name.zh}目录，{when}，按姓名{names}及其同音、形近写法"[
        :300
    ]


def last_search(row: Referral) -> Search | None:
    """The newest search of a referral."""
    return Search.objects.filter(Q(referral=row)).order_by("-id").first()


def leads_to_instant(result: Result) -> bool:
    """Whether the answer may go out without a person."""
    return result.verdict.level is Level.INSTANT and not result.verdict.reasons
