"""A small seeded catalogue with the slips of old handwriting, and queries to it. Only for the tests of matching.

Its errors are drawn from sources of its own (readings, a short list of look-alikes that is not the program's, plain
wrong characters), so that a rule that only fits its own table is found out.
"""

import random
from dataclasses import dataclass, replace

from dangqiao.core.matching import EntryFeatures, IdParts, Person, Query
from dangqiao.core.vocabulary.dates import PartialDate
from dangqiao.core.vocabulary.identity import Sex
from dangqiao.core.vocabulary.names import SURNAME_SHARES, readings

MEN = "伟强军勇磊杰涛超明刚平辉鹏华飞斌峰林宁波建国志文海龙德福永春生东根宝祥庆玉金成云青山荣富贵"
WOMEN = "芳娜敏静丽艳娟霞秀英兰桂玉梅红玲燕华萍荣珍凤莲云琴芬香月巧爱春菊素淑惠雪妹娣彩翠珠琳"
ALIKE = {"陈": "阵", "郑": "邓", "刘": "列", "兰": "三", "未": "末", "己": "已", "晓": "哓", "海": "梅", "清": "青",
         "东": "车", "平": "干", "云": "去", "金": "全", "玉": "王", "福": "富", "贵": "责", "春": "香", "丽": "两",
         "王": "玉", "周": "同", "徐": "涂", "马": "乌", "朱": "未", "林": "材", "何": "荷", "罗": "岁",
         "宋": "宗"}  # fmt: skip
ODD = "𬸚䶮喆犇堃旻珺槿骞羿鑫淼焱垚昱翀翊翎颢颀頔"
COUNTIES = ("340811", "340824", "340826", "340827", "310104", "310115", "320106", "320583")


@dataclass(frozen=True)
class Asked:
    """A query and the identity of the entry that it means; empty when that entry is not in the catalogue."""

    query: Query
    meant: str


class World:
    """Couples, how a clerk wrote them down, and how they ask today."""

    def __init__(self, seed: int, size: int) -> None:
        self.random = random.Random(seed)
        self.homophones: dict[str, list[str]] = {}
        for character in dict.fromkeys(MEN + WOMEN + "".join(SURNAME_SHARES) + "章莉利丫立力微维为玮晴情晶菁经"):
            for reading in sorted(readings(character)):
                self.homophones.setdefault(reading, []).append(character)
        self.truth = [self.couple(number) for number in range(size)]
        for number in range(0, size, 25):  # somebody marries again
            first, other = self.truth[number], self.truth[(number + 7) % size]
            again = PartialDate(min(2010, (first.year or 1980) + self.random.randint(3, 12)), 6, 9)
            self.truth.append(replace(first, identity=f"again{number}", event_date=again,
                                      persons=(first.persons[0], other.persons[1])))  # fmt: skip
        self.entries = [self.written(entry) for entry in self.truth]

    def name(self, sex: Sex) -> str:
        surname = self.random.choices(list(SURNAME_SHARES), list(SURNAME_SHARES.values()))[0]
        pool = MEN if sex is Sex.MALE else WOMEN
        given = "".join(self.random.choices(pool, k=1 if self.random.random() < 0.25 else 2))
        if self.random.random() < 0.02:
            given = given[:-1] + self.random.choice(ODD)
        return surname + given

    def person(self, sex: Sex, year: int) -> Person:
        birth = PartialDate(year - self.random.randint(20, 32), self.random.randint(1, 12), self.random.randint(1, 28))
        sequence = self.random.randrange(1000) // 2 * 2 + (sex is Sex.MALE)
        area = int(self.random.choice(COUNTIES)) * 7_919
        parts = IdParts(area, int(birth.iso().replace("-", "")) * 15_485_863, sequence * 104_729)
        return Person(self.name(sex), sex=sex, birth=birth, id_parts=parts)

    def couple(self, number: int) -> EntryFeatures:
        year = self.random.randint(1955, 1999)
        persons = (self.person(Sex.MALE, year), self.person(Sex.FEMALE, year))
        date = PartialDate(year, self.random.randint(1, 12), self.random.randint(1, 28))
        return EntryFeatures(str(number), persons, year, date, (self.random.choice(COUNTIES),), act="marriage")

    def written(self, entry: EntryFeatures) -> EntryFeatures:
        """The entry as a clerk wrote it down and another one typed it."""
        persons = [self.written_person(person, entry.year or 0) for person in entry.persons]
        if self.random.random() < 0.02:
            persons.reverse()
        date = entry.event_date
        if self.random.random() < 0.1:
            date = PartialDate(date.year)
        return replace(entry, persons=tuple(persons), event_date=date)

    def written_person(self, person: Person, year: int) -> Person:
        chance = self.random.random()
        birth = person.birth
        if chance < 0.25:
            birth = PartialDate()
        elif chance < 0.40:
            birth = PartialDate(birth.year)
        elif chance < 0.45:
            birth = _later(birth, self.random.randint(-50, -20))
        elif chance < 0.47:
            birth = replace(birth, day=birth.day % 28 + 1 if birth.day else None)
        parts = person.id_parts if year >= 1986 and self.random.random() < 0.8 else None
        if parts and self.random.random() < 0.03:
            parts = parts._replace(sequence=parts.sequence + 1)
        return replace(person, name=self.slip(person.name), birth=birth, id_parts=parts)

    def slip(self, name: str) -> str:
        if self.random.random() > 0.12:
            return name
        place = self.random.randrange(len(name))
        character = name[place]
        kind = self.random.choices(("sound", "look", "lost", "mark", "swap", "wrong"), (45, 25, 8, 10, 6, 6))[0]
        if kind == "lost" and len(name) > 2 and place:
            return name[:place] + name[place + 1 :]
        if kind == "swap" and len(name) == 3:
            return name[0] + name[2] + name[1]
        alike = [other for reading in sorted(readings(character)) for other in self.homophones.get(reading, [])]
        other = {
            "sound": self.random.choice(alike or [character]),
            "look": ALIKE.get(character, character),
            "mark": self.random.choice("□?×") if place else character,
            "wrong": self.random.choice(MEN + WOMEN) if place else character,
        }.get(kind, character)
        return name[:place] + other + name[place + 1 :]

    def query(self, entry: EntryFeatures) -> Query:
        """How one of the couple asks today: with more or with less."""
        mine, other = self.random.sample(entry.persons, 2)
        kind = self.random.choices(("full", "usual", "child", "couple", "birth", "name"), (30, 35, 10, 12, 10, 3))[0]
        year = entry.year if self.random.random() < 0.8 else (entry.year or 0) + self.random.choice((-2, -1, 1, 2))
        bare = replace(other, id_parts=None, birth=PartialDate())
        if kind == "full":
            return Query(mine, (bare,), year, place_codes=entry.place_codes)
        if kind == "usual":
            places = entry.place_codes if self.random.random() < 0.7 else ()
            known = year if self.random.random() < 0.7 else None
            return Query(replace(mine, id_parts=None), (bare,), known, place_codes=places)
        if kind == "child":
            return Query(replace(mine, id_parts=None, birth=PartialDate(mine.birth.year)), (bare,))
        if kind == "couple":
            return Query(replace(mine, id_parts=None, birth=PartialDate()), (bare,), year)
        if kind == "birth":
            return Query(replace(mine, id_parts=None), (), year)
        return Query(Person(mine.name))

    def ask(self, present: int, absent: int) -> tuple[list[EntryFeatures], list[Asked]]:
        """The catalogue without the entries of `absent` queries, and all queries, shuffled."""
        numbers = self.random.sample(range(len(self.truth)), present + absent)
        left_out = {self.truth[number].identity for number in numbers[present:]}
        entries = [entry for entry in self.entries if entry.identity not in left_out]
        asked = [
            Asked(self.query(entry), "" if entry.identity in left_out else entry.identity)
            for entry in (self.truth[number] for number in numbers)
        ]
        self.random.shuffle(asked)
        return entries, asked


def _later(date: PartialDate, days: int) -> PartialDate:
    month = (date.month or 1) - 1 + (date.year or 0) * 12
    total = month * 30 + (date.day or 1) - 1 + days
    return PartialDate(total // 360, total % 360 // 30 + 1, min(28, total % 30 + 1))
