"""Splink, the general record-linkage library, on the same data. It is made to link tables, not to answer one question;
it is asked one at a time because that is what a counter does."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import splink.comparison_library as cl
from pypinyin import Style, lazy_pinyin
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

from benchmarks.matching.measure import Answer
from benchmarks.matching.peers import BORN, CODE, MAN, WIFE_BORN, WOMAN, YEAR

TRAINED_ON = 1_000_000
"""Entries that it is trained on, the first: it compares pairs in blocks, whose number grows as the square."""
_AT_ONCE = 100_000
_COLUMNS = ("unique_id", "code", "name", "sound", "birth", "spouse", "year")
_SETTINGS = SettingsCreator(
    link_type="dedupe_only",
    comparisons=[
        cl.LevenshteinAtThresholds("name", 1).configure(term_frequency_adjustments=True),
        cl.ExactMatch("birth"),
        cl.LevenshteinAtThresholds("spouse", 1).configure(term_frequency_adjustments=True),
        cl.ExactMatch("year"),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("name"),
        block_on("sound", "spouse"),
        block_on("spouse", "year"),
        block_on("birth", "spouse"),
        block_on("sound", "birth"),
    ],
    additional_columns_to_retain=["code"],
)


@cache
def _syllable(character: str) -> str:
    return " ".join(lazy_pinyin(character, style=Style.NORMAL))


def _row(number: str, code: str, name: str, birth: str, spouse: str, year: str) -> tuple[str | None, ...]:
    sound = " ".join(map(_syllable, name))
    return (number, code, *(said or None for said in (name, sound, birth, spouse, year)))


def _sides(rows: Iterable[Sequence[str]]) -> Iterator[tuple[str | None, ...]]:
    """Each side of a marriage is a record."""
    for row in rows:
        yield _row(f"{row[CODE]}/1", row[CODE], row[MAN], row[BORN], row[WOMAN], row[YEAR])
        yield _row(f"{row[CODE]}/2", row[CODE], row[WOMAN], row[WIFE_BORN], row[MAN], row[YEAR])


def _table(rows: Sequence[tuple[str | None, ...]]) -> Any:
    return pa.table([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], names=_COLUMNS)


def finder(rows: Iterable[Sequence[str]], folder: Path) -> Callable[[dict[str, str]], Answer]:
    """Trained as the manual says: u by random pairs, m by EM in two blocks.

    Args:
        folder: for its database: twenty million entries are more than fits into memory.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    base = duckdb.connect(folder / "splink.duckdb")
    base.execute(f"CREATE TABLE known ({', '.join(f'{column} VARCHAR' for column in _COLUMNS)})")
    sides = _sides(rows)
    while some := list(islice(sides, _AT_ONCE)):
        base.register("more", _table(some))
        base.execute("INSERT INTO known FROM more")
    base.execute(f"CREATE TABLE first AS SELECT * FROM known LIMIT {2 * TRAINED_ON:d}")
    api = DuckDBAPI(base)
    learner = Linker(api.register("first"), _SETTINGS, log_level=logging.ERROR)
    learner.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    learner.training.estimate_parameters_using_expectation_maximisation(block_on("name", "spouse"))
    learner.training.estimate_parameters_using_expectation_maximisation(block_on("birth", "year"))
    known = api.register("known")
    linker = Linker(known, learner.misc.save_model_to_json(), log_level=logging.ERROR)
    asked = iter(range(10**9))

    def find(cells: dict[str, str]) -> Answer:
        number = next(asked)
        said = (cells.get(column, "") for column in ("出生日期", "配偶姓名", "登记年份"))
        table = api.register(_table([_row(f"q{number}", "", cells["姓名"], *said)]), table_name=f"asked_{number}")
        found = linker.inference.predict_between(known, table).as_record_list()
        found.sort(key=lambda pair: -pair["match_weight"])
        codes = [pair["code_l"] or pair["code_r"] for pair in found]
        return Answer(list(dict.fromkeys(codes))[:5])

    return find
