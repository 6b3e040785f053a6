"""What the agreement of a query and an entry is worth: Fellegi-Sunter weights in bits, rare values weighing more.

A weight is log2(m / u): how much more often a true pair shows this agreement than a chance pair (Fellegi and Sunter,
"A Theory for Record Linkage", 1969). For names u is how common the name itself is, so that 䶮 says more than 英.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from math import log2
from typing import NamedTuple

from dangqiao.core.matching.characters import Step, look_alikes
from dangqiao.core.matching.compare import (
    IdLevel,
    NameComparison,
    NameLevel,
    PlaceLevel,
    compare_ids,
    compare_persons_names,
    compare_places,
    compare_sexes,
)
from dangqiao.core.matching.dates import DateLevel, compare_dates, compare_years
from dangqiao.core.matching.features import ENDING, REISSUE, EntryFeatures, Frequencies, Person, Query
from dangqiao.core.matching.parameters import Parameters
from dangqiao.core.matching.reasons import Reason
from dangqiao.core.vocabulary.dates import PartialDate
from dangqiao.core.vocabulary.names import (
    SURNAME_SHARES,
    fold_name,
    fuzzy_readings,
    is_han,
    pinyin_of_fold,
    surname_length,
)

_LATIN_SHARE = 2.0**-12
"""Share of one word of a Latin name; there is no table of them."""


_NEARNESS = {"same_county": 6, "same_city": 4, "same_province": 2}
"""Level -> digits of the division codes that agree, the nearest first."""
_OWN_FIELDS = ("name", "identity", "birth")
OTHERS_FIELDS = ("other_name", "other_identity", "other_birth")


class Finding(NamedTuple):
    """A field compared: what a `Reason` is made of for the few candidates that are shown."""

    field: str
    level: str
    bits: float
    query: str | PartialDate = ""
    entry: str | PartialDate = ""

    def reason(self) -> Reason:
        """The row for the table of reasons."""
        return Reason(
            self.field, str(self.level), self.bits, {"query": _words(self.query), "entry": _words(self.entry)}
        )


def _words(value: str | PartialDate) -> str:
    return value if isinstance(value, str) else value.chinese()


@dataclass(frozen=True, slots=True)
class Weighed:
    """An entry compared with a query.

    Attributes:
        entry: the entry.
        bits: the sum of the findings.
        findings: field by field: the person, the others, the event.
        person: column of the entry that was taken for the person asked about.
    """

    entry: EntryFeatures
    bits: float
    findings: tuple[Finding, ...]
    person: int = 0

    def level(self, field: str) -> str:
        """The level of a field, `missing` if it was not compared."""
        for found in self.findings:
            if found.field == field:
                return found.level
        return "missing"

    def levels(self, field: str) -> list[str]:
        """All levels of a field that may occur more than once."""
        return [found.level for found in self.findings if found.field == field]

    def bits_of(self, *fields: str) -> float:
        """The sum of the weights of some fields."""
        return sum([found.bits for found in self.findings if found.field in fields])


class Weigher:
    """Weighs entries against one query. Made once for a query, used for all candidates."""

    def __init__(self, query: Query, rarity: "Rarity") -> None:
        self.query, self.rarity, self._parameters = query, rarity, rarity.parameters
        self._known: dict[tuple[str, tuple[str, ...], str, tuple[str, ...]], tuple[NameComparison, float]] = {}
        self._home = () if query.place_codes else query.home

    def weigh(self, entry: EntryFeatures) -> Weighed:
        """The best reading of the entry: who in it is whom in the query (the columns may be swapped)."""
        wanted = (self.query.person, *self.query.others)
        table = [
            [self._person(person, entry, column, index > 0) for column in entry.persons]
            for index, person in enumerate(wanted)
        ]
        sums = [[sum([found.bits for found in cell]) for cell in row] for row in table]
        orders = readings_of_columns(len(wanted), len(entry.persons))
        best = max(orders, key=lambda order: _worth(sums, order), default=())
        findings = [found for row, column in enumerate(best) if column is not None for found in table[row][column]]
        findings += self._event(entry)
        return Weighed(entry, sum([found.bits for found in findings]), tuple(findings), best[0] or 0 if best else 0)

    def _names(self, mine: Person, theirs: Person) -> tuple[NameComparison, float]:
        """Compared and weighed once for all candidates with the same name."""
        key = (mine.name, mine.former_names, theirs.name, theirs.former_names)
        known = self._known.get(key)
        if known is None:
            names = compare_persons_names(mine, theirs)
            known = self._known[key] = names, self.rarity.bits(names)
        return known

    def _person(self, mine: Person, entry: EntryFeatures, theirs: Person, is_other: bool) -> list[Finding]:
        name_field, identity_field, birth_field = OTHERS_FIELDS if is_other else _OWN_FIELDS
        parameters = self._parameters
        names, bits = self._names(mine, theirs)
        findings = [Finding(name_field, names.level, bits, names.one, names.other)]
        identity = IdLevel.MISSING
        if mine.id_parts:
            rest = [person.id_parts for person in entry.persons if person is not theirs]
            identity = compare_ids(mine.id_parts, theirs.id_parts, rest)
        if identity is not IdLevel.MISSING:
            findings.append(Finding(identity_field, identity, parameters.bits("identity", identity)))
        level: str = compare_dates(mine.birth, theirs.birth)
        if level == "missing" and 0 < (entry.year or 0) < (mine.birth.year or 0):
            level = DateLevel.UNBORN
        if level != "missing":
            bits = parameters.bits("birth" if is_other or self.query.year else "birth_alone", level)
            if identity in (IdLevel.SAME, IdLevel.OTHER_AREA, IdLevel.OTHER_SEQUENCE, IdLevel.OTHER_COLUMN):
                level, bits = "in_number", 0.0
            findings.append(Finding(birth_field, level, bits, mine.birth, theirs.birth))
        if not is_other and (sexes := compare_sexes(mine.sex, theirs.sex)) != "missing":
            findings.append(Finding("sex", sexes, parameters.bits("sex", sexes)))
        return findings

    def _event(self, entry: EntryFeatures) -> list[Finding]:
        query, parameters = self.query, self._parameters
        findings = []
        dates: tuple[str | PartialDate, str | PartialDate] = query.event_date, entry.event_date
        level = compare_dates(query.event_date, entry.event_date)
        if level == "missing":
            level, dates = compare_years(query.year, entry.year), (str(query.year), str(entry.year))
        if entry.act == REISSUE and (entry.year or 0) > (query.year or 0):
            level = DateLevel.MISSING  # the date of the copy says nothing of the act
        if level != "missing":
            findings.append(Finding("event", level, parameters.bits("event", level), *dates))
        # A re-issue is of the event as a rule, but may be of its end.
        if query.ends is not None and entry.act and not (query.ends and entry.act == REISSUE):
            act = "same" if (entry.act == ENDING) == query.ends else "different"
            findings.append(Finding("act", act, parameters.bits("act", act)))
        elif query.ends:
            findings.append(Finding("act", "unsaid", 0.0))
        place = compare_places(query.place_codes or self._home, entry.place_codes)
        if place != "missing":
            if self._home:
                findings.append(Finding("home", place, self.rarity.home_bits(self._home)[place]))
            else:
                findings.append(Finding("place", place, self.rarity.place_bits(place, entry.place_codes)))
        return findings


def _worth(sums: list[list[float]], order: tuple[int | None, ...]) -> float:
    return sum([row[column] for row, column in zip(sums, order, strict=True) if column is not None])


@lru_cache(maxsize=256)
def readings_of_columns(wanted: int, columns: int) -> tuple[tuple[int | None, ...], ...]:
    """Every way to find the persons of a query among the columns of an entry; the person asked about is always one.

    Whoever is asked about must stand somewhere as long as there are columns: another spouse is a reason against.
    In rosters of many persons only the person asked about is looked for, so that the number of ways stays small.
    """
    places: list[int | None] = [*range(columns), *([None] * max(0, wanted - columns))]
    if columns > 6:
        return tuple((first, *([None] * (wanted - 1))) for first in range(columns))
    return tuple(order for order in dict.fromkeys(permutations(places, wanted)) if order[0] is not None)


class Rarity:
    """How common names and places are, from a node's counts and, as far as these are few, from published shares.

    Remembers what characters are worth (not names, whose counts may come later): made once for the counts of a moment.
    """

    def __init__(self, frequencies: Frequencies, parameters: Parameters) -> None:
        self._counts, self.parameters = frequencies, parameters
        self.step_bits = lru_cache(maxsize=1 << 14)(self._step_bits)
        self.share_of_character = lru_cache(maxsize=1 << 14)(self._share_of_character)
        self.share_of_reading = lru_cache(maxsize=1 << 14)(self._share_of_reading)
        self._expected = lru_cache(maxsize=1 << 12)(self._promised)
        self.home_bits = lru_cache(maxsize=1 << 12)(self._home_bits)
        self._log_m = {step: log2(m) for step, m in parameters.step.items()}
        self.different = log2(parameters.name_m["different"] / parameters.name_u["different"])
        self.surname_bits = lru_cache(maxsize=1 << 12)(self._surname_bits)

    def bits(self, names: NameComparison) -> float:
        """The weight of how two names agree."""
        parameters = self.parameters
        if names.level is NameLevel.MISSING:
            return 0.0
        if names.level is NameLevel.DIFFERENT:
            surname = fold_name(names.one)[: surname_length(fold_name(names.one))]
            alike = bool(surname) and fold_name(names.other).startswith(surname)
            return self.different + (self.surname_bits(surname) if alike else 0.0)
        bits, before = 0.0, False
        for character, is_surname, step in names.steps:
            # The second character of a compound surname that agrees adds nothing to the first.
            if not (before and is_surname and step is Step.SAME):
                bits += self.step_bits(character, is_surname, step)
            before = is_surname
        m = sum([self._log_m[step] for _, _, step in names.steps])
        folded = fold_name(names.one)
        if names.level in (NameLevel.SAME, NameLevel.VARIANT):
            bits = min(bits, m - log2(self.share_of_name(folded)))
        elif names.level in (NameLevel.SOUND, NameLevel.NEAR_SOUND, NameLevel.ROMANISED):
            bits = min(bits, m - log2(self.share_of_sound(folded)))
        if names.level is NameLevel.ROMANISED:
            bits = log2(parameters.name_m["romanised"]) - log2(self.share_of_sound(folded))
        if names.level is NameLevel.CLAN:
            bits += log2(parameters.name_m["clan"] / parameters.name_u["clan"])
        bits += log2(parameters.name_m["former"]) if names.former else 0.0
        return bits + (log2(parameters.name_m["husband"]) if names.husband else 0.0)

    def _surname_bits(self, surname: str) -> float:
        """What a surname that agrees is worth where nothing else of the name does: former names and given names that
        somebody misread keep it, chance pairs as often as it is common. Never more than that the names differ."""
        if not surname or not is_han(surname[0]):
            return 0.0
        kept = self.parameters.name_m["surname"] / self.share_of_character(surname, True)
        return min(-self.different, log2(kept)) if kept > 1.0 else 0.0

    def _step_bits(self, character: str, is_surname: bool, step: Step) -> float:
        """The weight of what happened to one character."""
        m = self.parameters.step[step]
        if step in (Step.OTHER, Step.LOST, Step.DOUBLED, Step.ILLEGIBLE):
            return log2(m / self.parameters.step_u[step])
        if step in (Step.SOUND, Step.NEAR_SOUND):
            return log2(m / self.share_of_reading(character, is_surname))
        if step is Step.LOOK:
            alike = sum(self.share_of_character(other, is_surname) for other in look_alikes(character))
            return log2(m / max(alike, self.parameters.prior.character))
        return log2(m / self.share_of_character(character, is_surname))

    def _share_of_character(self, character: str, is_surname: bool) -> float:
        """The share of a character among surnames or among the characters of given names."""
        prior, counts = self.parameters.prior, self._counts
        if not is_han(character[0]):
            return _LATIN_SHARE
        if is_surname:
            published = SURNAME_SHARES.get(character, prior.surname)
            return (counts.surnames.get(character, 0) + prior.sample * published) / (counts.persons + prior.sample)
        count = counts.characters.get(character, 0) + prior.sample * prior.character
        return count / (counts.given_characters + prior.sample)

    def _share_of_reading(self, character: str, is_surname: bool) -> float:
        """The share of all characters that sound like this one."""
        counts, own = self._counts, self.share_of_character(character, is_surname)
        sounds, total = (
            (counts.sounds_of_surnames, counts.persons)
            if is_surname
            else (counts.sounds_of_characters, counts.given_characters)
        )
        heard = max(sounds.get(sound, 0) for sound in fuzzy_readings(character))
        return max(own + self.parameters.prior.character, heard / total if total else 0.0)

    def _promised(self, folded: str, by_sound: bool) -> float:
        """The share of a name as its characters would make it, or their sounds."""
        share_of = self.share_of_reading if by_sound else self.share_of_character
        if not is_han(folded[0]):
            return _LATIN_SHARE ** len(folded.split())
        length = surname_length(folded)
        share = share_of(folded[:length], True) if length else 1.0
        for character in folded[length:]:
            share *= share_of(character, False)
        return share * self.parameters.prior.clump

    def share_of_name(self, folded: str) -> float:
        """The share of persons with this very name."""
        return self._share(self._counts.names.get(folded, 0), self._expected(folded, False))

    def share_of_sound(self, folded: str) -> float:
        """The share of persons whose name sounds so."""
        count = self._counts.pinyin.get(pinyin_of_fold(folded), 0)
        return self._share(count, self._expected(folded, True))

    def _share(self, count: int, expected: float) -> float:
        """The share of a name that so many bear, when its characters promise another.

        Counts of one name follow a Poisson distribution whose mean, over the names of which the same is expected,
        follows a gamma distribution of the shape `prior.names`: this is its mean after the count (Gelman et al.,
        "Bayesian Data Analysis", 3rd ed., section 2.6). So one bearer of a name that nobody should have is not taken
        for a habit. That the asker bears it too makes it as likely again as the asker's own entry among the bearers
        makes it less: neither is counted.
        """
        prior = self.parameters.prior
        return max((count + prior.names) / (self._counts.persons + prior.names / expected), prior.rarest)

    def place_bits(self, level: str, codes: tuple[str, ...]) -> float:
        """The weight of a place; a county that most entries come from says little."""
        counted = sum(self._counts.places.get(code, 0) for code in codes)
        if level == "same_county" and self._counts.entries and counted:
            return log2(self.parameters.m["place"][level] * max(1.0, self._counts.entries / counted))
        return self.parameters.bits("place", level)

    def _home_bits(self, home: tuple[str, ...]) -> Mapping[str, float]:
        """The weight of an entry's place by how near it is to where the asker's number was issued.

        Of acts a part falls into the county, city and province of the number, the rest anywhere: the weight is what
        that makes of the share that an entry's place has in the catalogue. What the catalogue has nothing of it
        cannot have lost: an archive of one county learns nothing from numbers of that county or of others.
        """
        counts, total = self._counts.within, max(self._counts.entries, 1)
        near: dict[str, float] = {}
        left = 0.0
        for level, digits in _NEARNESS.items():
            part = self.parameters.home[level] + left
            share = min(1.0, sum(counts.get(code, 0) for code in {code[:digits] for code in home}) / total)
            near[level], left = (part / share, 0.0) if share else (0.0, part)
        odds = 1.0 - sum(self.parameters.home.values()) + left
        bits = {str(PlaceLevel.DIFFERENT): log2(odds), str(PlaceLevel.MISSING): 0.0}
        for level in reversed(_NEARNESS):
            odds += near[level]
            bits[level] = log2(odds)
        return bits


def names_to_count(query: Query) -> tuple[frozenset[str], frozenset[str]]:
    """The folded names and the sounds whose counts `Frequencies` must hold for this query."""
    persons = (query.person, *query.others)
    folded = frozenset([fold_name(name) for person in persons for name in (person.name, *person.former_names)]) - {""}
    return folded, frozenset(map(pinyin_of_fold, folded))
