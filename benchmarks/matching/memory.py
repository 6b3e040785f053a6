"""The same keys and the same decision as a node's, without a database: quality of many queries in a few minutes.

Entries and queries become features as `apps.holdings` makes them; postings are two sorted arrays. What a node's search
bounds (entries read under one key, entries compared) is bounded alike.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.matching.measure import Answer
from benchmarks.matching.world import HEADER
from dangqiao.core.errors import BadInput
from dangqiao.core.matching import (
    DEFAULT,
    ENDING,
    REISSUE,
    STAGES,
    Case,
    EntryFeatures,
    Frequencies,
    IdParts,
    MatchVerdict,
    Outcome,
    Person,
    Query,
    Rarity,
    entry_keys,
    query_keys,
)
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.dates import UNKNOWN, PartialDate, parse_partial_date
from dangqiao.core.vocabulary.divisions import current, named_first
from dangqiao.core.vocabulary.identity import Sex

MOST_PER_KEY, MOST_CANDIDATES = 1000, 10_000
ACTS = {"补领": REISSUE, "补发": REISSUE, "离婚": ENDING, "撤销": ENDING}
SEXES = {"男": Sex.MALE, "女": Sex.FEMALE}


def _date(text: str) -> PartialDate:
    try:
        return parse_partial_date(text)
    except BadInput:
        return UNKNOWN


def _parts(number: str) -> IdParts | None:
    """Any three numbers that are equal where the parts are; a node takes keyed hashes."""
    try:
        area, birth, sequence = identity.parts(number)
    except BadInput:
        return None
    return IdParts(int(area) + 1, int(birth) + 1, int(sequence) + 1)


def _places(text: str) -> tuple[str, ...]:
    found, _rest = named_first(text)
    return tuple(dict.fromkeys(code for one in found for code in (one.code, *(now.code for now in current(one.code)))))


def _person(cells: Mapping[str, str], column: str, sex: str) -> Person:
    number = cells.get(f"{column}身份证件号", "")
    parts, home, birth = _parts(number), tuple[str, ...](), _date(cells.get(f"{column}出生日期", ""))
    found = SEXES.get(sex, Sex.UNKNOWN)
    if parts:
        found = found or identity.sex(number)
        birth = birth if birth.known else identity.birth_date(number)
        home = _places(identity.division(number))
    former = tuple(filter(None, cells.get(f"{column}曾用名", "").split("、")))
    return Person(cells[f"{column}姓名"], former_names=former, sex=found, birth=birth, id_parts=parts, home=home)


def entry_of(row: Sequence[str]) -> EntryFeatures:
    """A row of the catalogue."""
    cells = dict(zip(HEADER, row, strict=True))
    people = (_person(cells, "男方", "男"), _person(cells, "女方", "女"))
    act = cells["业务类型"]
    return EntryFeatures(
        cells["档号"],
        tuple(one for one in people if one.name),
        int(cells["年度"]) if cells["年度"] else None,
        _date(cells["登记日期"]),
        _places(cells["登记机关"]) or ("310115",),
        cells["证件字号"],
        ACTS.get(act, act),
    )


def query_of(cells: Mapping[str, str]) -> Query:
    """A row of a file of queries."""
    spouse, year = cells.get("配偶姓名"), cells.get("登记年份")
    return Query(
        _person(cells, "", cells.get("性别", "")),
        (Person(spouse),) if spouse else (),
        int(year) if year else None,
        place_codes=_places(cells.get("登记地", "")),
        ends=ACTS.get(cells["业务类型"]) == ENDING if cells.get("业务类型") else None,
    )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Entries, their counts, and where each key leads."""

    entries: list[EntryFeatures]
    rarity: Rarity
    keys: np.ndarray
    numbers: np.ndarray

    @classmethod
    def of(cls, rows: Iterable[Sequence[str]]) -> "Catalogue":
        """Makes keys and counts."""
        entries = [entry_of(row) for row in rows]
        made = [entry_keys(entry) for entry in entries]
        keys = np.fromiter((key for one in made for key in one), np.uint64)
        numbers = np.repeat(np.arange(len(entries), dtype=np.uint32), [len(one) for one in made])
        order = np.argsort(keys, kind="stable")
        return cls(entries, Rarity(Frequencies.count(entries), DEFAULT), keys[order], numbers[order])

    def under(self, keys: np.ndarray) -> list[EntryFeatures]:
        """The entries under any of the keys."""
        wanted = keys.view(np.uint64)
        low, high = (np.searchsorted(self.keys, wanted, side) for side in ("left", "right"))
        found: dict[int, None] = {}
        for start, end in zip(low.tolist(), high.tolist(), strict=True):
            if end > start:
                found |= dict.fromkeys(self.numbers[start : min(end, start + MOST_PER_KEY)].tolist())
                if len(found) > MOST_CANDIDATES:
                    break
        return [self.entries[number] for number in found]

    def find(self, query: Query) -> MatchVerdict:
        """Stage by stage, as a node does."""
        case = Case(query, self.rarity, len(self.entries))
        for stage in STAGES:
            case.add(self.under(query_keys(query, stage)))
            verdict = case.verdict()
            if verdict.certain:
                break
        return verdict

    def candidates(self, query: Query, most: int) -> list[str]:
        """The entries of all stages that weigh most, the best first."""
        case = Case(query, self.rarity, len(self.entries))
        bits: dict[str, float] = {}
        for stage in STAGES:
            bits |= case.add(self.under(query_keys(query, stage)))
        return sorted(bits, key=lambda code: -bits[code])[:most]

    def answer(self, cells: dict[str, str]) -> Answer:
        """For `measure.ask`."""
        return _answer(self.find(query_of(cells)))

    def judge(self) -> Callable[[dict[str, str], list[str]], Answer]:
        """The answer to a question, of the entries that have some reference codes."""
        by_code = {entry.identity: entry for entry in self.entries}

        def judged(cells: dict[str, str], codes: list[str]) -> Answer:
            case = Case(query_of(cells), self.rarity, len(self.entries))
            case.add(map(by_code.__getitem__, codes))
            return _answer(case.verdict())

        return judged


def _answer(verdict: MatchVerdict) -> Answer:
    first = verdict.candidates[0].probability if verdict.candidates else None
    return Answer([one.identity for one in verdict.candidates], verdict.outcome is Outcome.MATCH, first)
