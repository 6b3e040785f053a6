"""Dates keep the precision and the words of the file; what no calendar has is refused."""

from datetime import date as day_of

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.errors import BadInput
from dangqiao.core.vocabulary.dates import (
    UNKNOWN,
    Calendar,
    PartialDate,
    age_in,
    from_iso,
    parse_partial_date,
    parse_recorded_date,
    within,
)

READ = {
    "1987-03-05": "1987-03-05",
    "19870305": "1987-03-05",
    "1987/3/5": "1987-03-05",
    "1987.3.5": "1987-03-05",
    "1987年3月5日": "1987-03-05",
    "1987年03月05日": "1987-03-05",
    " 1987 年 3 月 5 日 ": "1987-03-05",
    "１９８７年３月５日": "1987-03-05",
    "1987-03-05 00:00:00": "1987-03-05",
    "1987-03-05T08:30:00.000": "1987-03-05",
    "一九八七年三月五日": "1987-03-05",
    "二〇〇一年十二月三十一日": "2001-12-31",
    "二○○一年": "2001",
    "1987-03": "1987-03",
    "198703": "1987-03",
    "1987年3月": "1987-03",
    "1987年3月份": "1987-03",
    "一九八七年三月": "1987-03",
    "1987": "1987",
    "1987年": "1987",
    "一九八七": "1987",
    "1987-00-00": "1987",
    "19870300": "1987-03",
    "民国三十六年三月": "1947-03",
    "民国三十六年(1947年)": "1947",
    "1947年3月（民国三十六年）": "1947-03",
    "1987.03.05.": "1987-03-05",
    "1987.3.5。": "1987-03-05",
    "'1987.3.5": "1987-03-05",
    "1987.O3.05": "1987-03-05",
    "1987.3.3l": "1987-03-31",
    "1968届": "1968",
    "68届": "1968",
    "一九六八年毕业": "1968",
    "民国36年3月5日": "1947-03-05",
    "中华民国36年": "1947",
    "民国元年": "1912",
    "民国36": "1947",
    "宣统三年": "1911",
    "民國三十六年三月": "1947-03",
    "民36.3.5": "1947-03-05",
    "1987、3、5": "1987-03-05",
    "1987，3，5": "1987-03-05",
    "1987·3·5": "1987-03-05",
    "1987—03—05": "1987-03-05",
    "1987 3 5": "1987-03-05",
    "1987年3月5日生": "1987-03-05",
    "1987年3月5": "1987-03-05",
    "1987-03-05 12:00:00 AM": "1987-03-05",
    "1987年3": "1987-03",
    "1987-03-??": "1987-03",
    "1987年□月□日": "1987",
    "87-3-5": "1987-03-05",
    "87.3.5": "1987-03-05",
    "870305": "1987-03-05",
    "八七年三月五日": "1987-03-05",
    "39年": "1939",
    "1987年春": "1987",
    "约1987年": "1987",
    "1987年左右": "1987",
    "1987年3月上旬": "1987-03",
    "1987年度": "1987",
    "": "",
    "   ": "",
}


@pytest.mark.parametrize(("text", "iso"), READ.items())
def test_read_as_clerks_write(text: str, iso: str) -> None:
    date = parse_partial_date(text)
    assert date.iso() == iso
    assert date.original == text.strip()
    assert date.known == bool(iso)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "38-3-5",
        "38年",
        "五十年",
        "87.3",
        "1987-3-5-1",
        "去年",
        "12345",
        "-1987",
        "1987年3月5日前后",
        "23岁",
        "五月初六",
    ],
)
def test_refuse_what_is_no_date(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_partial_date(text)
    assert caught.value.code == "date.unreadable"
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["1987-02-30", "1987-13-01", "198713", "1987-00-05", "1587-01-01", "民国三十六年四月三十一日"]
)
def test_refuse_days_that_never_were(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_partial_date(text)
    assert caught.value.code == "date.impossible"


def test_keep_a_lunar_date_lunar() -> None:
    date = parse_partial_date("农历1950年二月三十日")
    assert (date.iso(), date.calendar) == ("1950-02-30", Calendar.LUNAR)
    assert date.chinese() == "农历1950年2月30日"
    assert parse_partial_date("阴历一九五〇年腊月廿三").iso() == "1950-12-23"
    assert parse_partial_date("农历1950年正月初五") != parse_partial_date("1950-01-05")
    assert from_iso("1950-02-30", Calendar.LUNAR).day == 30


def test_write_in_chinese_at_its_precision() -> None:
    assert parse_partial_date("19870305").chinese() == "1987年3月5日"
    assert parse_partial_date("1987-03").chinese() == "1987年3月"
    assert UNKNOWN.chinese() == UNKNOWN.iso() == ""


@pytest.mark.parametrize(
    "text", ["约1987年", "1987年春", "1987年3月上旬", "农历1987年闰六月初五", "87.3.5", "870305", "1987?"]
)
def test_what_is_not_quite_a_date_is_written_as_it_stood(text: str) -> None:
    assert parse_partial_date(text).chinese() == text


def test_a_leap_month_is_lunar() -> None:
    assert parse_partial_date("1987年闰六月初五").calendar is Calendar.LUNAR


@pytest.mark.parametrize(
    "text",
    [
        "23岁",
        "虚岁二十三",
        "虚龄22岁",
        "现年二十八岁",
        "24",
        "二十四",
        "五月初六",
        "05.8.17",
        "02-3-6",
        "050817",
        "38.12.1",
        "5月6日",
        "19□□年",
        "198?",
        "????-??-??",
        "五十年代",
        "五十年代初",
        "解放前",
        "文革期间",
        "癸巳年三月",
    ],
)
def test_a_file_may_say_something_but_no_year(text: str) -> None:
    date = parse_recorded_date(text)
    assert not date.known
    assert (date.original, date.chinese()) == (text, text if set(text) & set("?岁龄-.") else "")


@pytest.mark.parametrize("text", ["05年8月17日", "三八年七月", "08年", "年23岁"])
def test_what_tells_no_year_by_itself_is_printed_as_it_is_written(text: str) -> None:
    date = parse_recorded_date(text)
    assert (date.known, date.original, date.chinese()) == (False, text, text)


@pytest.mark.parametrize(
    ("text", "iso", "chinese"),
    [("58.4", "1958-04", "58.4"), ("1954年　月　日", "1954", "1954年"), ("28613", "1978-05-03", "1978年5月3日")],
)
def test_a_file_may_say_less_or_other_than_an_applicant(text: str, iso: str, chinese: str) -> None:
    date = parse_recorded_date(text)
    assert (date.iso(), date.original, date.chinese()) == (iso, text, chinese)


@pytest.mark.parametrize(("text", "iso"), [("农1935.2.10", "1935-02-10"), ("阴1936年二月初十", "1936-02-10")])
def test_one_character_may_say_that_a_date_is_lunar(text: str, iso: str) -> None:
    date = parse_partial_date(text)
    assert (date.iso(), date.calendar) == (iso, Calendar.LUNAR)


@pytest.mark.parametrize("text", ["1931年2月30日", "1935年2月29日"])
def test_a_day_that_only_the_lunar_calendar_has_is_kept_as_it_is_written(text: str) -> None:
    date = parse_recorded_date(text)
    assert (date.month, date.calendar) == (2, Calendar.UNSAID)
    assert date.chinese() == text
    assert from_iso(date.iso()) == date
    for refused in ("1931年2月31日", f"公历{text}"):
        with pytest.raises(BadInput):
            parse_recorded_date(refused)


def test_what_is_no_date_of_a_file_is_refused() -> None:
    for text in ("春天", "订婚", "1987-13-01", "abc", "0", "100", "1987-04-31"):
        with pytest.raises(BadInput):
            parse_recorded_date(text)


@pytest.mark.parametrize(
    ("words", "years"),
    [
        ("23岁", 23),
        ("周岁23", 23),
        ("年龄：廿三", 23),
        ("约２３歲", 23),
        ("现年23岁", 23),
        ("年廿三岁", 23),
        ("虚岁23", 22),
        ("23虚岁", 22),
        ("虚龄二十三", 22),
        ("23岁(虚)", 22),
        ("23岁（周岁）", 23),
        ("23", None),
        ("1934", None),
        ("岁", None),
        ("五月初六", None),
        ("121岁", None),
        ("", None),
    ],
)
def test_an_age_tells_the_year_of_birth(words: str, years: int | None) -> None:
    assert age_in(words) == years


def test_words_do_not_make_dates_differ() -> None:
    assert parse_partial_date("1987年3月") == parse_partial_date("1987-03") == PartialDate(1987, 3)


@given(st.dates(min_value=day_of(1800, 1, 1), max_value=day_of(2199, 12, 31)))
def test_every_date_comes_back(day: day_of) -> None:
    text = str(day)
    for shortened in (text, text[:7], text[:4]):
        date = from_iso(shortened)
        assert date.iso() == shortened
        assert from_iso(date.iso()) == date == parse_partial_date(date.chinese())


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        date = parse_partial_date(text)
    except BadInput:
        return
    assert from_iso(date.iso(), date.calendar) == date


@pytest.mark.parametrize(
    ("words", "years", "iso"),
    [
        ("37年1月17日", range(1866, 1947), "1937-01-17"),
        ("05.8.17", range(1965, 2006), "2005-08-17"),
        ("050817", range(1965, 2006), "2005-08-17"),
        ("三七年", range(1866, 1947), "1937"),
        ("38年6月", range(1874, 1955), ""),  # 1938, or the 38th of the Republic
        ("37年2月31日", range(1866, 1947), ""),
        ("1937年1月17日", range(1866, 1947), ""),
    ],
)
def test_two_digits_are_a_year_where_only_one_is_possible(words: str, years: range, iso: str) -> None:
    assert within(words, years).iso() == iso


@pytest.mark.parametrize(
    ("text", "iso", "printed"),
    [
        ("26-Jun-1995", "1995-06-26", "26-Jun-1995"),
        ("26-Jun-95", "1995-06-26", "26-Jun-95"),
        ("Mar 5, 1965", "1965-03-05", "1965年3月5日"),
        ("5-Aug-17", "", ""),
        ("10/24/2012", "2012-10-24", "10/24/2012"),
        ("24/10/2012 0:00", "2012-10-24", "24/10/2012 0:00"),
        ("5/5/2012", "2012-05-05", "5/5/2012"),
        ("3/5/2012", "2012", "3/5/2012"),
        ("1965.1", "1965", "1965.1"),
        ("1965.01", "1965-01", "1965年1月"),
        ("19S5-O3-l2", "1955-03-12", "19S5-O3-l2"),
        ("1975-12-2S 00:00:D0", "1975-12-25", "1975-12-2S 00:00:D0"),
        ("丨990-11-23", "1990-11-23", "丨990-11-23"),
        ("一九六五牛三用十二曰", "1965-03-12", "1965年3月12日"),
    ],
)
def test_dates_of_other_countries_of_numbers_and_of_scanners(text, iso, printed):
    found = parse_recorded_date(text)
    assert (found.iso(), found.chinese(), found.original) == (iso, printed, text)
