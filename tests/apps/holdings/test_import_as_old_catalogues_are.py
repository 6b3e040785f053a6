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
