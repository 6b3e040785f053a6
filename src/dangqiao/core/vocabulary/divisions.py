"""Administrative divisions of the region: names and six-digit codes (GB/T 2260), today's and former ones.

The table is `data/divisions.tsv`: Shanghai (31), Jiangsu (32), Zhejiang (33), Anhui (34), as of 2021-2023, and the
divisions that were renamed, merged, moved or given another code since the codes were first issued (1980). A code may
have been used twice, for different divisions: 320205 was Mashan until 2000 and is Xishan since. Years are those in
which the change was approved. Where a code lived only between two others, the row points straight at the later one.

`data/before_codes.tsv` has names that ended before there were codes, as records of the 1950s to 1970s write them
(上海市榆林区, 浙江省於潜县), and the divisions of today that have their land: Shanghai by its statistics of 1949-2000
(table 1-2), the others by the county histories. A division that went to several has the main ones. `alone` says whether
the name means it without the province too: 高桥区 was also a district below many a county.

Everything is read once, at import; look-ups are dictionary reads.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from importlib.resources import files


class Level(IntEnum):
    """Rank of a division."""

    PROVINCE = 1
    """省、直辖市"""
    PREFECTURE = 2
    """地级市、地区"""
    COUNTY = 3
    """县、县级市、市辖区"""


@dataclass(frozen=True, slots=True)
class Division:
    """One division during the years in which it had this code and this name.

    Attributes:
        code: six digits of GB/T 2260.
        name: official Chinese name, without the names of the divisions above it.
        english: pinyin and rank, such as `Susong County`.
        parent: code of the division above; empty for a province.
        valid_from: first year, or None where it is older than the codes or not recorded.
        valid_to: year in which it ended, or None if it exists.
        successor_codes: what it became, when it ended.
        full_name: with the names above it: `安徽省安庆市宿松县`.
    """

    code: str
    name: str
    english: str
    level: Level
    parent: str
    valid_from: int | None
    valid_to: int | None
    successor_codes: tuple[str, ...]
    full_name: str

    @property
    def short_name(self) -> str:
        """The name as people say it: `安庆`, `宿松`. Names that would shrink to one character stay whole (和县)."""
        return _short(self.name)

    @property
    def province(self) -> str:
        """Code of the province."""
        return self.code[:2] + "0000"


class Kinship(StrEnum):
    """How two divisions belong together, nearest first."""

    SAME = "same"
    SUCCESSOR = "successor"
    """One became the other, or both became the same one."""
    WITHIN = "within"
    """One lies in the other."""
    SAME_PREFECTURE = "same_prefecture"
    SAME_PROVINCE = "same_province"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True)
class Relation:
    """Verdict of `related`. `through` holds the codes on which it rests."""

    kinship: Kinship
    through: tuple[str, ...] = ()


_SUFFIX = re.compile(r"(?:省|畲族自治县|地区|新区|市|区|县)$")


def _short(name: str) -> str:
    stem = _SUFFIX.sub("", name)
    return stem if len(stem) > 1 else name


def _level(code: str) -> Level:
    return Level.PROVINCE if code.endswith("0000") else Level.PREFECTURE if code.endswith("00") else Level.COUNTY


def _year(text: str) -> int | None:
    return int(text) if text else None


def _read(table: str) -> tuple[Division, ...]:
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    names: dict[str, str] = {}
    for code, name, _english, _start, end, _successors in rows:
        if not end or code not in names:
            names[code] = name

    def build(row: list[str]) -> Division:
        code, name, english, start, end, successors = row
        above = [up for up in (code[:2] + "0000", code[:4] + "00") if up in names and up != code]
        return Division(
            code=code,
            name=name,
            english=english,
            level=_level(code),
            parent=above[-1] if above else "",
            valid_from=_year(start),
            valid_to=_year(end),
            successor_codes=tuple(successors.split()),
            full_name="".join(names[up] for up in above) + name,
        )

    return tuple(build(row) for row in rows)


DIVISIONS: tuple[Division, ...] = _read((files(__package__) / "data" / "divisions.tsv").read_text(encoding="utf-8"))
"""Every row of the table, by code, former ones before today's."""


@dataclass(frozen=True, slots=True)
class Older:
    """A division that ended before 1980. `now`: codes of today; `alone`: its name means it without the province too."""

    province: str
    name: str
    now: tuple[str, ...]
    alone: bool

    @property
    def spellings(self) -> tuple[str, ...]:
        """All names that mean it: 上海市榆林区, 上海榆林区, 榆林区."""
        return (self.province + self.name, self.province[:2] + self.name, *([self.name] if self.alone else []))


def _older(table: str) -> tuple[Older, ...]:
    rows = (line.split("\t") for line in table.splitlines()[1:])
    return tuple(Older(name[:3], name[3:], tuple(now.split()), alone == "yes") for name, _from, _to, now, alone in rows)


BEFORE_CODES: tuple[Older, ...] = _older((files(__package__) / "data" / "before_codes.tsv").read_text(encoding="utf-8"))

_BY_CODE: dict[str, tuple[Division, ...]] = {}
for _division in sorted(DIVISIONS, key=lambda one: -(one.valid_to or 9999)):
    _BY_CODE[_division.code] = (*_BY_CODE.get(_division.code, ()), _division)


def _spellings(division: Division) -> Iterable[str]:
    """All names that mean the division: whole or short, with or without those above it."""
    above = [_BY_CODE[code][0] for code in dict.fromkeys((division.province, division.parent)) if code]
    prefixes = {""}
    for one in above:
        if one.code != division.code:
            prefixes |= {prefix + name for prefix in prefixes for name in (one.name, one.short_name)}
    return (prefix + name for prefix in prefixes for name in {division.name, division.short_name})


def _index() -> dict[str, tuple[Division, ...]]:
    found: dict[str, list[Division]] = defaultdict(list)
    for division in sorted(DIVISIONS, key=lambda one: (-(one.valid_to or 9999), one.level, one.code)):
        for name in dict.fromkeys(_spellings(division)):
            found[name].append(division)
    for older in BEFORE_CODES:
        for name in older.spellings:
            found[name] += [_BY_CODE[code][0] for code in older.now if _BY_CODE[code][0] not in found[name]]
    return {name: tuple(divisions) for name, divisions in found.items()}


_BY_NAME = _index()


def find(text: str) -> tuple[Division, ...]:
    """Every division that `text` may mean: a code, or a whole or short name with or without the names above it.

    Today's divisions come first, then former ones, the latest first. `鼓楼区` means two; `南京市鼓楼区` one. A name
    from before the codes gives the divisions that have its land now. Unknown names give an empty tuple.
    """
    wanted = "".join(text.split())
    return _BY_CODE.get(wanted) or _BY_NAME.get(wanted, ())


def named_first(text: str) -> tuple[tuple[Division, ...], str]:
    """The divisions that words such as 安庆市宿松县民政局 begin with, by the longest name, and the words after it.

    None, and the whole text, where it begins with no division's name.
    """
    words = "".join(text.split())
    for end in range(len(words), 1, -1):
        if found := find(words[:end]):
            return found, words[end:]
    return (), words


def current(code: str) -> tuple[Division, ...]:
    """The divisions of today that `code` stands for: itself, or what it became. Empty if the code is unknown.

    A code that is in use today means today's division, though another may have had it before.
    """
    reached: dict[str, Division] = {}
    waiting = list(_BY_CODE.get(code, ())[:1])
    while waiting:
        here = waiting.pop()
        if here.valid_to is None:
            reached[here.code] = here
        else:
            waiting.extend(_in_year(successor, here.valid_to) for successor in here.successor_codes)
    return tuple(reached[here] for here in sorted(reached))


def _in_year(code: str, year: int) -> Division:
    """The division that had the code after the changes of `year`; a code may have been used twice."""
    rows = _BY_CODE[code]
    return next((one for one in rows if (one.valid_from or 0) <= year < (one.valid_to or 9999)), rows[0])


def related(first: str, second: str) -> Relation:
    """How the divisions of two codes belong together. Codes that the table lacks are compared by their digits."""
    if first == second:
        return Relation(Kinship.SAME, (first,))
    now_first, now_second = _lineage(first), _lineage(second)
    if common := now_first & now_second:
        return Relation(Kinship.SUCCESSOR, tuple(sorted(common)))
    for above, below in ((now_first, now_second), (now_second, now_first)):
        if inside := sorted(code for code in below if any(_holds(outer, code) for outer in above)):
            return Relation(Kinship.WITHIN, tuple(inside))
    for digits, kinship in ((4, Kinship.SAME_PREFECTURE), (2, Kinship.SAME_PROVINCE)):
        if shared := {code[:digits] for code in now_first} & {code[:digits] for code in now_second}:
            return Relation(kinship, tuple(sorted(prefix.ljust(6, "0") for prefix in shared)))
    return Relation(Kinship.UNRELATED)


def _lineage(code: str) -> set[str]:
    """The code itself and what it is today."""
    return {code} | {division.code for division in current(code)}


def _holds(outer: str, inner: str) -> bool:
    """Whether the division `outer` contains `inner`, by the build of the codes."""
    head = outer[: 2 * _level(outer)]
    return outer != inner and _level(outer) is not Level.COUNTY and inner.startswith(head)
