"""A column is known under what old catalogues call it; nothing is taken for what it may not be."""

import tomllib
from pathlib import Path

import pytest

import dangqiao.core.categories as package
from dangqiao.core.categories import Category, get, headings, shipped

EACH = pytest.mark.parametrize("category", shipped().values(), ids=list(shipped()))
LISTS = tomllib.loads((Path(package.__file__).parent / "headings.toml").read_text(encoding="utf-8"))


def meant(category: str, *header: str) -> list[str]:
    return headings.canonical(headings.of_catalogue(get(category)), header)


@pytest.mark.parametrize(
    ("category", "heading", "column"),
    [
        ("only-child", "独生子女证号", "证件字号"),
        ("only-child", "领证时间", "发证日期"),
        ("only-child", "孩子姓名", "子女姓名"),
        ("only-child", "姓名", "子女姓名"),
        ("only-child", "父", "父亲姓名"),
        ("only-child", "母名", "母亲姓名"),
        ("only-child", "父身份证号码", "父亲身份证件号"),
        ("only-child", " 母 亲 姓\u3000名*", "母亲姓名"),
        ("educated-youth", "知青姓名", "姓名"),
        ("educated-youth", "下放地点", "接收地"),
        ("educated-youth", "出生年月", "出生日期"),
        ("school-register", "毕业时间", "离校日期"),
        ("homestead", "户主", "户主姓名"),
        ("land-contract", "承包户主身份证号", "承包方身份证件号"),
        ("marriage", "女方身份证号", "女方身份证件号"),
        ("marriage", "业务类别", "业务类型"),
        ("marriage", "登记机关名称", "登记机关"),
        ("marriage", "婚姻登记机关", "登记机关"),
        ("educated-youth", "生产队", "插队社队"),
        ("marriage", "婚姻登记备注", "婚姻登记备注"),
    ],
)
def test_a_heading_is_known_by_what_it_means(category: str, heading: str, column: str) -> None:
    assert meant(category, heading) == [column]


@pytest.mark.parametrize(
    ("category", "header", "found"),
    [
        ("marriage", ["男年龄", "女 年 龄"], {"男方出生日期": (0, "年龄"), "女方出生日期": (1, "年龄")}),
        ("marriage", ["男方虚岁", "女方出生日期", "女方年龄"], {"男方出生日期": (0, "虚岁")}),
        ("marriage", ["年龄"], {}),
        ("marriage", ["男方年龄", "男岁数"], {}),
        ("educated-youth", ["年龄"], {"出生日期": (0, "年龄")}),
        ("only-child", ["年龄", "父年龄"], {"子女出生日期": (0, "年龄"), "父亲出生日期": (1, "年龄")}),
    ],
)
def test_ages_stand_where_there_are_no_birth_dates(category: str, header: list[str], found: object) -> None:
    assert headings.ages(get(category), header) == found


@pytest.mark.parametrize("heading", ["姓名", "出生年月", "身份证号", "序号", "页号"])
def test_a_couple_s_table_must_say_whose_column_it_is(heading: str) -> None:
    assert meant("marriage", heading) == [heading]


@EACH
def test_a_number_that_may_be_the_card_s_or_the_paper_s_is_neither(category: Category) -> None:
    assert not {"证件号", "证件号码", "证件编号"} & set(headings.of_catalogue(category))


def test_two_headings_for_one_column_are_both_left_out() -> None:
    assert meant("veterans", "安置时间", "报到时间") == ["安置时间", "报到时间"]


def test_the_category_s_own_word_goes_before_others() -> None:
    assert meant("veterans", "安置时间", "接收安置日期") == ["安置时间", "接收安置日期"]


@EACH
def test_the_category_s_own_words_mean_themselves(category: Category) -> None:
    own = [field.column for field in category.all_fields()]
    assert meant(category.id, *own) == own


@EACH
def test_every_listed_spelling_is_known(category: Category) -> None:
    """Nothing in the list is lost because another column claims it, or because a column is called otherwise now."""
    spellings = headings.of_catalogue(category)
    for column, others in LISTS["category"].get(category.id, {}).items():
        assert {spellings.get(headings.plain(other)) for other in others} == {column}, column


def test_lists_are_of_categories_that_there_are() -> None:
    assert set(LISTS["category"]) <= set(shipped())


def test_a_file_of_queries_knows_its_own_columns_first() -> None:
    spellings = headings.of_queries(get("only-child"), ("查询号", "姓名", "身份证件号", "登记年份"))
    header = ["序号", "姓名", "身份证号", "父亲", "母亲姓名", "年份"]
    assert headings.canonical(spellings, header) == ["查询号", "姓名", "身份证件号", "父亲姓名", "母亲姓名", "登记年份"]


MERGED = ["档号", "登记类型", "男方", "", "", "女方", "", "", "登记日期"]
UNDER = ["", "", "姓名", "出生年月", "身份证号", "姓名", "出生年月", "身份证号", ""]


def test_headings_may_stand_in_two_rows_under_merged_cells() -> None:
    rows = [["婚姻登记目录"], MERGED, UNDER, ["1", "结婚", "张三", "", "", "李四", "", "", "1987"]]
    row, header = headings.heading_row(headings.of_catalogue(get("marriage")), rows)
    assert row == 2
    assert meant("marriage", *header) == [
        "档号", "业务类型", "男方姓名", "男方出生日期", "男方身份证件号",
        "女方姓名", "女方出生日期", "女方身份证件号", "登记日期",
    ]  # fmt: skip


def test_a_row_of_entries_is_not_taken_for_headings() -> None:
    rows = [["档号", "男方姓名", "女方姓名"], ["1-1", "姓名", "父"], ["1-2", "张三", "李四"]]
    assert headings.heading_row(headings.of_catalogue(get("marriage")), rows) == (0, rows[0])
