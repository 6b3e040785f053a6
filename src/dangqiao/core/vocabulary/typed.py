"""What people type into a question in their own words: 我母亲李秀英, 张三和李四的结婚证, 54年的, 今年72岁.

A catalogue is copied from paper and kept as it stands; a question is asked by somebody who talks. So this is used for
questions only: it takes the name, the year or the number out of what was said, and says which words mean that somebody
does not know. What it does not understand it leaves as it is.
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from dangqiao.core.errors import BadInput
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.dates import UNKNOWN, PartialDate, number_in_words, parse_recorded_date
from dangqiao.core.vocabulary.names import (
    ILLEGIBLE,
    SURNAME_SHARES,
    fold_name,
    is_han,
    pinyin_of_fold,
    surname_length,
)


class Named(NamedTuple):
    """Whom a field names.

    Attributes:
        name: the first name in it; may carry remarks that `names.parse_name` knows.
        others: what the same person may be called as well.
        companion: somebody else who is named beside: the spouse, the other parent.
    """

    name: str
    others: tuple[str, ...] = ()
    companion: str = ""


_HAN = r"[^\W\d_]"
_RELATIVE = (
    "父母亲?|养?父亲|养?母亲|爸爸|妈妈|老爸|老妈|爷爷|奶奶|外公|外婆|姥姥|姥爷|岳父|岳母|公公|婆婆|儿子|女儿|小孩|孩子"
    "|子女|丈夫|妻子|老公|老婆|爱人|配偶|前夫|前妻|太太|夫妻|夫妇|双方|哥哥|姐姐|弟弟|妹妹"
)
_SELF = "本人|户主|申请人|当事人|男方|女方"
_ASKS = r"(?:麻烦|烦请|请|帮忙|帮我|我想|我要|想)+(?:查询|查找|查|找)(?:一下|下)?|查询|查找|查一下|查下"
_LEAD = re.compile(
    rf"^(?:(?:{_ASKS})[\s:]*)?(?:我们?的?(?:[爸妈爹娘哥姐弟妹](?=[\s:,叫是]|{_HAN}{{2}}))?|{_SELF})?"
    rf"(?:的?(?:{_RELATIVE}))?(?:的?(?:姓名|名字))?(?:名?叫做?|是)?[\s:,-]*(?={_HAN}{{2}})"
)
_ROLE_BEHIND = re.compile(
    rf"(?<={_HAN})(?:[\s:,_-]+(?:我的?)?(?:{_SELF}|{_RELATIVE}|男|女)|\((?:我的?)?(?:{_SELF}|{_RELATIVE}|男|女)\))$"
)
_TITLE = re.compile(rf"(?<={_HAN}{{2}})\s*(?:(?<!老)师傅|老师傅|老师|大[姐哥爷妈]|阿姨|叔叔|伯伯|医生|同志收)$")
_WANTED = re.compile(
    rf"(?<={_HAN}{{2}})(?:夫妇|两人|二人)?(?:的?(?:结婚|离婚|婚姻|登记|档案|独生|知青|材料|记录|资料).*|的)$"
)
_BORN = re.compile(rf"(?<={_HAN}{{2}})[\s,(]*(?:[男女][\s,]*)?(?:生于)?(?:\d{{4}}|\d\d)(?:年|[-./]\d).*$")
_EDGES = " \t\r\n\u3000。.,、!~'\"“”‘’`@;:…·"
_SPELT = re.compile(
    r"[(,\s]*(?:[也又或]?写[作成]|[也又或]写|(?:户口[簿本]|身份证|结婚证)上(?:是|叫|写的?是)|也叫)[:\s]*"
)
_AND = re.compile(rf"[\s,]*(?:[和与及跟&+;]|(?:之?(?:{_RELATIVE}))[\s:]*)\s*")
"""Stands between the names of two persons."""
_OR = re.compile(r"\s*(?:或者?是?|[/、,|]|(?<=\S)\s+(?=\S))\s*")
"""Stands between two names of one person as well."""


def named(text: str) -> Named:
    """Takes a name out of what was typed.

    Two names that `和` joins, or that have two surnames and sound differently, are two persons; else they are two
    writings of one.
    """
    plain = text.strip()
    if 2 <= len(plain) <= 3 and all(map(is_han, plain)):
        return Named(plain, others=_perhaps(plain))
    plain = unicodedata.normalize("NFKC", "".join(filter(_is_seen, plain))).strip(_EDGES)
    if not any(map(is_han, plain)):
        return Named(plain or text)
    plain = _BORN.sub("", _without_lead(plain))
    plain = _TITLE.sub("", _ROLE_BEHIND.sub("", _WANTED.sub("", plain).strip(_EDGES)).strip(_EDGES))
    if _SPELT.search(plain):
        plain = _SPELT.sub(" 又名", plain).rstrip(")")
    half = len(plain) // 2
    if half > 1 and plain[:half].strip() == plain[-half:].strip() and _is_name(plain[:half].strip()):
        return Named(plain[:half].strip())
    for between in _AND.finditer(plain):
        one, other = plain[: between.start()].strip(), _without_lead(plain[between.end() :].strip())
        if _is_name(one) and _is_name(other):
            return Named(one, companion=_TITLE.sub("", other))
    for between in _OR.finditer(plain):
        one, other = plain[: between.start()].strip(), plain[between.end() :].strip()
        if _is_name(one) and _is_name(other):
            if "或" in between[0] or _of_one_person(one, other):
                return Named(one, others=(other,))
            usual = _usual(one) + _usual(other)
            if usual == 2 or (usual and between[0].strip()):
                return Named(one, companion=other)
    return Named(plain or text, others=_perhaps(plain))


def _perhaps(plain: str) -> tuple[str, ...]:
    """The name that stands there if 查 in front of it is the verb, or 男 or 女 behind it the sex."""
    if plain[:1] == "查" and _is_name(plain[1:]) and _usual(plain[1:]):
        return (plain[1:],)
    return (plain[:-1],) if len(plain) == 4 and plain[-1] in "男女" and _is_name(plain[:-1]) else ()


def _is_seen(character: str) -> bool:
    """Whether it is more than a picture or a mark that steers the writing; a square stands for what is illegible."""
    kind = unicodedata.category(character)
    if kind not in ("Cf", "So", "Sk") and not "\ufe00" <= character <= "\ufe0f":
        return True
    return kind == "So" and ("\u2ff0" <= character <= "\u2fff" or fold_name(character) == ILLEGIBLE)


def _without_lead(plain: str) -> str:
    """Without the words before the name, if they leave one."""
    return _LEAD.sub("", plain, count=1)


def _is_name(text: str) -> bool:
    """Whether it can be a surname and a given name."""
    return 2 <= len(text) <= 4 and all(map(is_han, text)) and len(text) - _of_surname(text) in (1, 2)


def _of_surname(text: str) -> int:
    return surname_length(fold_name(text) + ILLEGIBLE)


def _usual(text: str) -> bool:
    """Whether its surname is one that many have."""
    return _of_surname(text) > 1 or fold_name(text[0]) in SURNAME_SHARES


def _of_one_person(one: str, other: str) -> bool:
    """Whether two names have the same surname, or the same given name, or sound alike."""
    first, second = fold_name(one), fold_name(other)
    return (
        first[: _of_surname(one)] == second[: _of_surname(other)]
        or first[_of_surname(one) :] == second[_of_surname(other) :]
        or pinyin_of_fold(first) == pinyin_of_fold(second)
    )


_NOT_KNOWN = re.compile(
    r"(?:我?(?:已经?|也)?(?:不|没|记不|想不)(?:太|大)?(?:清楚?|知道?|记得|起来?|确定|了解|记|得|起)*|忘记?|很久|(?:很|好)?多年以?前|结婚\d+多?年"
    r"|\d+多?年以?前|旧社会|改革开放(?:以?[前后]|初期?)|(?:刚|快)?(?:解放|文革|建国)(?:以?[前后]|时|期间|初期?)?"
    r"|(?:大概|大约|可能|好像)?(?:[二三四五六七八九一零〇]十?|[1-9]0?)(?:十|几)?[十几]年代?(?:[初中末]期?)?|[1-9]0后"
    r"|(?:19|20)?\d0年代(?:[初中末]期?)?)(?:了|吧|的)*"
)
"""Says that somebody does not know, or a time of ten years and more."""
_ZODIAC = re.compile(
    r"[\s,(]*(?:生肖|属相)?[是为:]?属?相?(?<=[属肖相是为:])[鼠牛虎兔龙蛇马羊猴鸡狗猪]年?(?:的|生)?[)]?$"
)
_VAGUE = re.compile(
    r"^(?:大约|大概|约|估计|可能是?|好像是?|应该是?|记得是?|是|在)+|(?:左右|前后|上下|吧|的|生人?|出生|结的?婚|办的?|登记的?|领的?证|领的"
    r"|春节|国庆节?|五一|元旦|过年|[上下]半年|[春夏秋冬]天?|[年月]?[初中底末]|(?<=年)度|正月|十一|腊月|[(](?:身份证|户口[簿本]?|档案)上?的?[)]|[?!。,.~]|\s)+$"
)
_AGE_NOW = re.compile(
    r"(?:我?今年|现在|目前)(?P<sui>虚岁)?(?P<years>\d{1,3}|[一二三四五六七八九]?十?[一二三四五六七八九]?)(?:周|(?P<behind>虚))?岁?了?"
)
_YEARS = re.compile(
    r"(?P<first>(?:19|20)\d\d)年?\s*[-~—、,/至到或]+者?\s*(?P<last>(?:19|20)\d\d)年?(?:之间|间|左右)?"
    r"|(?P<first_short>\d\d)年?\s*[-~—、,/至到或]+者?\s*(?P<last_short>\d\d)年(?:之间|间|左右)?"
)
_MOST_YEARS = 4
"""Of a span whose middle is taken for the year: people are wrong by as much."""
_SHORT = re.compile(r"(?P<year>\d\d)年?")


def date(text: str, this_year: int) -> PartialDate | None:
    """A date in somebody's own words: the year or the day that they name, or the unknown date where they say that they
    do not know it; None where they are not understood."""
    words = unicodedata.normalize("NFKC", text).strip()
    if now := _AGE_NOW.fullmatch(words):
        years = number_in_words(now["years"])
        if years and years < 130:
            return PartialDate(this_year - years + bool(now["sui"] or now["behind"]), original=text.strip())
    if (span := _middle(words, this_year)) is not None:
        return replace(span, original=text.strip())
    if _NOT_KNOWN.fullmatch(words):
        return replace(UNKNOWN, original=text.strip())
    plain = _VAGUE.sub("", _ZODIAC.sub("", words)).strip()
    if not plain:
        return replace(UNKNOWN, original=text.strip())
    if plain != words:
        for form in (plain, f"{plain}年"):
            with suppress(BadInput):
                return replace(parse_recorded_date(form), original=text.strip())
    return replace(UNKNOWN, original=text.strip()) if _NOT_KNOWN.fullmatch(plain) else None


def year(text: str, this_year: int) -> int | None:
    """The year of an act in somebody's own words, 0 where they say that they do not know it; None where they are not
    understood. Of two digits (87, 05年) it is the latest such year: registers begin in the 1950s."""
    words = unicodedata.normalize("NFKC", text).strip()
    plain = _VAGUE.sub("", words).strip()
    if short := _SHORT.fullmatch(plain):
        return _whole_year(short["year"], this_year)
    found = date(text, this_year)
    return None if found is None else found.year or 0


def _middle(words: str, this_year: int) -> PartialDate | None:
    """1986-1988 is about 1987; of a longer span no year is known."""
    span = _YEARS.fullmatch(_VAGUE.sub("", words))
    if not span:
        return None
    first, last = (_whole_year(span[part] or span[f"{part}_short"], this_year) for part in ("first", "last"))
    if not last - first > 0:
        return None
    return PartialDate((first + last) // 2) if last - first < _MOST_YEARS else UNKNOWN


def _whole_year(digits: str, this_year: int) -> int:
    if len(digits) == 4:
        return int(digits)
    return 2000 + int(digits) if 2000 + int(digits) <= this_year else 1900 + int(digits)


_TELEPHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
"""Numbers of mobile telephones have eleven digits and begin so (工信部, 电信网编号计划)."""
_AMONG_WORDS = re.compile(r"(?<![0-9A-Za-z])(\d{17}[\dXx]|\d{15})(?![0-9A-Za-z])")


def identity_number(text: str) -> str | None:
    """The one identity number among words; empty for that of a telephone; None where it is not understood."""
    whole = unicodedata.normalize("NFKC", text).strip()
    plain = re.sub(r"(?<=\d)[\s-]+(?=[\dXx])", "", whole)
    if _TELEPHONE.fullmatch(plain.strip("() ")):
        return ""
    found = _AMONG_WORDS.findall(whole) or _AMONG_WORDS.findall(plain)
    return found[0] if len({identity.upgrade(number) for number in found}) == 1 else None
