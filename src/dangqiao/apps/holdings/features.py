"""A stored entry as matching sees it. The only place where columns and content become features."""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, NamedTuple, Self

from dangqiao.apps.holdings.contents import date_of
from dangqiao.core.categories import Category, FieldKind
from dangqiao.core.matching import EntryFeatures, IdParts, Person, Query, entry_keys, keys_by_stage, kind_of_act
from dangqiao.core.matching.features import CHILD
from dangqiao.core.matching.keys import Keys
from dangqiao.core.vocabulary.dates import FIRST_YEAR, UNKNOWN, Calendar, PartialDate, age_in, within
from dangqiao.core.vocabulary.divisions import current, named_first
from dangqiao.core.vocabulary.identity import Sex
from dangqiao.core.vocabulary.names import DOT, fold_name, pinyin_of_fold, plain_sound, surname_length

SEXES = {"男": Sex.MALE, "女": Sex.FEMALE, "male": Sex.MALE, "female": Sex.FEMALE}
MOST_PLACES = 4


@lru_cache(maxsize=1 << 14)
def place_codes(text: str) -> tuple[str, ...]:
    """GB/T 2260 codes of the division that words such as 安庆市宿松县民政局 begin with: as named, and what it is today.

    A name that several divisions have gives all of them; words that name none give none.
    """
    found, _rest = named_first(text)
    codes = (code for one in found for code in (one.code, *(now.code for now in current(one.code))))
    return tuple(dict.fromkeys(codes))[:MOST_PLACES]


class _Shape(NamedTuple):
    """What `features` asks of a category, again for every entry: keys of the fields that are places, sexes by role."""

    category: Category
    places: tuple[str, ...]
    sexes: dict[str, str]

    @classmethod
    def of(cls, category: Category) -> Self:
        """Of a category."""
        places = tuple(field.key for field in category.fields if field.kind is FieldKind.PLACE)
        return cls(category, places, {party.role: party.sex for party in category.parties})


_shapes: dict[str, _Shape] = {}


def features(
    category: Category,
    identity: str,
    archive_code: str,
    content: Mapping[str, Any],
    event_date: str,
    year: int | None,
    event_number: str,
) -> EntryFeatures:
    """What matching needs of an entry.

    Args:
        identity: comes back in the verdict.
        archive_code: whose division is taken for the place when the entry names none that is known.
        event_date: ISO, as the column has it; its calendar stands in the content.
    """
    fields = content["fields"]
    shape = _shapes.get(category.id)
    if shape is None or shape.category is not category:
        shape = _shapes[category.id] = _Shape.of(category)
    places: list[str] = []
    for key in shape.places:
        if text := fields.get(key):
            places += place_codes(text)
    act = fields.get("act", "")
    sexes = shape.sexes
    return EntryFeatures(
        identity=identity,
        persons=tuple([_person(party, sexes[party["role"]], year) for party in content["parties"]]),
        event_year=year,
        event_date=_date(fields.get(category.event_date)) if event_date else UNKNOWN,
        place_codes=tuple(dict.fromkeys(places)) or (archive_code,),
        certificate=event_number,
        act=kind_of_act(category, act, event_number),
    )


def _person(party: Mapping[str, Any], sex: str, year: int | None) -> Person:
    parts = party.get("identity_parts")
    return Person(
        name=party.get("name", ""),
        role=party["role"],
        former_names=tuple(party.get("former_names", ())),
        sex=SEXES.get(party.get("sex") or sex, Sex.UNKNOWN),
        birth=_birth(party, year),
        id_parts=IdParts(*parts) if parts else None,
    )


def _birth(party: Mapping[str, Any], year: int | None) -> PartialDate:
    """As the number has it where that says more, else as it is written, else by the age."""
    if inside := party.get("birth_in_number"):
        return _iso(inside)
    birth = party.get("birth_date")
    if birth and not birth["iso"] and (born := born_by_event(birth, year, party["role"])):
        return replace(_iso(born), original=birth["original"])
    return _date(birth)


_OF_AGE = frozenset({"party_a", "party_b", "husband", "wife", "father", "mother", "adoptive_father", "adoptive_mother"})
_YOUNGEST, _OLDEST, _OLDEST_CHILD = 15, 95, 40
"""Years of age: of who marries or has a child, of anybody of whom something is registered, of somebody's only child."""


def born_by_event(birth: Mapping[str, str] | None, year: int | None, role: str) -> str:
    """When somebody was born, in ISO 8601, of whom an entry of a year says an age instead, or the year by two digits
    that may mean two years: only one of them, perhaps, is of somebody of that age. Else empty."""
    if not birth or not year or birth["iso"]:
        return ""
    if age := age_in(birth["original"]):
        return f"{year - age}" if year - age >= FIRST_YEAR else ""
    least = _YOUNGEST if role in _OF_AGE else 0
    most = _OLDEST_CHILD if role == CHILD else _OLDEST
    found = within(birth["original"], range(year - most, year - least + 1))
    return found.iso() if found.calendar is not Calendar.LUNAR else f"{found.year}"


def _date(value: Mapping[str, Any] | None) -> PartialDate:
    if value and "calendar" not in value:
        return _iso(value["iso"])
    return date_of(value)


@lru_cache(maxsize=1 << 16)
def _iso(text: str) -> PartialDate:
    """A stored date, which was checked when it was taken in."""
    if not text:
        return UNKNOWN
    year, month, day, *_rest = (*map(int, text.split("-")), None, None)
    return PartialDate(year, month, day, text)


def stored_keys(entry: EntryFeatures, category_id: str) -> list[int]:
    """The keys under which an entry of a category is stored."""
    mine = salt(category_id)
    return [key ^ mine for key in entry_keys(entry)]


def sought_keys(query: Query, category_id: str) -> Iterator[Keys]:
    """The keys under which a query of a category looks, stage by stage."""
    mine = salt(category_id)
    return (keys ^ mine for keys in keys_by_stage(query))


@cache
def salt(category_id: str) -> int:
    """Keeps categories apart in one index: a search sees no key of another category (adoption is in nobody's way)."""
    return int.from_bytes(sha256(category_id.encode()).digest()[:8], "big") >> 1


class Counted(NamedTuple):
    """What of an entry `NameCount` counts: the names of its persons as written, its division codes."""

    names: tuple[str, ...]
    places: tuple[str, ...]


def counted(entry: EntryFeatures) -> Counted:
    """What of an entry is counted."""
    return Counted(tuple(person.name for person in entry.persons), entry.place_codes)


Counts = dict[str, Counter[str]]
"""By kind and value: what is added to `NameCount`. Kinds: name (folded), pinyin, surname, char (of given names), place
(division code), entries (category/archive)."""


def name_counts(entries: Iterable[Counted], category_id: str, archive_code: str) -> Counts:
    """What entries add to `NameCount`."""
    every = list(entries)
    names = Counter(filter(None, (counted_name(name) for one in every for name in one.names)))
    places = Counter(code for one in every for code in one.places)
    where = f"{category_id}/{archive_code}"
    return whole({"name": names, "place": places, "entries": Counter({where: len(every)})})


def counted_name(name: str) -> str:
    """A written name as it is counted; empty if nothing can be read."""
    return fold_name(name)[:100]


NAME_ENDS = ","
"""Behind each of many names; a folded name has none."""


def marked(names: Iterable[str]) -> str:
    """Names in one text, those that are empty left out."""
    return "".join([name + NAME_ENDS for name in names if name])


class Met(NamedTuple):
    """What entries that came in together add to `NameCount`, without what follows from the names.

    Attributes:
        names: of all persons, as `marked` writes them: few are met again before many entries are added up.
        places: division codes; `entries`: how many, by category and archive with a stroke between them.
    """

    names: str
    places: Counter[str]
    entries: dict[str, int]

    def __add__(self, other: "Met") -> "Met":  # type: ignore[override]  # no longer a tuple
        return Met(self.names + other.names, self.places + other.places, Counter(self.entries) + Counter(other.entries))

    def json(self) -> str:
        """As it is kept."""
        kept = {"names": self.names, "place": self.places, "entries": self.entries}
        return json.dumps(kept, ensure_ascii=False)


class Names(NamedTuple):
    """What batches of entries have left in `NamesMet`: JSON of `Met`, by id."""

    counts: dict[int, str]


class Added(NamedTuple):
    """What is added to `NameCount` under one kind.

    Attributes:
        values: with BETWEEN them; `counts`: as many. No more than MOST_ADDED: millions need not be objects at once.
    """

    kind: str
    values: str
    counts: "array[int]"


BETWEEN = "\n"
MOST_ADDED = 1 << 16


def additions(counts: Mapping[str, Mapping[str, int]]) -> list[Added]:
    """Counts in the order of the key."""
    found: list[Added] = []
    for kind in sorted(counts):
        values = sorted(value for value, change in counts[kind].items() if change)
        for start in range(0, len(values), MOST_ADDED):
            some = values[start : start + MOST_ADDED]
            found.append(Added(kind, BETWEEN.join(some), array("q", map(counts[kind].__getitem__, some))))
    return found


def whole(counts: Counts) -> Counts:
    """With what follows from the names: sounds, surnames and the characters of given names."""
    sounds: Counter[str] = Counter()
    surnames: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    for folded, number in counts["name"].items():
        plain = plain_sound(folded)
        length = 1 if plain else surname_length(folded)
        sounds[plain or pinyin_of_fold(folded)[:120]] += number
        surnames[folded[:length]] += number
        for character in folded[length:].replace(DOT, ""):
            characters[character] += number
    return counts | {"pinyin": sounds, "surname": surnames, "char": characters}
