"""How the invented world is made, as probabilities: years, ages, names, and what slips of the pen make of names.

Read from the tables of `people` and `world`; exact but for two slips in one name.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from benchmarks.matching import people, world
from benchmarks.matching.world import Rules

FIRST, LAST, MODE = 1950, 2005, 1990
MARRIED_AGAIN = 50
_SIMPLIFIED = {ord(old): new for new, old in world.TRADITIONAL.items()}


def simplified(name: str) -> str:
    """The name as it was before a clerk wrote it in traditional characters."""
    return name.translate(_SIMPLIFIED)


def year_share(year: int) -> float:
    """The share of acts in a year: the triangle of `world._couple`, cut to whole years."""

    def below(at: float) -> float:
        at = min(max(at, FIRST), LAST)
        if at <= MODE:
            return (at - FIRST) ** 2 / ((LAST - FIRST) * (MODE - FIRST))
        return 1 - (LAST - at) ** 2 / ((LAST - FIRST) * (LAST - MODE))

    return float(below(year + 1) - below(year))


@lru_cache(maxsize=1 << 14)
def births(man: bool, year: int, spouse: int) -> Mapping[int, float]:
    """Shares of birth years among those who marry in a year, and whose spouse was born in that year (0: unknown).

    Of the couples one in `MARRIED_AGAIN` is a second marriage, later by up to fourteen years; that wide range is taken
    as flat.
    """
    found: dict[int, float] = defaultdict(float)
    first, apart = 1 - 1 / MARRIED_AGAIN, range(-3, 7)
    men = [year - age for age in range(21, 35)]
    if man:
        usual = [born for born in men if not spouse or spouse - born in apart]
        wide = [born for born in range(year - 48, year - 20) if not spouse or -11 <= spouse - born <= 14]
    elif spouse:
        usual, wide = [spouse + years for years in apart], list(range(spouse - 11, spouse + 15))
    else:
        usual, wide = [born + years for born in men for years in apart], list(range(year - 45, year - 16))
    for years, share in ((usual, first), (wide, 1 - first)):
        for born in years:
            found[born] += share / len(years)
    return found


class Names:
    """Shares of names and of slips under some rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        pools = rules.names
        total = sum(people.SHARES)
        often = 0.152 * len(people.COMPOUND) / len(people.RARER) * (pools.compound - 1)
        self.surnames: dict[str, float] = defaultdict(float)
        for surname, share in zip(people.SURNAMES, people.SHARES, strict=True):
            self.surnames[surname] += (1 - often) * share / total
        for surname in people.COMPOUND:
            self.surnames[surname] += often / len(people.COMPOUND)
        self.given = {(man, era): _given(pools, man, era) for man in (True, False) for era in range(len(people.ERAS))}
        self._written: dict[tuple[bool, int, float], tuple[dict[str, float], dict[str, float]]] = {}
        self.slips = lru_cache(maxsize=1 << 16)(self._slips)

    def split(self, name: str) -> tuple[str, str]:
        """Surname and given name."""
        length = 2 if name[:2] in self.surnames else 1
        return name[:length], name[length:]

    def share(self, name: str, man: bool, born: int) -> float:
        """Of a true name among those born in a year."""
        surname, given = self.split(name)
        return self.surnames.get(surname, 0.0) * self.given[man, people.era_of(born)].get(given, 0.0)

    def _slips(self, name: str) -> Mapping[str, float]:
        """What `world.slip` makes of a name, script aside, and how often."""
        found: dict[str, float] = defaultdict(float)
        rules = self.rules
        total = sum(rules.slips.values())
        pool = rules.names.pool
        for place, character in enumerate(name):
            head, tail = name[:place], name[place + 1 :]
            for kind, weight in rules.slips.items():
                results = [name]
                if kind == "lost" and len(name) > 2 and place:
                    results = [head + tail]
                elif kind == "swapped" and len(name) > 2:
                    results = [name[:-2] + name[-1] + name[-2]]
                elif kind == "doubled" and len(name) < 3:
                    results = [name + name[-1]]
                elif kind == "look" and character in world.ALIKE[rules.name]:
                    results = [head + world.ALIKE[rules.name][character] + tail]
                elif kind in ("sound", "look"):
                    results = [head + one + tail for one in world.homophones(character) or [character]]
                elif kind == "illegible" and place:
                    results = [head + one + tail for one in "□?×"]
                elif kind == "other" and place:
                    results = [head + one + tail for one in pool]
                for result in results:
                    found[simplified(result)] += weight / total / len(name) / len(results)
        return found

    def written(self, entry: str, name: str, slip: float) -> float:
        """How often a row has this when the name is that."""
        return (1 - slip) * (entry == name) + slip * self.slips(name).get(entry, 0.0)

    def seen(self, entry: str, man: bool, born: int, slip: float) -> float:
        """Share of what a row has, whatever the true name: surnames and given names, each with its slips."""
        key = man, people.era_of(born), slip
        if key not in self._written:
            self._written[key] = (
                self._marginal("", self.surnames, slip),
                self._marginal("一", self.given[key[:2]], slip),
            )
        surnames, given = self._written[key]
        first, rest = self.split(entry)
        return surnames.get(first, 1e-7) * given.get(rest, 1e-9)

    def _marginal(self, before: str, shares: Mapping[str, float], slip: float) -> dict[str, float]:
        """`before` stands for a surname; one that stands alone has two characters behind it."""
        found: dict[str, float] = defaultdict(float)
        for part, share in shares.items():
            found[part] += share * (1 - slip)
            whole = before + part if before else part + "一一"
            for result, chance in self.slips(whole).items():
                kept = result[1:] if before else result[: len(part)]
                found[kept] += share * slip * chance
        return found


def _given(names: people.Names, man: bool, era: int) -> dict[str, float]:
    """Shares of given names."""
    alone, own = names.one_character[era], names.whole_share
    single = names.characters(man, era)
    found: dict[str, float] = defaultdict(float)
    for one, share in names.of_their_time(man, era).items():
        found[one] += own * share
    for first, share in single.items():
        found[first] += (1 - own) * alone * share
        for second, other in single.items():
            found[first + second] += (1 - own) * (1 - alone) * share * other
    return found
