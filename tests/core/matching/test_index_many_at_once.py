"""Keys and records made for many entries at once are those that `entry_keys` and `pack` make for each."""

import random
from collections.abc import Sequence

import pytest

from dangqiao.core.matching import EntryFeatures, IdParts, Person, columns, entry_keys
from dangqiao.core.matching.packed import SIZE, pack
from dangqiao.core.vocabulary.dates import Calendar, from_iso
from dangqiao.core.vocabulary.identity import Sex

SALT = 0x1234567890ABCDEF >> 1
NAMES = [
    "张建国",
    "李秀英",
    "陈卫东",
    "王氏",
    "陈王秀英",
    "欧阳娜娜",
    "古丽·买买提",
    "囗□",
    "□□□",
    "莫𬸚",
    "王䶮",
    "张（王+民）",
    "李一(曾用名:李二)",
    "翁",
    "爱新觉罗启功",
    "李小明",
    "Maria da Silva",
    "Zhang Li",
    "",
    "Zhang San",
    "某",
]
DATES = ["", "1987", "1987-03", "1987-03-05", "1933-12-17", "1950-01-05/lunar", "1962-01-02/solar"]
PLACES: list[tuple[str, ...]] = [
    ("310115",),
    ("310115", "310225"),
    ("340826", "310115", "340800"),
    tuple(f"3101{n:02d}" for n in range(12)),
]


def some(chance: random.Random, count: int, roles: int, *, plain: bool) -> columns.Entries:
    def numbers() -> list[IdParts | None]:
        return [
            None if chance.random() < 0.5 else IdParts(*(chance.getrandbits(63) for _ in range(3)))
            for _ in range(count)
        ]

    parties = [
        columns.Party(
            there=[plain or chance.random() < 0.8 for _ in range(count)],
            names=chance.choices(NAMES[:3] if plain else NAMES, k=count),
            former_names=[() if plain or chance.random() < 0.9 else (chance.choice(NAMES),) for _ in range(count)],
            sexes=chance.choices(list(Sex), k=count),
            births=chance.choices(DATES, k=count),
            numbers=numbers(),
        )
        for _ in range(roles)
    ]
    return columns.Entries(
        parties,
        dates=chance.choices(DATES, k=count),
        years=chance.choices([None, 1987, 1900, 2020], k=count),
        places=chance.choices(PLACES[:2] if plain else PLACES, k=count),
    )


def one_by_one(entries: columns.Entries) -> list[EntryFeatures]:
    def date(text: str):
        iso, _, calendar = text.partition("/")
        return from_iso(iso, Calendar(calendar))

    def person(party: columns.Party, place: int) -> Person:
        return Person(
            name=party.names[place],
            former_names=party.former_names[place],
            sex=party.sexes[place],
            birth=date(party.births[place]),
            id_parts=party.numbers[place],
        )

    return [
        EntryFeatures(
            identity="",
            persons=tuple(person(party, place) for party in entries.parties if party.there[place]),
            event_year=entries.years[place],
            event_date=date(entries.dates[place]),
            place_codes=entries.places[place],
        )
        for place in range(len(entries.dates))
    ]


def keys_of(found: columns.Indexed, count: int) -> list[list[int]]:
    keys: Sequence[list[int]] = [[] for _ in range(count)]
    for key, owner in zip(found.keys.tolist(), found.owners.tolist(), strict=True):
        keys[owner].append(key)
    return list(keys)


@pytest.mark.parametrize("roles", [1, 2, 3, 5])
@pytest.mark.parametrize("plain", [True, False], ids=["ordinary", "all kinds"])
def test_many_at_once_are_as_one_by_one(roles: int, plain: bool) -> None:
    chance = random.Random(roles)
    index = columns.Indexer(SALT)
    for count in (1, 60, 300):
        entries = some(chance, count, roles, plain=plain)
        found, expected = index(entries), one_by_one(entries)
        assert found.keys.tolist() == sorted(found.keys.tolist())
        assert keys_of(found, count) == [sorted(key ^ SALT for key in entry_keys(one)) for one in expected]
        records = [found.records[place * SIZE : (place + 1) * SIZE] for place in range(count)]
        assert records == [pack(one) for one in expected]


def test_tables_that_are_full_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MOST_DISTINCT", 3)
    chance, index = random.Random(0), columns.Indexer(SALT)
    entries = [some(chance, 20, 2, plain=False) for _ in range(5)]
    assert [keys_of(index(one), 20) for one in entries] == [
        [sorted(key ^ SALT for key in entry_keys(each)) for each in one_by_one(one)] for one in entries
    ]


def test_no_entries_have_no_keys() -> None:
    found = columns.Indexer(SALT)(some(random.Random(0), 0, 2, plain=True))
    assert (found.keys.size, found.owners.size, found.records) == (0, 0, b"")
