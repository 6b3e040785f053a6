"""Weights learned from pairs: known rates are found again, and with few pairs little changes."""

import random

import pytest

from dangqiao.core.errors import BadInput
from dangqiao.core.matching import (
    DEFAULT,
    SHIPPED,
    EntryFeatures,
    Frequencies,
    IdParts,
    Levels,
    Person,
    Query,
    decide,
    estimate,
    explain,
    load,
)
from dangqiao.core.matching.reasons import Reason
from dangqiao.core.vocabulary.dates import PartialDate


def counted(pairs: int, wrong: float) -> Levels:
    levels, rng = Levels(), random.Random(1)
    for _pair in range(pairs):
        levels.query(0.9)
        birth = "lunar" if rng.random() < wrong else "same_day"
        name = ("章", "张")[rng.random() > wrong] + "伟"
        levels.add([Reason("birth", birth, 0.0), Reason("name", "", 0.0, {"query": "张伟", "entry": name})], 1.0)
    return levels


def test_known_rates_are_found_again() -> None:
    trained = estimate(SHIPPED, counted(20_000, 0.12), "t1")
    assert trained.parameters.version == "t1"
    assert trained.parameters.m["birth"]["lunar"] == pytest.approx(0.12, abs=0.01)
    assert trained.parameters.step["sound"] == pytest.approx(0.06, abs=0.005)
    assert trained.parameters.prior.found == pytest.approx(0.9, abs=0.02)
    assert {("birth.m", "lunar"), ("name.step", "sound")} <= {(one.table, one.level) for one in trained.changes}


def test_few_pairs_change_little() -> None:
    trained = estimate(SHIPPED, counted(10, 0.5), "t1")
    assert trained.parameters.m["birth"]["lunar"] == pytest.approx(DEFAULT.m["birth"]["lunar"], abs=0.02)


def test_the_new_file_keeps_the_remarks_and_what_was_not_learned() -> None:
    trained = estimate(SHIPPED, counted(100, 0.1), "t1")
    remarks = [line for line in SHIPPED.splitlines() if line.startswith("#")]
    assert [line for line in trained.text.splitlines() if line.startswith("#")] == remarks
    assert load(trained.text).step_u == DEFAULT.step_u


def test_nothing_is_learned_from_nothing() -> None:
    with pytest.raises(BadInput, match="nothing_learned"):
        estimate(SHIPPED, Levels(), "t1")


def test_expectation_and_maximisation_find_the_rate_without_being_told_who_is_who() -> None:
    rng = random.Random(7)
    entries, queries = [], []
    for number in range(400):
        name = "".join(rng.choices("赵钱孙周吴郑冯陈褚卫", k=1)) + chr(0x5000 + number) + chr(0x6000 + number * 3)
        birth = PartialDate(1950 + number % 30, number % 12 + 1, number % 28 + 1)
        written = PartialDate(birth.year, birth.day % 12 + 1, 28) if number % 4 == 0 else birth  # another day: 25 %
        entries.append(EntryFeatures(str(number), (Person(name, birth=written, id_parts=IdParts(1, number, 3)),), 1980))
        queries.append(Query(Person(name, birth=birth, id_parts=IdParts(2, number + 5000, 9)), (), 1980))
    counts = Frequencies.count(entries)
    weights = DEFAULT
    for _round in range(4):
        levels = Levels()
        for query, entry in zip(queries, entries, strict=True):
            verdict = decide(query, [entry], counts, len(entries), weights)
            levels.query(sum(one.probability for one in verdict.candidates))
            for one in verdict.candidates:
                levels.add(one.reasons, one.probability)
        weights = estimate(SHIPPED, levels, "t", 20.0).parameters
    agree = weights.m["birth"]["same_day"]
    assert 0.6 < agree < 0.85
    assert weights.m["identity"]["different"] > 0.5  # nobody's number agrees in this catalogue


def test_one_comparison_laid_open() -> None:
    entry = EntryFeatures("x", (Person("章伟"), Person("李娜")), 1987)
    found = explain(Query(Person("张伟"), (Person("李娜"),), 1997), entry, Frequencies(), 1000)
    assert found.bits == pytest.approx(sum(reason.bits for reason in found.reasons))
    assert {reason.field for reason in found.reasons} == {"name", "other_name", "event"}
    assert found.contradictions == ("event",)
    assert 0.0 < found.probability < 1.0
