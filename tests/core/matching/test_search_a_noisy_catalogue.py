"""Recall and precision on a small noisy catalogue: floors that a change may not break."""

from collections import Counter, defaultdict

import pytest

from dangqiao.core.matching import (
    STAGES,
    EntryFeatures,
    Frequencies,
    MatchVerdict,
    Outcome,
    Query,
    decide,
    entry_keys,
    query_keys,
)
from tests.core.matching.noise import World


class Catalogue:
    """Entries under their keys, searched stage by stage as the database is."""

    def __init__(self, entries: list[EntryFeatures]) -> None:
        self.size, self.counts = len(entries), Frequencies.count(entries)
        self.postings: dict[int, list[EntryFeatures]] = defaultdict(list)
        for entry in entries:
            for key in entry_keys(entry):
                self.postings[key].append(entry)

    def find(self, query: Query) -> MatchVerdict:
        found: dict[str, EntryFeatures] = {}
        for stage in STAGES:
            for key in query_keys(query, stage):
                found.update((entry.identity, entry) for entry in self.postings.get(key, ()))
            verdict = decide(query, found.values(), self.counts, self.size)
            if verdict.certain:
                break
        return verdict


@pytest.mark.parametrize("seed", [1, 2])
def test_floors_of_recall_and_precision(seed: int) -> None:
    entries, asked = World(seed, 2_000).ask(present=220, absent=80)
    catalogue = Catalogue(entries)
    count: Counter[str] = Counter()
    for question in asked:
        verdict = catalogue.find(question.query)
        ranked = [candidate.identity for candidate in verdict.candidates]
        kind = "present" if question.meant else "absent"
        count[f"{kind} {verdict.outcome}"] += 1
        if question.meant:
            count["first"] += ranked[:1] == [question.meant]
            count["shown"] += question.meant in ranked
            count["wrong"] += verdict.outcome is Outcome.MATCH and ranked[0] != question.meant
    assert count["wrong"] == 0, count
    assert count["absent match"] == 0, count
    assert count["first"] >= 0.97 * 220, count
    assert count["shown"] >= 0.98 * 220, count
    assert count["present match"] >= 0.85 * 220, count
    assert count["absent review"] <= 0.25 * 80, count
