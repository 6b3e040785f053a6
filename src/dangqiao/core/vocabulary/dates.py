"""Dates as old files give them: whole, partial or unknown, in three ways of counting years, lunar or solar.

A date keeps the precision that it was written with and the original words; nothing is ever filled in (a certificate
that says "01-01" where the file says "1987" is a forged fact). Years of the Republic: 1912 is the first (民国元年).
Months and days that a catalogue writes as 00 are unknown (DA/T 18 leaves unknown places as zeros).

A year of two digits can only be of the 1900s from 39 on: the years of the Republic ended on the mainland with the 38th
(1949), and no file is older than the centuries written out. Below 39 it may be either, and is not
known by itself (see `within`).
"""

import re
import unicodedata
from calendar import isleap
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from dangqiao.core.errors import N_, BadInput

FIRST_YEAR, LAST_YEAR = 1800, 2199
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Calendar(StrEnum):
    """What the text says about the calendar. Most files say nothing."""

    UNSAID = ""
    SOLAR = "solar"
    LUNAR = "lunar"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of known precision.

    Attributes:
        year: Gregorian year, or the Gregorian year in which the lunar year began; None = unknown.
        month: 1..12, or None. Never given without a year.
        day: 1..31 (lunar: 1..30), or None. Never given without a month.
        original: the words as they stood, trimmed; not part of equality.
        calendar: what the words say about the calendar; a lunar date has lunar month and day numbers.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    original: str = ""
    calendar: Calendar = Calendar.UNSAID

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartialDate) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[int | None, int | None, int | None, bool]:
        return (self.year, self.month, self.day, self.calendar is Calendar.LUNAR)

    @property
    def known(self) -> bool:
        """Whether at least the year is known."""
        return self.year is not None

    def iso(self) -> str:
        """`''`, `'1987'`, `'1987-03'` or `'1987-03-05'`; says nothing of the calendar, keep that beside it."""
        parts = [f"{self.year:04d}"] if self.year is not None else []
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    def chinese(self) -> str:
        """`1987年3月5日` at the precision it has; a lunar date begins with 农历; `''` when unknown.

        Where the words say less or other than numbers can (约1950年, 1950年春, 闰四月, 83.5.6) they stand themselves.
        """
        if _INEXACT.search(self.original):
            return self.original
        lunar = "农历" if self.calendar is Calendar.LUNAR else ""
        parts = ((self.year, "年"), (self.month, "月"), (self.day, "日"))
        text = "".join(f"{part}{unit}" for part, unit in parts if part is not None)
        return lunar + text if text else ""


UNKNOWN = PartialDate()

_SPACE = re.compile(r"\s+")
_SPACE_APART = re.compile(r"(?<=\d)\s+(?=\d)")
_APART = re.compile(r"(?<=\d)(?:[,、·・•。_\u2010-\u2015\u2212]+|--+)(?=\d)")
"""What clerks and their keyboards put between year, month and day instead of a full stop."""
_CALENDARS = (
    (
        re.compile(
            r"[(]?(农历|阴历|旧历|夏历|古历)[)]?:?|[(][农阴][)]|^[农阴](?=[\d一二三四五六七八九十民])"
            r"|闰(?=[\d一二三四五六七八九十腊冬]+月)"
        ),
        Calendar.LUNAR,
    ),
    (re.compile(r"[(]?(公历|阳历|新历|西历|国历)[)]?:?|[(]阳[)]|^[公阳](?=[\d一二三四五六七八九十])"), Calendar.SOLAR),
)
_ERAS = {"民国": 1911, "中华民国": 1911, "民": 1911, "宣统": 1908, "光绪": 1874, "公元": 0, "西元": 0}
_TIME_OF_DAY = r"(?:[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_TRADITIONAL = str.maketrans("國農陰陽舊曆歷閏臘號歲約後", "国农阴阳旧历历闰腊号岁约后")
_BORN = re.compile(r"^生于|(?:出生|生)$")
_VAGUE = re.compile(
    r"^(?:大约|约|大概)|(?:(?<=[年月])|(?<=^\d{4}))(?:左右|前后)$|(?:(?<=年)|(?<=^\d{4}))度$"
    r"|(?<=年)(?:[上下]半年|[初中底末]|[春夏秋冬][季天]?)$|(?<=月)(?:[上中下]旬|[初中底末])$"
    r"|(?:(?<=[年月日])|(?<=^\d{4}))[(]?[?][)]?$"
)
"""Words that leave a date coarser than a day; what is before or behind them is read."""
_INEXACT = re.compile(
    r"约|約|大概|左右|前后|前後|半年|[年月](?:初|中|底|末|[春夏秋冬][季天]?|[上中下]旬)$|[?？闰閏届岁歲龄]|毕业"
    r"|^(?:\d\d|[〇零○一二三四五六七八九]{2})[年./-]|^[3-9]\d{5}$|^\d{4}\.1$|^\d/\d\d?/\d{4}|(?<=\d)[SZBDbО丨]|[SZBDbО丨](?=\d)"
)
_ILLEGIBLE = "?□×*■〇某"
_AROUND = re.compile(r"^['\u2018\u2019`]+|(?<=[\d日])[.,;'\u3002]+$")
_LETTER_O = re.compile(r"(?<=[\d./-])[Oo]|[Oo](?=\d)")
_SAID_TWICE = re.compile(r"(?<=.)[(](?:(?:中华)?民国[^()]*|(?:公元)?\d{4}年?)[)]$")
"""1946年(民国三十五年)."""
_CLASS = re.compile(r"年?届(?:毕业生?)?$|年毕业$")
"""The class of a year: 1968届."""
_UNFILLED = re.compile(r"(?<=年)月日?$|(?<=月)日$")
"""A form that was printed and not filled in: 1954年　月　日."""
_LOST_PART = re.compile(rf"(?<=[-/.年月])[{_ILLEGIBLE}]+(?=[-/.月日]|$)")
_N = r"[0-9〇零一二三四五六七八九十廿卅元正冬腊初]+"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_TIME_OF_DAY}",
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.]?",
        rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d){_TIME_OF_DAY}",
        r"(?P<year>39|[4-9]\d)(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<year>\d{4})(?P<month>\d\d)",
        r"(?P<year>\d{4})[-/.]?",
        rf"(?P<era>{'|'.join(_ERAS)})?(?P<year>{_N})(?:年|(?<=\d)[-/.](?=\d))"
        rf"(?:(?P<month>{_N})(?:月|[-/.](?=\d)|(?<=年\d)$|(?<=年\d\d)$)份?(?:(?P<day>{_N})[日号]?)?)?",
        rf"(?P<era>民国?)(?P<year>{_N})",
        r"(?P<year>[〇零一二三四五六七八九]{4})",
    )
)
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "正": 1, "元": 1}
_DIGITS |= {str(value): value for value in range(10)}
_TENS = {"十": 10, "廿": 20, "卅": 30}
_WHOLE = {"冬": 11, "腊": 12}
_SHORT_YEARS = range(39, 100)
_AGE = "(?:虚岁|虚龄|周岁|周龄|实岁|实龄|足岁|年龄|岁)"
_COUNTED = "[周虚足实](?:岁|龄)?"
"""How an age is counted, said behind it: 23岁(虚)."""
_EITHER_CENTURY = "(?:[0-2][0-9]|3[0-8]|[〇零一二][〇零一二三四五六七八九]|三[〇零一二三四五六七八])"
_NO_YEAR = re.compile(
    rf"(?:约|现年|时年|年)?{_AGE}?:?{_N}[周虚足]?岁(?:半|余)?(?:[(]{_COUNTED}[)])?|(?:现年|时年|年|{_AGE}):?{_N}"
    rf"|(?:[0-2]\d|3[0-8])(?:[-/.]\d{{1,2}}[-/.]\d{{1,2}}|[01]\d[0-3]\d)|{_EITHER_CENTURY}年(?:{_N}月?(?:份|{_N}[日号]?)?)?"
    rf"|[1-9]\d?|[二三四五六七八九]?[十廿卅][一二三四五六七八九]?|(?:{_N}月)?{_N}[日号]"
    r"|(?:解放|建国|抗战|文革|文化大革命)(?:以?[前后]|初期?|中期?|末期?|期间|时期?)?|[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]年.{0,6}"
    rf"|{_N}月(?:{_N}|份)?|(?:19|20)?{_N}0?年代[初中末]?[期叶]?|(?=.*[{_ILLEGIBLE}])[0-9{_ILLEGIBLE}〇零一二三四五六七八九十年月日./-]+"
)
"""An age (24 alone is one, or a year cut short), a year of either century (05.8.17), a day without a year, a time, a
year of the sexagenary cycle or one that cannot be read: something is said, but not which year."""
_SHORT_DATE = re.compile(
    rf"(?P<year>{_EITHER_CENTURY})(?:[-/.年](?P<month>{_N})[-/.月](?P<day>{_N})[日号]?|(?P<months>[01]\d)(?P<days>[0-3]\d)"
    rf"|年(?:(?P<only>{_N})月份?)?)"
)
_COUNTED_FROM = (1900, 1911, 2000)
_AGE_SAID = re.compile(
    rf"(?:约|现年|时年|年)?(?P<before>{_AGE})?:?(?P<years>{_N})"
    rf"(?:(?P<behind>[周虚足])?岁(?:半|余)?(?:[(](?P<remark>{_COUNTED})[)])?)?"
)
OLDEST = 120
"""Years; who is said to be older is not."""
_SHORT_MONTH = re.compile(r"(?:39|[4-9]\d)[-/.](?:0?[1-9]|1[0-2])")
"""58.4 of a file: year and month, as catalogues head the column 出生年月. An applicant may mean something else."""
_SERIAL = re.compile(r"([1-4]\d{4})(?:\.0+)?")
_FIRST_SERIAL = date(1899, 12, 30)
"""What a spreadsheet counts its days from; 10000 to 49999 are the years 1927 to 2036."""
_LOOK_ALIKE = str.maketrans("○◯OlI|丨", "〇〇〇1111")
"""Circles for noughts, letters for ones."""
_SCANNED = tuple(
    (re.compile(rf"(?<=[\d年月./-]){read}(?=[\d年月日./-]|$)|^{read}(?=\d)"), meant)
    for read, meant in (("S", "5"), ("Z", "2"), ("B", "8"), ("b", "6"), ("D", "0"), ("О", "0"))
) + tuple(
    (re.compile(rf"(?<=[\d〇零一二三四五六七八九十]){read}(?=[\d〇零一二三四五六七八九十]|$)"), meant)
    for read, meant in (("牛", "年"), ("用", "月"), ("曰", "日"))
)
"""What scanners read for a digit or a word of a date."""
_SPOILT_TIME = re.compile(r"(?<=[\dA-Z])[T ][\dOoDОlISB〇|]{1,2}:[\dOoDОlISB〇|:.]{2,}$")
"""A time of day, whatever a scanner made of it."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}[.]?"
_ENGLISH = tuple(
    re.compile(rf"{form}{_TIME_OF_DAY}", re.IGNORECASE)
    for form in (
        rf"(?P<day>\d{{1,2}})[-/ .]{_MONTH}[-/ .,]+(?P<year>\d{{4}}|\d\d)",
        rf"{_MONTH}[ ](?P<day>\d{{1,2}})[ ,]+(?P<year>\d{{4}})",
        rf"{_MONTH}[-/ .](?P<year>\d{{4}}|\d\d)",
    )
)
"""A spreadsheet's 26-Jun-95 and Jun-95."""
_YEAR_LAST = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<mark>[/-])(?P<second>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}){_TIME_OF_DAY}"
)
"""10/24/2012 and 24/10/2012 are one day; of 3/5/2012 only the year is known."""
_AS_A_NUMBER = re.compile(r"(\d{4})\.1")
"""1965.1 is January, or October that was entered as a number, which has no nought at its end."""


def parse_partial_date(text: str) -> PartialDate:
    """Reads a date as clerks and spreadsheets write it; empty text is the unknown date.

    Reads 1987-03-05, 19870305, 1987/3/5, 1987.3.5, 1987年3月5日, each shortened to month or year, a spreadsheet's date
    with time, full-width and Chinese digits, 民国三十六年三月, 农历1950年正月初五, 83.5.6, 约1950年, 1950年春. Zeros
    and illegible marks for month or day are unknown.

    Raises:
        BadInput: `date.unreadable` when it is no date, `date.impossible` when no calendar has that day.
    """
    return _read(text, perhaps_lunar=False)


def _read(text: str, *, perhaps_lunar: bool) -> PartialDate:
    original = text.strip()
    plain, calendar = _plain(original)
    if not plain:
        return PartialDate(original=original)
    match = next(filter(None, (form.fullmatch(plain) for form in _FORMS)), None)
    if not match:
        raise _unreadable()
    parts = match.groupdict()
    era = parts.get("era")
    year = number_in_words(parts["year"])
    month, day = (number_in_words(parts[part]) if parts.get(part) else 0 for part in ("month", "day"))
    if year is None or month is None or day is None:
        raise _unreadable()
    if not era and len(parts["year"]) != 4:
        if len(parts["year"]) != 2 or year not in _SHORT_YEARS or any(ten in parts["year"] for ten in _TENS):
            raise _unreadable()
        year += 1900
    return _checked(year + _ERAS.get(era or "", 0), month, day, original, calendar, perhaps_lunar=perhaps_lunar)


def parse_recorded_date(text: str) -> PartialDate:
    """Reads a date of a file that cannot be asked: also 58.4, a day as spreadsheets count them (28613), 30 February,
    which only the lunar calendar has and most files do not name, and what says something but no year (23岁, 五月初六,
    19□□年, 五十年代, 05.8.17), whose words are kept as the original of an unknown date.

    Raises:
        BadInput: as `parse_partial_date`.
    """
    if as_a_number := _AS_A_NUMBER.fullmatch(text.strip()):
        return PartialDate(int(as_a_number[1]), original=text.strip())
    try:
        return _read(text, perhaps_lunar=True)
    except BadInput:
        plain = _plain(text)[0]
        if _SHORT_MONTH.fullmatch(plain):
            return replace(parse_partial_date(f"19{plain}"), original=text.strip())
        if serial := _SERIAL.fullmatch(plain):
            day = _FIRST_SERIAL + timedelta(int(serial[1]))
            return PartialDate(day.year, day.month, day.day, text.strip())
        if _NO_YEAR.fullmatch(plain):
            return PartialDate(original=text.strip())
        raise


@lru_cache(maxsize=1 << 12)
def age_in(words: str) -> int | None:
    """How many years before an act somebody was born of whom the words say an age: 23岁 and 周岁23 are 23, give or take
    one; 虚岁23 and 23岁(虚) are 22, for that counts one at birth and one more at each New Year. None where no age is
    said: 23 alone may be a year cut short."""
    said = _AGE_SAID.fullmatch(_plain(words)[0])
    if not said or not (said["before"] or "岁" in said[0]):
        return None
    years = number_in_words(said["years"]) or 0
    in_sui = any((said[part] or "").startswith("虚") for part in ("before", "behind", "remark"))
    return years - in_sui if 0 < years <= OLDEST else None


def within(words: str, years: range) -> PartialDate:
    """A date that gives its year by two digits below 39, if only one of the years that it may mean (1937, 2037, 1948 as
    the 37th of the Republic) is one of these; else the unknown date."""
    plain, calendar = _plain(words)
    said = _SHORT_DATE.fullmatch(plain)
    if not said:
        return UNKNOWN
    short = number_in_words(said["year"])
    meant = [began + short for began in _COUNTED_FROM if short is not None and began + short in years]
    if len(meant) != 1:
        return UNKNOWN
    month = number_in_words(said["month"] or said["months"] or said["only"] or "") or 0
    day = number_in_words(said["day"] or said["days"] or "") or 0
    try:
        return _checked(meant[0], month, day, words, calendar, perhaps_lunar=True)
    except BadInput:
        return UNKNOWN


def _plain(original: str) -> tuple[str, Calendar]:
    """The words in one way of writing, without those about the calendar and how sure they are; and the calendar."""
    plain = _SPOILT_TIME.sub("", unicodedata.normalize("NFKC", original.strip()))
    plain = _turned(plain)
    plain = _LETTER_O.sub("0", _AROUND.sub("", plain)).translate(_LOOK_ALIKE).translate(_TRADITIONAL)
    calendar = Calendar.UNSAID
    for pattern, meaning in _CALENDARS:
        plain, found = pattern.subn("", plain)
        calendar = meaning if found else calendar
    plain = plain.strip()
    plain = _SPACE.sub(" ", plain) if ":" in plain else _SPACE.sub("", _SPACE_APART.sub(".", plain))
    for pattern, meant in _SCANNED:
        plain = pattern.sub(meant, plain)
    plain = _CLASS.sub("年", _SAID_TWICE.sub("", plain))
    plain = _UNFILLED.sub("", _VAGUE.sub("", _BORN.sub("", _APART.sub(".", plain))))
    return _LOST_PART.sub("0", plain), calendar


def _turned(text: str) -> str:
    """A date with its year at the end, as other countries write it, the other way round."""
    if last := _YEAR_LAST.fullmatch(text):
        first, second = int(last["first"]), int(last["second"])
        if first == second or (first <= 12) is not (second <= 12):
            return f"{last['year']}-{min(first, second):02d}-{max(first, second):02d}"
        return last["year"] if first <= 12 else text
    if english := next(filter(None, (form.fullmatch(text) for form in _ENGLISH)), None):
        parts = english.groupdict()
        month = _MONTHS.index(parts["month"].lower()) + 1
        return f"{parts['year']}.{month}" + (f".{parts['day']}" if parts.get("day") else "")
    return text


def from_iso(text: str, calendar: Calendar = Calendar.UNSAID, original: str = "") -> PartialDate:
    """The inverse of `PartialDate.iso`: the form in which dates are stored. A solar 30 February is none.

    Raises:
        BadInput: as `parse_partial_date`.
    """
    if not text:
        return PartialDate(original=original)
    parts = text.split("-")
    if not (1 <= len(parts) <= 3 and all(part.isdecimal() and part.isascii() for part in parts)):
        raise _unreadable()
    year, month, day = [int(part) for part in parts] + [0] * (3 - len(parts))
    return _checked(year, month, day, original or text, calendar, perhaps_lunar=True)


def _checked(year: int, month: int, day: int, original: str, calendar: Calendar, *, perhaps_lunar: bool) -> PartialDate:
    """The date, if some calendar has it. Every lunar month has 29 or 30 days; which one, the table of months says.

    Args:
        perhaps_lunar: whether it may be lunar where the words do not say so.
    """
    if (
        calendar is Calendar.LUNAR
        or not 1 <= month <= 12
        or (month == 2 and perhaps_lunar and calendar is Calendar.UNSAID)
    ):
        last = 30
    else:
        last = 29 if month == 2 and isleap(year) else _DAYS[month - 1]
    if not FIRST_YEAR <= year <= LAST_YEAR or month > 12 or day > last or (day and not month):
        raise BadInput(
            "date.impossible",
            N_("No calendar has this date."),
            N_("Check the year, month and day against the file."),
        )
    return PartialDate(year, month or None, day or None, original, calendar)


def _unreadable() -> BadInput:
    """The words themselves are left out: a birth date is personal, and errors are logged."""
    return BadInput(
        "date.unreadable",
        N_("This is not a date that can be read."),
        N_("Write it as 1987-03-05, 1987年3月5日, 1987-03 or 1987, or leave it empty if it is unknown."),
    )


def number_in_words(text: str) -> int | None:
    """`36`, `三十六`, `一九八七`, `元`, `正`, `初五`, `廿三`, `腊` as a number; None if it is none of these."""
    if text.isdecimal():
        return int(text)
    text = text.removeprefix("初")
    if text in _WHOLE:
        return _WHOLE[text]
    if any(ten in text for ten in _TENS):
        total, pending = 0, 0
        for character in text:
            if character in _TENS:
                total, pending = total + (pending or 1) * _TENS[character], 0
            elif character in _DIGITS and not pending:
                pending = _DIGITS[character]
            else:
                return None
        return total + pending
    if not text or any(character not in _DIGITS for character in text):
        return None
    return int("".join(str(_DIGITS[character]) for character in text))
