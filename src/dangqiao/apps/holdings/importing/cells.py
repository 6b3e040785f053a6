"""One cell: from text to a value as `CatalogueEntry.content` keeps it, or a problem. A table of readers by kind."""

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Any

from dangqiao.apps.holdings.contents import stored_date
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.core.categories import FieldDefinition, FieldKind
from dangqiao.core.errors import BadInput
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.dates import PartialDate, number_in_words, parse_recorded_date

LONGEST = {"reference_code": 120, "fonds": 40, "remarks": 2000}
LONGEST_TEXT, LONGEST_NAME, LONGEST_NUMBER, LONGEST_WORD = 120, 100, 40, 30
MOST = 1_000_000
_NOTHING = """
- -- --- — —— ———— － / // \\ 、 . … …… * ** *** ? ?? ??? ？ □ □□ × NULL null Null None N/A n/a #N/A
0000-00-00 00000000
无 空 缺 略 没有 暂无 不详 不祥 未详 欠详 不明 未知 不清 不清楚 看不清 字迹不清 字迹模糊 模糊 模糊不清 无法辨认 无法识别
难以辨认 未填 未填写 没填 空白 空缺 缺失 遗失 未记载 无记载 没有记载 未记录 无记录 未注明 未载明 未登记 未标明 未写
无日期 日期不详 无身份证 无证件 待查 待补 未办 未办理 未办证 未领 未领证
同上 同前 同左 同右 〃 ″ " ” '' 无号 无号码 没有号码 未带 未带证
"""
NOTHING_SAID = frozenset(_NOTHING.split())
"""What people type into a cell of which they know nothing. For dates, numbers and identity numbers only: a name may
be 空."""
_SEXES = dict.fromkeys(("1", "男性", "男孩", "M", "m"), "男") | dict.fromkeys(("2", "女性", "女孩", "F", "f"), "女")
_NO_SEX = frozenset({"0", "9", "未说明"})
"""GB/T 2261.1, and words."""
_OTHER = "其他"
"""A table of codes with this word is open: another word is kept as the file has it."""
_ILLEGIBLE = str.maketrans(dict.fromkeys("?？*＊■○×", "□"))
"""How an illegible digit of an identity number is typed."""
_CROSS = re.compile(r"X(?!$)|(?<=^.{14})X$")
"""A cross in the place of a digit: the letter stands only at the end of 18 (GB 11643)."""
_BESIDE_NUMBER = re.compile(
    r"^(?:居民|公民)?身份(?:证件?)?(?:号码?|编号)?[:：]?(?=[0-9])|[(（][^()（）0-9]{1,8}[)）]$|[;,、][^0-9]{1,8}$"
)
"""What a typist puts before or behind a number: 身份证…, …(补), …；未核."""
_OTHER_PAPER = re.compile(
    r"(?:护照|通行证)?[A-Z]{1,3}[0-9]{6,10}(?:\([0-9A]\))?|(?=.*(?:[证号簿照字]|户口|介绍信))(?:[^0-9]*[0-9]){0,12}[^0-9]*"
)
"""A passport or a permit to travel; or a paper in words (户口簿, 军字第463070号) with fewer digits than any identity
card."""
_USUAL_DATE = re.compile(
    r"((?!1899|1900)(?:18|19|20)[0-9]{2})(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日|([0-9]{2})([0-9]{2}))"
)
_EMPTY_DATE = re.compile(
    r"(?:1900([-/.])0?1\1(?:0?1|00)|19000101|1899-12-3[01]|1753-01-01|9999-12-31)(?:[ T]0?0:00(?::00(?:\.0+)?)?)?"
)
"""What databases and spreadsheets write for an empty date: the days that they count from, the first and the last one of
SQL. 1900年1月1日 may be somebody's birthday."""
_UNIT = re.compile(r"^[第共p] ?| ?[页張张面件份块宗p]$|\.0+$", re.IGNORECASE)
"""What stands before or behind a number of pages or an item's, and the zeros that a spreadsheet adds."""
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾两", "一二三四五六七八九十二")
"""Numerals as receipts have them, and the spoken two."""
_IN_WORDS = re.compile("[零〇一二三四五六七八九十廿卅]{1,4}")
_SPAN = re.compile(r"([0-9]{1,4})[-~至到—–]+([0-9]{1,4})")
"""First and last page."""
_YEARS = re.compile(r"((?:18|19|20)[0-9]{2})年?[-~/至到—–]+(?:(?:18|19|20)?[0-9]{2})年?(?:度|学年)?")
"""A file of several years, a school year."""
_LOOK_ALIKE = str.maketrans("OIL\u041e|丨〇零", "01101100")
"""Letters and strokes for digits, as typists and scanners put them; no other letter than X can be meant in a number."""
_NUMBER = re.compile(r"[0-9□]{15}|[0-9□]{17}[0-9X□]")
_OTHER_LETTER = re.compile("[A-WYZ](?=[0-9□])|(?<=[0-9□])[A-WYZ]")
_MOST_LETTERS = 2
"""Letters that stand for digits as scanners read them (S, B, Z): which digit each was is not sure."""
_IN_POWERS = re.compile(r"([1-9])(?:\.([0-9]{1,14}))?E\+?(14|17)")
"""How a spreadsheet shows 15 or 18 digits: 3.40102E+17."""
_DIGITS_KEPT = 15
"""Of a number in a spreadsheet; the others become noughts."""
_ERROR = re.compile(r"#(?:N/A|NAME\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!)|##+")
"""What a spreadsheet shows instead of a value: an error (ECMA-376, 18.17.3), or a column that is too narrow."""
_MARK_OF_TEXT = re.compile("^'(?=.)")
"""What a spreadsheet puts before a number that it should take for text."""
BLANKS = " \t\r\n\u00a0\u3000\ufeff\u2060" + "".join(map(chr, range(0x2000, 0x2010)))
"""Spaces of every width, and what has none."""
_BETWEEN = re.compile(f"[{BLANKS}]+")
_NEARLY_NUMBER = re.compile(r"[0-9□]{12,19}[0-9X□]")
"""A number with a digit or two too few or too many."""
_NEARLY_DATE = re.compile(r"(?=(?:.*[0-9]){4})(?!(?:.*[0-9]){9}).{4,16}", re.DOTALL)
"""As many digits as a date may have: no number of anything else, and no name."""
_NAME_SEPARATORS = str.maketrans(dict.fromkeys(";；/,，", "、"))

Value = Any
"""What a reader gives: str, int, a list of names or a `contents.stored_date`; None where the cell says nothing."""
Reader = Callable[[str], Value]


def cell(text: str) -> str:
    """What a cell says, without what its spreadsheet added: blanks around it, the mark of a text, an error instead of a
    value."""
    text = _MARK_OF_TEXT.sub("", text.strip(BLANKS))
    return "" if _ERROR.fullmatch(text) else text


def spoilt(text: str) -> bool:
    """Whether a spreadsheet has lost what the cell said: an error instead of a value, digits of a long number."""
    if text[:1] == "#":
        return bool(_ERROR.fullmatch(text.strip(BLANKS)))
    return (text[-3:] == "000" and len(text) > _DIGITS_KEPT and is_rounded(text)) or bool(
        "E+1" in text and _IN_POWERS.fullmatch(text.strip(BLANKS))
    )


def is_rounded(number: str) -> bool:
    """Whether the last digits of a number are a spreadsheet's noughts: its check character does not fit them."""
    plain = identity.normalise(number)
    return (
        len(plain) > _DIGITS_KEPT
        and plain.endswith("000")
        and identity.check(plain).reason is identity.IdentityReason.BAD_CHECK
    )


class Unfit(Exception):
    """The cell cannot be taken in; says why."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts

    def problem(self, column: str) -> Problem:
        """As a problem of this column."""
        return Problem(self.code, column, self.facts)


def reader(field: FieldDefinition, this_year: int) -> Reader:
    """What reads the cells of a field. They raise Unfit."""
    kind = field.kind
    if kind is FieldKind.CODE:
        return _sex if field.key == "sex" else _words(field.codes)
    if kind is FieldKind.DATE:
        return lambda text: _date(text, this_year)
    if kind is FieldKind.YEAR:
        return lambda text: _year(text, this_year)
    if kind in (FieldKind.TEXT, FieldKind.PLACE):
        limit = LONGEST.get(field.key, LONGEST_TEXT)
        return lambda text: _text(text, limit)
    if kind is FieldKind.INTEGER:
        least = 1 if field.key == "item_number" else 0
        return lambda text: _integer(text, least)
    return _BY_KIND[kind]


def recorder(field: FieldDefinition, this_year: int) -> Reader:
    """As `reader`, for a file that nobody can ask: of a person a date of birth that no calendar has (1957/11/60), that
    is still to come (2057) or that a scanner spoilt (19§5-3-1) and a number with a digit too few or too many are kept
    as they are written, as archives describe a record. Nothing is known by them. The date of the event must be one."""
    read = reader(field, this_year)
    if field.key != "birth_date" and field.kind is not FieldKind.IDENTITY_NUMBER:
        return read

    def kept(text: str) -> Value:
        try:
            return read(text)
        except Unfit as unfit:
            if unfit.code in ("date.impossible", "import.date_in_future") or (
                unfit.code == "date.unreadable" and _NEARLY_DATE.fullmatch(text)
            ):
                return stored_date(PartialDate(original=text))
            plain = identity.normalise(text).translate(_ILLEGIBLE).translate(_LOOK_ALIKE)
            if unfit.code == "import.identity_number_length" and _NEARLY_NUMBER.fullmatch(plain):
                return plain
            raise

    return kept


def _text(text: str, limit: int = LONGEST_TEXT) -> str:
    if len(text) > limit:
        raise Unfit("import.too_long", found=len(text), limit=limit)
    if not text.isprintable():
        for character in text:
            # A blank of another width is no fault, nor is a character that Unicode gave out after this Python.
            if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\r\n":
                raise Unfit("import.control_character", code_point=f"U+{ord(character):04X}")
    return text


def _name(text: str) -> str:
    return _text(text, LONGEST_NAME)


def _names(text: str) -> list[str]:
    return list(filter(None, (part.strip() for part in _text(text).translate(_NAME_SEPARATORS).split("、"))))


def _words(codes: dict[str, Any]) -> Reader:
    def read(text: str) -> str | None:
        text = _BETWEEN.sub("", text)  # a cell that was broken into lines
        if text in codes:
            return text
        if text in NOTHING_SAID:
            return None
        if _OTHER not in codes:
            raise Unfit("import.code_unknown", allowed="、".join(codes))
        return _text(text, LONGEST_WORD)

    return read


def _sex(text: str) -> str | None:
    if text in NOTHING_SAID or text in _NO_SEX:
        return None
    sex = _SEXES.get(text, text)
    if sex not in ("男", "女"):
        raise Unfit("import.code_unknown", allowed="男、女")
    return sex


@lru_cache(maxsize=1 << 10)
def _date(text: str, this_year: int) -> dict[str, str] | None:
    if text in NOTHING_SAID or not text.strip("0") or _EMPTY_DATE.fullmatch(text):
        return None
    if (usual := _USUAL_DATE.fullmatch(text)) and int(text[:4]) < this_year:
        with suppress(ValueError):  # the usual forms, the quick way
            year, month, day = filter(None, usual.groups())
            return {"iso": date(int(year), int(month), int(day)).isoformat(), "original": text}
    try:
        found = parse_recorded_date(_text(text))
    except BadInput as error:
        raise Unfit(error.code) from None
    if found.year is not None and found.year > this_year:
        raise Unfit("import.date_in_future")
    return stored_date(found)


def _year(text: str, this_year: int) -> int | None:
    several = _YEARS.fullmatch(unicodedata.normalize("NFKC", text))
    found = _date(several[1] if several else text, this_year)
    return int(found["iso"][:4]) if found and found["iso"] else None


def _integer(text: str, least: int = 0) -> int | None:
    if text in NOTHING_SAID:
        return None
    plain = _UNIT.sub("", unicodedata.normalize("NFKC", text))
    if least == 0 and (span := _SPAN.fullmatch(plain)) and int(span[1]) <= int(span[2]):
        return int(span[2]) - int(span[1]) + 1
    if _IN_WORDS.fullmatch(words := plain.translate(_FORMAL)):
        plain = str(number_in_words(words))
    if not (plain.isascii() and plain.isdecimal() and least <= int(plain[:9]) <= MOST and len(plain) < 9):
        raise Unfit("import.not_a_number", least=least, most=MOST)
    return int(plain)


def _identity_number(text: str) -> str | None:
    """A wrong length loses digits for ever and says nothing; a wrong check digit is what the old file says (or the hand
    that wrote it) and is kept, marked. Illegible digits are kept as □, and the number of another paper, which needs a
    word or a letter to be known as one, as it is written."""
    if text in NOTHING_SAID or not text.strip("0"):
        return None
    whole = unicodedata.normalize("NFKC", _text(text))
    said = _BESIDE_NUMBER.sub("", whole)
    if rounded := _IN_POWERS.fullmatch(whole.upper()):
        return _rounded(rounded[1] + (rounded[2] or ""), int(rounded[3]) + 1)
    plain = identity.normalise(said).translate(_ILLEGIBLE).translate(_LOOK_ALIKE)
    if len(plain) == 18 and said.endswith("×"):
        plain = f"{plain[:17]}X"
    plain = _CROSS.sub("□", plain)
    if not plain.strip("□"):
        return None
    if len(plain) in (15, 18) and _NUMBER.fullmatch(plain):
        return _rounded(plain[:_DIGITS_KEPT], len(plain)) if is_rounded(plain) else plain
    if len(plain) in (15, 18) and len(_OTHER_LETTER.findall(plain)) <= _MOST_LETTERS:
        legible = _OTHER_LETTER.sub("□", plain)
        if _NUMBER.fullmatch(legible):
            return legible
    if _OTHER_PAPER.fullmatch(whole.upper()):
        return other_document_number(text)
    if len(plain) not in (15, 18):
        raise Unfit("import.identity_number_length", found=len(plain))
    raise Unfit("import.identity_number_characters")


def _rounded(digits: str, length: int) -> str:
    """A number of which a spreadsheet kept the first digits. The last of them may be rounded up, unless it is the last
    one that a spreadsheet keeps, or the century's follows it (19, 20), which rounds nothing up."""
    exact = len(digits) == min(_DIGITS_KEPT, length) or (length == 18 and len(digits) == 6)
    return (digits if exact else digits[:-1]).ljust(length, "□")


def other_document_number(text: str) -> str | None:
    """A number of a passport or another document than the identity card: any text."""
    return None if text in NOTHING_SAID else _text(text, LONGEST_NUMBER)


_BY_KIND: dict[FieldKind, Reader] = {
    FieldKind.NAME: _name,
    FieldKind.NAMES: _names,
    FieldKind.IDENTITY_NUMBER: _identity_number,
}
