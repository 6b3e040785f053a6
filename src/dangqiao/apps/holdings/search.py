"""From a query to a verdict: keys, candidates, decision, stage by stage. Reads the database, tells nobody anything.

Callers are `queries` and `batch`; they check permission and write the audit trail.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from dangqiao.apps.holdings import bulk
from dangqiao.apps.holdings.features import features, sought_keys
from dangqiao.apps.holdings.models import CatalogueEntry, EntryKey, NameCount
from dangqiao.apps.holdings.records import Citation
from dangqiao.core.categories import Category
from dangqiao.core.matching import (
    STAGES,
    Case,
    EntryFeatures,
    Frequencies,
    MatchVerdict,
    Outcome,
    Query,
    names_to_count,
)

MOST_PER_KEY = 1000
"""Entries read under one key. A key with more tells too little to be worth reading."""
MOST_CANDIDATES = 10_000
"""Entries compared for one query."""
_KEYS_AT_ONCE = 100
_ROWS_AT_ONCE = 900
_MOST_KEPT = 50_000
_READ = ("id", "reference_code", "item_number", "content", "event_date", "year", "event_number")
"""Columns that a candidate is made of; objects of the model would cost more than comparing them."""

Place = tuple[str, int]
"""Archive code and id of an entry."""


@dataclass(frozen=True, slots=True)
class Found:
    """The verdict of a search.

    Attributes:
        candidates: every entry that was compared.
        complete: whether everything under the keys was compared. If not, `none` only says that more facts are needed.
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
    """Searches one category. Kept for a batch of queries, it remembers the entries that it has read.

    Args:
        archives: codes of the archives to search; None for all of this node.
        scope: what the actor may see, as a condition on `CatalogueEntry`.
    """

    def __init__(self, category: Category, archives: Sequence[str] | None, scope: Q) -> None:
        self._category = category
        self._archives = None if archives is None else tuple(archives)
        self._scope = scope
        self._population = _population(category.id, self._archives)
        self._counts = _Counts()
        self._kept: dict[Place, EntryFeatures | None] = {}

    def search(self, query: Query) -> Found:
        """Looks stage by stage until the verdict is certain or everything has been looked at."""
        candidates: dict[Place, EntryFeatures] = {}
        complete = True
        case = self._case(query)
        for stage in STAGES:
            places, all_read = self._places(sought_keys(query, stage, self._category.id), MOST_CANDIDATES)
            complete &= all_read
            fresh = self._entries(places - candidates.keys())
            candidates |= fresh
            case.add(fresh.values())
            verdict = case.verdict()
            if verdict.certain:
                break
        return Found(verdict, tuple(candidates.values()), complete)

    def judge(self, query: Query, candidates: Iterable[EntryFeatures]) -> MatchVerdict:
        """The verdict over some candidates, with this catalogue's frequencies and size."""
        case = self._case(query)
        case.add(candidates)
        return case.verdict()

    def _case(self, query: Query) -> Case:
        return Case(query, self._counts.needed_by(query), self._population)

    def _places(self, keys: list[int], most: int) -> tuple[set[Place], bool]:
        """Entries under any of the keys, and whether these are all."""
        found: set[Place] = set()
        complete = True
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            if len(found) > most:
                return found, False
            for number, places in _postings(keys[start : start + _KEYS_AT_ONCE], self._archives):
                complete &= number < MOST_PER_KEY
                found |= places
        return found, complete

    def _entries(self, places: Iterable[Place]) -> dict[Place, EntryFeatures]:
        kept = self._kept
        wanted = list(places)
        if len(kept) > _MOST_KEPT:
            kept.clear()
        missing: dict[str, list[int]] = {}
        for archive, entry in wanted:
            if (archive, entry) not in kept:
                missing.setdefault(archive, []).append(entry)
        for archive, ids in missing.items():
            kept |= dict.fromkeys((archive, entry) for entry in ids)
            for start in range(0, len(ids), _ROWS_AT_ONCE):
                rows = self._rows().filter(archive_code=archive, id__in=ids[start : start + _ROWS_AT_ONCE])
                for entry, reference_code, item_number, *said in rows.values_list(*_READ):
                    citation = Citation(archive, self._category.id, reference_code, item_number)
                    kept[archive, entry] = features(self._category, str(citation), archive, *said)
        return {place: found for place in wanted if (found := kept[place])}

    def _rows(self) -> QuerySet[CatalogueEntry]:
        return CatalogueEntry.objects.filter(self._scope, category=self._category.id, deleted=False)


def _postings(keys: list[int], archives: tuple[str, ...] | None) -> Iterator[tuple[int, set[Place]]]:
    """For each key its entries, at most MOST_PER_KEY: one question with `key = const` in every part."""
    if not keys:
        return
    table = connection.ops.quote_name(EntryKey._meta.db_table)
    condition = "" if archives is None else f" AND archive_code IN ({', '.join(['%s'] * len(archives))})"
    one = (
        f"SELECT * FROM (SELECT key, archive_code, entry FROM {table}"  # noqa: S608  (our own words only)
        f" WHERE key = %s{condition} LIMIT {MOST_PER_KEY}) AS found"
    )
    more: tuple[int | str, ...] = archives or ()
    values = [value for key in keys for value in (key, *more)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(keys)), values)
        by_key: dict[int, set[Place]] = {}
        for key, archive, entry in cursor.fetchall():
            by_key.setdefault(key, set()).add((archive, entry))
    yield from ((len(places), places) for places in by_key.values())


def _population(category_id: str, archives: tuple[str, ...] | None) -> int:
    """How many entries are searched."""
    counts = NameCount.objects.filter(kind="entries")
    if archives is None:
        counts = counts.filter(value__startswith=f"{category_id}/")
    else:
        counts = counts.filter(value__in=[f"{category_id}/{archive}" for archive in archives])
    return counts.aggregate(total=Sum("count"))["total"] or 0


class _Counts:
    """The node's counts of names: all surnames, characters and places, and of names those that queries have needed."""

    def __init__(self) -> None:
        counts: dict[str, dict[str, int]] = {"surname": {}, "char": {}, "place": {}, "entries": {}}
        rows = NameCount.objects.filter(kind__in=list(counts), count__gt=0)
        for kind, value, count in rows.values_list("kind", "value", "count"):
            counts[kind][value] = count
        self._asked: dict[str, dict[str, int]] = {"name": {}, "pinyin": {}}
        self._all = Frequencies(
            persons=sum(counts["surname"].values()),
            names=self._asked["name"],
            pinyin=self._asked["pinyin"],
            surnames=counts["surname"],
            characters=counts["char"],
            entries=sum(counts["entries"].values()),
            places=counts["place"],
        )

    def needed_by(self, query: Query) -> Frequencies:
        """The counts, with those of the query's names."""
        names, pinyin = names_to_count(query)
        for kind, values in (("name", names), ("pinyin", pinyin)):
            asked = self._asked[kind]
            if missing := [value for value in values if value not in asked]:
                asked |= dict.fromkeys(missing, 0)
                asked |= bulk.select(NameCount, ("value", "count"), {"kind": kind}, "value", missing)
        return self._all
