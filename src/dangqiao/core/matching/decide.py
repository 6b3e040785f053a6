"""From weights to a verdict: match, ask a human, or none.

All candidates compete with each other and with "the record is not here": the probability of a candidate is its odds
over the sum of all odds. Entries that tell of one event (a marriage and its re-issues) compete as one. A match is
taken without a human only if an error is improbable, whatever it would be (another person, another event of the same
one), if it rests on more than a name, and if nothing contradicts it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from math import exp2, log2
from operator import mul

from dangqiao.core.errors import N_
from dangqiao.core.matching.compare import NameLevel, compare_places
from dangqiao.core.matching.events import (
    began,
    events_of,
    of_another_marriage,
    of_another_time,
    with_proof_lent,
)
from dangqiao.core.matching.evidence import contradictions, corroborated, fits
from dangqiao.core.matching.fact import SENTENCES as FACT_SENTENCES
from dangqiao.core.matching.fact import Fact, best_fact
from dangqiao.core.matching.features import CHILD, ENDING, EntryFeatures, Frequencies, Query
from dangqiao.core.matching.parameters import DEFAULT, Parameters
from dangqiao.core.matching.reasons import Reason
from dangqiao.core.matching.weigh import OTHERS_FIELDS, Finding, Rarity, Weighed, Weigher


class Outcome(StrEnum):
    """What the catalogue says to a query."""

    MATCH = "match"
    REVIEW = "review"
    NONE = "none"


class Ground(StrEnum):
    """Why the outcome is what it is. Stable codes."""

    CERTAIN = "matching.certain"
    SEVERAL = "matching.several"
    NAME_ONLY = "matching.name_only"
    CONTRADICTION = "matching.contradiction"
    UNSURE = "matching.unsure"
    EARLIER = "matching.earlier"
    KIND = "matching.kind"
    NOTHING = "matching.nothing"


_SENTENCES = {
    Ground.CERTAIN: N_("One entry fits and no other comes near."),
    Ground.SEVERAL: N_("More than one entry fits; one more fact would decide."),
    Ground.NAME_ONLY: N_("The name fits but too little else is known to be sure."),
    Ground.CONTRADICTION: N_("An entry fits in part, but something in it contradicts the query."),
    Ground.UNSURE: N_("An entry may fit; somebody must look at it."),
    Ground.EARLIER: N_(
        "An entry fits but for its earlier year: these persons' divorce or later registration may be meant."
    ),
    Ground.KIND: N_("An entry of these persons is there, but not certainly of the kind that is looked for."),
    Ground.NOTHING: N_("No entry fits."),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that may be the one.

    Attributes:
        identity: the caller's name for the entry.
        probability: that the query means this entry's event; those of different events sum up to 1 at most.
        bits: weight of all reasons, before the prior.
        event: number of its event; candidates of one event have the same, 1 is the most probable.
        findings: what was compared, field by field.
    """

    identity: str
    probability: float
    bits: float
    event: int
    findings: tuple[Finding, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The table of reasons, field by field; made for who shows it."""
        return tuple([found.reason() for found in self.findings])


@dataclass(frozen=True, slots=True)
class MatchVerdict:
    """The answer to a query.

    Attributes:
        outcome: match, review or none; of the query, not of a candidate.
        ground: stable code of why.
        candidates: ranked, at most as many as the parameters say; with `match` the first is the record.
        version: of the parameters.
        fact: what the applicant might still say that would tell most which of the candidates is meant.
        certain: whether looking further is useless: the caller may stop fetching candidates. A match is not, where the
            query does not tell a person's events apart: another one may be found under other keys.
    """

    outcome: Outcome
    ground: Ground
    candidates: tuple[Candidate, ...]
    version: str
    fact: Fact | None = None
    certain: bool = False

    @property
    def sentence(self) -> str:
        """Why, as an English msgid."""
        return _SENTENCES[self.ground]

    @property
    def question(self) -> str:
        """What to ask the applicant, as an English msgid; empty if nothing that is missing would help."""
        return FACT_SENTENCES[self.fact] if self.fact else ""


def decide(
    query: Query,
    candidates: Iterable[EntryFeatures],
    frequencies: Frequencies,
    population: int,
    parameters: Parameters = DEFAULT,
) -> MatchVerdict:
    """Compares a query with the candidates that its keys found and says which is meant. See `Case`."""
    case = Case(query, Rarity(frequencies, parameters), population)
    case.add(candidates)
    return case.verdict()


class Case:
    """A query whose candidates come stage by stage: each is weighed once.

    Args:
        rarity: of names in the catalogue searched.
        population: number of entries in the catalogue searched: the larger, the more a match must prove.
    """

    def __init__(self, query: Query, rarity: Rarity, population: int) -> None:
        self._weigher = Weigher(query, rarity)
        self._population, self._parameters = population, rarity.parameters
        self._weighed: dict[str, Weighed] = {}
        self._aside = 0.0, 0.0

    def add(self, candidates: Iterable[EntryFeatures]) -> dict[str, float]:
        """Weighs candidates, each identity once; gives the bits of each."""
        bits = {}
        for entry in candidates:
            if entry.identity not in self._weighed:
                self._weighed[entry.identity] = self._weigher.weigh(entry)
            bits[entry.identity] = self._weighed[entry.identity].bits
        return bits

    def aside(self, odds: float, elsewhere: float) -> None:
        """Counts candidates that were weighed by their packed records only: they compete, and are never shown.

        Args:
            odds: the sum of 2 ** bits.
            elsewhere: the sum of their odds of another event of the same persons.
        """
        self._aside = odds, elsewhere

    def verdict(self) -> MatchVerdict:
        """Which of the candidates so far is meant."""
        parameters, query = self._parameters, self._weigher.query
        size = max(self._population, len(self._weighed), 1)
        by_names = log2(size / parameters.prior.found / (1.0 - parameters.decision.person))
        events = events_of(_ranked(with_proof_lent(_ranked(self._weighed.values()), by_names)))
        found, absent = parameters.prior.found / size, 1.0 - parameters.prior.found
        repeat = parameters.prior.repeat / size
        odds = [_odds(event[0].bits) * found for event in events]
        kinds = [_of_kind(event[0], query, parameters) for event in events]
        again = [self._again(events[0][0], event[0]) * repeat for event in events[1:]]
        beside, later = self._aside[0] * repeat, 0.0
        other = _of_the_other_kind(events[0][0], parameters) * absent / size if events else 0.0
        theirs = other
        if query.tells_events_apart:
            again.clear()
            beside = 0.0
            odds = list(map(mul, odds, kinds))
            others = [_of_another_event(event[0], parameters) for event in events]
            # What a divorce ended would be the best, were it here.
            coupled = (event[0] for event in events if event is events[0] or event[0].entry.act != ENDING)
            laters = [_of_the_same_couple(one, query, parameters) * absent / size for one in coupled]
            later = sum(laters)
            elsewhere = sum(map(sum, others)) + self._aside[1]
            total = sum(odds) + absent * (1.0 + elsewhere * repeat) + later
            theirs += sum(laters[:1]) + absent * repeat * sum(own for own, _spouses in others[:1])
        else:  # every event of the person answers the query
            total = sum(odds) + absent
        total += self._aside[0] * found + other
        shares = [each / total for each in odds]
        same = [each / (1.0 + each) for each in again] or [0.0] * len(shares[1:])
        person = sum(shares[:1]) + theirs / total + sum(map(mul, shares[1:], same))
        outcome, ground = _judge(events, shares, person, sum(again) + beside, (other + later) / total, parameters)
        if outcome is Outcome.MATCH and of_another_time(events, query):
            outcome, ground = Outcome.REVIEW, _of_what_other_time(events[0], query.year or 0)
        if ground is Ground.UNSURE and later / total > 1.0 - parameters.decision.event:
            ground = Ground.EARLIER
        meant = _meant(shares, same, kinds)
        shares[1:] = map(max, shares[1:], same)
        shown = _shown(events, shares, meant, parameters) if outcome is not Outcome.NONE else ()
        fact = None
        if outcome is Outcome.REVIEW:
            few = parameters.decision.candidates
            fact = best_fact(query, [event[0] for event in events[:few]], shares[:few])
        certain = outcome is Outcome.MATCH and query.tells_events_apart
        return MatchVerdict(outcome, ground, tuple(shown), parameters.version, fact, certain)

    def _again(self, best: Weighed, other: Weighed) -> float:
        """The odds that another entry tells of the same person as the best one, who married again where he lives, and
        answers the query as well, or proves that another does: not the one kind of act where it asks for the other,
        but a divorce from somebody else ended a marriage. A surname alone does not make somebody the same person."""
        bits = other.bits - other.bits_of("place", "home")
        if other.level("name") == NameLevel.DIFFERENT:
            bits += self._weigher.rarity.different - other.bits_of("name")
        if other.level("act") == "different":
            if not of_another_marriage(best.entry, other.entry):
                return 0.0
            bits -= other.bits_of("act")
        place = compare_places(best.entry.place_codes, other.entry.place_codes)
        return _odds(bits + self._weigher.rarity.place_bits(place, other.entry.place_codes))


def _of_kind(weighed: Weighed, query: Query, parameters: Parameters) -> float:
    """How often who does not say which kind of act he means means this one, for each time that he means another."""
    return parameters.prior.ending if query.ends is None and weighed.entry.act == ENDING else 1.0


def _meant(shares: list[float], same: list[float], kinds: list[float]) -> list[float]:
    """How probably each event is the one asked for. Where the query does not say which of a person's events it means,
    what is believed of the person falls to them as their kinds are meant.

    Args:
        shares: how probably each tells of the person asked for, if nobody had several events: 1 at most in all.
        same: how probably each but the first tells of the same person as the first.
    """
    if not shares:
        return []
    person = shares[0] + sum(map(mul, shares[1:], same))
    parts = [kinds[0], *map(mul, kinds[1:], same)]
    parts = [each * person / sum(parts) for each in parts]
    rest = (part + (1.0 - each) * share for part, share, each in zip(parts[1:], shares[1:], same, strict=True))
    return [parts[0], *rest]


def _ranked(weighed: Iterable[Weighed]) -> list[Weighed]:
    """Best first; of two that nothing tells apart the one that began it, not its ending."""
    return sorted(weighed, key=lambda one: (-one.bits, one.entry.act == ENDING, one.entry.identity))


def _odds(bits: float) -> float:
    return exp2(min(bits, 200.0))


def _of_another_event(weighed: Weighed, parameters: Parameters) -> tuple[float, float]:
    """The odds that the entry tells of the same person but of another event, and of another marriage of the spouse.
    Whatever the persons have in common then says nothing about the event asked for, which is not in the catalogue.
    People marry again where they live, so that the place tells the two apart as little as the name; but not at once, so
    that a year that is nearly the same does tell them apart."""
    others = weighed.bits_of(*OTHERS_FIELDS)
    own = weighed.bits - others - weighed.bits_of("event")
    apart = parameters.again.get(weighed.level("event"), 0.0)
    return _odds(own + apart), _odds(others + apart) if others > 0 else 0.0


def _of_the_same_couple(weighed: Weighed, query: Query, parameters: Parameters) -> float:
    """The odds that the query means what the same two persons did at another time, which is not in the catalogue: a
    year after that of a marriage may be that of its end or of a second registration, and one before that of a divorce
    is rather that of the marriage that it ended. Parents have no such event of a child."""
    entry, asked, here = weighed.entry, query.year or 0, weighed.entry.year or 0
    if not asked or weighed.level("act") == "same" or asked == here:
        return 0.0
    if asked < here and entry.act != ENDING:
        return 0.0
    if any(one.role == CHILD for one in entry.persons) or weighed.bits_of(*OTHERS_FIELDS) <= 0:
        return 0.0
    years = parameters.again if entry.act == ENDING else parameters.ended
    apart = years.get(weighed.level("event"), 0.0)
    return _odds(weighed.bits - weighed.bits_of("event") + apart) * _of_whom_more(entry, parameters)


def _of_the_other_kind(best: Weighed, parameters: Parameters) -> float:
    """The odds that the query means the end of what the best entry tells of, or what that ended, as it says, and that
    this is not in the catalogue; more often so than that it says the wrong kind."""
    if best.level("act") != "different":
        return 0.0
    own = best.bits - best.bits_of("event", "act")
    bits = own + parameters.again.get(best.level("event"), 0.0) + parameters.bits("act", "same")
    return _odds(bits) * _of_whom_more(best.entry, parameters)


def _of_whom_more(entry: EntryFeatures, parameters: Parameters) -> float:
    """How many of those absent mean what this entry ended, or what ended what it tells of."""
    return parameters.prior.begun if entry.act == ENDING else parameters.prior.ended


def _of_what_other_time(event: list[Weighed], year: int) -> Ground:
    """Why a couple's event is not taken though it fits: it is a divorce, or before the year asked for, or after it."""
    if event[0].entry.act == ENDING:
        return Ground.KIND
    return Ground.EARLIER if began(event) < year else Ground.UNSURE


def _judge(
    events: list[list[Weighed]], shares: list[float], person: float, second: float, other: float, parameters: Parameters
) -> tuple[Outcome, Ground]:
    """`person`: the probability that the best entry's persons are meant, be it with another event of theirs.
    `second`: odds that another event too is the same person's, where the query does not say which event is meant.
    `other`: the probability that the best entry's persons are meant, but another event of theirs that is not here."""
    rules = parameters.decision
    if not events or (sum(shares) + other < rules.review and not any(fits(event[0]) for event in events)):
        return Outcome.NONE, Ground.NOTHING
    best = events[0][0]
    if against := contradictions(best):
        return Outcome.REVIEW, Ground.KIND if against == ["act"] else Ground.CONTRADICTION
    if not corroborated(best, rules.corroboration):
        return Outcome.REVIEW, Ground.NAME_ONLY
    if person >= rules.person and shares[0] / (1.0 + second) >= rules.event * person:
        return Outcome.MATCH, Ground.CERTAIN
    if len(events) > 1 and (sum(shares) >= rules.person or second > 1.0 - shares[0]):
        return Outcome.REVIEW, Ground.SEVERAL
    return Outcome.REVIEW, Ground.UNSURE


def _shown(
    events: list[list[Weighed]], shares: list[float], meant: list[float], parameters: Parameters
) -> list[Candidate]:
    """The best of those that are probable, or probably tell of the same person."""
    rules = parameters.decision
    floor = shares[0] * rules.show
    worth = [(odds, event) for event, share, odds in zip(events, shares, meant, strict=True) if share >= floor]
    worth.sort(key=lambda one: -one[0])
    shown = (
        Candidate(one.entry.identity, odds, one.bits, number, one.findings)
        for number, (odds, event) in enumerate(worth, 1)
        for one in event
    )
    return list(islice(shown, rules.candidates))
