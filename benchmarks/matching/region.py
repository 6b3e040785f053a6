"""A catalogue too large for one process's memory: many worlds, each of some counties of its own, in one file.

The counties are today's of the four provinces: where somebody was born is in the number, so that nobody has the number
of somebody else who was born in another world's counties.
"""

import csv
import shutil
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random

from benchmarks.matching.world import HEADER, Question, Rules, make
from dangqiao.core.vocabulary.divisions import DIVISIONS, Level

PROVINCES = ("31", "32", "33", "34")
COUNTIES_OF_ONE = 4


@dataclass(frozen=True, slots=True)
class Region:
    """What is asked of a catalogue in a file, and how many entries it has."""

    entries: int
    questions: list[Question]


def counties() -> list[tuple[str, str]]:
    """Codes and whole names."""
    return [
        (one.code, one.full_name)
        for one in DIVISIONS
        if one.level is Level.COUNTY and one.valid_to is None and one.code[:2] in PROVINCES
    ]


def write(rules: Rules, seed: int, size: int, present: int, absent: int, path: Path, worlds: int) -> Region:
    """Writes a catalogue of about `size` entries, and says what is asked of it. Two processes make it."""
    every = counties()
    assert worlds * COUNTIES_OF_ONE <= len(every), f"there are counties for {len(every) // COUNTIES_OF_ONE} worlds"
    parts = [
        dict(every[start : start + COUNTIES_OF_ONE]) for start in range(0, worlds * COUNTIES_OF_ONE, COUNTIES_OF_ONE)
    ]
    one = partial(_one, rules, seed, size // worlds, present // worlds, absent // worlds, path)
    questions, entries = list[Question](), 0
    with path.open("wb") as whole, get_context("spawn").Pool(2, maxtasksperchild=1) as pool:
        whole.write((",".join(HEADER) + "\n").encode())
        for part, found in pool.imap(one, enumerate(parts)):
            with part.open("rb") as file:
                shutil.copyfileobj(file, whole, 1 << 20)
            part.unlink()
            questions += found.questions
            entries += found.entries
            print(f"{entries:,} entries made", flush=True)
    Random(seed).shuffle(questions)
    return Region(entries, questions)


def _one(
    rules: Rules, seed: int, size: int, present: int, absent: int, path: Path, numbered: tuple[int, dict[str, str]]
) -> tuple[Path, Region]:
    number, own = numbered
    world = make(rules, f"{seed} {number}", size, present, absent, own, f"{number:04d}")
    part = path.with_suffix(f".{number}")
    with part.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(world.rows)
    return part, Region(len(world.rows), world.questions)
