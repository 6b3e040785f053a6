"""A couple, its entry, and what decides over it."""

from dataclasses import replace

from dangqiao.core.matching import (
    EntryFeatures,
    Frequencies,
    IdParts,
    MatchVerdict,
    Person,
    Query,
    decide,
)
from dangqiao.core.vocabulary.dates import PartialDate, from_iso
from dangqiao.core.vocabulary.identity import Sex

POPULATION = 200_000
COMMON = {"张伟": 900, "王秀英": 800, "李娜": 700, "王芳": 700, "李强": 600, "沈梦溪": 1, "顾青萝": 1}
COUNTS = Frequencies.of_names({**COMMON, **{f"赵{chr(0x5000 + n)}": 440 for n in range(900)}}, POPULATION)
HE = Person("沈梦溪", "party_a", sex=Sex.MALE, birth=from_iso("1960-01-02"), id_parts=IdParts(11, 22, 33))
SHE = Person("顾青萝", "party_b", sex=Sex.FEMALE, birth=from_iso("1962-07-08"), id_parts=IdParts(44, 55, 66))
MARRIAGE = EntryFeatures("1987-1", (HE, SHE), 1987, from_iso("1987-03-05"), ("340811",), "皖宿字第1号", "marriage")
FULL = Query(HE, (Person("顾青萝"),), 1987, place_codes=("340811",))


def verdict(query: Query, *entries: EntryFeatures) -> MatchVerdict:
    return decide(query, entries, COUNTS, POPULATION)


def bare(person: Person) -> Person:
    return replace(person, id_parts=None, birth=PartialDate())
