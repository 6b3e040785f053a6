"""A divorce is an event of its own; a certificate issued again is not."""

import pytest

from dangqiao.apps.holdings import queries
from dangqiao.core.matching import Outcome

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("year", "outcome"), [(1987, Outcome.REVIEW), (None, Outcome.REVIEW), (1996, Outcome.MATCH)])
def test_a_divorce_answers_only_for_its_own_year(take_in, couples, clerk, year, outcome):
    take_in(couples({"档号": "d", "业务类型": "离婚", "登记日期": "1996-03-04", "年度": "1996", "证件字号": "离1"}))
    asked = queries.query(queries.person("张建国"), others=[queries.person("李秀英")], event_year=year)
    assert queries.searcher(clerk, None, "marriage").search(asked).outcome is outcome


@pytest.mark.parametrize("act", ["补领", "补发", "补领结婚证", "补领婚姻登记证", "补发结婚证"])
def test_every_word_for_a_certificate_issued_again_is_known(take_in, couples, clerk, act):
    again = {"档号": "again", "业务类型": act, "登记日期": "1999-05-05", "年度": "1999", "证件字号": "补1"}
    result = take_in(couples({}, again))
    assert result.rejected == 0
    asked = queries.query(queries.person("张建国"), others=[queries.person("李秀英")])
    verdict = queries.searcher(clerk, None, "marriage").search(asked).verdict
    assert verdict.outcome is Outcome.MATCH
    assert {candidate.event for candidate in verdict.candidates} == {1}
    assert len(verdict.candidates) == 2


@pytest.mark.parametrize("index", ["segment", "sql"])
def test_who_is_named_by_a_number_alone_may_have_married_again_without_it(take_in, couples, clerk, choose_index, index):
    """The number finds the one record at once; the other one, from before there were numbers, has the name alone."""
    choose_index(index)
    bare = {"男方身份证件号": "", "男方出生日期": "", "女方姓名": "王芳", "女方出生日期": "", "年度": "1984"}
    bare |= {"档号": "first", "登记日期": "1984-06-01", "证件字号": "84结1"}
    take_in(couples({}, bare))
    search = queries.searcher(clerk, None, "marriage")
    who = queries.person("张建国", identity_number="310115196201020015")
    found = search.search(queries.query(who))
    assert found.outcome is Outcome.REVIEW and len(found.verdict.candidates) == 2
    assert search.search(queries.query(who, others=[queries.person("李秀英")])).outcome is Outcome.MATCH
