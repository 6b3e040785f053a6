"""Which characters are taken for each other: by the ear (readings) and by the eye (a curated list)."""

from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files

from dangqiao.core.vocabulary.names import COMPONENTS, ILLEGIBLE, fold_name, fuzzy_readings, readings


class Step(StrEnum):
    """What happened to one character of a name on the way to another name."""

    SAME = "same"
    SOUND = "sound"
    """A reading in common: 张/章, 丽/莉."""
    NEAR_SOUND = "near_sound"
    """A reading in common once dialect sounds are merged: 陈/程, or a class where Wu is spoken: 王/黄."""
    LOOK = "look"
    """Taken for each other by the eye: 己/已."""
    ILLEGIBLE = "illegible"
    OTHER = "other"
    LOST = "lost"
    DOUBLED = "doubled"
    SWAPPED = "swapped"


def _pairs() -> dict[str, tuple[str, ...]]:
    text = files("dangqiao.core.matching").joinpath("data", "lookalikes.txt").read_text(encoding="utf-8")
    found: dict[str, dict[str, None]] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        head, _, others = line.partition(" ")
        first = fold_name(head)
        for other in map(fold_name, others):
            if other != first:
                found.setdefault(first, {})[other] = None
                found.setdefault(other, {})[first] = None
    return {character: tuple(others) for character, others in found.items()}


@cache
def _table() -> dict[str, tuple[str, ...]]:
    return _pairs()


def look_alikes(character: str) -> tuple[str, ...]:
    """The folded characters that are taken for this one by the eye."""
    return _table().get(character, ())


@cache
def _halves() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for halves, character in COMPONENTS.items():
        found[character] = (*found.get(character, ()), halves)
    return found


def torn_apart(character: str) -> tuple[str, ...]:
    """The two characters that wide handwriting, or a machine that reads it, makes of one: 木木 of 林."""
    return _halves().get(character, ())


@lru_cache(maxsize=1 << 16)
def likeness(one: str, other: str) -> Step:
    """How two folded characters relate (the first six of `Step`); symmetric."""
    if one == other and one != ILLEGIBLE:
        return Step.SAME
    if ILLEGIBLE in (one, other):
        return Step.ILLEGIBLE
    if readings(one) & readings(other):
        return Step.SOUND
    if other in look_alikes(one):
        return Step.LOOK
    if fuzzy_readings(one) & fuzzy_readings(other):
        return Step.NEAR_SOUND
    return Step.OTHER
