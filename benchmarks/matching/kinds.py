"""python -m benchmarks.matching.kinds: what it is worth that who applies says which kind of act they mean.

15 000 couples, of whom a fifth divorced, and 15 000 educated youths, of whom four in five returned. Three in four of
what began and three in five of what ended it are in the catalogue; two in five of those who have both ask for the later
one. Names, slips and ways of asking are those of `world`. 3 000 questions, in memory.
"""

from dataclasses import replace
from random import Random

from benchmarks.matching import world
from benchmarks.matching.memory import Catalogue
from benchmarks.matching.world import TUNING, VALIDATION, Question, Rules, World

SIZE, ASKED = 15_000, 3000
SAID = (0.0, world.KIND_SAID, 1.0)
BEGUN, ENDED = "结婚", "离婚"
"""Youths too: matching knows only that one ends the other."""
_SECOND = slice(10, 13)
"""Columns of the second person, whom a youth's entry has not."""


def make(rules: Rules, seed: int, *, youths: bool) -> tuple[World, list[tuple[Question, str]]]:
    """A catalogue, and questions with the kind that is meant."""
    made = World(rules, Random(f"{rules.name} {seed}"))
    rng, taken = made.rng, set[str]()
    couples = [world._couple(made, taken) for _ in range(SIZE)]
    if youths:
        couples = [replace(one, year=rng.randint(1964, 1976), woman=one.man) for one in couples]
    known = []
    for one in couples:
        ended = rng.random() < (0.8 if youths else 0.2)
        years = int(rng.triangular(0, 12, 8)) if youths else int(rng.triangular(0, 25, 6))
        end = replace(one, year=one.year + years, month=rng.randint(1, 12), day=rng.randint(1, 28)) if ended else None
        begin_in, end_in = rng.random() < 0.75, end is not None and rng.random() < 0.6
        begin_codes = [world._enter(made, one, BEGUN)] if begin_in else []
        known.append((one, end, begin_codes, [world._enter(made, end, ENDED)] if end and end_in else []))
    for row in made.rows if youths else ():
        row[_SECOND] = ["", "", ""]
    questions = []
    for one, end, begin_codes, end_codes in rng.sample(known, ASKED):
        of_end = end is not None and rng.random() < 0.4
        right = end_codes if of_end else begin_codes
        question = world._ask(made, end if end and of_end else one, right, {})
        question.right = question.sole = frozenset(right)
        if youths:
            question.cells.pop("配偶姓名", None)
        questions.append((question, ENDED if of_end else BEGUN))
    return made, questions


def line(catalogue: Catalogue, questions: list[tuple[Question, str]], said: float, seed: int) -> str:
    """Decided, wrong, and of the absent accepted."""
    form, right, wrong, accepted = Random(f"form {seed}"), 0, 0, 0
    for question, kind in questions:
        says = form.random() < said and question.kind != "office"
        answer = catalogue.answer(question.cells | ({"业务类型": kind} if says else {}))
        if answer.taken:
            fits = answer.codes[0] in question.right
            right, wrong = right + fits, wrong + (not fits and bool(question.right))
            accepted += not question.right
    present = sum(bool(question.right) for question, _kind in questions)
    return f"{right / present:.3f} / {wrong} / {accepted} of {len(questions) - present}"


def main() -> None:
    """Prints a table."""
    print("| | nobody says it | .8 do | all but offices do |\n|---|---|---|---|")
    for rules in (TUNING, VALIDATION):
        for youths in (False, True):
            made, questions = make(rules, 1, youths=youths)
            catalogue = Catalogue.of(made.rows)
            found = [line(catalogue, questions, said, 1) for said in SAID]
            print(f"| {'youths' if youths else 'couples'}, {rules.name} | {' | '.join(found)} |", flush=True)


if __name__ == "__main__":
    main()
