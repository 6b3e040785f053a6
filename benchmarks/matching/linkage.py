"""Splink, the general record-linkage library, on the same data. It is made to link tables, not to answer one question;
it is asked one at a time because that is what a counter does."""

import logging
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import splink.comparison_library as cl
from pypinyin import Style, lazy_pinyin
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

from benchmarks.matching.measure import Answer
from benchmarks.matching.peers import BORN, CODE, MAN, WIFE_BORN, WOMAN, YEAR
from benchmarks.matching.world import World

_RULES = [
    block_on("name"),
    block_on("sound", "spouse"),
    block_on("spouse", "year"),
    block_on("birth", "spouse"),
    block_on("sound", "birth"),
]


def _row(number: str, code: str, name: str, birth: str, spouse: str, year: str) -> dict[str, str | None]:
    sound = " ".join(lazy_pinyin(name, style=Style.NORMAL))
    return {"unique_id": number, "code": code, "name": name or None, "sound": sound or None, "birth": birth or None,
            "spouse": spouse or None, "year": year or None}  # fmt: skip


def _columns(rows: list[dict[str, str | None]]) -> Any:
    return {key: [row[key] for row in rows] for key in rows[0]}


def finder(world: World) -> Callable[[dict[str, str]], Answer]:
    """Each side of a marriage is a record; trained as the manual says: u by random pairs, m by EM in two blocks."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    rows = []
    for row in world.rows:
        rows.append(_row(f"{row[CODE]}/1", row[CODE], row[MAN], row[BORN], row[WOMAN], row[YEAR]))
        rows.append(_row(f"{row[CODE]}/2", row[CODE], row[WOMAN], row[WIFE_BORN], row[MAN], row[YEAR]))
    api = DuckDBAPI()
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.LevenshteinAtThresholds("name", 1).configure(term_frequency_adjustments=True),
            cl.ExactMatch("birth"),
            cl.LevenshteinAtThresholds("spouse", 1).configure(term_frequency_adjustments=True),
            cl.ExactMatch("year"),
        ],
        blocking_rules_to_generate_predictions=[*_RULES],
        additional_columns_to_retain=["code"],
    )
    known = api.register(pa.table(_columns(rows)), table_name="known")
    linker = Linker(known, settings, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("name", "spouse"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("birth", "year"))
    asked = iter(range(10**9))

    def find(cells: dict[str, str]) -> Answer:
        number = next(asked)
        row = _row(f"q{number}", "", cells["姓名"], cells.get("出生日期", ""), cells.get("配偶姓名", ""),
                   cells.get("登记年份", ""))  # fmt: skip
        table = api.register(pa.table(_columns([row])), table_name=f"asked_{number}")
        found = linker.inference.predict_between(known, table).as_record_list()
        found.sort(key=lambda pair: -pair["match_weight"])
        codes = [pair["code_l"] or pair["code_r"] for pair in found]
        return Answer(list(dict.fromkeys(codes))[:5])

    return find
