"""What could be decided at most: a judge who knows how the world was made, and answers by Bayes' theorem.

    P(event of row r | query q)  ~  found / N * P(q | r)            for each row that may be meant
    P(not in the catalogue | q)  ~  absent * (P(q) + P(q | another marriage of a man in r))

P(q | r) is exact but for this: two slips in one name, and a row whose birth date and number are both wrong, are left
out. Re-issues are taken for the events that they repeat. The judge
knows every rate of `world.Rules`, every pool of names and the share of the absent, which no archive knows. Where he is
not sure, the query and the catalogue do not say.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import NamedTuple

from benchmarks.matching.shares import FIRST, LAST, Names, births, simplified, year_share
from benchmarks.matching.world import HEADER, Question, Rules

DAYS = 12 * 28
SEQUENCES = 499
AGAIN = 0.04
"""Share of men with another marriage: each fiftieth couple has a second one."""
SWAPPED = 0.015


class Side(NamedTuple):
    """A person of a query or a row: what is written, script aside. `birth`: year, month, day; 0 for what is not known.
    `number`: 17 digits or empty."""

    name: str
    birth: tuple[int, int, int]
    number: str


class Judge:
    """Judges questions about one catalogue.

    Args:
        rows: the catalogue, by reference code.
        found: share of the questions whose record is there.
    """

    def __init__(self, rules: Rules, rows: Iterable[Sequence[str]], found: float) -> None:
        self._names, self._rules, self._found = Names(rules), rules, found
        self._rows = {row[0]: dict(zip(HEADER, row, strict=True)) for row in rows if row[3] != "补领"}
        self._nowhere = lru_cache(maxsize=1 << 12)(self._nobody)
        self._says = lru_cache(maxsize=1 << 12)(self._said)

    def judge(self, question: Question, codes: Iterable[str]) -> tuple[str, float]:
        """The most probable row among these, and the probability that it may be taken."""
        asked = _Asked(question)
        rows = {code: self._rows[code] for code in codes if code in self._rows}
        size = len(self._rows)
        nobody = sum(
            (year_share(year) * self._year(asked, year) if asked.year else year_share(year))
            * sum(asked.sex(man) * prod(self._unknown(asked, man, year)) for man in (True, False))
            for year in range(FIRST, LAST + 1)
        ) * (0.25 if asked.place else 1.0)
        weights, again = {}, {}
        for code, row in rows.items():
            weights[code], again[code] = self._row(asked, row)
        if not weights or not max(weights.values()):
            return "", 0.0
        best = max(weights, key=lambda code: weights[code])
        absent = (1 - self._found) * nobody
        again = {code: odds * AGAIN / size for code, odds in again.items()}
        open_ended = not (asked.other or asked.year)
        if not open_ended:
            absent += (1 - self._found) * sum(again.values())
        chance = self._found / size * weights[best] / (self._found / size * sum(weights.values()) + absent)
        if open_ended:  # another marriage of the same person answers it too, and then neither may be taken
            chance *= prod(1 / (1 + again[code] / nobody) for code in again if code != best)
        return best, chance

    def _year(self, asked: "_Asked", year: int) -> float:
        apart = abs(asked.year - year)
        if asked.kind == "wrong":
            return {3: 1 / 6, 5: 1 / 6, 10: 1 / 6}.get(apart, 0.0)
        off = self._rules.year_off
        return 1 - off if apart == 0 else off / 4 if apart <= 2 else 0.0

    def _unknown(self, asked: "_Asked", man: bool, year: int) -> tuple[float, float]:
        """P(what is said of me), P(what is said of the other) for a couple of that year, I being the man or not."""
        return self._nowhere(asked.me, man, year, asked.kind), self._nowhere(asked.other, not man, year, "")

    def _nobody(self, side: Side | None, man: bool, year: int, kind: str) -> float:
        if side is None:
            return 1.0
        return sum(share * self._says(side, man, born, kind) for born, share in births(man, year, 0).items())

    def _said(self, side: Side, man: bool, born: int, kind: str) -> float:
        """P(name and birth date as asked | born in that year)."""
        names = self._names
        written = kind == "written_today"
        share = names.seen(side.name, man, born, 1.0) if written else names.share(side.name, man, born)
        return share * _birth_said(side, born)

    def _row(self, asked: "_Asked", row: Mapping[str, str]) -> tuple[float, float]:
        """P(q | r), and P(q | another marriage of the man in r) but for how many have one."""
        year = int(row["年度"])
        place = 1.0
        if asked.place:
            place = float(row["登记机关"].startswith(asked.place))
        sides = _side(row, "男方"), _side(row, "女方")
        slip = self._rules.slip_before if year < 1970 else self._rules.slip_after
        when = self._year(asked, year) if asked.year else 1.0
        weight = again = below = 0.0
        for turned in (False, True):
            man, woman = reversed(sides) if turned else sides
            ages = [one.birth[0] * (one.birth[0] in births(his, year, 0)) for one, his in ((man, True), (woman, False))]
            turn = SWAPPED if turned else 1 - SWAPPED
            likely = [
                self._seen(man, True, year, ages[1], slip),
                self._seen(woman, False, year, ages[0], slip),
            ]
            below += turn * prod(likely)
            for me_man in (True, False):
                mine, theirs = (man, woman) if me_man else (woman, man)
                sex = asked.sex(me_man)
                if not sex:
                    continue
                own = self._person(asked.me, mine, me_man, year, ages[me_man], slip, asked.kind)
                rest = likely[me_man]
                spouse = rest
                if asked.other:
                    spouse = self._person(asked.other, theirs, not me_man, year, ages[not me_man], slip, "")
                weight += sex * turn * own * spouse * when * place
                # The man of this row in another marriage, which is not here.
                about_man = own if me_man else spouse
                wives = self._wives(asked, me_man, year)
                if me_man or asked.other:
                    again += sex * turn * about_man * likely[1] * wives * place
        if not below:
            return 0.0, 0.0
        return weight / below, again / below

    def _wives(self, asked: "_Asked", me_man: bool, year: int) -> float:
        """P(what is said of the wife and the year) of another marriage of a man who also married in that year."""
        key = me_man, year
        if key not in asked.wives:
            side, kind = (asked.other, "") if me_man else (asked.me, asked.kind)
            years = (*range(year - 14, year - 1), *range(year + 2, year + 15))
            asked.wives[key] = sum(
                self._nowhere(side, False, when, kind) * (self._year(asked, when) if asked.year else 1.0)
                for when in years
            ) / len(years)
        return asked.wives[key]

    def _seen(self, side: Side, man: bool, year: int, spouse: int, slip: float) -> float:
        """P(what the row says of a person)."""
        names = self._names
        ages = births(man, year, spouse)
        if side.number or side.birth[1]:
            born = side.birth[0]
            return ages.get(born, 1e-3) / DAYS * names.seen(side.name, man, born, slip)
        if side.birth[0]:
            born = side.birth[0]
            return ages.get(born, 1e-3) * names.seen(side.name, man, born, slip)
        return sum(share * names.seen(side.name, man, born, slip) for born, share in ages.items())

    def _person(self, mine: Side, side: Side, man: bool, year: int, spouse: int, slip: float, kind: str) -> float:
        """P(what the query says and what the row says | one person)."""
        ages = births(man, year, spouse)
        if mine.number and side.number:
            wrong = sum(a != b for a, b in zip(mine.number, side.number, strict=True))
            born = mine.birth[0]
            chance = 0.98 if wrong == 0 else 0.02 / 17 / 9 if wrong == 1 else 0.0
            said = self._both(mine.name, side.name, man, born, slip, kind)
            return chance * SEQUENCES * 5 * ages.get(born, 0.0) / DAYS * said
        if side.birth[0]:
            years = {side.birth[0], mine.birth[0], mine.birth[0] - 1, side.birth[0] + 1, *range(side.birth[0], 0, -10)}
            years |= {side.birth[0] // 10 * 10 + digit for digit in range(10)}
            choices: Iterable[int] = [born for born in years if born in ages]
        else:
            choices = ages
        found = 0.0
        for born in choices:
            chance = self._birth_both(mine, side, born, early=year < 1970)
            if chance:
                found += ages[born] * chance * self._both(mine.name, side.name, man, born, slip, kind)
        return found

    def _both(self, mine: str, theirs: str, man: bool, born: int, slip: float, kind: str) -> float:
        names = self._names
        if kind != "written_today":
            share = names.share(mine, man, born)
            return share * names.written(theirs, mine, slip) if share else 0.0
        return sum(
            names.share(true, man, born) * names.slips(true).get(mine, 0.0) * names.written(theirs, true, slip)
            for true in _between(mine, theirs)
        )

    def _birth_both(self, mine: Side, side: Side, born: int, early: bool) -> float:
        """P(birth date asked, birth date of the row as far as it has one | born in that year)."""
        if mine.birth[1]:
            if born != mine.birth[0]:
                return 0.0
            return _birth_written(mine.birth, side, self._rules.no_birth[not early], early) / DAYS
        said = _birth_said(mine, born)
        if not side.birth[0] or not said:
            return said
        if side.birth[0] == born:
            return said / (DAYS if side.birth[1] else 1)
        # Another year by a slip: a digit, or a lunar date of January.
        return said * (0.002 / DAYS if side.birth[1] else 0.0)


def _between(one: str, other: str) -> set[str]:
    """The names that both may come from: either of them, or some characters of the one and the rest of the other."""
    found = {one, other}
    if len(one) == len(other):
        found |= {"".join(characters) for characters in product(*zip(one, other, strict=True))}
    return found


def _birth_said(side: Side, born: int) -> float:
    year, month, _day = side.birth
    if not year:
        return 1.0
    if month:
        return float(year == born) / DAYS
    return {0: 0.6, 1: 0.2}.get(abs(year - born), 0.0)


def _birth_written(true: tuple[int, int, int], side: Side, none: float, early: bool) -> float:
    """How often a row says this of a birth date, among those rows that say something of this kind."""
    if not side.birth[0]:
        return 1.0
    if side.number:  # its digits are from the same date
        wrong = sum(a != b for a, b in zip(_digits(true), side.number[6:14], strict=True))
        return 0.99 if wrong == 0 else 0.02 / 17 / 9 if wrong == 1 else 0.0
    if not side.birth[1]:
        return float(side.birth[0] == true[0])
    whole = 1 - none - (0.15 if early else 0.03)
    if side.birth == true:
        return (whole - 0.07) / whole
    wrong = sum(a != b for a, b in zip(_digits(true), _digits(side.birth), strict=True))
    found = 0.02 / 3 / 9 / whole if wrong == 1 else 0.0
    days = [(year * 12 + month - 1) * 30 + day - 1 for year, month, day in (true, side.birth)]
    return found + (0.05 / 29 / whole if 20 <= days[0] - days[1] <= 48 else 0.0)


def _digits(birth: tuple[int, int, int]) -> str:
    year, month, day = birth
    return f"{year}{month:02d}{day:02d}"


class _Asked:
    """What a question says."""

    def __init__(self, question: Question) -> None:
        cells = question.cells
        self.kind = question.kind
        self.wives: dict[tuple[bool, int], float] = {}
        self.me = Side(simplified(cells["姓名"]), _date(cells.get("出生日期", "")), cells.get("身份证件号", "")[:17])
        if self.me.number and not self.me.birth[0]:
            self.me = self.me._replace(birth=_born(self.me.number))
        spouse = cells.get("配偶姓名", "")
        self.other = Side(spouse, (0, 0, 0), "") if spouse else None
        self.year = int(cells.get("登记年份") or 0)
        self.place = cells.get("登记地", "") if self.kind != "wrong" else ""
        self._sex = cells.get("性别") or ("女男"[int(self.me.number[16]) % 2] if self.me.number else "")

    def sex(self, man: bool) -> float:
        """P(I am the man, or the woman)."""
        return 0.5 if not self._sex else float(self._sex == ("男" if man else "女"))


def _side(row: Mapping[str, str], column: str) -> Side:
    number = row[f"{column}身份证件号"]
    number = number[:17] if len(number) == 18 else number[:6] + "19" + number[6:] if number else ""
    birth = _born(number) if number else _date(row[f"{column}出生日期"])
    return Side(simplified(row[f"{column}姓名"]), birth, number)


def _born(number: str) -> tuple[int, int, int]:
    return int(number[6:10]), int(number[10:12]), int(number[12:14])


def _date(text: str) -> tuple[int, int, int]:
    year, month, day = (*(map(int, text.split("-")) if text else ()), 0, 0, 0)[:3]
    return year, month, day


LIMITS = (0.9995, 0.999, 0.998, 0.996, 0.99, 0.98, 0.96)


def decided(judged: Sequence[tuple[Question, str, float]]) -> list[str]:
    """For some limits on the probability: what is decided of those that exist, and what of it is wrong."""
    present = sum(bool(question.right) for question, _code, _chance in judged)
    lines = ["| limit | decided | wrong | of them absent | wrong as stated |", "|---|---|---|---|---|"]
    for limit in LIMITS:
        taken = [(question, code, chance) for question, code, chance in judged if chance >= limit]
        wrong = [question for question, code, _chance in taken if code not in question.sole]
        share, absent = (len(taken) - len(wrong)) / present, sum(not question.right for question in wrong)
        stated = sum(1 - chance for _question, _code, chance in taken)
        lines.append(f"| {limit} | {share:.3f} | {len(wrong)} | {absent} | {stated:.1f} |")
    return lines
