"""Estimating how often true pairs agree, by expectation-maximisation (Dempster, Laird and Rubin 1977; for record
linkage Winkler 1988): the probability that the present parameters give to a pair is its weight (E), the weighted share
of each level of agreement is the new m (M). A pair that an archivist has confirmed weighs one.

Only m and the share of queries whose record is there are learned. u follows from the node's own counts of names, or
stays: pairs that a key has brought together say nothing about how often chance pairs agree.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dangqiao.core.errors import N_, BadInput
from dangqiao.core.matching.characters import Step
from dangqiao.core.matching.compare import NameLevel, compare_names
from dangqiao.core.matching.parameters import FIELDS, Parameters, load
from dangqiao.core.matching.reasons import Reason

_OF_FIELD = {"other_birth": "birth", "other_identity": "identity"} | {field: field for field in FIELDS}
_AGREE = frozenset({"same_day", "same_month", "same_year"})
"""One class, by the precision that both dates have."""
_NO_EVIDENCE = frozenset({"in_number", "unsaid"})
_FIXED = frozenset({Step.ILLEGIBLE, NameLevel.MISSING})
_LEAST = 1e-5


class Change(NamedTuple):
    """A value that is another one now; `table` as in the file."""

    table: str
    level: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Trained:
    """The parameters learned.

    Attributes:
        text: the whole new file; remarks are those of the old one.
        changes: what is another value now, the largest change first.
        pairs: how many pairs it rests on, each counted by its weight.
    """

    text: str
    parameters: Parameters
    changes: tuple[Change, ...]
    pairs: float


class Levels:
    """Counts levels of agreement among pairs, by table of the parameter file."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, float]] = {}
        self.pairs = self.queries = self.found = 0.0

    def query(self, found: float) -> None:
        """A query whose record is there with this probability."""
        self.queries += 1.0
        self.found += found

    def add(self, reasons: Iterable[Reason], weight: float) -> None:
        """A pair that belongs together with this probability, and how it agrees."""
        self.pairs += weight
        for reason in reasons:
            if reason.field in ("name", "other_name"):
                self._name(reason, weight)
            elif reason.level not in _NO_EVIDENCE and (field := _OF_FIELD.get(reason.field)):
                self._count(f"{field}.m", "agree" if reason.level in _AGREE else reason.level, weight)

    def _name(self, reason: Reason, weight: float) -> None:
        if reason.level == NameLevel.MISSING:
            return
        different = reason.level == NameLevel.DIFFERENT
        self._count("name.m", NameLevel.DIFFERENT if different else "", weight)
        for _character, _surname, step in compare_names(reason.facts["query"], reason.facts["entry"]).steps:
            self._count("name.step", step, weight)

    def _count(self, table: str, level: str, weight: float) -> None:
        self.tables.setdefault(table, defaultdict(float))[level] += weight


def estimate(text: str, levels: Levels, version: str, strength: float = 300.0) -> Trained:
    """New parameters from the counts.

    Args:
        text: the parameter file that was used for the weights.
        version: of the new file.
        strength: how many pairs the old values are worth: with few pairs little changes.

    Raises:
        BadInput: `matching.nothing_learned` if no pair had a weight.
    """
    if levels.pairs <= 0.0:
        raise BadInput(
            "matching.nothing_learned",
            N_("None of these queries has a probable entry; there is nothing to learn from."),
            N_("Take queries of this node's own catalogue, some hundreds at least."),
        )
    old = load(text)
    before: dict[str, Mapping[str, float]] = {f"{field}.m": old.m[field] for field in FIELDS}
    before |= {"name.step": old.step, "name.m": old.name_m}
    after: dict[tuple[str, str], float] = {}
    for table, counts in levels.tables.items():
        total = sum(counts.values())
        for level, value in before[table].items():
            if level in _FIXED or (table == "name.m" and level != NameLevel.DIFFERENT):
                continue
            seen = counts.get("agree" if level in _AGREE else level, 0.0)
            after[table, level] = max(_LEAST, (seen + strength * value) / (total + strength))
    after["prior", "found"] = (levels.found + strength * old.prior.found) / (levels.queries + strength)
    changes = [
        Change(table, level, was, now)
        for (table, level), now in after.items()
        if abs(now / (was := before[table][level] if table != "prior" else old.prior.found) - 1.0) > 0.01
    ]
    changes.sort(key=lambda one: -abs(one.after / one.before if one.after > one.before else one.before / one.after))
    new = _rewritten(text, {(one.table, one.level): one.after for one in changes}, version)
    return Trained(new, load(new), tuple(changes), levels.pairs)


def _rewritten(text: str, values: Mapping[tuple[str, str], float], version: str) -> str:
    """The file with other values; remarks stay."""
    lines, table = [], ""
    for old in text.splitlines():
        line = old
        if head := re.match(r"\[([\w.]+)\]", line):
            table = head[1]
        elif match := re.match(r"(\w+) = ([-\d.e]+)", line):
            if (table, match[1]) in values:
                line = f"{match[1]} = {values[table, match[1]]:.4g}{line[match.end() :]}"
        elif line.startswith("version = "):
            line = f'version = "{version}"'
        lines.append(line)
    return "\n".join(lines) + "\n"
