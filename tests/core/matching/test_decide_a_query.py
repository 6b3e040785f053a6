"""Match, ask a human, or none: act by act, and with the reasons that a clerk reads."""

from dataclasses import replace

import pytest

from dangqiao.core.matching import (
    DEFAULT,
    ENDING,
    EntryFeatures,
    Fact,
    Frequencies,
    Ground,
    IdParts,
    MatchVerdict,
    Outcome,
    Person,
    Query,
    Rarity,
    decide,
    explain,
    names_to_count,
)
from dangqiao.core.matching.compare import compare_places
from dangqiao.core.matching.reasons import LABELS, SENTENCES
from dangqiao.core.vocabulary.dates import PartialDate, from_iso
from tests.core.matching.couple import COMMON, COUNTS, FULL, HE, MARRIAGE, POPULATION, SHE, bare, verdict


def test_the_lunar_date_says_nearly_as_much_as_the_day() -> None:
    asked = Query(Person("王芳", birth=from_iso("1960-03-12")), (), 1987, place_codes=("340811",))
    born = [replace(MARRIAGE, persons=(Person("王芳", birth=from_iso(day)),)) for day in ("1960-02-15", "1960-02-14")]
    lunar, near = (verdict(asked, entry).candidates[0] for entry in born)
    assert lunar.bits > near.bits + 5


def test_match_when_everything_agrees() -> None:
    found = verdict(FULL, MARRIAGE)
    assert (found.outcome, found.ground, found.certain) == (Outcome.MATCH, Ground.CERTAIN, True)
    assert found.version == DEFAULT.version
    best = found.candidates[0]
    assert best.identity == "1987-1"
    assert best.probability > 0.9999
    assert {reason.field for reason in best.reasons} >= {"name", "identity", "other_name", "event", "place"}


def test_one_limit_for_whose_record_it_is_and_one_for_which_of_theirs() -> None:
    asked = Query(HE, (), 1988)
    assert 0.99 < verdict(asked, MARRIAGE).candidates[0].probability < 0.999

    def judged(**limits: float) -> MatchVerdict:
        strict = replace(DEFAULT, decision=replace(DEFAULT.decision, **limits))
        return decide(asked, [MARRIAGE], COUNTS, POPULATION, strict)

    assert judged(person=0.999).outcome is Outcome.MATCH
    assert judged(event=0.999).ground is Ground.UNSURE


@pytest.mark.parametrize("spouse", [(), (Person("顾青萝"),)])
def test_who_says_no_kind_means_the_marriage_twice_as_often(spouse: tuple[Person, ...]) -> None:
    end = replace(MARRIAGE, identity="d", event_date=from_iso("1999"), event_year=1999, act=ENDING, certificate="")
    found = verdict(Query(HE, spouse), end, MARRIAGE)
    assert found.outcome is Outcome.REVIEW
    assert [one.identity for one in found.candidates] == ["1987-1", "d"]
    assert [one.probability for one in found.candidates] == pytest.approx([2 / 3, 1 / 3], abs=0.01)


def test_take_no_record_that_may_be_a_strangers() -> None:
    she = Person("李娜", birth=from_iso("1960-01-02"))
    entry, asked = replace(MARRIAGE, persons=(she, SHE)), Query(she, (), 1987)
    assert decide(asked, [entry], COUNTS, POPULATION).outcome is Outcome.MATCH
    found = decide(asked, [entry], COUNTS, 10 * POPULATION)
    assert found.ground is Ground.UNSURE
    assert found.candidates[0].probability > 0.9


def test_match_in_swapped_columns() -> None:
    swapped = replace(MARRIAGE, persons=(SHE, HE))
    assert verdict(FULL, swapped).outcome is Outcome.MATCH


def test_match_when_the_number_stands_in_the_other_column() -> None:
    mixed = replace(MARRIAGE, persons=(replace(HE, id_parts=SHE.id_parts), replace(SHE, id_parts=HE.id_parts)))
    found = verdict(FULL, mixed)
    assert found.outcome is Outcome.MATCH
    assert "other_column" in [reason.level for reason in found.candidates[0].reasons]


@pytest.mark.parametrize("written", ["沈夢溪", "沉梦溪", "申梦西", "沈梦", "沈溪梦", "沈□溪", "Shen Mengxi"])
def test_match_a_slip_in_the_name(written: str) -> None:
    slipped = replace(MARRIAGE, persons=(replace(HE, name=written), SHE))
    assert verdict(FULL, slipped).outcome is Outcome.MATCH


def test_judge_by_sound_where_some_names_have_no_surname() -> None:
    counts = Frequencies.of_names({**COMMON, "沈梦溪": 1, "smith": 1, "阿里木": 2}, POPULATION)
    heard = replace(MARRIAGE, persons=(replace(HE, name="申梦西"), SHE))
    assert decide(FULL, [heard], counts, POPULATION).outcome is Outcome.MATCH


@pytest.mark.parametrize("born", ["1960", "1960-01", "", "1959-12-06", "1960-02-01", "1961-01-02", "1960-01-03"])
def test_match_another_birth_date_with_the_number(born: str) -> None:
    other = replace(MARRIAGE, persons=(replace(HE, birth=from_iso(born)), SHE))
    assert verdict(FULL, other).outcome is Outcome.MATCH


def test_match_with_one_wrong_digit_in_the_number() -> None:
    for part in ("area", "birth", "sequence"):
        wrong = replace(MARRIAGE, persons=(replace(HE, id_parts=HE.id_parts._replace(**{part: 99})), SHE))
        assert verdict(FULL, wrong).outcome is Outcome.MATCH


def test_ask_when_there_is_only_a_name() -> None:
    rare = verdict(Query(Person("沈梦溪")), MARRIAGE)
    assert (rare.outcome, rare.ground) == (Outcome.REVIEW, Ground.NAME_ONLY)
    with_year = verdict(Query(Person("沈梦溪"), (), 1987), MARRIAGE)
    assert with_year.outcome is Outcome.REVIEW


def test_match_a_rare_name_by_the_years_of_birth_and_act() -> None:
    """What a roster says: one person, a year of birth, a year."""
    roster = replace(MARRIAGE, persons=(replace(bare(HE), birth=from_iso("1960")),), certificate="")
    asked = replace(bare(HE), birth=HE.birth)
    assert verdict(Query(asked, (), 1987), roster).outcome is Outcome.MATCH
    for less in (Query(asked), Query(asked, (), 1986), Query(bare(HE), (), 1987)):
        assert verdict(less, roster).ground is Ground.NAME_ONLY
    common = replace(roster, persons=(replace(roster.persons[0], name="张伟"),))
    assert verdict(Query(replace(asked, name="张伟"), (), 1987), common).outcome is Outcome.REVIEW


def test_ask_when_the_name_is_common() -> None:
    entries = [EntryFeatures(str(number), (Person("张伟"), Person("李娜")), 1980 + number % 9) for number in range(200)]
    found = verdict(Query(Person("张伟")), *entries)
    assert found.outcome is Outcome.REVIEW
    assert len(found.candidates) == DEFAULT.decision.candidates
    assert found.candidates[0].probability < 0.05


def test_the_fact_that_helps_most_is_one_that_is_missing_and_differs() -> None:
    couple = replace(MARRIAGE, persons=(bare(HE), Person("顾青萝")), certificate="")
    others = [replace(couple, identity=f"{year}", event_date=from_iso(f"{year}-05-05")) for year in (1980, 1990)]
    found = verdict(Query(bare(HE), (Person("顾青萝"),)), *others)
    assert found.fact is Fact.YEAR
    assert verdict(FULL, MARRIAGE).fact is None


def test_never_match_another_number() -> None:
    other = replace(MARRIAGE, persons=(replace(HE, id_parts=IdParts(7, 8, 9)), SHE))
    assert verdict(FULL, other).outcome is not Outcome.MATCH
    alone = replace(other, persons=(replace(bare(HE), id_parts=IdParts(7, 8, 9)),))
    query = Query(replace(bare(HE), id_parts=HE.id_parts))
    assert verdict(query, alone).ground is Ground.CONTRADICTION  # a name that hardly anybody has: somebody looks at it
    common = [replace(one, name="王伟") for one in (*alone.persons, query.person)]
    assert verdict(Query(common[1]), replace(alone, persons=(common[0],))).outcome is Outcome.NONE


def test_never_match_another_spouse() -> None:
    other = replace(MARRIAGE, persons=(HE, Person("王芳")))
    found = verdict(FULL, other)
    assert (found.outcome, found.ground) == (Outcome.REVIEW, Ground.CONTRADICTION)


def test_never_match_a_twin() -> None:
    twin = replace(MARRIAGE, persons=(replace(HE, name="沈梦山", id_parts=None), Person("王芳")))
    assert verdict(Query(replace(HE, id_parts=None), (), 1987), twin).outcome is not Outcome.MATCH


def test_never_match_a_child_s_twin() -> None:
    """The same parents, the same day; called otherwise, and not by sound or look."""
    child = Person("沈梦溪", "child", birth=from_iso("1990-09-07"))
    twin, slip = replace(child, name="沈梦山"), replace(child, name="沈梦西")
    mother = Person("顾青萝", "mother", birth=from_iso("1962-07-08"), id_parts=SHE.id_parts)
    of_child, of_mother = Query(child, (bare(mother),), 1992), Query(mother, (bare(child),), 1992)
    for query in (of_child, of_mother):
        there, other, typed = (EntryFeatures("x", (one, mother), 1992) for one in (child, twin, slip))
        assert verdict(query, there).outcome is verdict(query, typed).outcome is Outcome.MATCH
        assert verdict(query, other).ground is Ground.CONTRADICTION
        shorter = EntryFeatures("x", (replace(child, name="沈梦"), mother), 1992)
        assert verdict(query, shorter).ground is Ground.CONTRADICTION
    numbered = EntryFeatures("x", (replace(twin, id_parts=HE.id_parts), mother), 1992)
    assert verdict(replace(of_child, person=replace(child, id_parts=HE.id_parts)), numbered).outcome is Outcome.MATCH


def test_match_a_wrong_character_that_the_rest_of_the_family_makes_good() -> None:
    child, father, typed = (
        Person(name, role) for name, role in (("沈溪", "child"), ("沈海", "father"), ("顾木萝", "mother"))
    )
    paper = EntryFeatures("x", (replace(child, birth=from_iso("1990-09-07")), father, typed), 1992)
    assert (
        verdict(Query(paper.persons[0], (father, replace(typed, name="顾青萝")), 1992), paper).outcome is Outcome.MATCH
    )
    month = replace(
        MARRIAGE, persons=(replace(HE, birth=from_iso("1960-01"), id_parts=None), replace(bare(SHE), name="顾木萝"))
    )
    assert verdict(replace(FULL, person=replace(HE, id_parts=None)), month).outcome is Outcome.MATCH
    assert verdict(replace(FULL, person=replace(HE, id_parts=None), place_codes=()), month).outcome is Outcome.REVIEW


def test_match_a_wife_of_whom_only_the_surname_was_written() -> None:
    wife = replace(MARRIAGE, persons=(HE, replace(SHE, name="陈顾氏", id_parts=None)))
    asked = Query(replace(SHE, id_parts=None), (bare(HE),), 1987)
    assert verdict(asked, wife).outcome is Outcome.MATCH
    undated = replace(wife, persons=(HE, Person("陈顾氏")))
    assert verdict(asked, undated).outcome is Outcome.REVIEW


def test_somebody_must_look_when_the_person_is_found_with_another_spouse() -> None:
    again = replace(MARRIAGE, persons=(bare(HE), Person("王芳")), event_year=1999, event_date=from_iso("1999-01-01"))
    asked = replace(FULL, person=replace(HE, id_parts=None), place_codes=())
    assert verdict(asked, again).outcome is Outcome.NONE
    dated = replace(again, persons=(replace(HE, id_parts=None), Person("王芳")))
    assert verdict(asked, dated).outcome is Outcome.REVIEW


def test_never_match_a_couple_of_the_same_names() -> None:
    """A birth date may be typed wrongly; with the county it is somebody else's."""
    other = replace(MARRIAGE, persons=(replace(HE, birth=from_iso("1952-09-20"), id_parts=None), bare(SHE)))
    asked = replace(FULL, person=replace(HE, id_parts=None))
    assert verdict(asked, other).outcome is Outcome.MATCH
    assert verdict(replace(asked, place_codes=("340826",)), other).ground is Ground.CONTRADICTION


def test_never_match_another_year() -> None:
    other = replace(MARRIAGE, event_date=from_iso("1979-03-05"), event_year=1979)
    asked = Query(replace(HE, id_parts=None), (), 1987)
    assert verdict(asked, other).outcome is Outcome.REVIEW


def test_match_a_clan_name_by_the_number() -> None:
    clan = replace(MARRIAGE, persons=(HE, replace(SHE, name="顾氏")))
    assert verdict(Query(SHE, (Person("沈梦溪"),), 1987), clan).outcome is Outcome.MATCH
    assert verdict(Query(bare(SHE), (), 1987), replace(clan, persons=(bare(HE), Person("顾氏")))).outcome is not (
        Outcome.MATCH
    )


def test_none_when_nothing_is_found() -> None:
    for entries in ((), (EntryFeatures("x", (Person("王芳"), Person("李强")), 1987),)):
        found = verdict(FULL, *entries)
        assert (found.outcome, found.ground, found.candidates) == (Outcome.NONE, Ground.NOTHING, ())


def test_a_larger_catalogue_asks_for_more_proof() -> None:
    entry = EntryFeatures("x", (Person("张伟"), Person("李娜")), 1987)
    asked = Query(Person("张伟"), (Person("李娜"),), 1987)
    small, large = (decide(asked, [entry], COUNTS, size) for size in (1_000, 50_000_000))
    assert small.outcome is Outcome.MATCH
    assert large.outcome is Outcome.REVIEW
    assert small.candidates[0].probability > large.candidates[0].probability


def test_a_rare_name_weighs_more() -> None:
    rare = verdict(Query(Person("沈梦溪"), (), 1987), MARRIAGE)
    common = verdict(Query(Person("张伟"), (), 1987), replace(MARRIAGE, persons=(Person("张伟"), SHE)))
    assert rare.candidates[0].bits > common.candidates[0].bits + 5


def test_every_reason_has_words() -> None:
    slipped = replace(MARRIAGE, persons=(replace(HE, name="申梦西"), SHE))
    for reason in verdict(FULL, slipped).candidates[0].reasons:
        assert reason.label
        assert "{" not in reason.sentence.format(**reason.facts)
    assert set(SENTENCES) == set(LABELS)


def test_the_order_of_candidates_does_not_matter() -> None:
    other = replace(MARRIAGE, identity="other", persons=(Person("沈梦西"), SHE))
    assert verdict(FULL, MARRIAGE, other) == verdict(FULL, other, MARRIAGE, MARRIAGE)


def test_name_the_counts_that_are_needed() -> None:
    names, sounds = names_to_count(Query(Person("張偉", former_names=("张大",)), (Person("李娜"),)))
    assert names == {"张伟", "张大", "李娜"}
    assert sounds == {"zan wei", "zan da", "li la"}
    only = replace(COUNTS, names={name: COUNTS.names[name] for name in COUNTS.names if name in names})
    asked = Query(Person("张伟"), (Person("李娜"),), 1987)
    entry = EntryFeatures("x", (Person("张伟"), Person("李娜")), 1987)
    assert decide(asked, [entry], only, POPULATION) == decide(asked, [entry], COUNTS, POPULATION)


def test_an_entry_older_than_the_person_is_somebody_elses() -> None:
    asked, old = Query(replace(HE, id_parts=None)), replace(MARRIAGE, persons=(bare(HE), SHE), event_date=PartialDate())
    born, unborn = (explain(asked, replace(old, event_year=year), COUNTS, POPULATION) for year in (1985, 1955))
    assert "unborn" in [reason.level for reason in unborn.reasons] and "birth" in unborn.contradictions
    assert unborn.bits < born.bits - 5


def test_where_the_number_was_issued_tells_namesakes_apart() -> None:
    counts = replace(COUNTS, places={"340811": 500, "340802": 1500, "310115": 198_000})
    here, there = (
        EntryFeatures(code, (Person("王芳", birth=from_iso("1962-07-08")), Person("李强")), 1987, place_codes=(code,))
        for code in ("340811", "310115")
    )
    she = Person("王芳", birth=from_iso("1962-07-08"), id_parts=IdParts(44, 55, 66), home=("340811",))
    found = decide(Query(she), [here, there], counts, POPULATION)
    assert [one.identity for one in found.candidates] == ["340811", "310115"]
    blind = decide(Query(replace(she, home=())), [here, there], counts, POPULATION)
    assert found.candidates[0].probability > 0.9 > blind.candidates[0].probability
    assert ("home", "same_county") in {(one.field, one.level) for one in found.candidates[0].reasons}
    asked = decide(Query(she, place_codes=("310115",)), [here, there], counts, POPULATION)
    assert asked.candidates[0].identity == "310115", "the place that is asked for counts, not the number's"
    assert "home" not in {one.field for one in asked.candidates[0].reasons}


@pytest.mark.parametrize("home", [("340811",), ("340802",), ("110105",), ("310115", "310225")])
def test_where_the_number_was_issued_says_nothing_in_the_catalogue_of_one_county(home: tuple[str, ...]) -> None:
    counts = replace(COUNTS, places={"310115": POPULATION})
    bits = Rarity(counts, DEFAULT).home_bits(home)
    assert bits[str(compare_places(home, ("310115",)))] == pytest.approx(0.0)
