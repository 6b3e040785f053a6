"""Ourselves: a new node, the command `holdings import`, and the search that every page and command uses."""

import csv
import os
import resource
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.matching.measure import Answer
from benchmarks.matching.world import HEADER, World

ARCHIVE = "310115"
_SAID = ("reference_code", "item_number", "content", "event_date", "year", "event_number")
PROGRAM = """import sys; from dangqiao.cli import cli; cli(sys.argv[1:], standalone_mode=False)
print(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])"""
"""Any command of ours; says last how many KiB its process took (`ru_maxrss` would count its parent's too)."""


def catalogue(world: World, path: Path) -> int:
    """The entries as a file to import; how many there are."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows(world.rows)
    return len(world.rows)


def imported(file: Path, count: int, folder: Path) -> str:
    """Makes a node and imports a catalogue of so many entries; says how fast and how large."""
    node = folder / "node"
    _run("node", "init", node, "--platform", "310000")
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    peak = _run("--node", node, "holdings", "import", file, "--category", "marriage", "--archive", ARCHIVE, "--quiet")
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size = sum(path.stat().st_size for path in node.glob("node.sqlite3*"))
    return (
        f"Import, whole command: {count:,} rows in {seconds:.1f} s, {count / seconds:,.0f} rows/s, "
        f"{cpu / count * 1e6:.0f} µs of CPU a row, importing process {peak // 1024} MiB; "
        f"database {size / count:,.0f} bytes an entry"
    )


def _run(*words: object) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM, *map(str, words)], check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1])


class Node:
    """Questions to the node of `imported`. Loads Django, once in a process."""

    def __init__(self, folder: Path) -> None:
        os.environ |= {"DANGQIAO_NODE": str(folder / "node"), "DJANGO_SETTINGS_MODULE": "dangqiao.conf.settings"}
        import_module("django").setup()
        self._queries = import_module("dangqiao.apps.holdings.queries")
        self._dates = import_module("dangqiao.core.vocabulary.dates")
        actor = import_module("dangqiao.core.vocabulary.actor").operator("benchmark", "310000")
        self._category = import_module("dangqiao.core.categories").get("marriage")
        self._meant_by = import_module("dangqiao.core.matching").meant_by
        self._searcher = self._queries.searcher(actor, [ARCHIVE], "marriage")

    def find(self, cells: dict[str, str]) -> Answer:
        """The search that every page and command uses."""
        found = self._searcher.search(self._query(cells))
        return self._answer(found.outcome, found.verdict)

    def judge(self, cells: dict[str, str], codes: list[str]) -> Answer:
        """The answer to a question, of the entries that have these reference codes."""
        entries = import_module("dangqiao.apps.holdings.models").CatalogueEntry.objects
        features = import_module("dangqiao.apps.holdings.features").features
        category = self._category
        rows = entries.filter(archive_code=ARCHIVE, category=category.id, reference_code__in=codes)
        named = [
            features(category, str(self._queries.Citation(ARCHIVE, category.id, code, item)), ARCHIVE, *said)
            for code, item, *said in rows.values_list(*_SAID)
        ]
        verdict = self._searcher.judge(self._query(cells), named)
        return self._answer(verdict.outcome, verdict)

    def _query(self, cells: dict[str, str]) -> Any:
        person = self._queries.person(
            cells["姓名"],
            sex=cells.get("性别", ""),
            birth=self._dates.parse_partial_date(cells.get("出生日期", "")),
            identity_number=cells.get("身份证件号", ""),
        )
        spouse, year = cells.get("配偶姓名"), cells.get("登记年份")
        return self._queries.query(
            person,
            others=[self._queries.person(spouse)] if spouse else [],
            event_year=int(year) if year else None,
            place=cells.get("登记地", ""),
            ends=self._meant_by(self._category, cells.get("业务类型", "")),
        )

    def _answer(self, outcome: str, verdict: Any) -> Answer:
        codes = [self._queries.citation(one.identity).reference_code for one in verdict.candidates]
        return Answer(codes, outcome == "match", verdict.candidates[0].probability if codes else None)
