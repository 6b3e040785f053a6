"""`holdings match`: every query gets its rows."""

import csv

import pytest

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.holdings import batch
from dangqiao.core.errors import ImportRefused
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.purpose import Purpose

pytestmark = pytest.mark.django_db

COLUMNS = "查询号,姓名,性别,出生日期,身份证件号,配偶姓名,登记年份,登记地"


@pytest.fixture
def answer(clerk, take_in, couples, tmp_path):
    take_in(
        couples(
            {},
            {"档号": "again", "业务类型": "补领", "登记日期": "1999-05-05", "证件字号": "补1"},
            {"档号": "other", "男方姓名": "裴仲谦", "女方姓名": "闵素绢", "男方身份证件号": ""},
        )
    )

    def run(*lines: str, header: str = COLUMNS, encoding: str = "utf-8", act: str = ""):
        path, out, complaints = tmp_path / "queries.csv", tmp_path / "hits.csv", []
        path.write_bytes("\n".join([header, *lines]).encode(encoding))
        result = batch.match_file(
            clerk,
            Purpose.BATCH_LOOKUP,
            path,
            out,
            category="marriage",
            act=act,
            complain=lambda row, number, problem: complaints.append((row, number, problem.code)),
        )
        with out.open(encoding="utf-8", newline="") as stream:
            return result, list(csv.DictReader(stream)), complaints

    return run


def test_a_match_is_answered_with_its_reasons(answer):
    result, rows, _ = answer("Q1,裴仲谦,男,1962-01-02,,闵素绢,1987,浦东新区", encoding="gb18030")
    assert (result.queries, result.match) == (1, 1)
    (row,) = rows
    assert list(row) == ["查询号", "名次", "档号", "概率", "结论", "理由", "档案馆", "件内序号"]
    assert (row["档案馆"], row["件内序号"]) == ("310115", "1")
    assert (row["查询号"], row["名次"], row["档号"], row["结论"]) == ("Q1", "1", "other", "match")
    assert float(row["概率"]) > 0.9
    assert "裴仲谦" in row["理由"]


@pytest.mark.parametrize(
    "line",
    [
        "Q1,我父亲裴仲谦,男,62年的,,母亲：闵素绢,87年结的婚,",
        "Q1,裴仲谦和闵素绢的结婚证,,属虎,13812345678,,1986至1988年,浦东",
        "Q1,裴仲谦老师,男,1962-01-02,,闵素绢女士,很久了,",
    ],
)
def test_a_question_in_own_words_is_understood(answer, line):
    result, rows, complaints = answer(line)
    assert (result.match, result.unreadable, complaints) == (1, 0, [])
    assert [row["档号"] for row in rows] == ["other"]


def test_a_number_that_hides_the_birth_date_is_completed_by_it(answer):
    number = identity.upgrade("310115620102001")
    _, rows, _ = answer(f"Q1,张建国,,1962-01-02,{number[:6]}********{number[14:]},,1987,")
    assert {row["结论"] for row in rows} == {"match"} and "身份证件号码" in rows[0]["理由"]


def test_a_reissue_is_the_same_event(answer):
    _, rows, _ = answer("Q1,张建国,男,1962-01-02,310115196201020015,李秀英,1987,")
    assert {row["结论"] for row in rows} == {"match"}
    assert {row["档号"] for row in rows} == {"3001-1987-001", "again"}
    assert [row["名次"] for row in rows] == ["1", "2"]


@pytest.mark.parametrize(
    ("act", "outcome"),
    [("结婚", "match"), ("婚姻登记", "match"), ("", "match"), ("离婚", "review"), ("离婚证", "review")],
)
def test_a_query_about_a_divorce_is_not_answered_by_the_marriage(answer, act, outcome):
    line = f"Q1,张建国,男,1962-01-02,310115196201020015,李秀英,1987,,{act}"
    _, rows, complaints = answer(line, header=f"{COLUMNS},业务类型")
    assert {row["结论"] for row in rows} == {outcome} and not complaints
    assert ("业务类型" in rows[0]["理由"]) == (act not in ("", "婚姻登记"))


def test_nothing_found_is_one_row_without_a_reference_code(answer):
    _, rows, _ = answer("Q1,欧阳晚晴,女,1966-12-01,,,,")
    assert [(row["名次"], row["档号"], row["结论"]) for row in rows] == [("1", "", "none")]


def test_a_query_that_cannot_be_read_is_not_lost_and_not_none(answer):
    result, rows, complaints = answer("Q1,,,,,,,", "Q2,裴仲谦,,1962-13-45,123,闵素绢,,", "Q3,欧阳晚晴,,,1234,,,")
    assert complaints == [
        (2, "Q1", "import.required"),
        (3, "Q2", "date.impossible"),
        (3, "Q2", "import.identity_number_length"),
        (4, "Q3", "import.identity_number_length"),
    ]
    assert (result.queries, result.review, result.unreadable) == (3, 3, 3)
    assert [(row["查询号"], row["档号"]) for row in rows] == [("Q1", ""), ("Q2", "other"), ("Q3", "")]
    assert all("[" in row["理由"] for row in rows)


def test_columns_but_the_name_may_be_missing(answer):
    _, rows, _ = answer("Q1,欧阳晚晴", header="查询号,姓名")
    assert rows[0]["结论"] == "none"
    with pytest.raises(ImportRefused, match="姓名"):
        answer("Q1", header="查询号")


def test_an_offices_list_needs_no_numbers_of_its_queries(answer):
    result, rows, _ = answer("裴仲谦,闵素绢,1987,一", ",,,", "欧阳晚晴,,,二", header="姓名,配偶姓名,登记年份,经办人")
    assert [(row["查询号"], row["档号"]) for row in rows] == [("2", "other"), ("4", "")]
    assert result.unknown_columns == ("经办人",)


def test_rows_of_blanks_are_no_queries(answer):
    result, rows, complaints = answer("Q1,裴仲谦,,,,闵素绢,1987,", ",,,,,,,", " ,\u3000,,,,,,")
    assert (result.queries, [row["查询号"] for row in rows], complaints) == (1, ["Q1"], [])


@pytest.mark.parametrize("words", ["不详", "/", "暂无"])
def test_what_is_no_name_is_nobody(answer, words):
    """Taken for another spouse it would forbid the match."""
    result, _, _ = answer(f"Q1,裴仲谦,男,1962-01-02,,{words},1987,浦东新区")
    assert result.match == 1


def test_a_batch_is_audited_before_it_reads(answer):
    answer(*(f"Q{number},欧阳晚晴,,,,,," for number in range(250)))
    rows = AuditRecord.objects.filter(event="holdings.searched_in_bulk").order_by("id")
    assert [(row.count, row.purpose) for row in rows] == [(200, "batch_lookup"), (50, "batch_lookup")]


def test_a_failed_batch_leaves_no_result(answer, tmp_path, monkeypatch):
    def fail(*_arguments):
        raise OSError("the database is gone")

    monkeypatch.setattr(batch, "_answer", fail)
    with pytest.raises(OSError, match="gone"):
        answer("Q1,欧阳晚晴,,,,,,")
    assert not (tmp_path / "hits.csv").exists()


def test_a_row_that_is_no_row_is_named_by_its_first_characters(answer):
    result, rows, complaints = answer("Q1," + "王" * 100_000, "Q2,裴仲谦,男,1962-01-02,,闵素绢,1987,")
    assert (result.queries, result.unreadable) == (2, 1)
    assert all(len(row["查询号"]) <= 60 for row in rows)
    assert all(len(number) <= 60 for _row, number, _code in complaints)


@pytest.fixture
def ask_for_a_child(clerk, take_in, tmp_path):
    """Answers lines under a header from a catalogue of two only children."""
    catalogue = tmp_path / "catalogue.csv"
    catalogue.write_text(
        "档号,子女姓名,父亲姓名,母亲姓名,父亲出生日期,发证日期,发证机关\n"
        "wanted,裴念祖,裴仲谦,闵素绢,1952-04-06,1983-05-06,宿松县计划生育办公室\n"
        "other,裴念恩,裴伯谦,闵素琴,1955-01-01,1985-07-08,怀宁县计划生育办公室\n",
        encoding="utf-8",
    )
    take_in(catalogue, "only-child")

    def ask(header: str, *lines: str):
        path, out, complaints = tmp_path / "queries.csv", tmp_path / "hits.csv", []
        path.write_text("\n".join([header, *lines]), encoding="utf-8")
        batch.match_file(
            clerk,
            Purpose.BATCH_LOOKUP,
            path,
            out,
            category="only-child",
            complain=lambda row, number, problem: complaints.append((number, problem.column, problem.code)),
        )
        with out.open(encoding="utf-8", newline="") as stream:
            return [(row["档号"], row["结论"]) for row in csv.DictReader(stream) if row["名次"] == "1"], complaints

    return ask


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("查询号,子女姓名,父亲姓名,母亲姓名,发证日期,发证机关", "Q1,裴念祖,裴仲谦,闵素绢,1983,宿松县"),
        ("序号,孩子姓名,父亲,领证时间", "1,裴念祖,裴仲谦,1983年5月6日"),
        ("查询号,父亲姓名,母亲姓名,父亲出生年月", "Q1,裴仲谦,闵素绢,1952.4"),
        ("查询号,姓名,父亲姓名,年份", "Q1,裴念祖,裴仲谦,1983"),
    ],
)
def test_a_category_s_own_columns_are_understood(ask_for_a_child, header, line):
    assert ask_for_a_child(header, line) == ([("wanted", "match")], [])


def test_a_query_that_names_nobody_is_not_lost(ask_for_a_child):
    rows, complaints = ask_for_a_child("查询号,子女姓名,父亲姓名,发证日期", "Q1,,,1983", "Q2,裴念祖,裴仲谦,")
    assert complaints == [("Q1", "姓名", "import.required")]
    assert rows == [("", "review"), ("wanted", "match")]


def test_a_file_of_queries_without_any_name_is_refused(ask_for_a_child):
    with pytest.raises(ImportRefused) as error:
        ask_for_a_child("查询号,发证日期", "Q1,1983")
    assert (error.value.code, error.value.facts["column"]) == ("match.column_missing", "姓名")


def test_a_spouse_whose_record_it_is_too_may_be_the_one_who_asks(clerk, take_in, tmp_path):
    """配偶姓名 is a column of every file of queries, and a party's of this category."""
    catalogue, path, out = tmp_path / "catalogue.csv", tmp_path / "queries.csv", tmp_path / "hits.csv"
    catalogue.write_text(
        "档号,姓名,配偶姓名,配偶出生日期,批准日期\nwanted,裴仲谦,闵素绢,1962-04-06,1995-05-06\n", encoding="utf-8"
    )
    take_in(catalogue, "talent")
    path.write_text("查询号,姓名,配偶姓名,配偶出生日期\nQ1,,闵素绢,1962-04-06\nQ2,裴仲谦,闵素绢,\n", encoding="utf-8")
    result = batch.match_file(clerk, Purpose.BATCH_LOOKUP, path, out, category="talent")
    assert (result.match, result.unreadable) == (2, 0)


def test_a_kind_may_be_said_for_the_whole_file(answer):
    """Of a row that says its own, that one counts."""
    office = "Q1,裴仲谦,,1962-01-02,,闵素绢,1987,"
    said = "Q2,裴仲谦,,1962-01-02,,闵素绢,1987,,结婚"
    result, _, _ = answer(office)
    assert (result.match, result.unsaid) == (1, 1)
    result, rows, _ = answer(office + ",", said, header=COLUMNS + ",业务类型", act="离婚")
    assert (result.match, result.unsaid) == (1, 0)
    assert [row["结论"] for row in rows if row["名次"] == "1"] == ["review", "match"]
