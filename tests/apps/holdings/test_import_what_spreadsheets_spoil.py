"""Tables that went through a spreadsheet or a scanner: digits that are lost, errors, broken lines, several sheets."""

from typing import Any

import pytest
from openpyxl import Workbook

from dangqiao.apps.holdings.models import CatalogueEntry
from tests.apps.holdings.conftest import COUPLE, csv_rows, report_rows

pytestmark = pytest.mark.django_db
NUMBER = "310115196201020015"


def party(reference_code: str) -> dict[str, Any]:
    return CatalogueEntry.objects.get(reference_code=reference_code).content["parties"][0]


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("310115196201020000", "1962-01-02"),
        ("3.10115196201020E+17", "1962-01-02"),
        ("3.10115E+17", ""),
        ("3.10115E+14", ""),
        ("3.1E+17", ""),
    ],
)
def test_a_number_that_a_spreadsheet_rounded_is_known_as_far_as_it_goes(take_in, couples, written, born):
    result = take_in(couples({"男方身份证件号": written, "男方出生日期": ""}))
    assert (result.added, result.rejected, result.noticed["import.spoilt"]) == (1, 0, 1)
    man = CatalogueEntry.objects.get().content["parties"][0]
    assert man["identity_check"] == "identity.bad_characters"
    assert (man.get("birth_in_number", ""), "identity_parts" in man) == (born, False)


def test_a_number_whose_check_character_fits_its_noughts_is_not_rounded(take_in, couples):
    whole = "310115196201028000"
    assert not take_in(couples({"男方身份证件号": whole})).noticed
    assert CatalogueEntry.objects.get().content["parties"][0]["identity_parts"]


def test_numbers_of_a_workbook_keep_fifteen_digits(take_in, tmp_path):
    book = Workbook()
    book.active.append(list(COUPLE))
    book.active.append(list((COUPLE | {"男方身份证件号": int(NUMBER), "男方出生日期": ""}).values()))
    book.save(tmp_path / "file.xlsx")
    result = take_in(tmp_path / "file.xlsx")
    assert (result.added, result.noticed["import.spoilt"]) == (1, 1)
    assert party(COUPLE["档号"])["birth_in_number"] == "1962-01-02"
    assert "identity_parts" not in party(COUPLE["档号"])


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "########"])
def test_an_error_instead_of_a_value_says_nothing(take_in, couples, error):
    spoilt = dict.fromkeys(("登记机关", "证件字号", "男方出生日期", "男方身份证件号", "登记日期"), error)
    result = take_in(couples(spoilt))
    assert (result.added, result.noticed["import.spoilt"]) == (1, len(spoilt))
    entry = CatalogueEntry.objects.get()
    assert error not in str(entry.content)
    assert entry.event_number == ""


def test_an_error_is_no_name(take_in, couples):
    result = take_in(couples({"男方姓名": "#N/A"}))
    assert (result.added, dict(result.noticed)) == (1, {"import.spoilt": 1, "import.not_named": 1})
    result = take_in(couples({"男方姓名": "#N/A", "女方姓名": "#N/A", "档号": "2"}))
    assert [row["错误代码"] for row in report_rows(result)] == ["import.required;import.required"]
    assert not result.notices


def test_rows_that_a_spreadsheet_spoilt_are_named(take_in, couples):
    result = take_in(couples({}, {"档号": "2", "男方身份证件号": "3.10115E+17", "登记机关": "#REF!"}, {"档号": "3"}))
    assert (result.added, result.noticed["import.spoilt"]) == (3, 2)
    [row] = csv_rows(result.notices)
    assert (row["行号"], row["档号"], row["错误列"]) == ("3", "2", "登记机关;男方身份证件号")
    assert row["错误说明"].count("电子表格") == 2


@pytest.mark.parametrize("blank", ["\u00a0", "\u200b", "\u2003", "\u200e", "\n"])
def test_blanks_of_any_width_around_a_cell_are_none_of_it(take_in, couples, blank):
    changed = {column: f"{blank}{text}{blank}" for column, text in COUPLE.items() if text}
    assert take_in(couples({}, changed)).skipped == 1


def test_a_word_broken_into_lines_and_the_mark_of_a_text_are_read(take_in, couples):
    result = take_in(couples({"业务类型": "结婚\n登记", "男方姓名": "'张伟", "男方身份证件号": f"'{NUMBER}"}))
    assert (result.added, result.rejected) == (1, 0)
    assert party(COUPLE["档号"])["name"] == "张伟"


@pytest.mark.parametrize("written", ["31011519B201020015", "310115196Z0I02OO15"])
def test_a_letter_for_a_digit_makes_it_illegible(take_in, couples, written):
    result = take_in(couples({"男方身份证件号": written}))
    assert (result.added, result.rejected) == (1, 0)
    assert party(COUPLE["档号"])["identity_check"] == "identity.bad_characters"


@pytest.mark.parametrize("written", ["3|0115196201020O15", "31О11519620102〇〇15", "3丨0115196201020015"])
def test_a_stroke_or_a_circle_is_a_digit(take_in, couples, written):
    result = take_in(couples({"男方身份证件号": written}))
    assert (result.added, result.rejected) == (1, 0)
    assert "identity_parts" in party(COUPLE["档号"])


def test_a_birth_date_that_a_scanner_spoilt_is_kept_as_it_is_written(take_in, couples):
    assert take_in(couples({"男方出生日期": "19§5-3-12", "男方身份证件号": ""})).added == 1
    assert party(COUPLE["档号"])["birth_date"] == {"iso": "", "original": "19§5-3-12"}


def test_headings_again_and_sums_are_no_rows(take_in, tmp_path):
    lines = [",".join(COUPLE), ",".join(COUPLE.values()), ",".join(COUPLE), "合计,1件" + "," * (len(COUPLE) - 2)]
    (tmp_path / "file.csv").write_text("\n".join(lines), encoding="utf-8")
    result = take_in(tmp_path / "file.csv")
    assert (result.rows, result.added, result.rejected) == (1, 1, 0)


def sheets(*tables: tuple[str, list[list[Any]]]) -> Workbook:
    book = Workbook()
    book.remove(book.active)
    for title, rows in tables:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return book


def couple(code: str, **change: Any) -> dict[str, Any]:
    return COUPLE | {"档号": code} | change


def test_all_sheets_with_the_same_headings_are_read_and_others_named(take_in, tmp_path):
    first, second = couple("1"), dict(reversed(couple("2").items()))
    book = sheets(
        ("说明", [["各乡镇汇总"]]),
        ("第一册", [list(first), list(first.values())]),
        ("第二册", [["第二册"], list(second), list(second.values()), list(couple("3").values())[::-1]]),
        ("旧", [list(first), list(couple("4").values())]),
        ("空", []),
        ("别的", [["档号", "姓名"], ["5", "某某"]]),
    )
    book["旧"].sheet_state = "hidden"
    book.save(tmp_path / "file.xlsx")
    result = take_in(tmp_path / "file.xlsx")
    assert sorted(CatalogueEntry.objects.values_list("reference_code", flat=True)) == ["1", "2", "3"]
    assert result.left_out == ("说明", "旧", "别的")
    assert party("2")["name"] == COUPLE["男方姓名"]


def test_a_cell_merged_over_several_rows_is_meant_for_all_of_them(take_in, tmp_path):
    empty = {"登记机关": None, "业务类型": None}
    rows = [couple("1"), couple("2", **empty), couple("3", **empty)]
    book = sheets(("第一册", [list(COUPLE), *(list(row.values()) for row in rows)]))
    for column in empty:
        letter = book.active.cell(1, list(COUPLE).index(column) + 1).column_letter
        book.active.merged_cells.add(f"{letter}2:{letter}3")
    book.save(tmp_path / "file.xlsx")
    take_in(tmp_path / "file.xlsx")
    offices = [
        one.content["fields"].get("registration_office") for one in CatalogueEntry.objects.order_by("reference_code")
    ]
    assert offices == [COUPLE["登记机关"], COUPLE["登记机关"], None]


def test_a_column_behind_a_merged_heading_is_not_under_it(take_in, tmp_path):
    above = ["男方" if name == "男方姓名" else "女方" if name == "女方姓名" else "" for name in COUPLE]
    below = [name.removeprefix("男方").removeprefix("女方") for name in COUPLE]
    sheets(("1", [above, below, list(couple("1").values())])).save(tmp_path / "file.xlsx")
    result = take_in(tmp_path / "file.xlsx")
    assert result.unknown_columns == ()
    assert CatalogueEntry.objects.get().pages == 3
