"""Both indexes find the same, and what comparing every candidate in Python finds."""

import csv
from dataclasses import replace

import pytest

from dangqiao.apps.holdings import index, queries
from dangqiao.apps.holdings.features import features, sought_keys, stored_keys
from dangqiao.apps.holdings.models import CatalogueEntry, IndexChange, PackedEntry
from dangqiao.apps.holdings.records import Citation
from dangqiao.core import categories
from dangqiao.core.errors import Unavailable
from dangqiao.core.matching import Outcome, Query
from tests.apps.holdings.conftest import ARCHIVE, HEADER, key_rows
from tests.core.matching.noise import World

pytestmark = pytest.mark.django_db
MARRIAGE = categories.get("marriage")


@pytest.fixture
def world(tmp_path, take_in):
    """A noisy catalogue of 1 500 couples, and queries to it."""

    def take() -> list[Query]:
        entries, asked = World(7, 1600).ask(300, 100)
        path = tmp_path / "noisy.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, HEADER.split(","))
            writer.writeheader()
            for number, entry in enumerate(entries):
                writer.writerow(row(number, entry))
        take_in(path)
        return [one.query for one in asked]

    return take


def row(number, entry):
    cells = {"档号": f"{number:05d}", "登记日期": entry.event_date.iso() or str(entry.year or "")}
    for side, person in zip(("男方", "女方"), entry.persons, strict=False):
        cells |= {f"{side}姓名": person.name, f"{side}出生日期": person.birth.iso()}
    return cells


def verdicts(clerk, asked):
    search = queries.searcher(clerk, [ARCHIVE], "marriage")
    return [shape(search.search(query)) for query in asked]


def shape(found):
    verdict = found.verdict
    return found.outcome, verdict.ground, [(one.identity, round(one.bits, 6)) for one in verdict.candidates]


def whole_catalogue():
    entries = {}
    for row in CatalogueEntry.objects.all():
        citation = Citation(ARCHIVE, "marriage", row.reference_code, row.item_number)
        entry = features(MARRIAGE, str(citation), ARCHIVE, row.content, row.event_date, row.year, row.event_number)
        entries[entry.identity] = entry
    return entries


def test_both_give_the_same_and_nothing_is_lost(clerk, world, choose_index):
    choose_index("sql")
    asked = world()
    by_rows = verdicts(clerk, asked)
    choose_index("segment")
    with pytest.raises(Unavailable):  # never "not found"
        verdicts(clerk, asked[:1])
    assert index.build(lambda _what, _done, _rows: None) == CatalogueEntry.objects.count()
    assert (PackedEntry.objects.count(), key_rows()) == (0, [])
    assert verdicts(clerk, asked) == by_rows
    choose_index("sql")
    with pytest.raises(Unavailable):
        verdicts(clerk, asked[:1])
    index.build(lambda _what, _done, _rows: None)
    assert verdicts(clerk, asked) == by_rows
    assert not IndexChange.objects.exists()


def test_only_the_best_are_compared_in_full_and_the_verdict_is_that_over_all(clerk, world, choose_index):
    choose_index("segment")
    asked = world()
    entries = whole_catalogue()
    by_key = {}
    for entry in entries.values():
        for key in stored_keys(entry, "marriage"):
            by_key.setdefault(key, set()).add(entry.identity)
    search = queries.searcher(clerk, [ARCHIVE], "marriage")
    apart = []
    for query in asked:
        found = search.search(query)
        names = set()
        for keys in sought_keys(query, "marriage"):
            for key in keys:
                names |= by_key.get(key, set())
            whole = search.judge(query, [entries[name] for name in sorted(names)])
            if whole.certain:
                break
        if shape(found) != shape(replace(found, verdict=whole)):
            apart.append((query, shape(found), shape(replace(found, verdict=whole))))
    assert len(apart) <= len(asked) // 100, apart
    assert all(found[0] == whole[0] for _, found, whole in apart), apart


@pytest.mark.parametrize("kind", ["sql", "segment"])
def test_of_many_namesakes_the_best_are_read_and_all_compete(clerk, couples, take_in, choose_index, kind):
    choose_index(kind)
    nobody = {"男方出生日期": "", "男方身份证件号": "", "女方出生日期": ""}
    apart = [
        {"档号": f"n-{year}", "年度": str(year), "登记日期": str(year), "女方姓名": f"{surname}秀英"}
        for year, surname in enumerate("李王刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁", 1970)
    ]
    take_in(couples(*[nobody | one for one in apart]))
    query = queries.query(queries.person("张建国"))
    search = queries.searcher(clerk, [ARCHIVE], "marriage")
    found, whole = search.search(query), search.judge(query, whole_catalogue().values())
    assert len(found.candidates) == 8
    assert found.verdict.candidates[0].probability == pytest.approx(whole.candidates[0].probability, rel=1e-3)
    assert found.outcome is Outcome.REVIEW
