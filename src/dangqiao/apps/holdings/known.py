"""What this node's catalogue knows of names: how often each occurs, and from that what it is worth to agree in it.

Reading it takes longer than a search, so a process keeps it for as long as nothing was counted since.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from dangqiao.apps.holdings import asking
from dangqiao.apps.holdings.bulk import STAMP
from dangqiao.apps.holdings.models import NameCount
from dangqiao.apps.holdings.parameters import parameters
from dangqiao.core.matching import Frequencies, Parameters, Query, names_to_count
from dangqiao.core.matching.needle import Needles

_MOST_NAMES = 1 << 17
"""Names whose counts a process remembers; then it begins anew."""
_COUNT = f"(SELECT count FROM {connection.ops.quote_name(NameCount._meta.db_table)} WHERE kind = %s AND value = %s)"  # noqa: S608


@dataclass(frozen=True, eq=False, slots=True)
class Known:
    """The counts of one moment and what follows from them. Several threads may use it.

    Attributes:
        stamp: see `bulk.count_up`.
        frequencies: all surnames, characters and places, and of names those that queries have needed.
        entries: how many entries there are, by category and archive with a stroke between them.
    """

    stamp: int
    frequencies: Frequencies
    entries: dict[str, int]
    parameters: Parameters
    needles: Needles
    _names: dict[str, dict[str, int]]

    def population(self, category_id: str, archives: Collection[str] | None) -> int:
        """How many entries of a category there are in these archives, or all."""
        if archives is None:
            return sum(count for where, count in self.entries.items() if where.startswith(f"{category_id}/"))
        return sum(self.entries.get(f"{category_id}/{archive}", 0) for archive in archives)

    def needed_by(self, query: Query) -> Frequencies:
        """The counts, with those of the query's names."""
        names, pinyin = names_to_count(query)
        missing = [("name", name) for name in names if name not in self.frequencies.names]
        missing += [("pinyin", sound) for sound in pinyin if sound not in self.frequencies.pinyin]
        if missing:
            for (kind, value), count in zip(missing, _counts(missing), strict=True):
                self._names[kind][value] = count
        return self.frequencies

    @property
    def full(self) -> bool:
        """Whether it remembers so many names that it should be made anew."""
        return sum(map(len, self._names.values())) > _MOST_NAMES


_kept: dict[str, Known] = {}


def current() -> Known:
    """What is known now: one short question, unless something was counted since it was asked last."""
    (stamp,) = _counts([(STAMP, "")])
    known, weights = _kept.get("known"), parameters()
    if known is None or known.stamp != stamp or known.parameters is not weights or known.full:
        known = _kept["known"] = _read(stamp, weights)
    return known


def _counts(wanted: Sequence[tuple[str, str]]) -> list[int]:
    """The counts of these kinds and values, by one statement."""
    ((*found,),) = asking.rows(
        f"SELECT {', '.join([_COUNT] * len(wanted))}", [word for pair in wanted for word in pair]
    )
    return [count or 0 for count in found]


def _read(stamp: int, weights: Parameters) -> Known:
    counts: dict[str, dict[str, int]] = {"surname": {}, "char": {}, "place": {}, "entries": {}}
    rows = NameCount.objects.filter(kind__in=list(counts), count__gt=0)
    for kind, value, count in rows.values_list("kind", "value", "count"):
        counts[kind][value] = count
    names: dict[str, dict[str, int]] = {"name": {}, "pinyin": {}}
    frequencies = Frequencies(
        persons=sum(counts["surname"].values()),
        names=names["name"],
        pinyin=names["pinyin"],
        surnames=counts["surname"],
        characters=counts["char"],
        entries=sum(counts["entries"].values()),
        places=counts["place"],
    )
    return Known(stamp, frequencies, counts["entries"], weights, Needles(frequencies, weights), names)
