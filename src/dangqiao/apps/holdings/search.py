"""From a query to a verdict, stage by stage. Reads the database, tells nobody anything.

    query --> keys --> index: all candidates weighed by their packed records
                            └> the best few read from the catalogue --> compared in full --> verdict

Callers are `queries` and `batch`; they check permission and write the audit trail.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp2, inf, log2

from django.db.models import Q

from dangqiao.apps.holdings import asking, index, known
from dangqiao.apps.holdings.features import features, sought_keys
from dangqiao.apps.holdings.models import CatalogueEntry
from dangqiao.apps.holdings.records import Citation
from dangqiao.core.categories import Category
from dangqiao.core.matching import (
    STAGES,
    Case,
    EntryFeatures,
    Explanation,
    MatchVerdict,
    Outcome,
    Parameters,
    Query,
    Rarity,
    explain,
)
from dangqiao.core.matching.candidates import Limits, Search, Window

LIMITS = Limits(per_key=1000, entries=10_000)
"""A key with more entries tells too little to be worth reading on."""
_BEST = 8
"""Candidates that are read and compared in full: the others only compete, and are shown to nobody."""
_MOST_READ = 32
"""Entries read for one verdict, where many have less in full than their records promised."""
_MARGIN = 6.0
"""Bits below what matters from which a candidate is read all the same: a record does not hold everything."""
_READ = ("archive_code", "id", "reference_code", "item_number", "content", "event_date", "year", "event_number")
"""Columns that a candidate is made of; objects of the model would cost more than comparing them."""

Place = tuple[str, int]
"""Archive code and id of an entry."""


@dataclass(frozen=True, slots=True)
class Found:
    """The verdict of a search.

    Attributes:
        candidates: every entry that was compared in full.
        complete: whether everything under the keys was weighed. If not, `none` only says that more facts are needed.
    """

    verdict: MatchVerdict
    candidates: tuple[EntryFeatures, ...]
    complete: bool

    @property
    def outcome(self) -> Outcome:
        """The verdict's; an incomplete search never says `none`."""
        if self.verdict.outcome is Outcome.NONE and not self.complete:
            return Outcome.REVIEW
        return self.verdict.outcome


class Searcher:
    """Searches one category, with the names' counts of the moment it was made: kept for a batch of queries.

    Args:
        archives: codes of the archives to search; None for all of this node.
        scope: what the actor may see, as a condition on `CatalogueEntry`.
    """

    def __init__(self, category: Category, archives: Sequence[str] | None, scope: Q) -> None:
        self._category = category
        self._archives = None if archives is None else tuple(archives)
        self._scope = scope
        self._allowed: dict[str, bool] = {}
        self._known = known.current()
        self._population = self._known.population(category.id, self._archives)
        self._parameters = self._known.parameters
        found, rules = self._parameters.prior.found, self._parameters.decision
        self._prior = found / max(self._population, 1) / (1.0 - found)
        """Odds of an entry before anything is known, as `decide` has them."""
        self._window = Window(
            nothing=rules.review / 2 / self._prior,
            behind=_MARGIN - log2(rules.show),
            probable=log2(rules.review / self._prior) - _MARGIN,
            most=_BEST,
        )

    def search(self, query: Query) -> Found:
        """Looks stage by stage until the verdict is certain or everything has been looked at."""
        case = self._case(query)
        needles = self._known.needles
        looking = index.search(needles.of(query), needles.weights, self._archives, LIMITS)
        compared: list[EntryFeatures] = []
        for stage, keys in zip(STAGES, sought_keys(query, self._category.id), strict=True):
            looking.under(keys)
            if stage != STAGES[-1] and not (query.tells_events_apart and self._may_be_certain(looking)):
                continue
            self._compare_best(looking, case, compared)
            verdict = case.verdict()
            if verdict.certain:
                break
        return Found(verdict, tuple(compared), looking.complete)

    def judge(
        self, query: Query, candidates: Iterable[EntryFeatures], weights: Parameters | None = None
    ) -> MatchVerdict:
        """The verdict over some candidates, with this catalogue's frequencies and size; by other weights if given."""
        case = self._case(query, weights)
        case.add(candidates)
        return case.verdict()

    def named(self, reference_code: str) -> tuple[EntryFeatures, ...]:
        """The entries under a reference code that the actor may see, at most a handful."""
        rows = CatalogueEntry.objects.filter(
            self._scope, category=self._category.id, reference_code=reference_code, deleted=False
        )
        if self._archives is not None:
            rows = rows.filter(archive_code__in=self._archives)
        places = rows.order_by("archive_code", "item_number").values_list("archive_code", "id")[:_BEST]
        return tuple(self._entries(places).values())

    def explain(self, query: Query, entry: EntryFeatures) -> Explanation:
        """One comparison, with this catalogue's frequencies and size."""
        return explain(query, entry, self._known.needed_by(query), self._population, self._parameters)

    def _case(self, query: Query, weights: Parameters | None = None) -> Case:
        frequencies = self._known.needed_by(query)
        rarity = Rarity(frequencies, weights) if weights else self._known.needles.rarity
        return Case(query, rarity, self._population)

    def _may_be_certain(self, looking: Search) -> bool:
        odds = exp2(min(looking.best(), 200.0)) * self._prior
        return odds / (1.0 + odds) >= self._parameters.decision.person

    def _compare_best(self, looking: Search, case: Case, compared: list[EntryFeatures]) -> None:
        """Compares in full whoever may be shown or may keep another from being a match; the others only compete."""
        while len(compared) < _MOST_READ and (chosen := looking.worthy(self._window)):
            places = [looking.place(one) for one in chosen]
            entries = self._entries(places)
            bits = case.add(entries.values())
            for one, place in zip(chosen, places, strict=True):
                entry = entries.get(place)
                looking.settle(one, bits[entry.identity] if entry else -inf)
            compared += entries.values()
        case.aside(*looking.rest())

    def _entries(self, places: Iterable[Place]) -> dict[Place, EntryFeatures]:
        """Those of these entries that are there, of the category and in the actor's scope."""
        wanted = [place for place in places if self._may_see(place[0])]
        where = {"category": self._category.id, "deleted": False}
        found: dict[Place, EntryFeatures] = {}
        for archive, entry, code, item, content, *said in asking.at_places(CatalogueEntry, _READ, wanted, where):
            citation = Citation(archive, self._category.id, code, item)
            found[archive, entry] = features(self._category, str(citation), archive, json.loads(content), *said)
        return found

    def _may_see(self, archive: str) -> bool:
        if archive not in self._allowed:
            rows = CatalogueEntry.objects.filter(self._scope, archive_code=archive)
            self._allowed[archive] = rows.exists()
        return self._allowed[archive]
