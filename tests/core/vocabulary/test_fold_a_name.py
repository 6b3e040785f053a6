"""Names come to one form for comparing; what is shown stays as it was written."""

import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.vocabulary.names import (
    display_name,
    fold_name,
    fuzzy,
    is_clan_name,
    lines,
    parse_name,
    pinyin_key,
    readings,
    surname_length,
    without_husbands_surname,
)

written = st.text(
    st.one_of(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.characters(min_codepoint=0xF900, max_codepoint=0xFAD9),
        st.sampled_from(" 　·•・□?×*(（)）+王民张張峯羣仃歺𬸚䶮㛃氏Zhang éüX/,、曾用名左右上下⿰🙂\ufeff先生同志[]…."),
        st.characters(),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    ("text", "fold"),
    [
        ("張秀英", "张秀英"),
        ("张 秀　英", "张秀英"),
        ("李羣峯", "李群峰"),
        ("赵仃歺", "赵停餐"),
        ("蕭山", "肖山"),
        ("閻王", "闫王"),
        ("傅雷", "付雷"),
        ("古丽•买买提", "古丽·买买提"),
        ("古丽・买买提", "古丽·买买提"),
        ("古丽.买买提", "古丽·买买提"),
        ("王?英", "王□英"),
        ("王？英", "王□英"),
        ("王×英", "王□英"),
        ("王*英", "王□英"),
        ("王X英", "王□英"),
        ("王■英", "王□英"),
        ("王\ue123英", "王□英"),
        ("王\U0002ebe1", "王\U0002ebe1"),
        ("王(王+民)", "王珉"),
        ("王（王字旁加民）", "王珉"),
        ("王（左王右民）", "王珉"),
        ("王⿰王民", "王珉"),
        ("王(龙+天)", "王䶮"),
        ("王[王民]", "王珉"),
        ("王(王民)英", "王珉英"),
        ("王秀(王民)", "王秀"),
        ("王[ ]英", "王□英"),
        ("王()英", "王□英"),
        ("王秀英( )", "王秀英"),
        ("王…英", "王□英"),
        ("王(马+鬼)", "王□"),
        ("王(某)", "王□"),
        ("王(不清)", "王□"),
        ("王（字迹不清）英", "王□英"),
        ("王(辨认不清)英", "王□英"),
        ("王(难以辨认)", "王□"),
        ("王英(女)", "王英"),
        ("王英(已故)", "王英"),
        ("王秀英(女)", "王秀英"),
        ("王秀英（曾用名：王小妹）", "王秀英"),
        ("王秀英曾用名王小妹", "王秀英"),
        ("王秀英/王小妹", "王秀英"),
        ("王秀英 王小妹", "王秀英"),
        ("王 秀 英", "王秀英"),
        ("王秀英(身份证名王秀瑛)", "王秀英"),
        ("王秀英又叫王小妹", "王秀英"),
        ("王秀英同志", "王秀英"),
        ("欧阳修先生", "欧阳修"),
        ("欧阳先生", "欧阳先生"),
        ("李同志", "李同志"),
        ("王秀英改名王小妹", "王秀英"),
        ("王秀英*", "王秀英"),
        ("王秀*", "王秀□"),
        ("欧阳秀*", "欧阳秀□"),
        ("䶮𬸚㛃", "䶮𬸚㛃"),
        ("Zhang  Wei", "zhang wei"),
        ("José", "jose"),
        ("王氏", "王氏"),
        ("", ""),
    ],
)
def test_fold(text: str, fold: str) -> None:
    assert fold_name(text) == fold


def test_a_character_that_gb_18030_once_had_in_the_private_use_area_is_that_character() -> None:
    assert fold_name("王\ue81e") == "王\u9fb4" and fold_name("王\ue000") == "王□"


def test_surnames_and_common_characters_stay() -> None:
    for line in lines("surnames.tsv"):
        surname = line.split("\t")[0]
        assert fold_name(surname) == surname
    common = "伟强军勇磊杰涛超明刚平辉鹏华飞斌林芳娜敏静丽艳娟霞秀英兰桂玉梅红玲萍荣珍凤莲云沉暄曜淑佳嘉"
    assert fold_name(common) == common


def test_a_character_is_a_variant_of_one_only() -> None:
    heads = [line[0] for line in lines("variants.txt")]
    others = [other for line in lines("variants.txt") for other in line[1:]]
    assert len(heads + others) == len({*heads, *others})


@given(written)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold_name(text)
    assert fold_name(once) == once
    assert pinyin_key(once) == pinyin_key(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张丽", "章莉"),
        ("陈莹", "程英"),
        ("刘南", "牛兰"),
        ("单田芳", "山田方"),
        ("曾国", "增国"),
        ("欧阳修", "Ou Yang Xiu"),
        ("张秀英", "ZHANG XIUYING"),
        ("吕布", "Lü Bu"),
        ("尉迟恭", "玉池宫"),
    ],
)
def test_the_same_sound(one: str, other: str) -> None:
    assert pinyin_key(one) == pinyin_key(other)


def test_a_surname_has_its_own_reading() -> None:
    assert pinyin_key("解玉") == "xie yu"
    assert pinyin_key("仇英") == "qiu yin"
    assert pinyin_key("王单") == "wan dan"
    assert pinyin_key("王□英") == "wan ? yin"


@pytest.mark.parametrize(("one", "other"), [("潘", "范"), ("石", "单"), ("沈", "陈"), ("方", "王"), ("叶", "谢")])
def test_a_reading_that_nobody_is_called_by_makes_no_two_surnames_alike(one: str, other: str) -> None:
    assert not readings(one) & readings(other)


@pytest.mark.parametrize(
    ("syllable", "merged"), [("zhang", "zan"), ("nv", "lu"), ("sheng", "sen"), ("ng", "ng"), ("e", "e"), ("", "")]
)
def test_merge_what_dialects_merge(syllable: str, merged: str) -> None:
    assert fuzzy(syllable) == merged


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("张三", 1),
        ("欧阳修", 2),
        ("欧阳", 1),
        ("司马相如", 2),
        ("古丽·买买提", 0),
        ("zhang wei", 0),
        ("买买提依明", 0),
        ("", 0),
    ],
)
def test_find_the_surname(name: str, length: int) -> None:
    assert surname_length(name) == length


def test_read_the_other_names_of_a_field() -> None:
    assert parse_name("王秀英（曾用名：王小妹、王英）").former == ("王小妹", "王英")
    assert parse_name("王秀英 又名 王小妹").former == ("王小妹",)
    assert parse_name("王秀英改名为王小妹").former == ("王小妹",)
    assert parse_name("王秀英（王小妹）").former == ("王小妹",)
    assert parse_name("王秀英 王小妹").former == parse_name("王秀英又叫王小妹").former == ("王小妹",)
    assert parse_name("王秀英（身份证名：王秀瑛）").former == ("王秀瑛",)
    assert parse_name("王秀英（李小妹）").former == parse_name("王秀英（女）").former == ()
    assert parse_name("王秀英").former == ()
    assert parse_name("王秀英（曾用名：王小妹）").text == "王秀英"


def test_leave_out_a_husbands_surname() -> None:
    assert without_husbands_surname("陈王秀英") == "王秀英"
    assert without_husbands_surname("欧阳秀英") == ""
    assert without_husbands_surname("王秀英") == ""
    assert is_clan_name("王氏")
    assert is_clan_name("陈王氏")
    assert not is_clan_name("王秀英")


def test_sixty_characters_have_room() -> None:
    name = "古丽·" + "买" * 57
    assert display_name(name) == name
    assert fold_name(name) == name
    assert len(display_name(name + "提" * 9)) == 60


def test_the_big_tables_are_as_their_sources_make_them() -> None:
    """The tables are kept in the repository; new versions of pypinyin or OpenCC ask for `characters.py write`."""
    made = runpy.run_path(str(Path(__file__).parents[3] / "tools" / "characters.py"))
    for name, make in made["TABLES"].items():
        assert (made["FOLDER"] / name).read_text(encoding="utf-8") == make(), name


@pytest.mark.parametrize("written", ["刘jun", "刘(jun)", "刘ｊùn", "刘JUN"])
def test_pinyin_among_characters_is_a_character_that_sounds_so(written: str) -> None:
    """A machine that lacked the character; the one taken for it is nobody's."""
    assert pinyin_key(written) == pinyin_key("刘珺")
    assert len(fold_name(written)) == 2
    assert fold_name(written) != fold_name("刘珺")
    assert fold_name("刘abcdefg") == "刘abcdefg"


@pytest.mark.parametrize(
    ("written", "fold"),
    [
        ("（Peter Müller）", "peter muller"),
        ("（王芳）", "王芳"),
        ("薛硕(玉+林)", "薛硕琳"),
        ("张〔方方土〕", "张□"),
        ("王(氏)", "王氏"),
        ("赵XX", "赵□□"),
        ("谭▲", "谭□"),
        ("谭#睿", "谭□睿"),
        ("林永福(女)", "林永福"),
    ],
)
def test_what_stands_in_brackets_or_for_what_cannot_be_read(written: str, fold: str) -> None:
    assert fold_name(written) == fold


@pytest.mark.parametrize(
    ("said", "folded"),
    [
        ("弓长张建国", "张建国"),
        ("草头黄\u5c0f\u5e73", "黄小平"),
        ("三横王娟", "王娟"),
        ("张(弓长)建国", "张建国"),
        ("张(弓长张)建国", "张建国"),
        ("张建国（弓长张）", "张建国"),
        ("王(王+民)", "王珉"),
        ("古月华", "古月华"),
        ("弓长张", "弓长张"),
        ("木子海新", "木子海新"),
    ],
)
def test_a_surname_said_by_its_parts_is_that_surname(said, folded):
    assert fold_name(said) == folded


@pytest.mark.parametrize(("typed", "folded"), [("刘俊iqang", "刘俊□"), ("文ixn胜", "文□胜"), ("赵玉ug", "赵玉□")])
def test_keys_that_make_no_syllable_are_a_character_that_is_not_known(typed, folded):
    assert fold_name(typed) == folded


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("Ch'en Hsiao-ming", "陈晓明"),
        ("Hsieh Hsueh-hung", "谢雪红"),
        ("Tseng Kuo-hsiung", "曾国雄"),
        ("Chiang Ching-kuo", "蒋经国"),
        ("Ts'ai P'ei-huo", "蔡培火"),
        ("Yeh Chih-jung", "叶志荣"),
        ("Chou Tzu-yen", "周子燕"),
        ("HSU, CH'UN-YUNG", "徐春永"),
        ("K'ung Hsiang-te", "孔祥德"),
    ],
)
def test_a_name_spelt_as_wade_and_giles_have_it_sounds_as_it_is_said(spelt, name):
    assert pinyin_key(spelt) == pinyin_key(name)


@pytest.mark.parametrize("name", ["John Smith", "Paul Hsu", "Anna Kournikova"])
def test_a_foreign_name_is_no_syllables(name):
    assert " " not in pinyin_key(name)
