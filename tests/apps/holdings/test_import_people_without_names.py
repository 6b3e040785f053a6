"""A row that names one of two parties is taken in, found by that one, and named; one that names nobody is rejected."""

import pytest

from dangqiao.apps.holdings import queries
from dangqiao.apps.holdings.models import CatalogueEntry, ImportRun
from dangqiao.core.matching import Outcome
from dangqiao.core.vocabulary.actor import Actor, Grant, Role, ScopeKind
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.holdings.conftest import ARCHIVE, csv_rows, report_rows

pytestmark = pytest.mark.django_db
WHO = queries.person


@pytest.fixture
def handler() -> Actor:
    return Actor("user:handler", (Grant(Role.HANDLER, ScopeKind.ARCHIVE, ARCHIVE),))


def found(handler: Actor, *persons, year: int = 1987, category: str = "marriage"):
    first, *others = persons
    query = queries.query(first, others=others, event_year=year)
    return queries.find(handler, Purpose.HANDLING, None, category, query, subject="referral:1")


def test_a_couple_is_found_by_the_one_who_is_named(take_in, couples, handler):
    result = take_in(couples({"女方姓名": ""}))
    assert (result.added, result.rejected, dict(result.noticed)) == (1, 0, {"import.not_named": 1})
    [row] = csv_rows(result.notices)
    assert (row["行号"], row["错误列"], row["错误代码"]) == ("2", "女方姓名", "import.not_named")
    answer = found(handler, WHO("张建国", identity_number="310115196201020015"), WHO("李秀英"))
    assert (answer.outcome, [party.name for party in answer.records[0].parties]) == (Outcome.MATCH, ["张建国", ""])


def test_a_row_without_anything_about_the_other_is_taken_in(take_in, couples, handler):
    assert take_in(couples({"女方姓名": "", "女方出生日期": ""})).added == 1
    answer = found(handler, WHO("张建国"))
    assert [party.role for party in answer.records[0].parties] == ["party_a"]


def test_the_report_of_what_was_noticed_is_corrected_and_taken_in(take_in, couples, handler):
    notices = take_in(couples({"女方姓名": ""})).notices
    before, number, after = notices.read_text("utf-8-sig").rpartition("310115196201020015,")
    notices.write_text(f"{before}{number}李秀英{after}", "utf-8")
    result = take_in(notices, update=True)
    assert (result.updated, result.noticed, result.notices) == (1, {}, None)
    assert [party.name for party in found(handler, WHO("张建国")).records[0].parties] == ["张建国", "李秀英"]


def test_a_child_is_found_by_its_parents(take_in, tmp_path, handler):
    header = "档号,证件编号,发证日期,申领单位,子女姓名,子女出生日期,父亲姓名,母亲姓名"
    (tmp_path / "file.csv").write_text(f"{header}\n1,,1985-06-01,,,1984-02-03,张建国,李秀英\n", "utf-8")
    assert take_in(tmp_path / "file.csv", "only-child").added == 1
    answer = found(handler, WHO("张建国"), WHO("李秀英"), year=1985, category="only-child")
    assert [str(record.citation) for record in answer.records] == [f"{ARCHIVE}/only-child/1/1"]


def test_a_row_that_names_nobody_is_rejected(take_in, couples):
    result = take_in(couples({"男方姓名": "", "女方姓名": " "}))
    assert (result.added, result.noticed, result.notices) == (0, {}, None)
    [row] = report_rows(result)
    assert (row["错误列"], row["错误代码"]) == ("男方姓名;女方姓名", "import.required;import.required")


def test_a_row_that_is_rejected_for_something_else_is_rejected_for_that_alone(take_in, couples):
    result = take_in(couples({"女方姓名": "", "登记日期": "春天", "男方身份证件号": "3.1E+17"}))
    assert (result.added, result.noticed, result.notices) == (0, {}, None)
    assert [row["错误代码"] for row in report_rows(result)] == ["date.unreadable"]


def test_a_row_that_is_in_conflict_is_not_said_to_be_taken_in(take_in, couples):
    take_in(couples({}))
    result = take_in(couples({"女方姓名": ""}, {"档号": "2", "男方姓名": ""}))
    assert [row["错误代码"] for row in report_rows(result)] == ["import.conflict"]
    assert [row["档号"] for row in csv_rows(result.notices)] == ["2"]
    assert result.noticed == {"import.not_named": 1}


def test_rows_that_a_killed_import_had_noticed_are_noticed_once(take_in, couples):
    path = couples({}, {"档号": "2", "女方姓名": ""})
    first = take_in(path)
    ImportRun.objects.update(state="running", rows_done=0, added=0)
    CatalogueEntry.objects.all().delete()
    assert take_in(path).added == 2
    assert [row["行号"] for row in csv_rows(first.notices)] == ["3"]
