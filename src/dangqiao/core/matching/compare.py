"""Field by field: how far two values agree. Pure, symmetric, no numbers: what agreement is worth, `weigh` knows."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from dangqiao.core.matching.characters import Step, likeness
from dangqiao.core.matching.features import IdParts, Person
from dangqiao.core.vocabulary.identity import Sex
from dangqiao.core.vocabulary.names import (
    DOT,
    ILLEGIBLE,
    descriptions_unread,
    fold_name,
    is_clan_name,
    is_han,
    parse_name,
    pinyin_of_fold,
    surname_length,
    without_husbands_surname,
)


class NameLevel(StrEnum):
    """How two names agree, from the closest."""

    SAME = "same"
    VARIANT = "variant"
    """Written otherwise (traditional, variant, simplified twice, blanks, dots), the same name."""
    SOUND = "sound"
    NEAR_SOUND = "near_sound"
    LOOK = "look"
    SOUND_AND_LOOK = "sound_and_look"
    ROMANISED = "romanised"
    """One is in Latin letters and sounds like the other."""
    ILLEGIBLE = "illegible"
    """The same as far as it can be read."""
    LOST = "lost"
    """A character is missing or written twice in one of them."""
    SWAPPED = "swapped"
    CLAN = "clan"
    """王氏: the surname agrees, the given name was not written."""
    ONE_OFF = "one_off"
    """One character is another one and there is no reason for it."""
    DIFFERENT = "different"
    MISSING = "missing"


_COST = {
    Step.SAME: 0.0, Step.SOUND: 1.0, Step.LOOK: 1.1, Step.NEAR_SOUND: 1.3, Step.ILLEGIBLE: 0.8,
    Step.OTHER: 3.0, Step.LOST: 2.0, Step.DOUBLED: 1.5, Step.SWAPPED: 0.8,
}  # fmt: skip
_NOTHING = ILLEGIBLE + DOT
"""A name of these says nothing."""
_WORDS = "不详 不祥 未详 不明 未知 未填 不清 无名 佚名 无名氏 未取名 未起名 未命名 未定名 未定 待定 待取名 暂无 没有"
_NO_NAME = frozenset(_WORDS.split())
"""What stands for a name that is not known, or that a child has not been given yet."""


class NameComparison(NamedTuple):
    """How two names agree.

    Attributes:
        level: the whole.
        steps: character by character of the first name: the character, whether it is of the surname, what happened.
        one, other: the names that were compared, as written (one of the former names, perhaps).
        former: whether a former name had to be taken.
        husband: whether a husband's surname had to be left out.
    """

    level: NameLevel
    steps: tuple[tuple[str, bool, Step], ...] = ()
    one: str = ""
    other: str = ""
    former: bool = False
    husband: bool = False

    @property
    def cost(self) -> float:
        """Smaller is closer."""
        if self.level in (NameLevel.DIFFERENT, NameLevel.MISSING):
            return 100.0
        aside = 0.5 * self.former + 0.5 * self.husband + 3.0 * (self.level is NameLevel.CLAN)
        return sum(_COST[step] for _, _, step in self.steps) + aside


class IdLevel(StrEnum):
    """How two identity numbers agree."""

    SAME = "same"
    OTHER_AREA = "other_area"
    OTHER_BIRTH = "other_birth"
    OTHER_SEQUENCE = "other_sequence"
    ONE_PART = "one_part"
    OTHER_COLUMN = "other_column"
    """The number stands beside another person of the entry."""
    DIFFERENT = "different"
    MISSING = "missing"


class PlaceLevel(StrEnum):
    """How near two places lie."""

    SAME_COUNTY = "same_county"
    SAME_CITY = "same_city"
    SAME_PROVINCE = "same_province"
    DIFFERENT = "different"
    MISSING = "missing"


class SexLevel(StrEnum):
    """Whether two people are of one sex."""

    SAME = "same"
    DIFFERENT = "different"
    MISSING = "missing"


def compare_persons_names(one: Person, other: Person) -> NameComparison:
    """The closest of all pairs of names of two persons, former names included."""
    best = compare_names(one.name, other.name)
    if not (one.former_names or other.former_names):
        return best
    for mine in (one.name, *one.former_names):
        for theirs in (other.name, *other.former_names):
            found = compare_names(mine, theirs)
            former = mine != one.name or theirs != other.name
            if found.cost + 0.5 * former < best.cost:
                best = NameComparison(found.level, found.steps, mine, theirs, True, found.husband)
    return best


def is_named(name: str) -> bool:
    """Whether a name, folded, says anything: it is there, legible in part, and no word for an unknown one (不详)."""
    return bool(name.strip(_NOTHING)) and name not in _NO_NAME


@lru_cache(maxsize=1 << 15)
def compare_names(one: str, other: str) -> NameComparison:
    """Compares two written names. Symmetric in `level`."""
    mine, theirs = fold_name(one), fold_name(other)
    if not is_named(mine) or not is_named(theirs):
        return NameComparison(NameLevel.MISSING, (), one, other)
    if mine == theirs:
        level = NameLevel.SAME if "".join(one.split()) == "".join(other.split()) else NameLevel.VARIANT
        return NameComparison(level, _steps(mine, [Step.SAME] * len(mine.replace(DOT, ""))), one, other)
    if mine[0].isascii() or theirs[0].isascii():
        return _compare_latin(mine, theirs, one, other)
    mine, theirs = _as_long_as(mine, theirs, one), _as_long_as(theirs, mine, other)
    found = _compare_han(mine, theirs, one, other)
    if 4 in (len(mine), len(theirs)) and (found.level is NameLevel.DIFFERENT or len(mine) != len(theirs)):
        for a, b in ((without_husbands_surname(mine), theirs), (mine, without_husbands_surname(theirs))):
            if a and b:
                shorter = _compare_han(a, b, one, other)
                if shorter.cost + 0.5 < found.cost:
                    found = NameComparison(shorter.level, shorter.steps, one, other, husband=True)
    if "氏" in (mine[-1], theirs[-1]) and (found.level is NameLevel.DIFFERENT or len(mine) != len(theirs)):
        found = _compare_clan(mine, theirs, found)
    if found.level in (NameLevel.DIFFERENT, NameLevel.ONE_OFF) and (len(mine) < len(one) or len(theirs) < len(other)):
        found = _compare_mentioned(one, other, found)
        unread = descriptions_unread(one), descriptions_unread(other)
        if any(unread):
            legible = _compare_han(unread[0] or mine, unread[1] or theirs, one, other)
            found = min(found, legible, key=lambda each: each.cost)
    return found


def _as_long_as(mine: str, theirs: str, written: str) -> str:
    """赵某 and 赵×× say that a given name is not known, and not how long it is."""
    length = surname_length(mine)
    given = mine[length:]
    if length and given and not given.strip(ILLEGIBLE) and (len(given) > 1 or "某" in written) and len(theirs) <= 4:
        return mine[:length] + ILLEGIBLE * max(1, len(theirs) - length)
    return mine


def _compare_mentioned(one: str, other: str, found: NameComparison) -> NameComparison:
    """Other names that stand in the name field itself."""
    for mine in (one, *parse_name(one).former):
        for theirs in (other, *parse_name(other).former):
            if (mine, theirs) == (one, other):
                continue
            mentioned = compare_names(mine, theirs)
            if mentioned.cost + 0.5 < found.cost:
                found = NameComparison(mentioned.level, mentioned.steps, mine, theirs, True, mentioned.husband)
    return found


def _compare_clan(mine: str, theirs: str, found: NameComparison) -> NameComparison:
    """王氏 or 陈王氏 and 王秀英: only the surname can agree."""
    for clan, full in ((mine, theirs), (theirs, mine)):
        if is_clan_name(clan) and not is_clan_name(full):
            surname = clan[-2]
            if likeness(surname, full[0]) in (Step.SAME, Step.SOUND):
                step = Step.SAME if surname == full[0] else Step.SOUND
                return NameComparison(NameLevel.CLAN, ((full[0], True, step),), found.one, found.other)
    return found


def _compare_latin(mine: str, theirs: str, one: str, other: str) -> NameComparison:
    """By sound; words may stand in either order, and without blanks between them."""
    sounds = pinyin_of_fold(mine), pinyin_of_fold(theirs)
    both_latin = mine[0].isascii() and theirs[0].isascii()
    same = both_latin and (
        sorted(mine.split()) == sorted(theirs.split()) or mine.replace(" ", "") == theirs.replace(" ", "")
    )
    if same or sounds[0] == sounds[1] or sorted(sounds[0].split()) == sorted(sounds[1].split()):
        han = theirs if mine[0].isascii() else mine
        if not is_han(han[0]):
            steps = tuple((word, False, Step.SAME) for word in mine.split())
            return NameComparison(NameLevel.VARIANT if same else NameLevel.NEAR_SOUND, steps, one, other)
        return NameComparison(NameLevel.ROMANISED, _steps(han, [Step.SOUND] * len(han.replace(DOT, ""))), one, other)
    return NameComparison(NameLevel.DIFFERENT, (), one, other)


def _steps(folded: str, steps: list[Step]) -> tuple[tuple[str, bool, Step], ...]:
    """Names the characters that the steps belong to; a compound surname counts as two characters of a surname."""
    if not is_han(folded[0]):
        return tuple([(word, False, Step.SAME) for word in folded.split()])
    length = surname_length(folded)
    characters = folded if length else folded.replace(DOT, "")
    return tuple([(c, place < length, step) for place, (c, step) in enumerate(zip(characters, steps, strict=True))])


def _compare_han(mine: str, theirs: str, one: str, other: str) -> NameComparison:
    first, second = mine.replace(DOT, ""), theirs.replace(DOT, "")
    gap = len(first) - len(second)
    soon = not gap and likeness(first[0], second[0]) is Step.OTHER is likeness(first[1:2], second[1:2])
    # A name with a character lost keeps two characters at least: what cannot is not worth aligning.
    if soon or abs(gap) > 1 or (gap and sum(character in first for character in second) < 2):
        return NameComparison(NameLevel.DIFFERENT, (), one, other)
    if not gap:
        steps = [likeness(a, b) for a, b in zip(first, second, strict=True)]
        if len(steps) - steps.count(Step.SAME) == 2:
            a, b = (place for place, step in enumerate(steps) if step is not Step.SAME)
            swapped = a > 0 and b == a + 1 and first[a] == second[b] and first[b] == second[a]
            if swapped and ILLEGIBLE not in first + second:
                steps[a] = steps[b] = Step.SWAPPED
    else:
        steps = _gap(first, second)
    level = _level(steps)
    if level is NameLevel.DIFFERENT:
        return NameComparison(level, (), one, other)
    length = surname_length(mine)
    marked = tuple((c, place < length, step) for place, (c, step) in enumerate(zip(first, steps, strict=False)))
    extra = tuple(("", False, step) for step in steps[len(first) :])
    return NameComparison(level, marked + extra, one, other)


def _gap(first: str, second: str) -> list[Step]:
    """Steps when one name has one character more: the place of the gap that costs least. The step of a character that
    only `second` has stands at the end."""
    long, short = (first, second) if len(first) > len(second) else (second, first)
    best: list[Step] = []
    for gap in range(len(long)):
        rest = long[:gap] + long[gap + 1 :]
        steps = [likeness(a, b) for a, b in zip(rest, short, strict=True)]
        doubled = long[gap] in long[max(0, gap - 1) : gap] + long[gap + 1 : gap + 2]
        step = Step.DOUBLED if doubled else Step.LOST
        steps = [*steps[:gap], step, *steps[gap:]] if long is first else [*steps, step]
        if not best or sum(map(_COST.__getitem__, steps)) < sum(map(_COST.__getitem__, best)):
            best = steps
    return best


def _level(steps: list[Step]) -> NameLevel:
    others = steps.count(Step.OTHER)
    if others > 1:
        return NameLevel.DIFFERENT
    kinds, same = set(steps) - {Step.SAME}, steps.count(Step.SAME)
    if others:
        return NameLevel.ONE_OFF if len(kinds) == 1 and same >= 2 else NameLevel.DIFFERENT
    if kinds & {Step.LOST, Step.DOUBLED}:
        return NameLevel.LOST if same >= 2 else NameLevel.DIFFERENT
    if Step.SWAPPED in kinds:
        return NameLevel.SWAPPED
    if Step.ILLEGIBLE in kinds:
        return NameLevel.ILLEGIBLE if len(steps) > steps.count(Step.ILLEGIBLE) else NameLevel.MISSING
    if not kinds:
        return NameLevel.VARIANT
    if kinds == {Step.SOUND}:
        return NameLevel.SOUND
    if kinds <= {Step.SOUND, Step.NEAR_SOUND}:
        return NameLevel.NEAR_SOUND
    if kinds == {Step.LOOK}:
        return NameLevel.LOOK
    return NameLevel.SOUND_AND_LOOK


def compare_ids(one: IdParts | None, other: IdParts | None, rest: Sequence[IdParts | None] = ()) -> IdLevel:
    """Compares identity numbers part by part; `rest` are the numbers of the other persons of the entry."""
    if one is None:
        return IdLevel.MISSING
    if one == other:
        return IdLevel.SAME
    agree = tuple(a == b for a, b in zip(one, other, strict=True)) if other is not None else ()
    if one in rest:
        return IdLevel.OTHER_COLUMN
    if other is None:
        return IdLevel.MISSING
    if agree.count(True) == 2:
        return (IdLevel.OTHER_AREA, IdLevel.OTHER_BIRTH, IdLevel.OTHER_SEQUENCE)[agree.index(False)]
    # The area alone says only that both come from the same county.
    return IdLevel.ONE_PART if agree[1] or agree[2] else IdLevel.DIFFERENT


def compare_sexes(one: Sex, other: Sex) -> SexLevel:
    """Compares sexes."""
    if Sex.UNKNOWN in (one, other):
        return SexLevel.MISSING
    return SexLevel.SAME if one is other else SexLevel.DIFFERENT


def compare_places(one: Iterable[str], other: Iterable[str]) -> PlaceLevel:
    """The closest of all pairs of division codes; what lies in a city or province (…00) is neither for nor against."""
    return _compare_codes(tuple(one), tuple(other))


@lru_cache(maxsize=1 << 14)
def _compare_codes(one: tuple[str, ...], other: tuple[str, ...]) -> PlaceLevel:
    order, best, inside = list(PlaceLevel), PlaceLevel.MISSING, False
    for mine in one:
        for theirs in other:
            a, b = (code.removesuffix("00").removesuffix("00") for code in (mine, theirs))
            shared = min(len(a), len(b)) // 2
            same = next((size for size in (3, 2, 1) if size <= shared and a[: 2 * size] == b[: 2 * size]), 0)
            if 0 < same == shared < 3:
                inside = True
            else:
                best = min(best, order[3 - same], key=order.index)
    return PlaceLevel.MISSING if inside and best is not PlaceLevel.SAME_COUNTY else best
