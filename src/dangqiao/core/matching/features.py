"""What matching looks at: persons, entries and queries, and how often names occur. No identity number in clear."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Self

from dangqiao.core.vocabulary.dates import UNKNOWN, PartialDate
from dangqiao.core.vocabulary.identity import Sex
from dangqiao.core.vocabulary.names import DOT, fold_name, fuzzy_readings, pinyin_of_fold, surname_length

REISSUE = "reissue"
"""`EntryFeatures.act` of an entry that repeats an event (补领): it belongs to that event and has a date of its own."""
ENDING = "ending"
"""`EntryFeatures.act` of an entry that ends what another one began (离婚): an event of its own."""

AGAIN = "again"
"""`EntryFeatures.act` of an entry of the same parties' second event (复婚): there was a first one, whatever is here."""

CHILD = "child"
"""`Person.role` of somebody beside parents: brothers and sisters have the same, and twins the same birth date."""


class IdParts(NamedTuple):
    """Keyed hashes (positive, up to 63 bits) of the three parts of an identity number, 15 digits counted as 18.

    Made by whoever holds the key from `vocabulary.identity.parts`; hashed apart so that a wrong digit spoils one only.
    """

    area: int
    birth: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Person:
    """One person of an entry or a query. Whatever is not known stays empty.

    Attributes:
        name: as written.
        role: role within the category (`party_a`, `CHILD`, …). Parties may be swapped in a file, so it only labels.
        former_names: other names, as written.
        birth: birth date; the caller fills it from the identity number when only that is given.
        home: GB/T 2260 codes of the division in the identity number, former and today's; asked for in queries only.
    """

    name: str
    role: str = ""
    former_names: tuple[str, ...] = ()
    sex: Sex = Sex.UNKNOWN
    birth: PartialDate = UNKNOWN
    id_parts: IdParts | None = None
    home: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryFeatures:
    """What matching needs of a catalogue entry.

    Attributes:
        identity: the caller's name for the entry; comes back in the verdict.
        persons: everybody whom the entry names, in the order of its columns.
        event_year: year of the file (年度) when the date is not known.
        event_date: day of the act (marriage, certificate, going down to the countryside).
        place_codes: GB/T 2260 codes of the place, today's and former ones.
        certificate: number of the certificate, as written.
        act: code of the kind of act, or `REISSUE`, `ENDING` or `AGAIN`; empty if it is not known.
    """

    identity: str
    persons: tuple[Person, ...]
    event_year: int | None = None
    event_date: PartialDate = UNKNOWN
    place_codes: tuple[str, ...] = ()
    certificate: str = ""
    act: str = ""

    @property
    def year(self) -> int | None:
        """The year of the act as well as it is known."""
        return self.event_date.year if self.event_date.year is not None else self.event_year


@dataclass(frozen=True, slots=True)
class Query:
    """Whom somebody looks for.

    Attributes:
        person: the person whose record it is.
        others: the other persons of the record as far as the applicant names them (spouse, parents, child).
        place_codes: GB/T 2260 codes of the place of the act, today's and former ones.
        ends: whether it is about what ended another event (a divorce), or None if it does not say.
    """

    person: Person
    others: tuple[Person, ...] = ()
    event_year: int | None = None
    event_date: PartialDate = UNKNOWN
    place_codes: tuple[str, ...] = ()
    ends: bool | None = None

    @property
    def year(self) -> int | None:
        """The year of the act as well as it is known."""
        return self.event_date.year if self.event_date.year is not None else self.event_year

    @property
    def home(self) -> tuple[str, ...]:
        """Where a number was issued first, of the first person who has one: acts were registered at the registered
        residence of a party (婚姻登记办法 1986, article 4; 婚姻登记条例 2003, article 4)."""
        return next((one.home for one in (self.person, *self.others) if one.home), ())

    @property
    def tells_events_apart(self) -> bool:
        """Whether it says anything by which one event of a person differs from another; if not, each of them fits, and
        who decides must know of all."""
        return bool(self.others or self.year)


@dataclass(frozen=True)
class Frequencies:
    """How often names occur in the node's own catalogue: a rare name that agrees says more than a common one.

    Attributes:
        persons: how many persons were counted; 0 means that nothing is known but published shares of surnames.
        names, pinyin: counts by `fold_name` and `pinyin_key`. Need hold only what `weigh.names_to_count` asks for.
        surnames, characters: counts of surnames and of characters of given names (a few thousand rows: hold them all).
        entries, places: number of entries, and their counts by six-digit division code.
    """

    persons: int = 0
    names: Mapping[str, int] = field(default_factory=dict)
    pinyin: Mapping[str, int] = field(default_factory=dict)
    surnames: Mapping[str, int] = field(default_factory=dict)
    characters: Mapping[str, int] = field(default_factory=dict)
    entries: int = 0
    places: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def count(cls, entries: Iterable[EntryFeatures]) -> Self:
        """Counts a catalogue that fits into memory."""
        names: Counter[str] = Counter()
        places: Counter[str] = Counter()
        total = 0
        for entry in entries:
            total += 1
            names.update(fold_name(person.name) for person in entry.persons)
            places.update(entry.place_codes)
        names.pop("", 0)
        return cls.of_names(names, total, places)

    @classmethod
    def of_names(cls, names: Mapping[str, int], entries: int = 0, places: Mapping[str, int] | None = None) -> Self:
        """From counts of folded names alone; the other counts follow from them."""
        pinyin: Counter[str] = Counter()
        surnames: Counter[str] = Counter()
        characters: Counter[str] = Counter()
        for name, number in names.items():
            length = surname_length(name)
            pinyin[pinyin_of_fold(name)] += number
            surnames[name[:length]] += number
            for character in name[length:].replace(DOT, ""):
                characters[character] += number
        return cls(sum(names.values()), names, pinyin, surnames, characters, entries, places or {})

    @cached_property
    def within(self) -> Mapping[str, int]:
        """Counts of entries by the first two, four and six digits of their divisions' codes."""
        within: Counter[str] = Counter()
        for code, number in self.places.items():
            within.update({code[:digits]: number for digits in (2, 4, 6)})
        return within

    @cached_property
    def given_characters(self) -> int:
        """How many characters of given names were counted."""
        return sum(self.characters.values())

    @cached_property
    def sounds_of_surnames(self) -> Mapping[str, int]:
        """Counts of surnames by sound."""
        return _by_sound(self.surnames)

    @cached_property
    def sounds_of_characters(self) -> Mapping[str, int]:
        """Counts of characters of given names by sound."""
        return _by_sound(self.characters)


def _by_sound(counts: Mapping[str, int]) -> Mapping[str, int]:
    sounds: Counter[str] = Counter()
    for text, number in counts.items():
        for sound in fuzzy_readings(text):
            sounds[sound] += number
    return sounds
