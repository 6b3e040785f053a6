"""Writing a folder of sample data: catalogues, pages, coverage, people, queries with their truth. A row at a time."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from dangqiao.adapters.sampling import forms
from dangqiao.adapters.sampling.curated import CuratedRecord, curated
from dangqiao.adapters.sampling.entries import GENERATORS, HEADERS, SHARES, Entry, Place, areas_of
from dangqiao.adapters.sampling.people import FEMALE, MALE, Names, People, Someone
from dangqiao.core.vocabulary.archives import ArchiveSeed, seed_archives

PAGE_COLUMNS = ("档号", "件内序号", "页码", "文件", "公开规则", "遮盖")
QUERY_COLUMNS = ("查询号", "姓名", "性别", "出生日期", "身份证件号", "配偶姓名", "登记年份", "登记地")
COVERAGE_COLUMNS = ("档案馆", "种类", "行政区划", "登记机关", "起始年", "终止年", "状态", "保管单位", "备注")
_TITLES = {
    "marriage": ("结婚登记申请书", "结婚证存根"),
    "only-child": ("独生子女证申领表", "独生子女证存根"),
    "educated-youth": ("知识青年上山下乡登记表",),
}
_YEARS = {"marriage": (1950, 2005), "only-child": (1976, 2005), "educated-youth": (1964, 1978)}
_ABSENT = 0.2
"""Share of queries whose record is in no catalogue."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What to make.

    Attributes:
        platform: code of the province whose archives get the entries.
        entries: how many in all, shared among archives and categories.
        images: for how many entries besides the demonstration's people pages are drawn.
        queries: how many a category.
        archives: only these; empty: all of the platform.
    """

    platform: str
    entries: int
    seed: int = 1
    categories: tuple[str, ...] = tuple(HEADERS)
    images: int = 20
    queries: int = 200
    archives: tuple[str, ...] = ()


def write_sample(sample: Sample, folder: Path, progress: Callable[[float, int], None]) -> int:
    """Writes the folder; how many entries it has, the demonstration's included.

    `<archive>-<category>.csv` is a catalogue for `holdings import`; `….pages.csv` and `….checked.csv` beside it are
    for `holdings pages` and `holdings checked`; `coverage.csv`, `people.json`, `queries-<category>.csv` and
    `truth-<category>.csv` are the platform's.

    Raises:
        NotThere: `directory.platform_unknown`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pages").mkdir(exist_ok=True)
    archives = [one for one in seed_archives(sample.platform) if not sample.archives or one.code in sample.archives]
    share = {category: SHARES[category] for category in sample.categories}
    total = sum(share.values())
    names = Names(_random(sample.seed, "names"))
    images = _Every(sample.images, sample.entries)
    done = 0
    for category in sample.categories:
        number = round(sample.entries * share[category] / total)
        with _Queries(folder, category, sample, number, names) as queries:
            for archive, count in _portions(archives, number, _random(sample.seed, category, "portions")):
                rng = _random(sample.seed, archive.code, category)
                generated = GENERATORS[category](Place.of(archive), rng, names)
                done += _catalogue(folder, archive, category, islice(generated, count), queries, images, rng)
                progress(min(done / max(sample.entries, 1), 1.0), done)
    _write(folder / "coverage.csv", COVERAGE_COLUMNS, _coverage(archives, sample.categories))
    people = [person.as_document() for person in curated()]
    (folder / "people.json").write_text(json.dumps(people, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return done


def _random(seed: int, *of: str) -> Random:
    return Random("/".join((str(seed), *of)))  # noqa: S311  (invented data, no secret)


class _Every:
    """Picks `wanted` of `total` things, evenly."""

    def __init__(self, wanted: int, total: int) -> None:
        self._step = total // wanted if wanted else 0
        self._left, self._seen = wanted, 0

    def picked(self) -> bool:
        """Whether the next one is picked."""
        self._seen += 1
        if not self._left or self._seen % max(self._step, 1):
            return False
        self._left -= 1
        return True


def _portions(archives: Sequence[ArchiveSeed], number: int, rng: Random) -> Iterator[tuple[ArchiveSeed, int]]:
    """Every archive has some; the larger ones have several times as many as the smaller."""
    weights = [0.2 if one.code.endswith("0000") else rng.uniform(0.5, 2.0) for one in archives]
    left, weight_left = number, sum(weights)
    for archive, weight in zip(archives, weights, strict=True):
        portion = round(left * weight / weight_left)
        left, weight_left = left - portion, weight_left - weight
        yield archive, portion


def _catalogue(
    folder: Path,
    archive: ArchiveSeed,
    category: str,
    entries: Iterable[Entry],
    queries: "_Queries",
    images: _Every,
    rng: Random,
) -> int:
    """One archive's file of one category, with its pages. The demonstration's people come first."""
    pictures = _Pictures(folder, archive, category)
    count = 0
    with (folder / f"{archive.code}-{category}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADERS[category])
        for record in _curated_records(archive.code, category):
            writer.writerow(record.cells)
            if record.state != "plain":
                pictures.add(record.cells, record.state == "checked", rng)
            count += 1
        for entry in entries:
            writer.writerow(entry.cells)
            queries.offer(entry, archive)
            if images.picked():
                pictures.add(entry.cells, rng.random() < 0.5, rng)
            count += 1
    pictures.write()
    return count


def _curated_records(archive_code: str, category: str) -> Iterator[CuratedRecord]:
    for person in curated():
        for record in person.records:
            if (record.archive, record.category) == (archive_code, category):
                yield record


class _Pictures:
    """The pages of one file's entries."""

    def __init__(self, folder: Path, archive: ArchiveSeed, category: str) -> None:
        self._folder, self._archive, self._category = folder, archive, category
        self._pages: list[tuple[str, ...]] = []
        self._checked: list[tuple[str, str]] = []

    def add(self, cells: Sequence[str], checked: bool, rng: Random) -> None:
        """Draws the pages of an entry."""
        header = HEADERS[self._category]
        lines = [(name, cell) for name, cell in zip(header, cells, strict=True) if cell and name not in _UNDRAWN]
        office = cells[header.index(_OFFICE[self._category])]
        for number, title in enumerate(_TITLES[self._category], 1):
            name = f"pages/{self._archive.code}-{len(self._pages) + 1:04d}-{self._category}.jpg"
            picture = forms.page(title, lines[: 12 if number == 1 else 7], office, rng)
            (self._folder / name).write_bytes(picture)
            self._pages.append((cells[0], "1", str(number), name, "全部公开", ""))
        if checked:
            self._checked.append((cells[0], "1"))

    def write(self) -> None:
        """The tables that say which picture belongs where."""
        stem = self._folder / f"{self._archive.code}-{self._category}"
        if self._pages:
            _write(stem.with_suffix(".pages.csv"), PAGE_COLUMNS, self._pages)
        if self._checked:
            _write(stem.with_suffix(".checked.csv"), PAGE_COLUMNS[:2], self._checked)


_OFFICE = {"marriage": "登记机关", "only-child": "发证机关", "educated-youth": "动员地"}
"""Whose stamp is on the page."""
_UNDRAWN = frozenset({"档号", "全宗号", "页数", "备注"})


class _Queries:
    """Queries with their truth, drawn evenly from all entries of a category. As people ask: they know their own name
    and birth, often the spouse, sometimes the year, not what the clerk typed."""

    def __init__(self, folder: Path, category: str, sample: Sample, entries: int, names: Names) -> None:
        self._rng = _random(sample.seed, category, "queries")
        self._category = category
        self._present = round(sample.queries * (1 - _ABSENT))
        self._absent = sample.queries - self._present
        self._picked = _Every(self._present, entries)
        self._written = 0
        self._strangers = People(self._rng, names, areas_of(seed_archives(sample.platform)[-1]))
        paths = (folder / f"queries-{category}.csv", folder / f"truth-{category}.csv")
        self._streams = [path.open("w", encoding="utf-8", newline="") for path in paths]
        self._query, self._truth = (csv.writer(stream) for stream in self._streams)

    def __enter__(self) -> "_Queries":
        self._query.writerow(QUERY_COLUMNS)
        self._truth.writerow(("查询号", "档案馆", "档号"))
        return self

    def __exit__(self, *_error: object) -> None:
        for _number in range(self._absent):
            year = self._rng.randint(*_YEARS[self._category])
            sex = self._rng.choice((MALE, FEMALE))
            who = self._strangers.someone(sex, year - self._rng.randint(16, 30))
            other = self._strangers.someone(FEMALE if sex == MALE else MALE, who.year)
            self._ask(who, other.name, year, "", "", "")
        for stream in self._streams:
            stream.close()

    def offer(self, entry: Entry, archive: ArchiveSeed) -> None:
        """Asks for an entry now and then."""
        if not self._picked.picked():
            return
        role = self._rng.choice(list(entry.people))
        who = entry.people[role]
        others = [person.name for key, person in entry.people.items() if key != role]
        code = entry.same_event_as or entry.cells[0]
        self._ask(who, others[0] if others else "", int(entry.date[:4]), archive.code, code, archive.name)

    def _ask(self, who: Someone, other: str, year: int, archive: str, code: str, place: str) -> None:
        draw = self._rng.random
        self._written += 1
        number = f"Q{self._written:06d}"
        self._query.writerow(
            (
                number,
                who.name,
                who.sex if draw() < 0.9 else "",
                who.birth if draw() < 0.85 else "",
                who.number if draw() < 0.4 else "",
                other if draw() < 0.65 else "",
                str(year + self._rng.choice((0, 0, 0, 0, 0, -1, 1))) if draw() < 0.8 else "",
                place.removesuffix("档案馆") if draw() < 0.5 else "",
            )
        )
        self._truth.writerow((number, archive, code))


def _coverage(archives: Sequence[ArchiveSeed], categories: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """What each archive holds: all years of the sample; marriages since 2006 are still with civil affairs."""
    for archive in archives:
        division = archive.division
        for category in categories:
            first, last = _YEARS[category]
            yield archive.code, category, division, "", str(first), str(last), "在馆", "", ""
            if category == "marriage":
                keeper = archive.name.removesuffix("档案馆") + "民政局"
                yield archive.code, category, division, "", str(last + 1), "", "未进馆", keeper, ""


def _write(path: Path, header: Sequence[str], rows: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
