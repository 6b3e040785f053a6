"""What an event must say, and how: the shape of each fact, and what each outcome needs.

"Not found" is a result of a search that was carried through (`searched`, `search_complete`); a search that failed or
covered only a part cannot be decided as such.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dangqiao.core.errors import N_, BadInput
from dangqiao.core.lookup.referral import read_time
from dangqiao.core.lookup.states import Act, Level, Outcome


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_text(each) for each in value)


def _time(value: Any) -> bool:
    try:
        return bool(read_time(value))
    except (TypeError, ValueError):
        return False


SHAPES: dict[str, Callable[[Any], bool]] = {
    "policy_digest": _text,
    "category_digest": _text,
    "deadline": _time,
    "days_left": lambda value: isinstance(value, int) and value >= 0,
    "materials": _texts,
    "level": lambda value: value in tuple(Level),
    "reason": _text,
    "complaint_body": _text,
    "to_archive": _text,
    "note": _text,
    "remark": _text,
    "outcome": lambda value: value in tuple(OUTCOME_FACTS),
    "deliverable": lambda value: isinstance(value, str),
    "entries": lambda value: isinstance(value, list) and bool(value),
    "searched": _texts,
    "search_complete": lambda value: value is True,
    "where_to_ask": _text,
    "serial": _text,
    "document_digest": _text,
}
"""`note` is for the applicant, `remark` for colleagues. `entries`: what was found, each as [category, reference code,
item number, revision]. `searched`: the ranges of the catalogue, in words."""

OUTCOME_FACTS: dict[Outcome, tuple[str, ...]] = {
    Outcome.PROVIDED: ("entries",),
    Outcome.PROVIDED_IN_PART: ("entries", "reason"),
    Outcome.NOT_FOUND: ("searched", "search_complete"),
    Outcome.ENTRY_WITHOUT_ORIGINAL: ("entries",),
    Outcome.ORIGINAL_DAMAGED: ("entries",),
    Outcome.NOT_YET_HANDED_OVER: ("where_to_ask",),
    Outcome.NOT_PROVIDED: ("reason", "complaint_body"),
}
"""What may be decided, and what must then be said."""

_RECORD = {"copy", "extract", "certificate"}
OUTCOME_DELIVERABLES: dict[Outcome, set[str]] = {
    Outcome.PROVIDED: _RECORD,
    Outcome.PROVIDED_IN_PART: _RECORD,
    Outcome.NOT_FOUND: {"", "not_found_notice"},
    Outcome.ENTRY_WITHOUT_ORIGINAL: {"", "extract", "certificate"},
    Outcome.ORIGINAL_DAMAGED: {"", "extract", "certificate"},
    Outcome.NOT_YET_HANDED_OVER: {""},
    Outcome.NOT_PROVIDED: {""},
}
"""Which kinds of document (`DeliverableKind`; empty: none) may go with an outcome."""


def check_facts(act: Act, needed: tuple[str, ...], facts: Mapping[str, Any]) -> None:
    """Whether everything needed is said, and said in the right shape.

    Raises:
        BadInput: `lookup.fact_missing`, `lookup.fact_unfit`, `lookup.deliverable_does_not_fit`.
    """
    _check(act, needed, facts)
    if act is Act.DECIDE:
        outcome = Outcome(facts["outcome"])
        _check(act, OUTCOME_FACTS[outcome], facts)
        if facts["deliverable"] not in OUTCOME_DELIVERABLES[outcome]:
            raise BadInput(
                "lookup.deliverable_does_not_fit",
                N_("The outcome {outcome} cannot give the document {deliverable}."),
                outcome=outcome.value,
                deliverable=facts["deliverable"] or "none",
            )


def _check(act: Act, needed: tuple[str, ...], facts: Mapping[str, Any]) -> None:
    for name in needed:
        if name not in facts:
            raise BadInput("lookup.fact_missing", N_("{act} needs the fact {fact}."), act=act.value, fact=name)
    for name in facts:
        if name in SHAPES and not SHAPES[name](facts[name]):
            raise BadInput("lookup.fact_unfit", N_("The fact {fact} of {act} is unfit."), act=act.value, fact=name)
