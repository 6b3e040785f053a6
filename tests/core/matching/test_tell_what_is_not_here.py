"""The couple is here, the event that is asked for is not: another one of theirs must not pass for it."""

from dataclasses import replace

import pytest

from dangqiao.core.matching import ENDING, REISSUE, Ground, Outcome, Query
from dangqiao.core.vocabulary.dates import from_iso
from tests.core.matching.couple import FULL, HE, MARRIAGE, SHE, bare, verdict

DIVORCE = replace(
    MARRIAGE, identity="d", event_date=from_iso("1996-06-07"), event_year=1996, certificate="", act=ENDING
)


@pytest.mark.parametrize(("asked", "low", "high"), [(1984, 0.0, 0.2), (1987, 0.0, 0.2), (1996, 0.9, 1.0)])
def test_a_year_before_the_divorce_is_that_of_the_marriage(asked: int, low: float, high: float) -> None:
    """Who says no kind and a year years before means what the divorce ended; it is shown, and not stated as certain."""
    found = verdict(replace(FULL, event_year=asked), DIVORCE)
    assert (found.outcome, found.candidates[0].identity) == (Outcome.REVIEW, "d")
    assert low <= found.candidates[0].probability <= high


def test_the_marriage_that_a_divorce_ended_is_not_sought_twice() -> None:
    found = verdict(FULL, MARRIAGE, DIVORCE)
    assert (found.outcome, found.candidates[0].identity) == (Outcome.MATCH, "1987-1")


@pytest.mark.parametrize(("later", "outcome"), [(0, "match"), (2, "match"), (5, "review")])
def test_a_year_long_after_the_marriage_is_as_much_that_of_its_end(later: int, outcome: str) -> None:
    found = verdict(replace(FULL, event_year=1987 + later), MARRIAGE)
    assert found.outcome == outcome
    assert found.candidates[0].probability > 0.96 or found.candidates[0].probability < 0.7
    assert verdict(replace(FULL, event_year=1987 + later, ends=False), MARRIAGE).outcome == "match"


@pytest.mark.parametrize("ends", [True, False])
def test_who_says_the_kind_means_it_though_only_the_other_one_is_here(ends: bool) -> None:
    """One marriage in ten ends by divorce, and three of a thousand questions say the wrong kind."""
    found = verdict(replace(FULL, event_year=None, ends=ends), MARRIAGE if ends else DIVORCE)
    assert (found.outcome, found.ground) == (Outcome.REVIEW, Ground.KIND)
    assert found.candidates[0].probability < 0.15


@pytest.mark.parametrize(("born", "outcome"), [("1960-11-20", "review"), ("1977-11-20", "match")])
def test_a_divorce_of_the_same_names_and_age_is_the_couple_s_though_a_birth_date_differs(born, outcome) -> None:
    """They say 结婚 and no year: they may have married each other again. People of another age are another couple."""
    he, she = DIVORCE.persons
    slipped = replace(DIVORCE, persons=(replace(he, birth=from_iso(born), id_parts=None), bare(she)))
    asked = Query(bare(HE), (bare(SHE),), ends=False)
    assert verdict(asked, MARRIAGE, slipped).outcome == outcome


@pytest.mark.parametrize(("divorced", "unsure"), [(None, False), (1996, True), (2005, False)])
def test_a_reissue_is_of_the_marriage_that_is_here_unless_a_divorce_was_before(divorced, unsure: bool) -> None:
    paper = replace(MARRIAGE, identity="p", event_date=from_iso("2003-01-01"), event_year=2003, certificate="",
                    act=REISSUE)  # fmt: skip
    ends = [replace(DIVORCE, event_date=from_iso(f"{divorced}-06-07"), event_year=divorced)] if divorced else []
    found = verdict(replace(FULL, event_year=None, ends=True), MARRIAGE, paper, *ends)
    told = {one.identity: one.probability for one in found.candidates}
    assert (told["p"] > 0.3) == unsure
