"""Searching the catalogue, with permission and trail."""

import pytest

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.holdings import queries, search, services
from dangqiao.apps.holdings.models import HoldingCoverage
from dangqiao.apps.holdings.records import Citation
from dangqiao.core.errors import BadInput, NotThere, Refused
from dangqiao.core.matching import Outcome
from dangqiao.core.matching.candidates import Limits
from dangqiao.core.vocabulary.actor import Actor, Grant, Role, ScopeKind, node
from dangqiao.core.vocabulary.dates import parse_partial_date
from dangqiao.core.vocabulary.purpose import Purpose

pytestmark = pytest.mark.django_db

HERE = Citation("310115", "marriage", "3001-1987-001")
WHO = queries.person


@pytest.fixture
def handler() -> Actor:
    return Actor("user:handler", (Grant(Role.HANDLER, ScopeKind.ARCHIVE, "310115"),))


@pytest.fixture
def catalogue(take_in, couples) -> None:
    others = [{"档号": f"x-{n}", "男方姓名": f"王{c}", "女方姓名": f"陈{c}"} for n, c in enumerate("伟强军平芳敏静丽")]
    take_in(couples({}, *others))


def find(actor: Actor, query, archives=None):
    return queries.find(actor, Purpose.HANDLING, archives, "marriage", query, subject="referral:1")


def test_a_party_is_found_by_name_and_spouse(catalogue, handler):
    found = find(handler, queries.query(WHO("李秀英"), others=[WHO("张建国")], event_year=1987))
    assert (found.outcome, found.complete) == (Outcome.MATCH, True)
    assert [str(record.citation) for record in found.records] == ["310115/marriage/3001-1987-001/1"]
    assert found.records[0].parties[0].values["identity_number"] == "310115196201020015"
    assert found.records[0].parties[1].values["birth_date"] == parse_partial_date("1963-04")


@pytest.mark.parametrize("odd", ["", 'a "word"'])
@pytest.mark.parametrize("said", ["1962", "62.1", "23岁", ""])
def test_a_number_tells_the_day_of_birth_that_the_file_leaves_out(take_in, couples, handler, said, odd):
    """By both readers of CSV; what the file says is shown."""
    take_in(couples({"男方出生日期": said, "备注": odd}))
    found = find(handler, queries.query(WHO("张建国", birth=parse_partial_date("1962-01-02")), event_year=1987))
    (birth,) = [one for one in found.verdict.candidates[0].findings if one.field == "birth"]
    assert birth.level == "same_day"
    shown = found.records[0].parties[0].values.get("birth_date")
    assert (shown.original if shown else "") == said


def test_a_number_does_not_speak_for_the_file(take_in, couples, handler):
    take_in(couples({"男方出生日期": "1962年2月"}))
    found = find(handler, queries.query(WHO("张建国", birth=parse_partial_date("1962-01-02")), event_year=1987))
    (birth,) = [one for one in found.verdict.candidates[0].findings if one.field == "birth"]
    assert birth.level == "other_day"


def test_a_party_is_found_though_typed_by_sound(catalogue, handler):
    query = queries.query(WHO("章建国", identity_number="310115196201020015"), others=[WHO("李秀瑛")])
    assert find(handler, query).outcome is Outcome.MATCH


def test_nobody_is_found_who_is_not_there(catalogue, handler):
    found = find(handler, queries.query(WHO("欧阳晚晴", birth=parse_partial_date("1966-12-01"))))
    assert (found.outcome, found.records, found.complete) == (Outcome.NONE, (), True)


def test_a_search_leaves_a_trail_without_names(catalogue, handler):
    find(handler, queries.query(WHO("李秀英"), others=[WHO("张建国")]), ["310115"])
    row = AuditRecord.objects.get(event="holdings.searched")
    assert (row.actor, row.purpose, row.subject, row.archive_code) == (
        "user:handler",
        "handling",
        "referral:1",
        "310115",
    )
    assert row.facts["outcome"] == "match"
    assert "李秀英" not in str(row.facts)


def test_a_handler_of_another_archive_sees_nothing(catalogue):
    other = Actor("user:other", (Grant(Role.HANDLER, ScopeKind.ARCHIVE, "310104"),))
    query = queries.query(WHO("李秀英"), others=[WHO("张建国")])
    assert find(other, query).outcome is Outcome.NONE
    with pytest.raises(Refused):
        find(other, query, ["310115"])
    with pytest.raises(NotThere):
        queries.entry(other, Purpose.HANDLING, HERE)


def test_an_applicant_cannot_search(catalogue):
    with pytest.raises(Refused):
        find(Actor("user:citizen", (Grant(Role.APPLICANT, ScopeKind.SELF),)), queries.query(WHO("李秀英")))


def test_a_search_without_a_name_is_refused(catalogue, handler):
    with pytest.raises(BadInput, match="needs a name"):
        find(handler, queries.query(WHO(" ")))


def test_an_incomplete_search_never_says_none(catalogue, handler, monkeypatch):
    monkeypatch.setattr(search, "LIMITS", Limits(per_key=0, entries=100))
    found = find(handler, queries.query(WHO("李秀荣", sex="男"), event_year=1987, place="310115"))
    assert not found.complete
    assert found.outcome is not Outcome.NONE


def test_an_entry_is_read_with_a_trail(catalogue, handler):
    record = queries.entry(handler, Purpose.HANDLING, HERE)
    assert record.parties[0].masked_number == "310***********0015"
    assert AuditRecord.objects.filter(event="holdings.entry_read", subject=f"entry:{HERE}").count() == 1
    with pytest.raises(NotThere):
        queries.entry(handler, Purpose.HANDLING, Citation("310115", "marriage", "none"))


def test_a_citation_survives_strokes_in_the_reference_code():
    citation = Citation("310115", "marriage", "3001/1987·婚/1", 2)
    assert queries.citation(str(citation)) == citation


def test_a_blind_inquiry_names_archives_and_nothing_else(catalogue):
    machine = node("310000")
    yes = queries.query(WHO("李秀英"), others=[WHO("张建国")])
    no = queries.query(WHO("欧阳晚晴"), event_year=1990)
    assert queries.possible(machine, Purpose.HANDLING, "marriage", yes) == {"310115"}
    assert queries.possible(machine, Purpose.HANDLING, "marriage", no) == set()


def test_records_that_are_not_catalogued_are_possible(catalogue, clerk):
    missing = HoldingCoverage(category="marriage", year_from=1980, year_to=1984, state="not_catalogued")
    services.set_coverage(clerk, Purpose.CATALOGUING, "310115", [missing])
    ask = lambda year: queries.possible(  # noqa: E731
        node("310000"), Purpose.HANDLING, "marriage", queries.query(WHO("欧阳晚晴"), event_year=year)
    )
    assert (ask(1982), ask(1990)) == ({"310115"}, set())


def test_no_person_answers_a_blind_inquiry(catalogue, handler):
    with pytest.raises(Refused):
        queries.possible(handler, Purpose.HANDLING, "marriage", queries.query(WHO("李秀英")))


def test_another_category_is_invisible(catalogue, handler):
    query = queries.query(WHO("李秀英"), others=[WHO("张建国")], event_year=1987)
    found = queries.find(handler, Purpose.HANDLING, None, "only-child", query)
    assert found.outcome is Outcome.NONE
