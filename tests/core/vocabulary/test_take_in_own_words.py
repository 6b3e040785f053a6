"""What people type into a question in their own words: whom they name, when, by which number."""

import pytest

from dangqiao.core.vocabulary.typed import Named, date, identity_number, named, year

THIS_YEAR = 2026


@pytest.mark.parametrize(
    "text",
    [
        "我母亲李秀英",
        "我妈李秀英",
        "母亲\uff1a李秀英",
        "户主 李秀英",
        "本人李秀英",
        "李秀英\uff08本人\uff09",
        "李秀英-母亲",
        "李秀英 女",
        "我叫李秀英",
        "帮我查一下李秀英的档案",
        "李秀英\uff0c女\uff0c1962年出生",
        "李秀英1962年生",
        "李秀英 老师傅",
        "李秀英老师",
        "李秀英🙏",
        "❤️李秀英。",
        "@李秀英",
        "\u202d李秀英\u202c",
        "李秀英李秀英",
    ],
)
def test_take_the_name_out_of_what_was_said(text: str) -> None:
    assert named(text) == Named("李秀英")


@pytest.mark.parametrize(
    "text",
    [
        "查良镛",
        "张亚男",
        "于写意",
        "何和平",
        "杨为民",
        "欧阳 明华",
        "张王氏",
        "李同志",
        "张?",
        "□三",
        "Zhang San",
        "古丽·买买提",
    ],
)
def test_a_name_that_looks_like_words_stays_itself(text: str) -> None:
    assert named(text) == Named(text)


@pytest.mark.parametrize(
    "text",
    [
        "张建国和李秀英",
        "张建国、李秀英",
        "张建国 李秀英",
        "张建国&李秀英",
        "夫妻\uff1a张建国 李秀英",
        "张建国 配偶李秀英",
        "我父亲张建国母亲李秀英",
        "我想查我父母张建国和李秀英的结婚证",
    ],
)
def test_two_names_of_two_persons(text: str) -> None:
    assert named(text) == Named("张建国", companion="李秀英")


def test_he_may_have_the_word_for_and_in_his_name() -> None:
    assert named("张和平和李芳") == Named("张和平", companion="李芳")
    assert named("欧阳修和司马光") == Named("欧阳修", companion="司马光")


@pytest.mark.parametrize("text", ["查李秀英", "李秀英女"])
def test_what_may_be_a_word_or_part_of_the_name_is_both(text: str) -> None:
    assert named(text) == Named(text, others=("李秀英",))


@pytest.mark.parametrize("text", ["李秀英/李秀瑛", "李秀英或李秀瑛", "李秀英 李秀瑛"])
def test_two_writings_of_one_name(text: str) -> None:
    assert named(text) == Named("李秀英", others=("李秀瑛",))


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("54年的", "1954"),
        ("今年72岁", "1954"),
        ("今年虚岁73了", "1954"),
        ("1963年4月\uff0c属兔", "1963-04"),
        ("大概1954年吧", "1954"),
        ("1962或1963年", "1962"),
        ("1986-1988", "1987"),
        ("1975-1988", ""),
        ("属牛", ""),
        ("大概六几年", ""),
        ("不记得了", ""),
        ("1963年4月5日\uff08身份证\uff09", "1963-04-05"),
        ("旧社会", ""),
    ],
)
def test_a_date_in_own_words(text: str, iso: str) -> None:
    found = date(text, THIS_YEAR)
    assert found is not None
    assert (found.iso(), found.original) == (iso, text)


def test_what_is_no_date_is_not_understood() -> None:
    assert date("宿松县", THIS_YEAR) is None
    assert date("3月", THIS_YEAR) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("87", 1987),
        ("05年", 2005),
        ("1987年国庆", 1987),
        ("87年结的婚", 1987),
        ("86、87年", 1986),
        ("1986至1988年", 1987),
        ("结婚30年了", 0),
        ("八十年代", 0),
        ("1980年代", 0),
        ("1980", None),
        ("宿松县", None),
    ],
)
def test_a_year_in_own_words(text: str, found: int | None) -> None:
    assert year(text, THIS_YEAR) == found


def test_a_number_among_words() -> None:
    assert identity_number("ID\uff1a110101 19900307 7571\u3002") == "110101199003077571"
    assert identity_number("13812345678") == ""
    assert identity_number("110101199003077571、110101199003077582") is None
    assert identity_number("110101199003077571 110101900307757") == "110101199003077571"
    assert identity_number("0011") is None
