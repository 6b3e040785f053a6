"""Which entries tell of one event, and which of one couple's events: a marriage, its re-issues, its divorce."""

import unicodedata
from dataclasses import replace
from functools import lru_cache
from math import inf

from dangqiao.core.matching.compare import (
    NameLevel,
    PlaceLevel,
    compare_ids,
    compare_persons_names,
    compare_places,
)
from dangqiao.core.matching.dates import DateLevel, compare_dates
from dangqiao.core.matching.features import AGAIN, CHILD, ENDING, REISSUE, EntryFeatures, Person, Query
from dangqiao.core.matching.weigh import Finding, Weighed

NAME_AGREES = frozenset(
    {
        NameLevel.SAME,
        NameLevel.VARIANT,
        NameLevel.SOUND,
        NameLevel.NEAR_SOUND,
        NameLevel.LOOK,
        NameLevel.SOUND_AND_LOOK,
        NameLevel.ROMANISED,
        NameLevel.ILLEGIBLE,
        NameLevel.LOST,
        NameLevel.SWAPPED,
    }
)
_EVENT_FIELDS = ("event", "act", "place", "home")
_NEAR_THE_TOP = 8
"""Candidates among which couples are looked for."""
_SURE_COUPLE = 3
"""Facts that must agree for a couple: both names and a number or a birth date, or both birth dates roughly."""
_SURE_CHILD = 2.5
"""Facts that must agree for a child: its name and year of birth, and the name of a parent."""
_NAMES = 2
"""Both names, and nothing that differs."""
_SURE_PERSON = 2
"""The same for somebody alone, in one county: the name, and the number or the whole birth date."""
_BIRTH_FACTS = {
    DateLevel.SAME_DAY: 1.0,
    DateLevel.SAME_MONTH: 0.5,
    DateLevel.SAME_YEAR: 0.5,
    DateLevel.LUNAR_DAY: 1.0,
    DateLevel.LUNAR: 0.5,
    DateLevel.ONE_DIGIT: 0.5,
}


def with_proof_lent(ranked: list[Weighed], by_names: float = inf) -> list[Weighed]:
    """What one entry proves of its persons is true of them in their other entries too.

    A divorce of 1996 has the numbers that the marriage of 1981 could not have (GB 11643 dates from 1989); a return to
    the city has the number that the going down of 1968 lacks. They tell who is meant; which of the two is meant, only
    the event's own fields tell. Who names nobody else asks about one person, whomever that one married. Only near the
    top.

    Args:
        by_names: bits of two names from which no second couple of the catalogue has both: nothing else need agree.
    """
    near = [one for one in ranked[:_NEAR_THE_TOP] if one.entry.persons]
    if len(near) < 2:
        return ranked
    apart = [one.bits_of(*_EVENT_FIELDS) for one in near]
    proof = [one.bits - own for one, own in zip(near, apart, strict=True)]
    lifted: dict[str, Weighed] = {}
    for one, own, mine in zip(near, apart, proof, strict=True):
        for best, other in sorted(zip(proof, near, strict=True), key=lambda pair: -pair[0]):
            if best <= mine:
                break
            named = min(_bits_of_names(one), _bits_of_names(other)) >= by_names
            if _surely_the_same(one, other, named=named):
                more = Finding("couple", "proves", best - mine, entry=other.entry.identity)
                lifted[one.entry.identity] = replace(one, bits=best + own, findings=(*one.findings, more))
                break
    return [lifted.get(one.entry.identity, one) for one in ranked] if lifted else ranked


def _bits_of_names(one: Weighed) -> float:
    """What the names of two persons are worth, if both agree."""
    others = [found.bits for found in one.findings if found.field == "other_name" and found.level in NAME_AGREES]
    return one.bits_of("name") + sum(others) if others and one.level("name") in NAME_AGREES else -inf


def _surely_the_same(one: Weighed, other: Weighed, *, named: bool) -> bool:
    mine, theirs = one.entry, other.entry
    near = compare_places(mine.place_codes, theirs.place_codes) is PlaceLevel.SAME_COUNTY
    if near and not (one.levels("other_name") or other.levels("other_name")):
        return _same_person(mine.persons[one.person], theirs.persons[other.person]) >= _SURE_PERSON
    if len(mine.persons) > 1 < len(theirs.persons):
        return _same_persons(mine.persons, theirs.persons, _NAMES if named else _SURE_COUPLE)
    return (
        near and len(mine.persons) == len(theirs.persons) and _same_persons(mine.persons, theirs.persons, _SURE_PERSON)
    )


def events_of(weighed: list[Weighed]) -> list[list[Weighed]]:
    """Groups candidates, best first, by the event that they tell of. Only near the top; far ones stay alone.

    A re-issue says nothing of when the event was: where the query asks for a year, an entry that does stands before it
    and speaks for the event.
    """
    events: list[list[Weighed]] = []
    for one in weighed:
        near = events[:5] if not events or one.bits > events[0][0].bits - 30 else ()
        home = next((event for event in near if any(same_event(one.entry, each.entry) for each in event)), None)
        if home is None:
            events.append([one])
        else:
            home.append(one)
    endings = [one.entry for one in weighed[:_NEAR_THE_TOP] if one.entry.act == ENDING]
    for event in events:
        if len(event) > 1:
            event[:] = [_of_its_kind(one, event, endings) for one in event]
            event.sort(key=lambda one: one.level("event") == "missing")
    return sorted(events, key=lambda event: -event[0].bits)


def _of_its_kind(one: Weighed, event: list[Weighed], endings: list[EntryFeatures]) -> Weighed:
    """A paper issued again is the marriage's that is here, whatever the query means, unless the couple is known to have
    divorced before."""
    other_kind = next((each for each in event if each.level("act") == "different"), None)
    if one.entry.act != REISSUE or other_kind is None:
        return one
    ended = any((end.year or 0) < (one.entry.year or inf) and _of_one_couple(one.entry, end) for end in endings)
    less = other_kind.bits_of("act") - one.bits_of("act")
    if ended or less >= 0:
        return one
    kept = tuple(found for found in one.findings if found.field != "act")
    return replace(one, bits=one.bits + less, findings=(*kept, Finding("act", "different", other_kind.bits_of("act"))))


def same_event(one: EntryFeatures, other: EntryFeatures) -> bool:
    """Whether two entries tell of one event: the same persons, and the same date or certificate.

    A re-issue (补领) carries its own date; it belongs to the same couple's act if nothing but the date differs. So does
    what is certified of a child of the same parents: a second certificate is of the same fact. Two archives that
    catalogued one event may have called it by two words (结婚, 初婚); then it must be the same day.
    """
    if _number(one.certificate) and _number(one.certificate) == _number(other.certificate):
        return _same_persons(one.persons, other.persons, needed=1)
    if (one.act == ENDING) != (other.act == ENDING):
        return False
    if _same_child(one, other):
        return True
    if (one.act == REISSUE) == (other.act == REISSUE) and not _same_date(one, other):
        return False
    if compare_places(one.place_codes, other.place_codes) is PlaceLevel.DIFFERENT:
        return False
    return _same_persons(one.persons, other.persons, needed=2)


def _same_child(one: EntryFeatures, other: EntryFeatures) -> bool:
    mine, theirs = ([each for each in entry.persons if each.role == CHILD] for entry in (one, other))
    if len(mine) != 1 or len(theirs) != 1 or one.act != other.act or _same_person(mine[0], theirs[0]) <= 1:
        return False
    return len(one.persons) > 1 < len(other.persons) and _same_persons(one.persons, other.persons, _SURE_CHILD)


def _same_date(one: EntryFeatures, other: EntryFeatures) -> bool:
    if one.year is None or one.year != other.year:  # the usual case, the quick way
        return False
    if one.act != other.act:
        return bool(one.event_date.day and one.event_date == other.event_date)
    if one.event_date.month and other.event_date.month:
        return compare_dates(one.event_date, other.event_date) in (DateLevel.SAME_DAY, DateLevel.SAME_MONTH)
    return True


@lru_cache(maxsize=1 << 14)
def _number(certificate: str) -> str:
    """A certificate's number without blanks and punctuation. Not `fold_name`: that drops the digits."""
    if certificate.isalnum() and unicodedata.is_normalized("NFKC", certificate):
        return certificate
    plain = unicodedata.normalize("NFKC", certificate)
    return "".join(character for character in plain if character.isalnum())


def _same_persons(ones: tuple[Person, ...], others: tuple[Person, ...], needed: float) -> bool:
    """Whether the persons of two entries are the same, in any order: `needed` facts must agree and none may differ."""
    short, long = sorted((ones, others), key=len)
    left = list(long)
    facts = 0.0
    for person in short:
        for other in left:
            proof = _same_person(person, other)
            if proof:
                facts += proof
                left.remove(other)
                break
        else:
            return False
    return facts >= needed


def _same_person(one: Person, other: Person) -> float:
    """How many facts say so: 0 if any says otherwise."""
    number = compare_ids(one.id_parts, other.id_parts)
    if compare_persons_names(one, other).level not in NAME_AGREES:
        return 2 if number == "same" else 0  # a name may change, a number is nobody else's
    birth = compare_dates(one.birth, other.birth)
    if number == "different" or (birth in (DateLevel.DIFFERENT, DateLevel.OTHER_DAY) and number != "same"):
        return 0
    return 1 + (number == "same") + _BIRTH_FACTS.get(birth, 0)


_REMEMBERED, _TENS_DIGIT = 10, 20
"""By how many years people are wrong at most; and a hand that wrote the digit of the tens."""
_SAME_AGE = 2
"""Years between two birth dates of one person that a slip or the lunar calendar makes."""


def began(event: list[Weighed]) -> int:
    """The year of the marriage that entries of one event tell of, re-issues left out; 0 if none does."""
    years = (one.entry.year for one in event if one.entry.act not in (ENDING, REISSUE))
    return next(filter(None, years), 0)


def of_another_time(events: list[list[Weighed]], query: Query) -> bool:
    """Whether a couple may mean another marriage of theirs than the one found, or not their divorce but a marriage that
    is not here.

    More years than people are wrong by lie between the marriage and the year asked for; or they are known to have
    divorced, or to have married again, and the year is not that of the marriage found or none is asked for. A divorce
    whose year is asked for is meant if the marriage that it ended is here too.
    """
    best, year, married = events[0][0], query.year or 0, began(events[0])
    if len(best.entry.persons) < 2 or any(one.role == CHILD for one in best.entry.persons) or query.ends:
        return False
    theirs = [one.entry for event in events[:_NEAR_THE_TOP] for one in event if _of_one_couple(best.entry, one.entry)]
    if best.entry.act == ENDING:
        ended = best.entry.year or 0
        return query.ends is None and not any(one.act != ENDING and (one.year or ended) < ended for one in theirs)
    near = [one.entry for event in events[:_NEAR_THE_TOP] for one in event]
    twice = any(one.act in (ENDING, AGAIN) and (one in theirs or _both_names_agree(best.entry, one)) for one in near)
    if not married or not year:
        return twice
    off = abs(year - married)
    return off > 1 and (twice or (off > _REMEMBERED and off != _TENS_DIGIT))


def of_another_marriage(one: EntryFeatures, ending: EntryFeatures) -> bool:
    """Whether a divorce proves that somebody had another marriage than this one: it is another couple's, or was before
    this one."""
    if ending.act != ENDING or one.act == ENDING or len(ending.persons) < 2:
        return False
    return not _of_one_couple(one, ending) or (ending.year or 0) < (one.year or 0)


def _of_one_couple(one: EntryFeatures, other: EntryFeatures) -> bool:
    """Whether both names of two entries agree, and nothing differs."""
    return len(one.persons) > 1 < len(other.persons) and _same_persons(one.persons, other.persons, _NAMES)


def _both_names_agree(one: EntryFeatures, other: EntryFeatures) -> bool:
    """Whether the same two names stand in both, of people of the same age: who was born when is often a slip, and so
    are numbers."""
    mine, theirs = one.persons, other.persons
    return len(mine) == len(theirs) == 2 and any(
        all(
            compare_persons_names(a, b).level in NAME_AGREES
            and abs((a.birth.year or b.birth.year or 0) - (b.birth.year or a.birth.year or 0)) <= _SAME_AGE
            for a, b in zip(mine, order, strict=True)
        )
        for order in (theirs, theirs[::-1])
    )
