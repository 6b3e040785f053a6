"""Rows of catalogues, and the truth behind them. One generator a category; each gives rows without end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from dangqiao.adapters.sampling.mistakes import (
    birth_as_typed,
    date_as_typed,
    name_as_typed,
    number_as_typed,
)
from dangqiao.adapters.sampling.people import FEMALE, MALE, Names, People, Someone, weighted
from dangqiao.core.vocabulary.archives import ArchiveSeed
from dangqiao.core.vocabulary.divisions import DIVISIONS, find
from dangqiao.core.vocabulary.names import surname_length

HEADERS: dict[str, tuple[str, ...]] = {
    category: tuple(columns.split(","))
    for category, columns in {
        "marriage": "档号,全宗号,年度,业务类型,证件字号,登记日期,登记机关,男方姓名,男方出生日期,男方身份证件号,"
        "女方姓名,女方出生日期,女方身份证件号,页数,备注,男方曾用名,女方曾用名",
        "only-child": "档号,全宗号,年度,证件字号,发证日期,发证机关,申领单位,子女姓名,子女性别,子女出生日期,"
        "子女身份证件号,父亲姓名,父亲出生日期,父亲身份证件号,母亲姓名,母亲出生日期,母亲身份证件号,页数,备注",
        "educated-youth": "档号,全宗号,年度,业务类型,批准日期,动员地,接收地,原学校或单位,插队社队,姓名,性别,出生日期,"
        "身份证件号,曾用名,页数,备注",
    }.items()
}
"""Columns of the files, by category."""
_MARRIAGE_YEARS = {year: 1.0 + max(0, min(year - 1950, 45)) / 12 for year in range(1950, 2006)}
_CHILD_YEARS = {year: 2.0 if 1979 <= year <= 1995 else 1.0 for year in range(1976, 2006)}
_YOUTH_YEARS = {year: 6.0 if year in (1968, 1969, 1970) else 1.0 for year in range(1964, 1979)}
_UNITS = ("第一棉纺织厂", "机床厂", "供销合作社", "粮食局", "人民医院", "中心小学", "建筑公司", "百货公司", "邮电局")
_SCHOOLS = ("第一中学", "第二中学", "育才中学", "红卫中学", "东风中学", "工农中学", "里弄", "第三初级中学")
_BRIGADES = ("红旗大队", "东风大队", "前进大队", "胜利大队", "五星大队", "向阳大队", "第三生产队", "第八生产队")
BLOCK = 512


def fonds_of(archive_code: str) -> str:
    """The fonds that all sample entries of an archive lie in."""
    return archive_code[2:]


@dataclass(slots=True)
class Entry:
    """A row as typed, and who is really in it.

    Attributes:
        cells: by HEADERS.
        people: role -> person.
        date: true date of the act, ISO.
        same_event_as: reference code of the entry that this one re-issues; empty for the others.
    """

    cells: list[str]
    people: dict[str, Someone]
    date: str
    same_event_as: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The archive for which rows are made."""

    archive: ArchiveSeed
    fonds: str
    division: str
    """Full name of its division."""
    short: str

    @classmethod
    def of(cls, archive: ArchiveSeed) -> "Place":
        """The place of an archive."""
        division = find(archive.division)[0]
        return cls(archive, fonds_of(archive.code), division.full_name, division.short_name)

    def office(self, rng: Random, year: int, ending: str) -> str:
        """The office that registered, as its seal says or as people say."""
        chance = rng.random()
        if year < 1980 and chance < 0.5:
            return f"{self.division}{rng.choice('东西南北城')}街道办事处"
        return (self.short if chance < 0.2 else self.division) + ending


def areas_of(archive: ArchiveSeed) -> list[str]:
    """Where people who are registered there come from: mostly there, some from elsewhere in the region."""
    near = [one.code for one in DIVISIONS if one.code[:2] == archive.code[:2] and not one.code.endswith("00")]
    far = [one.code for one in DIVISIONS if not one.code.endswith("00")]
    own = archive.code if not archive.code.endswith("00") else near[0]
    return [own] * 70 + near[:: max(1, len(near) // 20)][:20] + far[:: max(1, len(far) // 10)][:10]


def marriages(place: Place, rng: Random, names: Names) -> Iterator[Entry]:
    """Couples; some marry twice in the same archive, some have their paper re-issued."""
    people = People(rng, names, areas_of(place.archive))
    number = 0
    last: Entry | None = None
    while True:
        years = weighted(rng, _MARRIAGE_YEARS, BLOCK)
        acts = weighted(rng, {"结婚": 91, "离婚": 6, "补领": 2.5, "撤销": 0.5}, BLOCK)
        for drawn, kind in zip(years, acts, strict=True):
            number += 1
            repeats = last if kind == "补领" else None
            if repeats:
                act, year, same = kind, min(int(repeats.date[:4]) + 12, 2005), repeats.cells[0]
                man, woman = repeats.people["party_a"], repeats.people["party_b"]
            else:
                act, year, same = "结婚" if kind == "补领" else kind, drawn, ""
                man = people.someone(MALE, year - 22 - int(rng.random() ** 2 * 16))
                woman = people.someone(FEMALE, man.year + 3 - int(rng.random() * 6))
            date = _day(rng, year)
            man_typed = name_as_typed(rng, man, year)
            woman_typed = name_as_typed(rng, woman, year, husband=man.name)
            left = [man_typed, birth_as_typed(rng, man, year), number_as_typed(rng, man, year)]
            right = [woman_typed, birth_as_typed(rng, woman, year), number_as_typed(rng, woman, year)]
            if year < 1970 and rng.random() < 0.02:
                left, right = right, left
            cells = [
                f"{place.fonds}-{year}-婚-{number:06d}", place.fonds, str(year), act,
                f"{place.short[:2]}结字第{year % 100:02d}{number:06d}号", date_as_typed(rng, date),
                place.office(rng, year, "民政局"), *left, *right, "2", "", "",
                people.someone(FEMALE, woman.year).name if rng.random() < 0.02 else "",
            ]  # fmt: skip
            entry = Entry(cells, {"party_a": man, "party_b": woman}, date, same)
            last = entry if act == "结婚" else last
            yield entry


def only_children(place: Place, rng: Random, names: Names) -> Iterator[Entry]:
    """Families with one child and the certificate for it."""
    people = People(rng, names, areas_of(place.archive))
    number = 0
    while True:
        for year in weighted(rng, _CHILD_YEARS, BLOCK):
            number += 1
            father = people.someone(MALE, year - 25 - int(rng.random() * 8))
            mother = people.someone(FEMALE, father.year + 3 - int(rng.random() * 6))
            child = people.someone(
                rng.choice((MALE, FEMALE)),
                year - int(rng.random() * 3),
                surname=father.name[: surname_length(father.name)],
            )
            date = _day(rng, year)
            cells = [
                f"{place.fonds}-{year}-独-{number:06d}", place.fonds, str(year),
                f"{place.short[:2]}独字第{year % 100:02d}{number:06d}号", date_as_typed(rng, date),
                place.office(rng, year, "计划生育委员会"), rng.choice(_UNITS),
                name_as_typed(rng, child, year), child.sex, birth_as_typed(rng, child, 2000), "",
                name_as_typed(rng, father, year), birth_as_typed(rng, father, year), number_as_typed(rng, father, year),
                name_as_typed(rng, mother, year), birth_as_typed(rng, mother, year), number_as_typed(rng, mother, year),
                "2", "",
            ]  # fmt: skip
            yield Entry(cells, {"child": child, "father": father, "mother": mother}, date)


def educated_youths(place: Place, rng: Random, names: Names) -> Iterator[Entry]:
    """Young people who were sent to the countryside."""
    people = People(rng, names, areas_of(place.archive))
    counties = [one.full_name for one in DIVISIONS if one.name.endswith("县")]
    number = 0
    while True:
        years = weighted(rng, _YOUTH_YEARS, BLOCK)
        acts = weighted(rng, {"下乡": 80, "返城": 14, "招工": 5, "其他": 1}, BLOCK)
        for year, act in zip(years, acts, strict=True):
            number += 1
            youth = people.someone(rng.choice((MALE, FEMALE)), year - 16 - int(rng.random() * 6))
            date = _day(rng, year)
            cells = [
                f"{place.fonds}-{year}-知-{number:06d}", place.fonds, str(year), act, date_as_typed(rng, date),
                place.division, rng.choice(counties), rng.choice(_SCHOOLS), rng.choice(_BRIGADES),
                name_as_typed(rng, youth, year), youth.sex, birth_as_typed(rng, youth, year), "",
                people.someone(youth.sex, youth.year).name if rng.random() < 0.03 else "", "1", "",
            ]  # fmt: skip
            yield Entry(cells, {"youth": youth}, date)


GENERATORS: dict[str, Callable[[Place, Random, Names], Iterator[Entry]]] = {
    "marriage": marriages,
    "only-child": only_children,
    "educated-youth": educated_youths,
}
SHARES = {"marriage": 0.65, "only-child": 0.22, "educated-youth": 0.13}
"""Of all entries."""


def _day(rng: Random, year: int) -> str:
    return f"{year}-{1 + int(rng.random() * 12):02d}-{1 + int(rng.random() * 28):02d}"
