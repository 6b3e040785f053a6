"""Who was called otherwise when the act was registered, or stands in the file under a name nobody can have read."""

from dataclasses import replace

from dangqiao.core.matching import DEFAULT, Outcome, Person, Query
from dangqiao.core.matching.weigh import Rarity
from dangqiao.core.vocabulary.dates import from_iso
from tests.core.matching.couple import COUNTS, HE, MARRIAGE, verdict


def test_the_same_surname_makes_the_same_day_of_birth_year_and_county_worth_a_look() -> None:
    asked = Query(replace(HE, id_parts=None), (), 1987, place_codes=MARRIAGE.place_codes)
    chances = {}
    for name in ("沈建国", "陆建国"):
        filed = replace(MARRIAGE, persons=(replace(HE, name=name, id_parts=None), Person("王芳")))
        found = verdict(asked, filed)
        chances[name] = found.candidates[0].probability
        assert found.outcome is Outcome.REVIEW
    assert chances["沈建国"] > 0.5 > 0.1 > chances["陆建国"]


def test_a_rare_surname_says_more_and_never_more_than_that_the_names_differ() -> None:
    rarity = Rarity(COUNTS, DEFAULT)
    common, rare, none = (rarity.surname_bits(one) for one in ("王", "沈", ""))
    assert 0.0 < common < rare <= 8.0
    assert none == 0.0


def test_it_is_never_taken_without_a_human() -> None:
    asked = Query(HE, (), 1987, place_codes=MARRIAGE.place_codes)
    filed = replace(MARRIAGE, persons=(replace(HE, name="沈建国"), Person("王芳")))
    assert verdict(asked, filed).outcome is Outcome.REVIEW


def test_somebody_of_the_same_surname_and_birthday_is_not_taken_for_a_second_marriage() -> None:
    cousin = Person("沈建国", birth=HE.birth)
    other = replace(MARRIAGE, identity="x", persons=(cousin, Person("王芳")), event_year=1990, certificate="",
                    event_date=from_iso("1990-03-05"))  # fmt: skip
    assert verdict(Query(HE), MARRIAGE, other).outcome is Outcome.MATCH
    assert verdict(Query(replace(HE, id_parts=None)), MARRIAGE, other).outcome is Outcome.MATCH
