"""A divorce is an event of its own; a certificate issued again is not."""

import pytest

from dangqiao.apps.holdings import queries
from dangqiao.core import categories
from dangqiao.core.matching import ENDING, REISSUE, Outcome, kind_of_act, meant_by
from dangqiao.core.vocabulary.dates import parse_partial_date

pytestmark = pytest.mark.django_db


DIVORCE = {"档号": "d", "业务类型": "离婚", "登记日期": "1996-03-04", "年度": "1996", "证件字号": "离1"}


@pytest.mark.parametrize(
    ("entries", "year", "outcome"),
    [
        ([DIVORCE], 1987, Outcome.REVIEW),
        ([DIVORCE], None, Outcome.REVIEW),
        ([DIVORCE], 1996, Outcome.REVIEW),
        ([{}, DIVORCE], 1996, Outcome.MATCH),
    ],
)
def test_a_divorce_answers_only_for_its_own_year_beside_the_marriage(take_in, couples, clerk, entries, year, outcome):
    take_in(couples(*entries))
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


@pytest.mark.parametrize(
    ("category", "word", "ends"),
    [
        ("marriage", "离婚", True),
        ("marriage", "复婚", False),
        ("marriage", "补领", None),
        ("marriage", "婚姻登记", None),
        ("educated-youth", "招工", True),
        ("educated-youth", "下乡", False),
        ("educated-youth", "投亲靠友", None),
        ("educated-youth", "", None),
        ("adoption", "解除收养", True),
        ("homestead", "使用权登记", None),
    ],
)
def test_what_a_word_for_an_act_says_of_a_query(category, word, ends):
    assert meant_by(categories.get(category), word) is ends


@pytest.fixture
def youths(take_in, tmp_path):
    """Takes in movements of one educated youth, each a kind and a year."""

    def write(*movements):
        path = tmp_path / "youth.csv"
        rows = [
            f"Z-{number},{act},{year}-03-12,上海市徐汇区,安徽省宿松县,寿念慈,1951-08-06,"
            for number, (act, year) in enumerate(movements)
        ]
        head = "档号,业务类型,批准日期,动员地,接收地,姓名,出生日期,身份证件号"
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        assert take_in(path, category="educated-youth").added == len(movements)

    return write


DOWN, BACK, RECRUITED, WITH_KIN = ("下乡", 1970), ("返城", 1979), ("招工", 1975), ("投亲靠友", 1970)


@pytest.mark.parametrize(
    ("movements", "act", "year", "outcome"),
    [
        ([DOWN], "", 1979, Outcome.REVIEW),
        ([DOWN], "返城", 1979, Outcome.REVIEW),
        ([DOWN], "返城", 1971, Outcome.REVIEW),
        ([DOWN], "返城", None, Outcome.REVIEW),
        ([DOWN], "", None, Outcome.MATCH),
        ([DOWN], "下乡", None, Outcome.MATCH),
        ([BACK], "", None, Outcome.REVIEW),
        ([BACK], "", 1979, Outcome.MATCH),
        ([BACK], "返城", None, Outcome.MATCH),
        ([BACK], "下乡", None, Outcome.REVIEW),
        ([RECRUITED], "返城", None, Outcome.MATCH),
        ([WITH_KIN], "下乡", None, Outcome.MATCH),
        ([WITH_KIN], "返城", None, Outcome.REVIEW),
        ([DOWN, BACK], "", None, Outcome.REVIEW),
        ([DOWN, BACK], "返城", None, Outcome.MATCH),
        ([DOWN, BACK], "下乡", None, Outcome.MATCH),
    ],
)
def test_going_down_and_coming_back_are_told_apart(youths, clerk, movements, act, year, outcome):
    youths(*movements)
    who = queries.person("寿念慈", birth=parse_partial_date("1951-08-06"))
    asked = queries.query(who, event_year=year, ends=meant_by(categories.get("educated-youth"), act))
    verdict = queries.searcher(clerk, None, "educated-youth").search(asked).verdict
    assert verdict.outcome is outcome
    if act and outcome is Outcome.MATCH:
        assert verdict.candidates[0].identity.endswith(f"/Z-{len(movements) - 1 if act == '返城' else 0}/1")


@pytest.mark.parametrize(
    ("word", "number", "kind"),
    [
        ("", "J310115-2009-000123", "结婚"),
        ("", "Ｌ310115-2009-000123", ENDING),
        ("婚姻登记", "（87）浦离字第3号", ENDING),
        ("", "吕离石结字第226号", "结婚"),
        ("补领", "BL310115-2010-000004", ENDING),
        ("补领", "J310115-2009-000123", REISSUE),
        ("", "补字12", REISSUE),
        ("结婚", "L310115-2009-000123", "结婚"),
        ("", "浦婚字第1号", ""),
    ],
)
def test_the_number_of_a_certificate_tells_the_kind_that_an_entry_does_not_say(word, number, kind):
    assert kind_of_act(categories.get("marriage"), word, number) == kind


def test_a_divorce_that_only_its_number_tells_is_no_marriage(take_in, couples, clerk):
    divorce = {"业务类型": "", "登记日期": "1996-03-04", "年度": "1996", "证件字号": "L310115-1996-000004"}
    take_in(couples(divorce))
    asked = queries.query(queries.person("张建国"), others=[queries.person("李秀英")], ends=False)
    found = queries.searcher(clerk, None, "marriage").search(asked)
    assert found.outcome is not Outcome.MATCH
