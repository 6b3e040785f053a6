"""Compiled weights of packed entries are the weights of whole ones; records and keys survive files."""

import random
from array import array
from dataclasses import replace

import numpy as np
import pytest

from dangqiao.adapters.index import building
from dangqiao.adapters.index.searching import SegmentSearch, desk, weigh
from dangqiao.core.matching import (
    DEFAULT,
    STAGES,
    EntryFeatures,
    Frequencies,
    IdParts,
    Person,
    Query,
    entry_keys,
    query_keys,
)
from dangqiao.core.matching.candidates import FITS, UNSURE, Limits, Rows
from dangqiao.core.matching.evidence import fits
from dangqiao.core.matching.needle import Needles
from dangqiao.core.matching.packed import SIZE, pack
from dangqiao.core.matching.weigh import Rarity, Weigher
from dangqiao.core.vocabulary.dates import UNKNOWN, Calendar, PartialDate
from dangqiao.core.vocabulary.identity import Sex

SURNAMES = "王李张章刘陈阵杨黄赵吴周徐孙马朱胡郭何高林郑邓"
GIVEN = "伟芳娜秀英敏静丽莉立利力强磊军洋勇艳杰娟涛明超兰三霞平干刚桂红玉梅华建国志文己已"
CODES = ("310115", "340826", "340800", "340000", "110105", "320500", "320501")


class World:
    """Entries and queries in which everything happens that may happen to a name, a date or a number."""

    def __init__(self, seed: int, size: int) -> None:
        self.random = random.Random(seed)
        self.entries = [self.entry(number) for number in range(size)]

    def name(self) -> str:
        one, pick = self.random.random(), self.random.choice
        given = "".join(self.random.choices(GIVEN, k=self.random.randint(1, 2)))
        for share, name in (
            (0.03, pick(SURNAMES) + pick(SURNAMES) + given),
            (0.06, pick(SURNAMES) + "氏"),
            (0.09, "欧阳" + given),
            (0.10, "买买提·艾" + given),
            (0.11, "Zhang Wei"),
            (0.12, ""),
            (0.15, pick(SURNAMES) + "□" + pick(GIVEN)),
        ):
            if one < share:
                return name
        return pick(SURNAMES) + given

    def date(self) -> PartialDate:
        one, number = self.random.random(), self.random.randint
        if one < 0.1:
            return UNKNOWN
        if one < 0.25:
            return PartialDate(number(1930, 1960), number(1, 12) if one < 0.15 else None)
        calendar = Calendar.LUNAR if one < 0.3 else Calendar.UNSAID
        return PartialDate(number(1940, 1960), number(1, 12), number(1, 28), calendar=calendar)

    def person(self) -> Person:
        number = self.random.randint
        parts = IdParts(number(1, 50) * 79_190_171, number(1, 60) * 7919, number(1, 60) * 104_729)
        return Person(
            self.name(),
            former_names=(self.name(),) if self.random.random() < 0.05 else (),
            sex=self.random.choice(list(Sex)),
            birth=self.date(),
            id_parts=parts if self.random.random() < 0.6 else None,
        )

    def entry(self, number: int) -> EntryFeatures:
        persons = tuple(self.person() for _ in range(self.random.randint(1, 3)))
        year, places = self.random.choice((None, 1975, 1980, 1981)), self.random.choice((0, 1, 1, 2))
        return EntryFeatures(str(number), persons, year, self.date(), tuple(self.random.sample(CODES, places)))

    def query(self) -> Query:
        base, one = self.random.choice(self.entries), self.random.random()
        first, *others = self.random.sample(base.persons, len(base.persons))
        wrong = self.person()
        home = tuple(self.random.sample(CODES, self.random.choice((0, 1, 2))))
        return Query(
            replace(wrong if one < 0.2 else first, home=home),
            tuple(others) if one < 0.7 else (wrong,) * self.random.randint(0, 2),
            self.random.choice((None, 1975, 1980)),
            base.event_date if self.random.random() < 0.5 else UNKNOWN,
            tuple(self.random.sample(CODES, self.random.choice((0, 1, 1, 2)))),
        )


@pytest.fixture(scope="module", params=[1, 2])
def world(request) -> World:
    return World(request.param, 800)


def test_packed_and_whole_entries_weigh_the_same(world):
    frequencies = Frequencies.count(world.entries)
    needles = Needles(frequencies, DEFAULT)
    places = np.arange(len(world.entries))
    records = np.frombuffer(b"".join(map(pack, world.entries)), np.uint8).reshape(-1, SIZE)
    rows = Rows(np.zeros_like(places), places, records, 1)
    apart, sure = [], 0
    for _ in range(25):
        query = world.query()
        weigher = Weigher(query, Rarity(frequencies, DEFAULT))
        own = desk(len(places))
        assert weigh(own, rows, len(places), 0, needles.of(query), needles.weights) == (len(places), True)
        for entry, found, mark in zip(world.entries, own.bits, own.marks, strict=True):
            whole = weigher.weigh(entry)
            if mark & UNSURE:
                continue
            sure += 1
            if abs(whole.bits - found) > 0.5 or bool(mark & FITS) < fits(whole):
                apart.append((query, entry, whole.bits, found))
    assert sure > 0.7 * 25 * len(records)
    assert len(apart) < sure / 500, apart[:3]


def batch(entries: list[EntryFeatures], first: int, archive: str = "310115", gone: tuple[int, ...] = ()):
    pairs = sorted((key, owner) for owner, entry in enumerate(entries) for key in entry_keys(entry))
    keys, owners = array("q", [key for key, _ in pairs]), array("I", [owner for _, owner in pairs])
    ids = range(first, first + len(entries))
    return building.batch_of(archive, ids, keys, owners, b"".join(map(pack, entries)), gone)


def test_merged_files_hold_what_their_parts_held(world, tmp_path):
    entries = world.entries
    parts = [
        building.in_memory([batch(entries[:300], 1)]),
        building.in_file([batch(entries[300:600], 1, "310116")], tmp_path / "1.segment"),
        batch(entries[600:], 301, gone=(5, 7)),
    ]
    merged = building.in_file(parts, tmp_path / "2.segment")
    places = {("310115", place + 1): entry for place, entry in enumerate(entries[:300])}
    places |= {("310116", place + 1): entry for place, entry in enumerate(entries[300:600])}
    places |= {("310115", place + 301): entry for place, entry in enumerate(entries[600:])}
    for gone in (("310115", 5), ("310115", 7)):
        del places[gone]
    assert {merged.place(number) for number in range(len(merged))} == places.keys()
    by_key: dict[int, set[tuple[str, int]]] = {}
    for place, entry in places.items():
        for key in entry_keys(entry):
            by_key.setdefault(key, set()).add(place)
    needles = Needles(Frequencies(), DEFAULT)
    for _ in range(60):
        query = world.query()
        for archives in (None, ["310116"]):
            limits = Limits(per_key=1000, entries=10_000)
            search = SegmentSearch([merged], needles.of(query), needles.weights, archives, limits)
            wanted = set()
            for stage in STAGES:
                search.under(query_keys(query, stage))
                wanted |= {place for key in query_keys(query, stage) for place in by_key.get(key, ())}
            found = [search.place(one) for one in range(search._found)]
            assert len(found) == len(set(found))
            assert set(found) == {place for place in wanted if not archives or place[0] in archives}
            assert search.complete


def test_of_rows_each_place_counts_once_and_what_is_left_out_is_said(world):
    records = np.frombuffer(b"".join(map(pack, world.entries[:4])), np.uint8).reshape(-1, SIZE)
    needles = Needles(Frequencies(), DEFAULT)
    needle = needles.of(world.query())

    def met(limits, keys, places):
        own = desk(limits.entries)
        rows = Rows(np.array(keys, np.int64), np.array(places, np.int64), records[: len(keys)], 9)
        count, whole = weigh(own, rows, limits.per_key, 0, needle, needles.weights)
        return own.numbers[:count].tolist(), whole

    assert met(Limits(9, 9), [0, 0, 3, 3], [5, 1 << 59, 5, 7]) == ([5, 1 << 59, 7], True)
    assert met(Limits(1, 9), [0, 0, 3, 3], [5, 6, 5, 7]) == ([5], False)
    assert met(Limits(9, 2), [0, 0, 3, 3], [5, 6, 5, 6]) == ([5, 6], True)
    assert met(Limits(9, 2), [0, 0, 3, 3], [5, 6, 5, 7]) == ([5, 6], False)
    assert met(Limits(9, 9), [], []) == ([], True)
