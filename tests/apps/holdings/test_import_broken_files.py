"""Files that are wrong as a whole are refused by name; rows that are wrong are reported, and the others come in."""

import codecs
import re
from zipfile import ZipFile

import opencc
import openpyxl
import pytest

from dangqiao.apps.fields import cipher
from dangqiao.apps.holdings import services
from dangqiao.apps.holdings.importing.csvfile import LONGEST_LINE
from dangqiao.apps.holdings.models import CatalogueEntry, ImportRun
from dangqiao.core.errors import ImportRefused, NotThere, Refused
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.holdings.conftest import COUPLE, HEADER, report_rows

pytestmark = pytest.mark.django_db


def refused(take_in, path) -> ImportRefused:
    with pytest.raises(ImportRefused) as caught:
        take_in(path)
    assert not CatalogueEntry.objects.exists()
    assert not ImportRun.objects.exists()
    return caught.value


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"), ("utf-32", "UTF-32"), ("hz", "HZ")],
)
def test_another_encoding_is_named(take_in, couples, encoding, named):
    error = refused(take_in, couples({}, encoding=encoding))
    assert (error.code, error.facts["encoding"]) == ("import.encoding", named)


def test_big5_is_named_though_it_decodes_as_gb18030(take_in, tmp_path):
    traditional = opencc.OpenCC("s2t").convert(f"{HEADER}\nA-1,3,1987,結婚,,1987,上海市,張三,,,李四,,,2,\n")
    path = tmp_path / "big5.csv"
    path.write_bytes(traditional.encode("big5hkscs"))
    assert refused(take_in, path).facts["encoding"] == "Big5"


def test_damaged_utf8_names_the_line(take_in, couples):
    path = couples({}, {"档号": "B"}, {"档号": "C"})
    path.write_bytes(path.read_bytes().replace(b"B,", b"B\xff,"))
    error = refused(take_in, path)
    assert (error.code, error.facts) == ("import.encoding_damaged", {"encoding": "UTF-8", "line": 3})


def test_a_missing_column_is_named(take_in, couples):
    path = couples({})
    path.write_text(path.read_text("utf-8").replace("登记日期", "日期"), encoding="utf-8")
    error = refused(take_in, path)
    assert (error.code, error.facts["column"]) == ("import.column_missing", "登记日期")


def test_kinds_under_another_heading_are_not_passed_over(take_in, couples):
    path = couples({})
    path.write_text(path.read_text("utf-8").replace("业务类型", "办理性质"), encoding="utf-8")
    error = refused(take_in, path)
    assert (error.code, error.facts["other"]) == ("import.kinds_elsewhere", "办理性质")


def test_a_catalogue_of_one_kind_need_not_say_it(take_in, couples):
    path = couples({"业务类型": ""})
    path.write_text(path.read_text("utf-8").replace(",业务类型,", ",证件类型,"), encoding="utf-8")
    found = take_in(path)
    assert (found.added, found.rejected) == (1, 0)
    assert "业务类型" in found.lacking_columns


def test_a_column_that_stands_twice_is_named(take_in, couples):
    path = couples({})
    path.write_text(path.read_text("utf-8").replace("备注", "页数"), encoding="utf-8")
    assert refused(take_in, path).code == "import.column_twice"


@pytest.mark.parametrize("content", [b"", b"\n\n", codecs.BOM_UTF8])
def test_an_empty_file_is_refused(take_in, tmp_path, content):
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    assert refused(take_in, path).code == "import.empty_file"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0old workbook", "import.kind_unknown"),
        (b"PK\x03\x04 no workbook", "import.workbook_unreadable"),
        (b"\xfe\xfd\xfc noise", "import.encoding_unknown"),
    ],
)
def test_what_is_no_table_is_refused(take_in, tmp_path, content, code):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert refused(take_in, path).code == code


def test_a_zip_that_is_no_workbook_is_refused(take_in, tmp_path):
    with ZipFile(tmp_path / "file.xlsx", "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    assert refused(take_in, tmp_path / "file.xlsx").code == "import.workbook_unreadable"


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"男方身份证件号": "3101151962"}, "男方身份证件号", "import.identity_number_length"),
        ({"男方身份证件号": "1962-01-02"}, "男方身份证件号", "import.identity_number_length"),
        ({"男方出生日期": "张三"}, "男方出生日期", "date.unreadable"),
        ({"男方身份证件号": "31011519620102ABC5"}, "男方身份证件号", "import.identity_number_characters"),
        ({"登记日期": "1987-04-31"}, "登记日期", "date.impossible"),
        ({"登记日期": "春天"}, "登记日期", "date.unreadable"),
        ({"登记日期": "2199-01-01"}, "登记日期", "import.date_in_future"),
        ({"档号": ""}, "档号", "import.required"),
        ({"女方姓名": "李" * 101}, "女方姓名", "import.too_long"),
        ({"女方姓名": "李\x00英"}, "女方姓名", "import.control_character"),
        ({"业务类型": "订婚"}, "业务类型", "import.code_unknown"),
        ({"页数": "若干"}, "页数", "import.not_a_number"),
        ({"页数": "-1"}, "页数", "import.not_a_number"),
    ],
)
def test_a_wrong_cell_rejects_its_row_only(take_in, couples, cells, column, code):
    result = take_in(couples({}, COUPLE | {"档号": "3001-1987-002"} | cells, {"档号": "3001-1987-003"}))
    assert (result.added, result.rejected) == (2, 1)
    (row,) = report_rows(result)
    assert (row["行号"], row["错误列"], row["错误代码"]) == ("3", column, code)
    assert row["错误说明"]
    assert {name: row[name] for name in cells} == cells


@pytest.mark.parametrize("said", ["1957/11/60", "19571360", "1057-03-04", "2057年3月4日"])
def test_a_birth_date_that_cannot_be_is_kept_as_it_is_written(take_in, couples, said):
    assert take_in(couples({"男方出生日期": said})).added == 1
    assert CatalogueEntry.objects.get().content["parties"][0]["birth_date"] == {"iso": "", "original": said}


@pytest.mark.parametrize("said", ["31011519620102001", "3101151962010200155", "31011562010200"])
def test_a_number_with_a_digit_too_few_or_too_many_is_kept_and_says_nothing(take_in, couples, said):
    assert take_in(couples({"男方身份证件号": said})).added == 1
    (husband, _) = CatalogueEntry.objects.get().content["parties"]
    assert cipher().decrypt(husband["identity_number"]) == said
    assert husband["identity_check"] == "identity.bad_length"
    assert "identity_parts" not in husband


@pytest.mark.parametrize("mark", ["〃", "″", '"', "同上"])
def test_a_ditto_mark_says_nothing(take_in, couples, mark):
    assert take_in(couples({"男方出生日期": mark, "男方身份证件号": mark})).added == 1
    assert not CatalogueEntry.objects.get().content["parties"][0].keys() & {"birth_date", "identity_number"}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("身份证310115196201020015", "310115196201020015"),
        ("310115196201020015；未核", "310115196201020015"),
        ("310115196201020015（补）", "310115196201020015"),
        ("310115××0102001", "310115□□0102001"),
        ("11010519491231002×", "11010519491231002X"),
        ("军字第463070号", "军字第463070号"),
        ("G12345678", "G12345678"),
        ("户口簿", "户口簿"),
        ("同上", None),
        ("无号", None),
    ],
)
def test_what_stands_in_the_place_of_an_identity_number_is_taken_in(take_in, couples, said, kept):
    """By both readers of CSV."""
    take_in(couples({"男方身份证件号": said}, {"档号": "2", "男方身份证件号": said, "备注": 'odd "row"'}))
    men = [entry.content["parties"][0] for entry in CatalogueEntry.objects.all()]
    assert len(men) == 2
    for man in men:
        number = man.get("identity_number")
        assert (number and cipher().decrypt(number)) == kept


@pytest.mark.parametrize("said", ["1900-01-01", "1900/1/1 0:00:00", "1899-12-30 00:00:00", "9999-12-31"])
def test_the_day_that_machines_count_from_is_nobodys(take_in, couples, said):
    take_in(couples({"男方出生日期": said}, {"档号": "2", "男方出生日期": "1900年1月1日", "备注": 'odd "row"'}))
    empty, born = CatalogueEntry.objects.order_by("id")
    assert "birth_date" not in empty.content["parties"][0]
    assert born.content["parties"][0]["birth_date"]["iso"] == "1900-01-01"


def test_what_old_files_say_is_taken_in(take_in, couples):
    said = (
        {"登记日期": "字迹不清", "男方出生日期": "23岁", "女方出生日期": "二十一岁", "业务类型": "初婚", "页数": "6页"},
        {"登记日期": "83.5.6", "男方出生日期": "19□□年", "女方出生日期": "1960年春", "业务类型": "补证", "页数": "6.0"},
        {"登记日期": "30442", "男方出生日期": "62.4", "女方出生日期": "六十年代", "年度": "1983-1984", "页数": "7-12"},
        {"登记日期": "0", "男方身份证件号": "0", "女方身份证件号": "未办", "年度": "0", "页数": "共6页"},
        {"登记日期": "1983年 月 日", "男方身份证件号": "31O115l96201020015", "页数": "P6"},
    )
    result = take_in(couples(*(COUPLE | {"档号": f"3001-1987-{n}"} | one for n, one in enumerate(said, 2))))
    assert (result.added, result.rejected) == (5, 0)
    assert list(CatalogueEntry.objects.order_by("event_date", "id").values_list("event_date", "pages", "year")) == [
        ("", 6, 1987),
        ("", 6, None),
        ("1983", 6, 1987),
        ("1983-05-06", 6, 1987),
        ("1983-05-06", 6, 1983),
    ]


def test_all_mistakes_of_a_row_are_told_at_once(take_in, couples):
    result = take_in(couples({"登记日期": "春天", "页数": "x"}))
    assert set(report_rows(result)[0]["错误列"].split(";")) == {"登记日期", "页数"}


@pytest.mark.parametrize("line", ["A-1,too,few", ",".join(["x"] * 20)])
def test_a_row_with_another_number_of_cells_is_rejected(take_in, couples, line):
    path = couples({})
    path.write_text(path.read_text("utf-8") + line + "\n", encoding="utf-8")
    result = take_in(path)
    assert (result.added, report_rows(result)[0]["错误代码"]) == (1, "import.cell_count")


def test_a_quotation_mark_that_never_closes_spoils_its_line_only(take_in, couples):
    path = couples({}, {"档号": "bad"}, *({"档号": f"row-{number}"} for number in range(3000)))
    path.write_text(path.read_text("utf-8").replace("bad,", '"bad,', 1), encoding="utf-8")
    result = take_in(path)
    assert (result.added, result.rejected) == (3001, 1)
    assert report_rows(result)[0]["错误代码"] == "import.quotes"


@pytest.mark.parametrize("length", [20_000, 3 * LONGEST_LINE])
def test_a_giant_cell_rejects_its_row_only(take_in, couples, length):
    result = take_in(couples({}, {"档号": "giant", "备注": "大" * length}, {"档号": "after"}))
    assert (result.added, result.rejected) == (2, 1)
    assert report_rows(result)[0]["错误代码"] in ("import.quotes", "import.line_too_long")


def test_formulas_of_a_workbook_are_rejected_and_errors_are_no_names(take_in, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    for number, change in enumerate([{}, {"女方姓名": "=A1"}, {"男方姓名": "#N/A"}, {"男方出生日期": "张三"}]):
        book.active.append(list((COUPLE | {"档号": f"row-{number}"} | change).values()))
    book.save(tmp_path / "file.xlsx")
    result = take_in(tmp_path / "file.xlsx")
    assert result.added == 2
    assert [(row["错误列"], row["错误代码"]) for row in report_rows(result)] == [
        ("女方姓名", "import.formula_cell"),
        ("男方出生日期", "date.unreadable"),
    ]


def test_a_workbook_that_says_it_ends_sooner_is_read_to_its_end(take_in, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    for number in range(3):
        book.active.append(list((COUPLE | {"档号": f"row-{number}"}).values()))
    book.save(tmp_path / "right.xlsx")
    with ZipFile(tmp_path / "right.xlsx") as right, ZipFile(tmp_path / "file.xlsx", "w") as wrong:
        for part in right.namelist():
            wrong.writestr(part, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"', right.read(part)))
    assert take_in(tmp_path / "file.xlsx").added == 3


def test_an_archive_of_another_node_is_refused(take_in, couples):
    with pytest.raises(NotThere, match="does not belong"):
        take_in(couples({}), archive_code="320102")


def test_nobody_imports_without_the_role(couples, archive):
    with pytest.raises(Refused, match="You may not"):
        services.import_file(
            Actor("user:x", ()), Purpose.CATALOGUING, couples({}), category="marriage", archive_code=archive
        )
