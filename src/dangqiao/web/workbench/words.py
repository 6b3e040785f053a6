"""A candidate in words: what the entry says, and why it may be the one."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from dangqiao.apps.holdings.records import Party, Record, text
from dangqiao.apps.lookups.queries.views import CandidateView
from dangqiao.core import categories
from dangqiao.core.categories import FieldDefinition, FieldKind
from dangqiao.core.errors import N_
from dangqiao.core.matching import Reason
from dangqiao.core.vocabulary import identity
from dangqiao.web.templatetags.dangqiao import words

FULL_BAR = 12.0
"""Bits that fill half of a bar: with as many, one field alone makes a candidate four thousand times likelier."""

STATES: dict[tuple[str, str], tuple[str, str]] = {
    ("digitisation", "full"): (N_("digitised"), "good"),
    ("digitisation", "part"): (N_("partly digitised"), "warn"),
    ("digitisation", "none"): (N_("not digitised"), "warn"),
    ("original_state", "damaged"): (N_("original damaged"), "warn"),
    ("original_state", "missing"): (N_("original missing"), "bad"),
    ("restriction", "party_only"): (N_("for the party only"), "warn"),
    ("restriction", "not_provided"): (N_("not to be provided"), "bad"),
}
"""Field and code of an entry's state -> words and colour. What is not here is not worth a badge."""


@dataclass(frozen=True, slots=True)
class Because:
    """One row of the table of reasons; the bar begins at `start` and is `width` long, of 100."""

    label: str
    sentence: str
    bits: float
    start: float
    width: float

    @property
    def sign(self) -> str:
        """The bar's class."""
        return "plus" if self.bits > 0 else "minus"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry for the page."""

    view: CandidateView
    code: str
    percent: str
    badges: list[tuple[str, str]]
    groups: list[tuple[str, list[tuple[str, str]]]]
    because: list[Because]
    images: list[dict[str, Any]]


def candidate(view: CandidateView) -> Candidate:
    """A candidate in words."""
    record = view.record
    return Candidate(
        view=view,
        code=view.citation.split("/", 2)[2].removesuffix("/1"),
        percent=_percent(view.probability),
        badges=_badges(record) if record else [],
        groups=_groups(record) if record else [],
        because=[_because(reason) for reason in view.reasons],
        images=[{"number": page.number, "label": page.label, "release": page.release} for page in record.images]
        if record
        else [],
    )


def _percent(probability: float) -> str:
    """Never 100: a match is not a proof."""
    return ">99%" if probability > 0.99 else "<1%" if probability < 0.01 else f"{probability:.0%}"


def _because(reason: Reason) -> Because:
    width = min(abs(reason.bits), FULL_BAR) / FULL_BAR * 50
    start = 50.0 if reason.bits > 0 else 50 - width
    facts = {name: value or "—" for name, value in reason.facts.items()}
    sentence = gettext(reason.sentence).format(**{"entry": "—", "query": "—", **facts})
    return Because(gettext(reason.label), sentence, reason.bits, round(start, 1), round(width, 1))


def _badges(record: Record) -> list[tuple[str, str]]:
    checked = (gettext("checked against the original"), "good")
    unchecked = (gettext("not checked against the original"), "warn")
    states = [shown for (field, code), shown in STATES.items() if getattr(record, field) == code]
    named = [] if record.all_named else [(gettext("a party is not named"), "warn")]
    return [checked if record.checked_by else unchecked, *named, *((gettext(label), tone) for label, tone in states)]


def _groups(record: Record) -> list[tuple[str, list[tuple[str, str]]]]:
    """What is recorded: the act, then each party. What is not recorded is left out."""
    category = categories.get(record.citation.category)
    groups = [(words(category.event), _lines(category.fields, dict(record.fields)))]
    for definition in category.parties:
        party = next((each for each in record.parties if each.role == definition.role), Party(definition.role, {}))
        groups.append((words(definition.label), _lines(definition.fields, dict(party.values))))
    return [(label, lines) for label, lines in groups if lines]


def _lines(fields: tuple[FieldDefinition, ...], values: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for field in fields:
        value = values.get(field.key)
        if field.kind is FieldKind.IDENTITY_NUMBER:
            value = identity.mask(str(value)) if value else None
        if said := text(field, value):
            found.append((words(field.label), said))
    return found
