"""How others do on the same data, each as its documentation would set it up, with its own ranking. None of them decides
anything: they give a list."""

import sqlite3
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from pypinyin import Style, lazy_pinyin

from benchmarks.matching.measure import Answer
from benchmarks.matching.world import HEADER

CODE, YEAR, MAN, BORN, WOMAN, WIFE_BORN = map(
    HEADER.index, ("档号", "年度", "男方姓名", "男方出生日期", "女方姓名", "女方出生日期")
)


def words(name: str) -> list[str]:
    """Characters, and the toneless syllables that Lucene's pinyin filters make of them."""
    return [*name, *filter(None, map(_syllable, name))]


@cache
def _syllable(character: str) -> str:
    (syllable,) = lazy_pinyin(character, style=Style.NORMAL)
    return f"p{syllable}" if syllable.isascii() else ""


def full_text(rows: Iterable[list[str]], folder: Path) -> Callable[[dict[str, str]], Answer]:
    """SQLite FTS5: characters and pinyin of both names, dates and year as words, all joined by OR, ranked by bm25."""
    base = sqlite3.connect(folder / "fts.sqlite3")
    base.execute("CREATE VIRTUAL TABLE entries USING fts5(code UNINDEXED, words, tokenize='unicode61')")
    base.executemany(
        "INSERT INTO entries VALUES (?, ?)",
        ((row[CODE], " ".join([*words(row[MAN]), *words(row[WOMAN]), *_dates(row), f"y{row[YEAR]}"])) for row in rows),
    )
    base.execute("INSERT INTO entries(entries) VALUES ('optimize')")
    base.commit()

    def find(cells: dict[str, str]) -> Answer:
        asked = [*words(cells["姓名"]), *words(cells.get("配偶姓名", ""))]
        if born := cells.get("出生日期"):
            asked.append(f"b{born.replace('-', '')}")
        if year := cells.get("登记年份"):
            asked.append(f"y{year}")
        terms = " OR ".join(f'"{word}"' for word in asked)
        found = base.execute("SELECT code FROM entries WHERE words MATCH ? ORDER BY rank LIMIT 5", [terms])
        return Answer([code for (code,) in found])

    return find


def _dates(row: list[str]) -> list[str]:
    return [f"b{row[place].replace('-', '')}" for place in (BORN, WIFE_BORN) if row[place]]


def trigrams(rows: Iterable[list[str]], server: Any) -> Callable[[dict[str, str]], Answer]:
    """PostgreSQL with pg_trgm: a GIN index on both names, `%` to find, the sum of both similarities to rank, then the
    year.

    Args:
        server: a psycopg connection to an empty database whose locale knows Chinese letters.
    """
    server.execute("CREATE EXTENSION pg_trgm")
    (known,) = server.execute("SELECT cardinality(show_trgm('王秀英')) > 1").fetchone()
    if not known:
        raise RuntimeError("this database's locale takes Chinese characters for punctuation")
    server.execute("CREATE TABLE entries (code text, year int, man text, woman text)")
    with server.cursor().copy("COPY entries FROM STDIN") as copy:
        for row in rows:
            copy.write_row((row[CODE], int(row[YEAR]), row[MAN], row[WOMAN]))
    server.execute("CREATE INDEX ON entries USING gin (man gin_trgm_ops, woman gin_trgm_ops)")
    server.execute("ANALYZE entries")
    server.execute("SET pg_trgm.similarity_threshold = 0.3")
    sql = """SELECT code FROM entries WHERE man % %(me)s OR woman % %(me)s
        ORDER BY greatest(similarity(man, %(me)s) + similarity(woman, %(other)s),
                          similarity(woman, %(me)s) + similarity(man, %(other)s)) DESC, abs(year - %(year)s) LIMIT 5"""
    sql = sql.replace(" % ", " %% ")

    def find(cells: dict[str, str]) -> Answer:
        values = {"me": cells["姓名"], "other": cells.get("配偶姓名", ""), "year": int(cells.get("登记年份") or 1980)}
        return Answer([code for (code,) in server.execute(sql, values).fetchall()])

    return find
