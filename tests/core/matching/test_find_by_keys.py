"""An entry and a query meet in a key, in the stage that the slip between them asks for."""

import pytest

from dangqiao.core.matching import STAGES, EntryFeatures, IdParts, Person, Query, entry_keys, query_keys
from dangqiao.core.matching.characters import look_alikes
from dangqiao.core.vocabulary.dates import PartialDate, from_iso

BORN, MARRIED = from_iso("1960-01-02"), from_iso("1987-03-05")
NUMBER = IdParts(11, 22, 33)


def entry(name: str, spouse: str = "", birth: PartialDate = BORN, date: PartialDate = MARRIED) -> EntryFeatures:
    persons = (Person(name, birth=birth), Person(spouse)) if spouse else (Person(name, birth=birth),)
    return EntryFeatures("x", persons, None, date, ("340811",))


def stage_of(query: Query, found: EntryFeatures) -> int:
    keys = set(entry_keys(found))
    return next((stage for stage in STAGES if keys & set(query_keys(query, stage))), 0)


KEPT = [5035212024826333945, 7643241659698569340]
BY_YEAR = Query(Person("王秀英"), (), 1987)


@pytest.mark.parametrize(
    ("written", "stage"),
    [
        ("王秀英", 1),
        ("王秀瑛", 1),
        ("王绣莺", 1),
        ("陈王秀英", 1),
        ("Wang Xiuying", 1),
        ("Xiuying Wang", 1),
        ("玉秀英", 2),
        ("黄秀英", 2),
        ("王香英", 2),
        ("王□英", 2),
        ("王英", 2),
        ("王秀秀英", 2),
        ("王英秀", 2),
        ("王秀ying", 1),
        ("王××", 2),
        ("王某", 2),
        ("赵秀英", 3),
    ],
)
def test_a_name_as_it_may_be_written(written: str, stage: int) -> None:
    assert stage_of(BY_YEAR, entry(written)) == stage


def test_the_year_may_be_wrong_or_unknown() -> None:
    far, unknown = entry("王秀英", date=from_iso("1997-03-05")), entry("王秀英", date=PartialDate())
    assert stage_of(Query(Person("王秀英"), (), 1986), entry("王秀英")) == 1
    assert stage_of(BY_YEAR, unknown) == 1
    assert stage_of(BY_YEAR, far) == 3
    assert stage_of(Query(Person("王秀英")), entry("王秀英")) == 3


def test_found_by_the_lunar_date_of_birth_and_the_words_of_a_foreign_name() -> None:
    born = Query(Person("王秀英", birth=from_iso("1960-03-12")))
    assert stage_of(born, entry("王桂花", birth=from_iso("1960-02-15"))) == 2
    assert stage_of(Query(Person("Michael Brown"), (), 1987), entry("MichaelBrown")) == 1
    assert stage_of(Query(Person("MichaelBrown"), (), 1987), entry("Brown Michael")) == 1


def test_found_by_birth_date() -> None:
    query = Query(Person("王秀英", birth=BORN))
    assert stage_of(query, entry("王秀英")) == 1
    assert stage_of(query, entry("王桂花")) == 1
    assert stage_of(query, entry("王秀英", birth=from_iso("1961"))) == 1


def test_found_by_identity_number_whatever_the_name() -> None:
    query = Query(Person("王秀英", id_parts=NUMBER))
    for parts in (NUMBER, NUMBER._replace(area=5), NUMBER._replace(birth=5)):
        assert stage_of(query, EntryFeatures("x", (Person("某某", id_parts=parts),))) == 1
    assert stage_of(query, EntryFeatures("x", (Person("李"), Person("某", id_parts=NUMBER)))) == 1


def test_found_by_the_couple_in_either_column() -> None:
    query = Query(Person("王秀英"), (Person("张大山"),))
    assert stage_of(query, entry("张大山", "王秀英")) == 1
    assert stage_of(query, entry("王秀英", "张大山")) == 1
    assert stage_of(query, entry("张大山", "王氏")) == 2
    assert stage_of(query, entry("张太山", "王秀英")) == 2


def test_found_by_the_other_person_alone() -> None:
    query = Query(Person("王秀英"), (Person("张大山"),), 1987)
    assert stage_of(query, entry("张大山", "李桂花")) == 3
    assert stage_of(Query(Person("王秀英"), (Person("张大山"),), 1995), entry("张大山", "李桂花")) == 3


@pytest.mark.parametrize("years", [1, 4, 7, 8, 9, 10, 20])
def test_found_in_a_year_that_is_remembered_wrong(years: int) -> None:
    for year in (1987 - years, 1987 + years):
        assert stage_of(Query(Person("王秀英"), (), year), entry("王秀英")) in (1, 3)


def test_found_by_a_character_torn_apart() -> None:
    assert stage_of(Query(Person("王林英"), (), 1987), entry("王木木英")) == 2
    assert stage_of(Query(Person("林秀英", birth=BORN)), entry("木木秀英", birth=BORN)) == 2


def test_found_by_surname_and_county() -> None:
    query = Query(Person("王秀英"), (), 1987, place_codes=("340811",))
    assert stage_of(query, entry("王桂花")) == 3
    assert stage_of(query, entry("王氏")) == 2


def test_found_by_a_former_name() -> None:
    found = EntryFeatures("x", (Person("李大山", former_names=("王秀英",)),), 1987)
    assert stage_of(BY_YEAR, found) == 1
    assert stage_of(BY_YEAR, EntryFeatures("x", (Person("李大山(曾用名王秀英)"),), 1987)) == 1


def test_found_by_a_character_that_was_described_wrongly() -> None:
    assert stage_of(Query(Person("王秀䶮"), (), 1987), entry("王秀(王+民)")) == 2
    assert stage_of(Query(Person("王秀珉"), (), 1987), entry("王秀(王+民)")) == 1


def test_keys_fit_any_database_and_do_not_repeat() -> None:
    found = entry_keys(entry("王秀英", "张大山"))
    assert len(found) == len(set(found))
    assert all(0 <= key < 2**63 for key in found)
    query = Query(Person("王秀英", birth=BORN), (Person("张大山"),), 1987)
    stages = [set(query_keys(query, stage)) for stage in STAGES]
    assert not (stages[0] & stages[1] or stages[0] & stages[2] or stages[1] & stages[2])


@pytest.mark.parametrize("name", ["王秀英", "陈桂兰", "欧阳国强", "林伟", "买买提·艾力"])
def test_whatever_a_character_is_taken_for_is_looked_under(name: str) -> None:
    """Hashes of changed names are sums; here they are compared with those of the names written out."""
    found = query_keys(Query(Person(name), event_year=1987), 2).tolist()
    for place, character in enumerate(name):
        for other in look_alikes(character):
            written = name[:place] + other + name[place + 1 :]
            assert stage_of(Query(Person(name), event_year=1987), entry(written, birth=PartialDate())) in (1, 2)
    assert len(found) == len(set(found)) > 40


def test_a_couple_that_has_changed_its_given_names_has_another_key() -> None:
    couple = Query(Person("王秀英"), (Person("张大山"),))
    assert stage_of(couple, entry("张大山", "王秀英", birth=PartialDate(), date=PartialDate())) == 1
    keys = set(query_keys(couple, 1).tolist())
    assert not keys & set(entry_keys(entry("张秀英", "王大山", birth=PartialDate(), date=PartialDate())))


def test_keys_never_change() -> None:
    """Stored in every node's database: a change here means that every index must be built again."""
    assert sorted(entry_keys(EntryFeatures("x", (Person("王秀英"),), 1987))) == KEPT


def test_nothing_is_found_by_nothing() -> None:
    empty = EntryFeatures("x", (Person(""), Person("□□")), None)
    assert not set(entry_keys(empty)) & {key for stage in STAGES for key in query_keys(Query(Person("")), stage)}
