"""Which column of a category a heading of an old catalogue means: 身份证号码 is 身份证件号, 父名 is 父亲姓名.

    heading --> blanks, stars and marks left out --> the category's word, or one of `headings.toml` --> column

Spellings are made of data: words for the end of a heading, words for the party at its beginning, and what one
category calls its columns. A spelling that two columns could claim belongs to neither, so that nothing is taken for
what it is not; of a file with two columns for the same thing neither is taken, unless one is called as the category
calls it.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from typing import Any

from dangqiao.core.categories.schema import COMMON_FIELDS, Category, PartyDefinition

_AROUND = re.compile(r"[\s\ufeff\u200b*:_]+")
_NAME, _BORN = "姓名", "出生日期"
MOST_ABOVE = 10
"""Rows in which the headings are looked for: a title and who made the table may stand above them."""
_ENOUGH = 2


def plain(heading: str) -> str:
    """A heading without blanks, stars and colons, in half width."""
    return _AROUND.sub("", unicodedata.normalize("NFKC", heading))


def heading_row(spellings: Mapping[str, str], rows: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """Which of the first rows is the last with headings, from 0, and the headings. The first row with two that are
    known has them, or row 0; the row below it too where 男方 in a merged cell stands over 姓名 and 出生日期."""
    place = next((number for number, cells in enumerate(rows[:MOST_ABOVE]) if known(spellings, cells) >= _ENOUGH), 0)
    cells = list(rows[place]) if rows else []
    if place + 1 < len(rows):
        below = [*rows[place + 1], *[""] * (len(cells) - len(rows[place + 1]))]
        both = _under(spellings, cells, below)
        if known(spellings, both) >= known(spellings, cells) + _ENOUGH:
            return place + 1, both
    return place, cells


def known(spellings: Mapping[str, str], cells: Sequence[str]) -> int:
    """How many of the cells are headings that are known."""
    return sum(plain(cell) in spellings for cell in cells)


def _under(spellings: Mapping[str, str], above: Sequence[str], below: Sequence[str]) -> list[str]:
    """Two rows of headings as one: a merged cell stands in the first of its columns only. Where it ends is not said:
    备注 behind 女方 is no 女方备注."""
    found, over = [], ""
    for upper, lower in zip_longest(above, below, fillvalue=""):
        over = upper.strip() or over
        both = over + lower.strip()
        if not upper.strip() and plain(lower) in spellings and plain(both) not in spellings:
            over, both = "", lower.strip()
        found.append(both if lower.strip() else upper)
    return found


def canonical(spellings: Mapping[str, str], header: Sequence[str]) -> list[str]:
    """The columns that a file's headings mean; what means none stays as it is, and so do two that mean the same one."""
    written = [name.strip() for name in header]
    own = set(spellings.values())
    meant = [name if name in own else spellings.get(plain(name), "") for name in written]
    return [
        column if column and meant.count(column) == 1 else name for column, name in zip(meant, written, strict=True)
    ]


def of_catalogue(category: Category) -> Mapping[str, str]:
    """Every spelling of a category's columns -> the column."""
    data = _data()
    own: Mapping[str, Sequence[str]] = data["common"] | data["category"].get(category.id, {})
    claims: dict[str, set[str]] = {}
    for field in category.all_fields():
        for spelling in (field.column, *own.get(field.column, ())):
            _claim(claims, spelling, field.column)
    for number, party in enumerate(category.parties):
        for field in party.fields:
            for spelling in _of_party(category, party, field.column, bare=_bare(category, number)):
                _claim(claims, spelling, field.column)
    return _settled(claims, [field.column for field in category.all_fields()], own)


def ages(category: Category, header: Sequence[str]) -> Mapping[str, tuple[int, str]]:
    """Columns of birth dates that a file has not, where it says ages instead: column -> the place of the column with
    the ages, and 虚岁 or 年龄. An age that could be of two parties is of neither.

    Args:
        header: the columns that the file's headings mean.
    """
    found: list[tuple[str, int, str]] = []
    for number, party in enumerate(category.parties):
        born = next((field.column for field in party.fields if field.key == "birth_date"), "")
        if not born.endswith(_BORN) or born in header:
            continue
        spellings = {
            plain(spelling)
            for word in _data()["instead"][_BORN]
            for spelling in _of_party(category, party, born.removesuffix(_BORN) + word, bare=_bare(category, number))
        }
        places = [place for place, name in enumerate(header) if plain(name) in spellings]
        if len(places) == 1:
            found.append((born, places[0], "虚岁" if "虚" in header[places[0]] else "年龄"))
    claimed = [place for _, place, _ in found]
    return {born: (place, word) for born, place, word in found if claimed.count(place) == 1}


def of_queries(category: Category, columns: Iterable[str]) -> Mapping[str, str]:
    """Every spelling of a file of queries -> its column: `columns`, or one of the category.

    Args:
        columns: those that every file of queries may have; they go before the category's.
    """
    claims: dict[str, set[str]] = {}
    own: Mapping[str, Sequence[str]] = _data()["queries"]
    known = list(columns)
    for column in known:
        for spelling in (column, *own.get(column, ())):
            _claim(claims, spelling, column)
    first = _settled(claims, known, own)
    common = {field.column for field in COMMON_FIELDS}
    return {spelling: column for spelling, column in of_catalogue(category).items() if column not in common} | dict(
        first
    )


def _bare(category: Category, number: int) -> bool:
    """Whether words without a party mean this one."""
    return number == 0 and category.parties[number].role not in category.interchangeable


def _of_party(category: Category, party: PartyDefinition, column: str, *, bare: bool) -> Iterable[str]:
    """The spellings of a party's column by its beginning: also without it where only one party can be meant."""
    name = next(field.column for field in party.fields if field.key == "name")
    prefix = name.removesuffix(_NAME)
    rest = column.removeprefix(prefix)
    beginnings = [prefix, *_data()["beginnings"].get(prefix, ()), party.label.zh]
    if bare:
        beginnings.append("")
    for beginning in beginnings:
        yield beginning + rest
        if rest == _NAME and beginning:
            yield beginning


def _claim(claims: dict[str, set[str]], spelling: str, column: str) -> None:
    """This spelling, and those with another word at its end."""
    claims.setdefault(plain(spelling), set()).add(column)
    for ending, others in _data()["endings"].items():
        if spelling.endswith(ending):
            for other in others:
                claims.setdefault(plain(spelling.removesuffix(ending) + other), set()).add(column)


def _settled(
    claims: Mapping[str, set[str]], columns: Sequence[str], own: Mapping[str, Sequence[str]]
) -> Mapping[str, str]:
    """What is claimed once. The columns' own words go before, then what stands in the lists of spellings."""
    found = {spelling: next(iter(by)) for spelling, by in claims.items() if len(by) == 1}
    listed: dict[str, set[str]] = {}
    for column in columns:
        for spelling in own.get(column, ()):
            listed.setdefault(plain(spelling), set()).add(column)
    found |= {spelling: next(iter(by)) for spelling, by in listed.items() if len(by) == 1}
    for spelling in set(_data()["neither"]) - set(columns):
        found.pop(spelling, None)
    return found | {column: column for column in columns}


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files("dangqiao.core.categories") / "headings.toml").read_text(encoding="utf-8"))
