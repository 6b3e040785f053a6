"""Acts on the catalogue of a node, in a process of their own: python -m tests.apps.holdings.acts_on_a_node ACT …

Prints one line of JSON. The node is that of DANGQIAO_NODE, its database that of DANGQIAO_DATABASE_URL.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402  (Django must know its settings first)

from dangqiao.apps.holdings import index, queries, services  # noqa: E402
from dangqiao.apps.holdings.withdrawing import withdraw  # noqa: E402
from dangqiao.core.vocabulary.actor import operator  # noqa: E402
from dangqiao.core.vocabulary.dates import parse_partial_date  # noqa: E402
from dangqiao.core.vocabulary.purpose import Purpose  # noqa: E402

CLERK = operator("test", "310000")
SPREAD = {
    "holdings_catalogueentry": "archive_code",
    "holdings_entryrevision": "archive_code",
    "holdings_packedentry": "archive_code",
    "holdings_entrykey": "key",
}
_TABLE = re.compile(r'(?:FROM|UPDATE|JOIN) "?(\w+)"?')


def take_in(*files: str, update: bool = False) -> Any:
    """Files, each in a folder that is named by its archive."""
    counts = []
    for path in map(Path, files):
        result = services.import_file(
            CLERK, Purpose.CATALOGUING, path, category="marriage", archive_code=path.parent.name, update=update
        )
        counts.append([result.added, result.updated, result.skipped, result.rejected])
    return counts


def update(*files: str) -> Any:
    return take_in(*files, update=True)


def find(asked: str) -> Any:
    """The verdicts on queries (name, birth date, name of the other, year), and the statements that named no server."""
    broad: list[str] = []

    def watch(execute: Any, sql: str, words: Any, many: bool, context: Any) -> Any:
        broad.extend(_broad(sql))
        return execute(sql, words, many, context)

    answers = []
    for name, birth, other, year in json.loads(asked):
        query = queries.query(
            queries.person(name, birth=parse_partial_date(birth)),
            others=[queries.person(other)] if other else [],
            event_year=year,
        )
        with connection.execute_wrapper(watch):
            found = queries.find(CLERK, Purpose.BATCH_LOOKUP, None, "marriage", query)
        shown = [(one.identity, round(one.bits, 3)) for one in found.verdict.candidates]
        answers.append([found.outcome, found.complete, shown])
    return {"answers": answers, "broad": sorted(set(broad))}


def _broad(sql: str) -> list[str]:
    """Parts of a statement that read or change a spread table without naming a value of the column it is spread by."""
    return [
        part
        for part in sql.split(" UNION ALL ")
        for table in set(_TABLE.findall(part)) & set(SPREAD)
        if not re.search(rf'"?{SPREAD[table]}"? (?:= |IN \()', part.partition(" WHERE ")[2])
    ]


def correct(citation: str, column: str, said: str) -> Any:
    where = queries.citation(citation)
    return services.correct_entry(CLERK, Purpose.CATALOGUING, where, {column: said}, revision=1, reason="与原件不符")


def take_out(citation: str) -> Any:
    return withdraw(CLERK, Purpose.CATALOGUING, [queries.citation(citation)], reason="error")


def build() -> Any:
    return index.build(lambda _what, _done, _rows: None)


def describe() -> Any:
    return index.describe()


if __name__ == "__main__":
    acts = {one.__name__: one for one in (take_in, update, find, correct, take_out, build, describe)}
    json.dump(acts[sys.argv[1]](*sys.argv[2:]), sys.stdout, ensure_ascii=False)
