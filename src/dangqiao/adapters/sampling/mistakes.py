"""What happens to a name or a date between the old file and the catalogue. Each mistake is drawn by its frequency."""

from collections.abc import Callable
from random import Random

from dangqiao.adapters.sampling.people import FEMALE, Someone, data

Mistake = Callable[[Random, str], str]


def _groups(text: str) -> dict[str, str]:
    """Pairs in both directions: character -> those it is taken for."""
    found: dict[str, str] = {}
    for pair in text.split():
        for place, character in enumerate(pair):
            other = pair[1 - place]
            if character != other:
                found[character] = found.get(character, "") + other
    return found


_TABLE = data("mistakes.toml")
_SOUNDS, _LOOKS = _groups(_TABLE["sounds"]), _groups(_TABLE["looks"])
_TRADITIONAL = {pair[0]: pair[1] for pair in _TABLE["traditional"].split()}
_VARIANTS = {pair[0]: pair[1] for pair in _TABLE["variants"].split()}
_SECOND_ROUND = {pair[0]: pair[1] for pair in _TABLE["second_round"].split()}
SECOND_ROUND_YEARS = range(1977, 1987)


def _swap_one(table: dict[str, str]) -> Mistake:
    def mistake(rng: Random, name: str) -> str:
        places = [place for place, character in enumerate(name) if character in table]
        if not places:
            return name
        place = rng.choice(places)
        return name[:place] + rng.choice(table[name[place]]) + name[place + 1 :]

    return mistake


def _drop(rng: Random, name: str) -> str:
    return name[:-1] if len(name) > 2 else name


def _double(rng: Random, name: str) -> str:
    return name + name[-1] if len(name) < 4 else name


def _illegible(rng: Random, name: str) -> str:
    place = rng.randrange(1, len(name))
    return name[:place] + rng.choice("□□□?○") + name[place + 1 :]


def _turned(rng: Random, name: str) -> str:
    return name[0] + name[2] + name[1] + name[3:] if len(name) > 2 else name


def _whole(table: dict[str, str]) -> Mistake:
    spelling = str.maketrans(table)
    return lambda _rng, name: name.translate(spelling)


_MISTAKES: dict[Mistake, float] = {
    _swap_one(_SOUNDS): 34,
    _swap_one(_LOOKS): 18,
    _whole(_TRADITIONAL): 16,
    _whole(_VARIANTS): 6,
    _drop: 5,
    _illegible: 8,
    _turned: 3,
    _double: 1,
}
_KINDS, _SHARES = list(_MISTAKES), list(_MISTAKES.values())


def name_as_typed(rng: Random, someone: Someone, year: int, *, husband: str = "") -> str:
    """The name as the catalogue has it. The older the file, the more goes wrong."""
    name = someone.name
    chance = rng.random()
    if someone.sex == FEMALE and year < 1956 and husband:
        if chance < 0.06:
            return name[0] + "氏"
        if chance < 0.10:
            return husband[0] + name
    if chance < 0.01 and year in SECOND_ROUND_YEARS:
        return name.translate(str.maketrans(_SECOND_ROUND))
    if chance < (0.16 if year < 1970 else 0.10 if year < 1990 else 0.04):
        return rng.choices(_KINDS, _SHARES)[0](rng, name)
    return name


def birth_as_typed(rng: Random, someone: Someone, year: int) -> str:
    """A birth date in one of the forms of its time, or nothing."""
    chance = rng.random()
    if year < 1981 and chance < 0.28:
        return ""
    if year < 1981 and chance < 0.40:
        return f"{someone.year}年"
    if someone.year < 1949 and chance < 0.46:
        return f"民国{someone.year - 1911}年{someone.month}月{someone.day}日"
    if year < 1970 and chance < 0.50:
        return f"农历{someone.year}年{someone.month}月{someone.day}日"
    if chance < 0.54:
        return f"{someone.year}-{someone.month:02d}"
    if chance < 0.555:  # one digit misread
        return f"{someone.year}-{someone.month:02d}-{min(max(1, someone.day ^ 1), 28):02d}"
    if chance < 0.75:
        return f"{someone.year}年{someone.month}月{someone.day}日"
    return someone.birth


def number_as_typed(rng: Random, someone: Someone, year: int) -> str:
    """An identity number: none before 1984, 15 digits until 1999; now and then one digit is wrong."""
    chance = rng.random()
    if year < 1985 or (year < 1990 and chance < 0.4):
        return ""
    number = someone.number
    if year < 2000:
        number = number[:6] + number[8:17]
    if chance > 0.99:
        place = rng.randrange(8, 14)
        number = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    return number


def date_as_typed(rng: Random, iso: str) -> str:
    """The date of an act."""
    chance = rng.random()
    year, month, day = iso.split("-")
    if chance < 0.03:
        return year
    if chance < 0.06:
        return f"{year}-{month}"
    if chance < 0.2:
        return f"{year}年{int(month)}月{int(day)}日"
    return year + month + day if chance < 0.25 else iso
