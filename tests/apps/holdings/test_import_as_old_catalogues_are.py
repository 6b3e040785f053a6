"""Tables as archives have them: other headings, columns that were never kept, words that no list foresaw."""

import csv
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from dangqiao.apps.holdings.models import CatalogueEntry
from dangqiao.apps.holdings.revisions import features_of
from dangqiao.core import categories
from tests.apps.holdings.conftest import report_rows

pytestmark = pytest.mark.django_db

ROSTER = {
    "档案编号": "X2-1970-001",
    "知青姓名": "裴仲谦",
    "性 别": "1",
    "出生年月": "52.4",
    "下乡时间": "1970年 月 日",
    "下放地点": "安徽省宿松县",
    "毕业学校": "第二中学",
    "类别": "插队落户",
    "录入人": "某",
}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(*rows: dict[str, str], encoding: str = "utf-8", heading: dict[str, str] = {}) -> Path:  # noqa: B006
        path = tmp_path / "file.csv"
        with path.open("w", encoding=encoding, newline="") as stream:
            writer = csv.DictWriter(stream, ROSTER)
            writer.writerow({column: heading.get(column, column) for column in ROSTER})
            writer.writerows(ROSTER | row for row in rows)
        return path

    return written


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_roster_with_its_own_headings_is_taken_in(take_in, write, encoding):
    result = take_in(write({}, encoding=encoding), "educated-youth")
    assert (result.added, result.rejected, result.unknown_columns) == (1, 0, ("录入人",))
    entry = CatalogueEntry.objects.get(reference_code="X2-1970-001")
    (youth,) = entry.content["parties"]
    assert (youth["name"], youth["sex"], youth["birth_date"]["iso"]) == ("裴仲谦", "男", "1952-04")
    fields = entry.content["fields"]
    assert (entry.event_date, fields["sent_to"], fields["school"]) == ("1970", "安徽省宿松县", "第二中学")


@pytest.mark.parametrize(("said", "pages"), [("三", 3), ("共十二页", 12), ("廿一", 21), ("两页", 2), ("拾贰", 12)])
def test_pages_are_counted_in_words(take_in, write, said, pages):
    take_in(write({"录入人": said}, heading={"录入人": "页数"}), "educated-youth")
    assert CatalogueEntry.objects.get().pages == pages


def test_a_kind_that_no_list_foresaw_is_kept_as_it_is_written(take_in, write):
    take_in(write({"类别": "投亲靠友"}), "educated-youth")
    assert CatalogueEntry.objects.get().content["fields"]["act"] == "投亲靠友"


def test_a_kind_that_is_no_word_is_rejected(take_in, write):
    result = take_in(write({"类别": "投亲靠友" * 10}), "educated-youth")
    assert report_rows(result)[0]["错误代码"] == "import.too_long"


@pytest.mark.parametrize(
    ("said", "sex"), [("2", "女"), ("女性", "女"), ("男孩", "男"), ("0", None), ("不详", None), ("未说明", None)]
)
def test_a_sex_is_read_in_codes_and_words(take_in, write, said, sex):
    take_in(write({"性 别": said}), "educated-youth")
    assert CatalogueEntry.objects.get().content["parties"][0].get("sex") == sex


@pytest.mark.parametrize(
    ("heading", "said", "born"),
    [
        ("年龄", "18", 1952),
        ("年 龄", "十八岁", 1952),
        ("虚岁", "19", 1952),
        ("出生年月", "虚岁19", 1952),
        ("出生年月", "18", None),
        ("年龄", "1952", 1952),
    ],
)
def test_an_age_tells_the_year_of_birth(take_in, write, heading, said, born):
    """By both readers: a quotation mark is enough to leave the one for ordinary rows."""
    result = take_in(
        write(
            {"出生年月": said}, {"出生年月": said, "档案编号": "2", "毕业学校": '"二"中'}, heading={"出生年月": heading}
        ),
        "educated-youth",
    )
    assert (result.added, result.rejected, result.unknown_columns) == (2, 0, ("录入人",))
    for entry in CatalogueEntry.objects.all():
        (youth,) = features_of(entry, categories.get("educated-youth")).persons
        assert youth.birth.year == born


@pytest.mark.parametrize(
    ("said", "born"),
    [("29.5.6", "1929-05-06"), ("二九年", "1929"), ("农历29年五月", "1929"), ("38.5.6", ""), ("年22岁", "1930")],
)
def test_the_year_of_the_act_tells_the_century_of_a_birth(take_in, couples, said, born):
    """1940, the 29th year of the Republic, would be a bride of twelve; 1938 and 1949, the 38th, are both too late. By
    both readers of CSV."""
    year = {"登记日期": "1952-01-02", "年度": "1952", "男方身份证件号": "", "男方出生日期": said}
    result = take_in(couples(year, year | {"档号": "2", "备注": '"'}), "marriage")
    assert (result.added, result.rejected) == (2, 0)
    for entry in CatalogueEntry.objects.all():
        birth = features_of(entry, categories.get("marriage")).persons[0].birth
        assert birth.iso() == born
        assert not born or birth.original == said  # the reasons show what was written
        assert entry.content["parties"][0]["birth_date"]["original"] == said


def test_the_year_of_the_file_dates_an_act_of_two_digits(take_in, couples):
    take_in(couples({"登记日期": "04年9月10日", "年度": "2004"}), "marriage")
    entry = CatalogueEntry.objects.get()
    assert (entry.year, entry.event_date, entry.content["fields"]["registration_date"]["original"]) == (
        2004,
        "",
        "04年9月10日",
    )


def test_rows_of_blanks_are_no_rows(take_in, couples):
    path = couples({})
    path.write_text(path.read_text("utf-8") + ("," * 14 + "\n") * 3 + " ,\u3000" + "," * 13 + "\n", "utf-8")
    result = take_in(path, "marriage")
    assert (result.rows, result.added, result.rejected) == (1, 1, 0)


def test_a_file_without_what_was_never_kept_is_taken_in_and_says_so(take_in, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("档号,业务类型,登记日期,男方姓名,男方年龄,女方姓名\nA-1,结婚,1965,裴仲谦,23,顾雪芳\n", "utf-8")
    result = take_in(path, "marriage")
    assert result.lacking_columns == (
        "证件字号",
        "登记机关",
        "男方身份证件号",
        "女方出生日期",
        "女方身份证件号",
    )
    assert features_of(CatalogueEntry.objects.get(), categories.get("marriage")).persons[0].birth.year == 1942


def test_what_is_no_sex_is_rejected(take_in, write):
    result = take_in(write({"性 别": "裴"}), "educated-youth")
    assert report_rows(result)[0]["错误代码"] == "import.code_unknown"


@pytest.mark.parametrize("number", ["000000000000000", "0" * 18, "0"])
def test_noughts_in_the_place_of_a_number_are_none(take_in, couples, number):
    """By both readers of CSV: taken for a number they would speak against everybody who has one."""
    take_in(couples({"男方身份证件号": number}, {"档号": "2", "男方身份证件号": number, "备注": 'odd "row"'}))
    for entry in CatalogueEntry.objects.all():
        assert "identity_number" not in entry.content["parties"][0]
        assert "identity_parts" not in entry.content["parties"][0]


TITLE = (["宿松县1970年下乡知青名单"], ["填表单位：县知青办", "", "1970年"], [])


@pytest.mark.parametrize("above", [1, 3])
@pytest.mark.parametrize("kind", ["utf-8", "gb18030", "xlsx"])
def test_a_title_may_stand_above_the_headings(take_in, tmp_path, kind, above):
    rows = [*TITLE[:above], list(ROSTER), list(ROSTER.values()), list((ROSTER | {"出生年月": "春天"}).values())]
    path = tmp_path / ("roster.xlsx" if kind == "xlsx" else "roster.csv")
    if kind == "xlsx":
        book = Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        with path.open("w", encoding=kind, newline="") as stream:
            csv.writer(stream).writerows(rows)
    result = take_in(path, "educated-youth")
    assert (result.added, result.rejected) == (1, 1)
    assert report_rows(result)[0]["行号"] == str(above + 3)
    assert take_in(path, "educated-youth").skipped == 1


def test_a_corrected_report_goes_in_with_the_headings_that_it_has(take_in, write):
    report = take_in(write({"出生年月": "春天"}), "educated-youth").report
    report.write_text(report.read_text(encoding="utf-8-sig").replace("春天", "1952"), encoding="utf-8")
    assert take_in(report, "educated-youth").added == 1


def test_a_workbook_with_headings_under_merged_cells_is_taken_in(take_in, tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.append(["档号", "登记类型", "结婚证字号", "登记日期", "登记机关", "男方", None, None, "女方", None, None])
    sheet.append([None] * 5 + ["姓名", "出生年月", "身份证号"] * 2)
    for one, last in (("A1", "A2"), ("F1", "H1"), ("I1", "K1")):
        sheet.merge_cells(f"{one}:{last}")
    sheet.append(["1", "结婚", "3", "1987-3-5", "川沙县", "张三", "1962.4", None, "李四", "1963.5", None])
    book.save(tmp_path / "file.xlsx")
    result = take_in(tmp_path / "file.xlsx", "marriage")
    assert (result.added, result.rejected) == (1, 0)
    wife = CatalogueEntry.objects.get().content["parties"][1]
    assert (wife["name"], wife["birth_date"]["iso"]) == ("李四", "1963-05")
