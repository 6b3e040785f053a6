"""Which one further fact would separate best the entries that remain: to be asked before a human searches."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from math import log2

from dangqiao.core.errors import N_
from dangqiao.core.matching.features import Query
from dangqiao.core.matching.weigh import Weighed
from dangqiao.core.vocabulary.names import fold_name


class Fact(StrEnum):
    """What an applicant may still know."""

    BIRTH = "birth"
    OTHER = "other_name"
    YEAR = "event"
    PLACE = "place"
    NUMBER = "identity"


SENTENCES: Mapping[Fact, str] = {
    Fact.BIRTH: N_("It would help most to know the birth date."),
    Fact.OTHER: N_("It would help most to know the other person's name."),
    Fact.YEAR: N_("It would help most to know the year of the act."),
    Fact.PLACE: N_("It would help most to know the place of the act."),
    Fact.NUMBER: N_("It would help most to know the identity number."),
}


def _birth(one: Weighed) -> str:
    return one.entry.persons[one.person].birth.iso() if one.entry.persons else ""


def _other(one: Weighed) -> str:
    rest = (person.name for column, person in enumerate(one.entry.persons) if column != one.person)
    return " ".join(sorted(map(fold_name, rest)))


def _number(one: Weighed) -> str:
    parts = one.entry.persons[one.person].id_parts if one.entry.persons else None
    return str(parts) if parts else ""


_VALUES: Mapping[Fact, Callable[[Weighed], str]] = {
    Fact.OTHER: _other,
    Fact.YEAR: lambda one: str(one.entry.year or ""),
    Fact.BIRTH: _birth,
    Fact.PLACE: lambda one: one.entry.place_codes[0] if one.entry.place_codes else "",
    Fact.NUMBER: _number,
}
"""In the order in which they are asked for when two would tell as much: what people know first."""


def best_fact(query: Query, events: Sequence[Weighed], shares: Sequence[float]) -> Fact | None:
    """The fact that the query lacks and whose value would tell most (Shannon) which of these events is meant.

    Args:
        events: the best entry of each event.
        shares: their probabilities.

    Returns:
        None if a single event is left or no missing fact tells them apart.
    """
    known = {
        Fact.BIRTH: bool(query.person.birth.day),
        Fact.OTHER: bool(query.others),
        Fact.YEAR: query.year is not None,
        Fact.PLACE: bool(query.place_codes),
        Fact.NUMBER: query.person.id_parts is not None,
    }
    gains = {fact: _gain(events, shares, value) for fact, value in _VALUES.items() if not known[fact]}
    fact = max(gains, key=lambda one: gains[one], default=None)
    return fact if fact is not None and gains[fact] > 1e-6 else None


def _gain(events: Sequence[Weighed], shares: Sequence[float], value: Callable[[Weighed], str]) -> float:
    """Bits of information in the value; an entry that lacks it is not told apart from any other."""
    total, groups = sum(shares), defaultdict[str, float](float)
    for one, share in zip(events, shares, strict=True):
        groups[value(one)] += share
    without = groups.pop("", 0.0)
    there = total - without
    if there <= 0.0:
        return 0.0
    return -sum(share / there * log2(share / there) for share in groups.values() if share > 0.0) * there / total
