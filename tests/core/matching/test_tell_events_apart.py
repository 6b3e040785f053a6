"""Which of a person's events is meant: a marriage, its re-issues, its end, another one."""

from dataclasses import replace

import pytest

from dangqiao.core.matching import (
    ENDING,
    REISSUE,
    EntryFeatures,
    Fact,
    Ground,
    IdParts,
    Outcome,
    Person,
    Query,
)
from dangqiao.core.matching.features import AGAIN, CHILD
from dangqiao.core.vocabulary.dates import PartialDate, from_iso
from dangqiao.core.vocabulary.identity import Sex
from tests.core.matching.couple import FULL, HE, MARRIAGE, SHE, bare, verdict


def test_ask_when_two_marriages_fit() -> None:
    again = replace(MARRIAGE, identity="1995-7", persons=(HE, Person("王芳")), event_date=from_iso("1995-06-07"),
                    event_year=1995, certificate="")  # fmt: skip
    found = verdict(Query(HE), MARRIAGE, again)
    assert (found.outcome, found.ground) == (Outcome.REVIEW, Ground.SEVERAL)
    assert {candidate.identity for candidate in found.candidates} == {"1987-1", "1995-7"}
    assert verdict(Query(HE, (), 1995), MARRIAGE, again).candidates[0].identity == "1995-7"
    assert verdict(FULL, MARRIAGE, again).outcome is Outcome.MATCH


def test_ask_when_the_same_couple_married_twice() -> None:
    again = replace(MARRIAGE, identity="1990-2", event_date=from_iso("1990-06-07"), event_year=1990, certificate="")
    asked = Query(HE, (SHE,))
    assert verdict(asked, MARRIAGE, again).outcome is Outcome.REVIEW
    assert verdict(replace(asked, event_year=1990), MARRIAGE, again).candidates[0].identity == "1990-2"


def test_what_is_believed_of_a_person_falls_to_the_events_in_equal_parts() -> None:
    """The best of three is not less probable than the others, and they sum up to what is believed of the person."""
    others = [
        replace(MARRIAGE, identity=f"{year}-1", certificate="", event_year=year, event_date=from_iso(f"{year}-01-02"),
                persons=(replace(HE, id_parts=number), Person(wife)))
        for year, wife, number in ((1995, "王芳", HE.id_parts), (2003, "李娜", None))
    ]  # fmt: skip
    shares = [one.probability for one in verdict(Query(HE), MARRIAGE, *others).candidates]
    assert shares == sorted(shares, reverse=True)
    assert shares == pytest.approx([1 / 3] * 3, abs=0.01)
    assert sum(shares) <= 1


def test_a_reissue_is_the_same_event() -> None:
    paper = replace(MARRIAGE, identity="2003-9", event_date=from_iso("2003-01-01"), event_year=2003, act="reissue",
                    certificate="皖补字第9号")  # fmt: skip
    twice = replace(MARRIAGE, identity="copy", certificate="")
    found = verdict(Query(HE, (SHE,)), MARRIAGE, paper, twice)
    assert found.outcome is Outcome.MATCH
    assert {candidate.event for candidate in found.candidates} == {1}
    assert {candidate.identity for candidate in found.candidates} == {"1987-1", "2003-9", "copy"}


def test_a_number_tells_who_not_which_event() -> None:
    """The marriage of 1987 could not have the numbers that the divorce of 1996 has."""
    before = replace(MARRIAGE, persons=tuple(replace(one, id_parts=None) for one in MARRIAGE.persons))
    divorce = replace(
        MARRIAGE, identity="d", event_date=from_iso("1996-06-07"), event_year=1996, certificate="", act=ENDING
    )
    found = verdict(FULL, before, divorce)
    assert (found.outcome, found.candidates[0].identity) == (Outcome.MATCH, "1987-1")
    best = found.candidates[0]
    assert best.bits == pytest.approx(sum(reason.bits for reason in best.reasons)), "every bit has its reason"
    assert [reason.facts["entry"] for reason in best.reasons if reason.field == "couple"] == ["d"]
    asked = verdict(replace(FULL, event_year=1996), before, divorce)
    assert (asked.outcome, asked.candidates[0].identity) == (Outcome.MATCH, "d")


@pytest.mark.parametrize(
    ("names", "best"), [(("张伟", "王秀英"), "l"), (("沈梦溪", "顾青萝"), "1987-1")], ids=["common", "rare"]
)
def test_a_number_is_lent_by_names_alone_where_nobody_else_can_bear_them(names: tuple[str, str], best: str) -> None:
    """Of the year asked for is an entry without numbers; the couple's other one has them, or that of namesakes."""
    he, she = (replace(one, name=name) for one, name in zip((HE, SHE), names, strict=True))
    before = replace(MARRIAGE, persons=(bare(he), bare(she)))
    later = replace(
        MARRIAGE, identity="l", persons=(he, she), event_date=from_iso("1996-06-07"), event_year=1996, certificate=""
    )
    asked = replace(FULL, person=he, others=(Person(names[1]),))
    found = verdict(asked, before, later)
    assert found.candidates[0].identity == best
    assert len(found.candidates) == 1 + (best == "1987-1")


def test_two_certificates_of_one_office_are_two_events() -> None:
    day = from_iso("1990-06-07")
    later = replace(MARRIAGE, identity="1990-2", event_date=day, event_year=1990, certificate="皖宿字第2号")
    assert verdict(Query(HE, (SHE,)), MARRIAGE, later).outcome is Outcome.REVIEW
    rewritten = replace(later, certificate="皖宿字 第１号")
    assert verdict(Query(HE, (SHE,)), MARRIAGE, rewritten).outcome is Outcome.MATCH


def test_a_divorce_is_not_taken_for_the_marriage() -> None:
    divorce = replace(
        MARRIAGE, identity="d", event_date=from_iso("1995-06-07"), event_year=1995, certificate="", act=ENDING
    )
    assert verdict(FULL, divorce).outcome is Outcome.REVIEW
    assert verdict(replace(FULL, event_year=None), divorce).outcome is Outcome.REVIEW
    alone = verdict(replace(FULL, event_year=1995), divorce)
    assert (alone.outcome, alone.ground) == (Outcome.REVIEW, Ground.KIND)  # a marriage that is not here may be meant
    known = verdict(replace(FULL, event_year=1995), MARRIAGE, divorce)
    assert (known.outcome, known.candidates[0].identity) == (Outcome.MATCH, "d")
    assert verdict(replace(FULL, event_year=1995, ends=True), divorce).outcome is Outcome.MATCH
    later = replace(
        MARRIAGE, identity="l", event_date=from_iso("1999-06-07"), event_year=1999, certificate="", act=AGAIN
    )
    assert verdict(replace(FULL, event_year=1995), later, divorce).outcome is Outcome.REVIEW  # nor did that one end
    both = verdict(FULL, MARRIAGE, divorce)
    assert (both.outcome, both.candidates[0].identity) == (Outcome.MATCH, "1987-1")
    assert both.candidates[0].event == 1


def test_a_wrong_year_is_believed_when_both_names_or_birth_and_spouse_agree() -> None:
    asked = replace(FULL, person=replace(HE, id_parts=None), event_year=1982)
    slipped = replace(MARRIAGE, persons=(replace(HE, name="申梦溪"), SHE))
    assert verdict(asked, slipped).outcome is Outcome.MATCH
    assert verdict(replace(asked, person=bare(HE)), MARRIAGE).outcome is Outcome.MATCH
    assert verdict(replace(asked, person=bare(HE)), slipped).outcome is Outcome.REVIEW


@pytest.mark.parametrize(("year", "outcome"), [(1982, "match"), (1986, "match"), (1988, "match"), (1992, "review")])
def test_a_year_long_after_the_marriage_may_be_that_of_the_divorce(year: int, outcome: str) -> None:
    found = verdict(replace(FULL, event_year=year), MARRIAGE)
    assert found.outcome == outcome
    assert outcome == "match" or 0.5 < found.candidates[0].probability < 0.95
    assert (found.ground is Ground.EARLIER) == (outcome == "review")


@pytest.mark.parametrize(
    ("ended", "asked", "outcome"),
    [
        (1990, 1993, "review"),
        (1996, 1988, "match"),
        (1986, 1984, "review"),
        (1996, 1984, "review"),
        (1986, None, "review"),
        (1996, None, "review"),
    ],
)
def test_a_divorce_tells_of_another_marriage_of_the_couple(ended, asked, outcome) -> None:
    """Theirs of 1987 is found, who say that they mean a marriage."""
    day = from_iso(f"{ended}-06-07")
    divorce = replace(MARRIAGE, identity="d", event_date=day, event_year=ended, certificate="", act=ENDING)
    found = verdict(replace(FULL, event_year=asked, ends=False), MARRIAGE, divorce)
    assert (found.outcome, found.candidates[0].identity) == (outcome, "1987-1")
    assert (found.ground is Ground.EARLIER) == (outcome == "review" and (asked or 0) > 1987)


@pytest.mark.parametrize(("asked", "outcome"), [(1987, "match"), (1983, "review"), (None, "review")])
def test_who_married_each_other_again_had_married_before(asked: int | None, outcome: str) -> None:
    again = replace(MARRIAGE, act=AGAIN)
    assert verdict(replace(FULL, event_year=asked, ends=False), again).outcome == outcome
    assert verdict(replace(FULL, event_year=asked, ends=False), MARRIAGE).outcome is Outcome.MATCH


@pytest.mark.parametrize("other", ["王芳", SHE.name])
def test_a_divorce_proves_that_there_may_be_another_marriage(other: str) -> None:
    """Who names neither spouse nor year is asked which marriage is meant, though one alone is here."""
    divorce = replace(MARRIAGE, identity="d", persons=(HE, Person(other)), event_date=from_iso("1996-06-07"),
                      event_year=1996, certificate="", act=ENDING)  # fmt: skip
    found = verdict(Query(HE, ends=False), MARRIAGE, divorce)
    assert (found.outcome, found.candidates[0].identity) == (Outcome.REVIEW, "1987-1")
    assert verdict(Query(HE, (), 1987, ends=False), MARRIAGE, divorce).outcome is Outcome.MATCH


def test_a_day_that_may_be_lunar_is_not_enough_without_spouse_or_number() -> None:
    """A namesake of the same place and year was born three weeks later, and no calendar makes one of the two days."""
    asked = Query(replace(HE, id_parts=None), (), 1987, place_codes=MARRIAGE.place_codes)
    namesake = replace(HE, id_parts=None, birth=from_iso("1960-01-23"))
    assert verdict(asked, replace(MARRIAGE, persons=(namesake, SHE))).outcome is Outcome.REVIEW
    assert verdict(replace(asked, others=(SHE,)), replace(MARRIAGE, persons=(namesake, SHE))).outcome is Outcome.MATCH


@pytest.mark.parametrize(("asked", "outcome"), [(1997, "match"), (1999, "review"), (1976, "review"), (2007, "match")])
def test_nobody_is_wrong_by_more_than_ten_years(asked, outcome) -> None:
    """But a hand that wrote another digit of the tens."""
    assert verdict(replace(FULL, event_year=asked, ends=False), MARRIAGE).outcome == outcome


def test_a_year_after_the_certificate_of_a_child_is_a_slip_however_late() -> None:
    child = Person("沈小溪", role=CHILD)
    paper = replace(MARRIAGE, persons=(child, HE, SHE))
    named = replace(FULL, others=(*FULL.others, bare(child)), event_year=1992)
    assert verdict(named, paper).outcome is Outcome.MATCH


@pytest.mark.parametrize(("year", "outcome"), [(1987, "match"), (1988, "match"), (1989, "review"), (1992, "review")])
def test_a_far_year_of_parents_who_name_no_child_may_be_another_child_s(year: int, outcome: str) -> None:
    paper = replace(MARRIAGE, persons=(Person("沈小溪", role=CHILD), HE, SHE))
    assert verdict(replace(FULL, event_year=year), paper).outcome == outcome


def test_a_reissue_alone_answers_whatever_its_own_date() -> None:
    paper = replace(MARRIAGE, event_date=from_iso("2003-01-01"), event_year=2003, act=REISSUE)
    found = verdict(replace(FULL, person=replace(HE, id_parts=None)), paper)
    assert found.outcome is Outcome.MATCH
    assert "event" not in [reason.field for reason in found.candidates[0].reasons]


def test_a_reissue_does_not_hide_that_the_marriage_was_in_another_year() -> None:
    paper = replace(MARRIAGE, identity="paper", event_date=from_iso("1997-01-01"), event_year=1997, act=REISSUE)
    old = replace(MARRIAGE, persons=(replace(HE, id_parts=None), SHE))
    assert verdict(replace(FULL, event_year=1987), old, paper).outcome is Outcome.MATCH
    assert verdict(replace(FULL, event_year=1996), old, paper).ground is Ground.EARLIER
    assert verdict(replace(FULL, event_year=1996), paper).outcome is Outcome.MATCH, "nothing says when they married"
    bare_old = replace(old, persons=(bare(HE), bare(SHE)))
    assert verdict(replace(FULL, event_year=None), bare_old, paper).outcome is Outcome.MATCH, "the number tells who"


def test_another_marriage_is_more_probable_than_a_wrong_spouse_in_a_wrong_year() -> None:
    again = replace(MARRIAGE, persons=(HE, Person("王芳")), event_date=from_iso("1995-06-07"), event_year=1995)
    found = verdict(FULL, again)
    assert found.outcome is not Outcome.MATCH
    assert all(candidate.probability < 0.05 for candidate in found.candidates)


def test_who_names_neither_spouse_nor_year_is_asked_which_marriage() -> None:
    again = replace(MARRIAGE, identity="1995-7", persons=(replace(HE, id_parts=None), Person("王芳")), certificate="",
                    event_date=from_iso("1995-06-07"), event_year=1995)  # fmt: skip
    found = verdict(Query(HE), MARRIAGE, again)
    assert (found.outcome, found.ground) == (Outcome.REVIEW, Ground.SEVERAL)
    assert [candidate.identity for candidate in found.candidates] == ["1987-1", "1995-7"]
    assert [candidate.probability for candidate in found.candidates] == pytest.approx([0.5, 0.5], abs=0.001)
    assert found.fact is Fact.OTHER
    assert found.question


def test_the_same_certificate_is_the_same_event() -> None:
    copy = replace(MARRIAGE, identity="copy", persons=(bare(HE), bare(SHE)), event_date=PartialDate(), event_year=None)
    assert len({candidate.event for candidate in verdict(FULL, MARRIAGE, copy).candidates}) == 1


def test_many_who_may_each_be_the_same_person_are_a_doubt_together() -> None:
    she = Person("王芳", sex=Sex.FEMALE, birth=from_iso("1962-07-08"), id_parts=IdParts(44, 55, 66))
    hers = replace(MARRIAGE, persons=(HE, she))
    others = [
        replace(MARRIAGE, identity=f"other {n}", persons=(Person(f"李{chr(0x5000 + n)}"), Person("王芳")))
        for n in range(150)
    ]
    away = [replace(one, place_codes=("110105",)) for one in others]
    assert verdict(Query(she), hers, others[0]).outcome is Outcome.MATCH
    assert verdict(Query(she), hers, *others[:50]).ground is Ground.SEVERAL
    assert verdict(Query(she), hers, *away[:50]).outcome is Outcome.MATCH, "who marries again does so where he lives"
    assert verdict(Query(she, event_year=1987), hers, *others).outcome is Outcome.MATCH, "the year says which is meant"


def test_a_year_off_by_one_is_memory_and_by_some_years_another_marriage() -> None:
    asked = Query(replace(HE, id_parts=None), event_year=1988)
    alone = replace(MARRIAGE, persons=(replace(HE, id_parts=None), SHE))
    assert verdict(asked, alone).outcome is Outcome.MATCH
    assert verdict(replace(asked, event_year=1992), alone).outcome is Outcome.REVIEW


def test_a_persons_entry_lends_its_number_to_another_in_the_same_county() -> None:
    went = EntryFeatures("1968", (replace(HE, id_parts=None),), 1968, place_codes=("310115",))
    came = EntryFeatures("1979", (HE,), 1979, place_codes=("310115",))
    asked = Query(HE, event_year=1968)
    found = verdict(asked, went, came)
    assert (found.outcome, found.candidates[0].identity) == (Outcome.MATCH, "1968")
    assert "couple" in {one.field for one in found.candidates[0].reasons}
    elsewhere = verdict(asked, went, replace(came, place_codes=("340811",)))
    assert "couple" not in {one.field for one in elsewhere.candidates[0].reasons}


@pytest.mark.parametrize("year", [None, 1987, 1995, 1996])
def test_a_query_may_say_that_it_means_the_divorce(year: int | None) -> None:
    divorce = replace(
        MARRIAGE, identity="d", event_date=from_iso("1995-06-07"), event_year=1995, certificate="", act=ENDING
    )
    asked = replace(FULL, event_year=year, ends=True)
    assert verdict(asked, MARRIAGE).outcome is Outcome.REVIEW
    found = verdict(asked, MARRIAGE, divorce)
    assert found.candidates[0].identity == ("1987-1" if year == 1987 else "d")
    assert found.outcome is (Outcome.REVIEW if year == 1987 else Outcome.MATCH)
    assert verdict(replace(asked, ends=False), divorce).outcome is Outcome.REVIEW


def test_a_late_year_is_a_slip_where_the_query_says_that_it_means_the_marriage() -> None:
    asked = replace(FULL, event_year=1992)
    assert verdict(asked, MARRIAGE).outcome is Outcome.REVIEW
    assert verdict(replace(asked, ends=False), MARRIAGE).outcome is Outcome.MATCH
    unsaid = verdict(replace(asked, ends=False), replace(MARRIAGE, act=""))
    assert unsaid.outcome is Outcome.REVIEW, "the entry does not say whether it is a marriage"


def test_an_entry_without_a_kind_is_not_taken_for_the_divorce_but_in_its_year() -> None:
    unsaid = replace(MARRIAGE, act="")
    asked = replace(FULL, ends=True)
    found = verdict(replace(asked, event_year=None), unsaid)
    assert found.outcome is Outcome.REVIEW
    assert ("act", "unsaid") in {(one.field, one.level) for one in found.candidates[0].reasons}
    assert verdict(replace(asked, event_year=1988), unsaid).outcome is Outcome.REVIEW
    assert verdict(asked, unsaid).outcome is Outcome.MATCH


@pytest.mark.parametrize(("ends", "meant"), [(True, "back"), (False, "down"), (None, None)])
def test_who_says_the_kind_alone_is_not_asked_which_event(ends: bool | None, meant: str | None) -> None:
    down = EntryFeatures("down", (HE,), 1970, place_codes=("310115",), act="下乡")
    back = EntryFeatures("back", (HE,), 1979, place_codes=("310115",), act=ENDING)
    found = verdict(Query(HE, ends=ends), down, back)
    assert found.ground is (Ground.CERTAIN if meant else Ground.SEVERAL)
    assert meant in (None, found.candidates[0].identity)


@pytest.mark.parametrize("year", [None, 1988, 1992])
def test_a_marriage_is_an_improbable_answer_to_who_means_the_divorce(year: int | None) -> None:
    found = verdict(replace(FULL, event_year=year, ends=True), MARRIAGE)
    assert (found.outcome, found.ground) == (Outcome.REVIEW, Ground.KIND)
    assert found.candidates[0].probability < 0.8
    names = Query(bare(HE), (bare(SHE),), 1997, ends=True)
    assert verdict(names, replace(MARRIAGE, persons=(bare(HE), bare(SHE)))).outcome is Outcome.REVIEW, "it is shown"


def test_a_certificate_issued_again_may_be_that_of_the_divorce() -> None:
    paper = replace(MARRIAGE, event_date=from_iso("2003-01-01"), event_year=2003, act=REISSUE)
    found = verdict(replace(FULL, event_year=None, ends=True), paper)
    assert (found.outcome, found.ground) == (Outcome.REVIEW, Ground.KIND)
    assert found.candidates[0].probability > 0.99
    assert verdict(replace(FULL, event_year=None, ends=False), paper).outcome is Outcome.MATCH


def test_that_a_marriage_is_meant_tells_little_of_which_one() -> None:
    bits = [verdict(replace(FULL, ends=ends), MARRIAGE).candidates[0].bits for ends in (None, False)]
    assert 0.0 < bits[1] - bits[0] < 0.5


def test_two_archives_have_two_words_for_one_event() -> None:
    """The county's file says 结婚, the city's 初婚; of another day it would be another event."""
    twin = replace(MARRIAGE, identity="city", certificate="", act="初婚")
    found = verdict(FULL, MARRIAGE, twin)
    assert found.outcome is Outcome.MATCH and {one.event for one in found.candidates} == {1}
    other = replace(twin, event_date=from_iso("1987-11-30"))
    assert verdict(FULL, MARRIAGE, other).outcome is Outcome.REVIEW


CHILD_OF_THEIRS = Person("沈亦舟", CHILD, birth=from_iso("1988-04-05"))
ONLY_CHILD = EntryFeatures(
    "c1", (CHILD_OF_THEIRS, bare(HE), bare(SHE)), 1989, from_iso("1989-05-06"), ("340811",), "1号"
)


def test_a_second_certificate_of_a_child_is_of_the_same_fact() -> None:
    again = replace(ONLY_CHILD, identity="c2", event_date=from_iso("1996-02-03"), event_year=1996, certificate="77号")
    found = verdict(Query(CHILD_OF_THEIRS, (bare(HE),)), ONLY_CHILD, again)
    assert found.outcome is Outcome.MATCH and {one.event for one in found.candidates} == {1}
    brother = replace(CHILD_OF_THEIRS, name="沈亦帆", birth=from_iso("1994-04-05"))
    other = verdict(
        Query(bare(HE), (bare(SHE),)), ONLY_CHILD, replace(again, persons=(brother, *ONLY_CHILD.persons[1:]))
    )
    assert other.outcome is Outcome.REVIEW


def test_a_reissue_of_the_marriage_does_not_answer_who_means_the_divorce() -> None:
    divorce = replace(
        MARRIAGE, identity="d", event_date=from_iso("2009-06-07"), event_year=2009, certificate="", act=ENDING
    )
    paper = replace(
        MARRIAGE, identity="p", event_date=from_iso("2007-06-07"), event_year=2007, certificate="", act=REISSUE
    )
    found = verdict(Query(HE, ends=True), MARRIAGE, paper, divorce)
    assert (found.outcome, found.candidates[0].identity) == (Outcome.MATCH, "d")


def test_a_child_may_be_named_without_the_surname_of_its_parents() -> None:
    nameless = replace(ONLY_CHILD, persons=(replace(CHILD_OF_THEIRS, name="亦舟"), *ONLY_CHILD.persons[1:]))
    asked = Query(CHILD_OF_THEIRS, (bare(HE),), 1989, place_codes=("340811",))
    assert verdict(asked, nameless).outcome is Outcome.MATCH
    lost = replace(ONLY_CHILD, persons=(replace(CHILD_OF_THEIRS, name="沈舟"), *ONLY_CHILD.persons[1:]))
    assert verdict(asked, lost).outcome is Outcome.REVIEW


def test_what_proves_a_person_is_believed_of_what_that_one_did_with_others() -> None:
    """She asks for 1995, with her number: the marriage of 1996 has it, her divorce of 1995 has only name and birth."""
    number, born = IdParts(44, 55, 66), from_iso("1962-07-08")
    wedding = replace(MARRIAGE, identity="w", persons=(Person("王伟"), replace(SHE, id_parts=number)), certificate="",
                      event_date=from_iso("1996-04-13"), event_year=1996)  # fmt: skip
    divorce = replace(MARRIAGE, identity="d", persons=(bare(HE), replace(SHE, id_parts=None)), certificate="",
                      event_date=from_iso("1995-07-15"), event_year=1995, act=ENDING)  # fmt: skip
    asked = Query(Person(SHE.name, sex=Sex.FEMALE, birth=born, id_parts=number), (), 1995)
    found = verdict(asked, wedding, divorce)
    assert found.candidates[0].identity == "d"
    assert found.outcome is Outcome.REVIEW  # the marriage that it ended is not here
