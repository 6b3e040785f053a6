"""Invented people: surnames by published shares, given names by decade of birth, identity numbers that check."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from operator import mul
from random import Random
from typing import Any

from dangqiao.core.vocabulary.names import SURNAME_SHARES

MALE, FEMALE = "男", "女"
FIRST_SEQUENCE = 900
"""Invented numbers have sequences 900-989: seldom given out, so they are seen to be invented."""
_POOL = 8192
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def data(name: str) -> dict[str, Any]:
    """A data file of this package."""
    text = files("dangqiao.adapters.sampling").joinpath("data", name).read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(slots=True)
class Someone:
    """An invented person, as they really are: files may say otherwise."""

    name: str
    sex: str
    year: int
    month: int
    day: int
    number: str

    @property
    def birth(self) -> str:
        """ISO."""
        return f"{self.year}-{self.month:02d}-{self.day:02d}"


def with_check_character(body: str) -> str:
    """An 18-character number from its first 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return body + "10X98765432"[sum(map(mul, map(int, body), _WEIGHTS)) % 11]


def fifteen(number: str) -> str:
    """The number as it was until 1999."""
    return number[:6] + number[8:17]


class Names:
    """Pools of surnames and given names, drawn once by their frequencies; a name is then a look-up."""

    def __init__(self, rng: Random) -> None:
        table = data("names.toml")
        rare = [name for name in table["rare_surnames"].split() if name not in SURNAME_SHARES]
        left = max(0.0, 1.0 - sum(SURNAME_SHARES.values()))
        shares = {**SURNAME_SHARES, **dict.fromkeys(rare, left / len(rare))}
        self.surnames = rng.choices(list(shares), list(shares.values()), k=_POOL)
        self.given: dict[tuple[int, str], list[str]] = {}
        for decade, by_sex in table["decades"].items():
            for sex, key in ((MALE, "male"), (FEMALE, "female")):
                self.given[int(decade), sex] = _given(rng, by_sex[key], table["one_character"][decade])


class People:
    """Makes people of some areas."""

    def __init__(self, rng: Random, names: Names, areas: Sequence[str]) -> None:
        self._random, self._names, self._areas = rng.random, names, list(areas)

    def someone(self, sex: str, year: int, *, surname: str = "") -> Someone:
        """A person born in a year."""
        draw = self._random
        decade = min(max(year // 10 * 10, 1920), 1990)
        given = self._names.given[decade, sex][int(draw() * _POOL)]
        month, day = 1 + int(draw() * 12), 1 + int(draw() * 28)
        area = self._areas[int(draw() * len(self._areas))]
        sequence = FIRST_SEQUENCE + 2 * int(draw() * 45) + (sex == MALE)
        number = with_check_character(f"{area}{year}{month:02d}{day:02d}{sequence}")
        name = (surname or self._names.surnames[int(draw() * _POOL)]) + given
        return Someone(name, sex, year, month, day, number)


def _given(rng: Random, table: dict[str, str], one_share: float) -> list[str]:
    ones = rng.choices(table["one"], _falling(len(table["one"])), k=_POOL)
    words = table["two"].split()
    twos = rng.choices(words, _falling(len(words)), k=_POOL)
    first = rng.choices(table["first"], _falling(len(table["first"])), k=_POOL)
    second = rng.choices(table["second"], _falling(len(table["second"])), k=_POOL)
    kinds = rng.choices((0, 1, 2), (one_share, (1 - one_share) * 0.45, (1 - one_share) * 0.55), k=_POOL)
    return [(ones[place], twos[place], first[place] + second[place])[kind] for place, kind in enumerate(kinds)]


@cache
def _falling(count: int) -> list[float]:
    """Weights of words that are listed most frequent first (Zipf-Mandelbrot)."""
    return [1 / (rank + 4) for rank in range(count)]


def weighted(rng: Random, weights: dict[Any, float], count: int) -> list[Any]:
    """`count` draws from a table of weights."""
    totals = list(accumulate(weights.values()))
    return rng.choices(list(weights), cum_weights=totals, k=count)
