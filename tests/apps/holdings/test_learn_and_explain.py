"""`matching train` and `matching explain` against a real catalogue."""

import pytest
from click.testing import CliRunner

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.holdings import learning, parameters, queries
from dangqiao.cli.matching import matching
from dangqiao.core.errors import Misconfigured, NotThere, Refused
from dangqiao.core.matching import SHIPPED, load
from dangqiao.core.vocabulary.purpose import Purpose

pytestmark = pytest.mark.django_db

COLUMNS = "查询号,姓名,性别,出生日期,配偶姓名,登记年份"


@pytest.fixture
def questions(take_in, couples, tmp_path):
    take_in(couples({}, {"档号": "other", "男方姓名": "裴仲谦", "女方姓名": "闵素绢", "男方身份证件号": ""}))
    path = tmp_path / "queries.csv"

    def write(*lines, header=COLUMNS):
        path.write_text("\n".join([header, *lines]), encoding="utf-8")
        return path

    return write


def test_learn_from_queries_without_answers(questions, clerk):
    path = questions("Q1,裴仲谦,男,1962-01-02,闵素绢,1987", "Q2,张建国,男,1962-01-02,李秀英,1987", "Q3,,,,,")
    trained = learning.train(
        clerk, Purpose.CATALOGUING, learning.lessons_of(path, "marriage"), category="marriage", strength=5.0
    )
    assert 1.9 < trained.pairs <= 2.0
    assert trained.parameters.version.startswith(load(SHIPPED).version + " +")
    assert trained.parameters.step["same"] > load(SHIPPED).step["same"]
    assert AuditRecord.objects.filter(event="holdings.searched_in_bulk").exists()


def test_what_an_archivist_confirmed_counts_whole(questions, clerk):
    path = questions("Q1,裴仲千,男,1962-01-03,闵素娟,1989,other", header=COLUMNS + ",档号")
    trained = learning.train(
        clerk, Purpose.CATALOGUING, learning.lessons_of(path, "marriage"), category="marriage", strength=5.0
    )
    assert trained.pairs == 1.0
    assert {("birth.m", "one_digit"), ("event.m", "two_years")} <= {(one.table, one.level) for one in trained.changes}


def test_the_command_writes_a_file_that_a_node_can_use(questions, settings, tmp_path):
    path, out = questions("Q1,裴仲谦,男,1962-01-02,闵素绢,1987"), tmp_path / "weights.toml"
    words = ["train", str(path), "--category", "marriage", "--out", str(out), "--strength", "5", "--quiet"]
    done = CliRunner().invoke(matching, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    settings.MATCHING_PARAMETERS = out
    parameters.parameters.cache_clear()
    try:
        assert parameters.parameters() == load(out.read_text(encoding="utf-8"))
        assert parameters.parameters().version != load(SHIPPED).version
    finally:
        parameters.parameters.cache_clear()


def test_a_file_that_is_no_parameter_file_is_told_plainly(settings, tmp_path):
    settings.MATCHING_PARAMETERS = tmp_path / "weights.toml"
    settings.MATCHING_PARAMETERS.write_text("version = 1", encoding="utf-8")
    parameters.parameters.cache_clear()
    with pytest.raises(Misconfigured, match="parameters_unreadable"):
        parameters.parameters()
    parameters.parameters.cache_clear()


def test_one_comparison_is_laid_open(questions, clerk):
    path = questions("Q1,裴仲千,男,1962-01-02,闵素绢,1987")
    query = learning.question(path, "marriage", "Q1")
    (found,) = learning.explain(clerk, Purpose.CATALOGUING, query, "other", category="marriage")
    levels = {reason.field: reason.level for reason in found.reasons}
    assert (levels["name"], levels["other_name"], levels["event"]) == ("sound", "same", "same_year")
    words = ["explain", "other", "--category", "marriage", "--name", "裴仲谦", "--spouse", "闵素绢", "--year", "1987"]
    shown = CliRunner().invoke(matching, words, catch_exceptions=False)
    assert shown.exit_code == 0, shown.output
    assert "裴仲谦" in shown.output and "same_year" in shown.output
    divorce = CliRunner().invoke(matching, [*words, "--act", "离婚"], catch_exceptions=False)
    assert "业务类型" in divorce.output and "matching.kind" in divorce.output, divorce.output
    assert CliRunner().invoke(matching, [*words, "--act", "分手"]).exit_code == 2


def test_what_is_not_there_is_told(questions, clerk):
    path = questions("Q1,裴仲谦,男,,,")
    with pytest.raises(NotThere, match="entry_unknown"):
        learning.explain(clerk, Purpose.CATALOGUING, queries.query(queries.person("裴仲谦")), "no", category="marriage")
    with pytest.raises(NotThere, match="query_unknown"):
        learning.question(path, "marriage", "Q9")
    with pytest.raises(Refused):
        learning.train(clerk, Purpose.CATALOGUING, learning.lessons_of(path, "marriage"), category="adoption")
