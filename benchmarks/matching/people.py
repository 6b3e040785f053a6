"""Invented people. Independent of `dangqiao sample` and of every table of the program, so that nothing is tested with
the table that it was made from. `python -m benchmarks.matching.people` prints how frequent some names are.

Surnames: the published ranking of the hundred most frequent (Ministry of Public Security, 2020 name report: 王 7.25 %,
李 7.19 %, 张 6.83 %; the hundred together 84.8 %), the shares between them by 1 / (rank + 3); the other 15.2 % are
spread evenly over rarer ones, compound ones among them. Given names: see names.toml. `OTHERS` has other characters,
weighs them almost evenly and has ten times as many compound surnames: for the set that nobody tunes on.
"""

import tomllib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

HUNDRED = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
)
RARER = (
    *"温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉",
    "欧阳", "上官", "司马", "诸葛", "尉迟", "皇甫",
)  # fmt: skip
ERAS = (1945, 1966, 1980, 3000)
"""Born before each year."""
_SEXES = {True: "men", False: "women"}


@dataclass(frozen=True, eq=False)
class Names:
    """How given names are made; see names.toml.

    Attributes:
        own: characters of men (True) and of women by era, the more frequent first.
        rest: characters that follow them in every era.
        whole: names of their time, by era, the more frequent first; `whole_share`: of the people who bear one.
        one_character: share of the other names that have one character, by era.
        offset: the nth character weighs 1 / (n + offset).
        compound: how many times more frequent compound surnames are than other rare ones.
    """

    own: Mapping[bool, list[str]]
    rest: Mapping[bool, str]
    whole: Mapping[bool, list[list[str]]]
    whole_share: float
    one_character: list[float]
    offset: int
    compound: float

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Names":
        """From a table of names.toml."""
        return cls(
            {man: told[sex] for man, sex in _SEXES.items()},
            {man: "".join(told[f"{sex}_rest"].split()) for man, sex in _SEXES.items()},
            {man: [era.split() for era in told[f"{sex}_whole"]] for man, sex in _SEXES.items()},
            told["whole"],
            told["one_character"],
            told["offset"],
            told["compound"],
        )

    def few(self) -> "Names":
        """Some twenty characters an era and nothing else: far more namesakes than among real people."""
        return replace(self, rest=dict.fromkeys(_SEXES, ""), whole_share=0.0, one_character=[0.15, 0.25, 0.45, 0.15])

    @property
    def pool(self) -> str:
        """Every character of their given names, some of them more than once."""
        return "".join("".join(self.own[man]) + self.rest[man] for man in _SEXES)

    def characters(self, man: bool, era: int) -> dict[str, float]:
        """Shares of the characters that given names are put together from."""
        return _shares("".join(dict.fromkeys(self.own[man][era] + self.rest[man])), self.offset)

    def of_their_time(self, man: bool, era: int) -> dict[str, float]:
        """Shares of the whole names of an era."""
        return _shares(self.whole[man][era], 3)


def _shares(falling: Sequence[str], offset: int) -> dict[str, float]:
    weights = [1 / (rank + offset) for rank in range(len(falling))]
    return {one: weight / sum(weights) for one, weight in zip(falling, weights, strict=True)}


COUNTIES = {
    "310115": "上海市浦东新区",
    "310112": "上海市闵行区",
    "310114": "上海市嘉定区",
    "310118": "上海市青浦区",
}


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as they really are."""

    name: str
    man: bool
    birth: tuple[int, int, int]
    number: str

    @property
    def iso(self) -> str:
        """The birth date."""
        year, month, day = self.birth
        return f"{year}-{month:02d}-{day:02d}"


_TOLD = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
USUAL, OTHERS = Names.of(_TOLD["usual"]), Names.of(_TOLD["others"])
SURNAMES = (*HUNDRED, *RARER)
SHARES = [
    7.25,
    7.19,
    6.83,
    *(share * (84.8 - 21.27) for share in _shares(HUNDRED[3:], 6).values()),
    *[15.2 / len(RARER)] * len(RARER),
]
_SUMS = list(accumulate(SHARES))
COMPOUND = tuple(one for one in RARER if len(one) > 1)


def era_of(born: int) -> int:
    """The era of a birth year; a slip of the pen may put it anywhere."""
    return next((number for number, end in enumerate(ERAS) if born < end), len(ERAS) - 1)


def _surname(rng: Random, names: Names) -> str:
    chosen = rng.choices(SURNAMES, cum_weights=_SUMS)[0]
    often = 0.152 * len(COMPOUND) / len(RARER) * (names.compound - 1)
    return rng.choice(COMPOUND) if rng.random() < often else chosen


def _given(rng: Random, names: Names, man: bool, born: int) -> str:
    era = era_of(born)
    whole, characters = _summed(names, man, era)
    if rng.random() < names.whole_share:
        return rng.choices(whole[0], cum_weights=whole[1])[0]
    length = 1 if rng.random() < names.one_character[era] else 2
    return "".join(rng.choices(characters[0], cum_weights=characters[1], k=length))


@cache
def _summed(names: Names, man: bool, era: int) -> list[tuple[list[str], list[float]]]:
    """Whole names of an era and characters, each with their shares added up."""
    every = names.of_their_time(man, era), names.characters(man, era)
    return [(list(shares), list(accumulate(shares.values()))) for shares in every]


def someone(
    rng: Random, names: Names, man: bool, born: int, taken: set[str], counties: Collection[str] = COUNTIES
) -> Someone:
    """A person born in that year, most often in one of the counties, whose number is not among those taken."""
    birth = (born, rng.randint(1, 12), rng.randint(1, 28))
    near = rng.random() < 0.7
    far = f"{rng.choice((32, 33, 34, 41, 51))}{rng.randint(1, 12):02d}2{rng.randint(1, 6)}"
    area = rng.choice(list(counties)) if near else far
    body = ""
    while not body or body in taken:
        sequence = rng.randrange(0, 998) // 2 * 2 + man
        body = f"{area}{birth[0]}{birth[1]:02d}{birth[2]:02d}{sequence:03d}"
    taken.add(body)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
    return Someone(_surname(rng, names) + _given(rng, names, man, born), man, birth, body + check)


def main() -> None:
    """Prints shares of some names among a million people of the usual set, to be held against what is published."""
    rng, whole, given = Random(1), Counter[str](), Counter[str]()
    size = 1_000_000
    for _ in range(size):
        name = _given(rng, USUAL, rng.random() < 0.5, rng.randint(1925, 1984))
        whole[_surname(rng, USUAL) + name] += 1
        given[name] += 1
    print("of 10 000:", {name: round(count / size * 10_000, 1) for name, count in whole.most_common(20)})
    print("of 1 000:", {name: round(count / size * 1000, 1) for name, count in given.most_common(20)})
    one = sum(count for name, count in given.items() if len(name) == 1)
    print(f"of one character: {one / size:.3f}; different given names: {len(given):,}, whole names: {len(whole):,}")


if __name__ == "__main__":
    main()
