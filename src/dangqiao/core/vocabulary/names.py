"""Names of persons as registers write them, brought to one form for comparing. What is shown is always the original.

    text --> fold_name --> "张秀英"      simplified, variants merged, one dot, one sign for what cannot be read
                 |
                 +--> pinyin_key --> "zan xiu yin"     toneless, and with the sounds merged that dialects merge

Both are looked up character by character in tables that are built once in a process (see `tools/characters.py`). A
rare character that no table knows stays itself; one of the private use area is what GB 18030 once had there, or, where
an old system filled it in its own way, counts as illegible.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from dangqiao.core.vocabulary import described
from dangqiao.core.vocabulary.private_use import unprivate
from dangqiao.core.vocabulary.wade import to_pinyin

ILLEGIBLE, COMPONENTS, lines = described.ILLEGIBLE, described.COMPONENTS, described.lines
DOT = "·"
"""The one dot between the parts of a name (GB/T 15834 writes names of other peoples so)."""
DISPLAY_LIMIT = 60
"""Characters of a name that every page and document has room for."""


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name field taken apart.

    Attributes:
        text: the name without the remarks that stood beside it, as written.
        fold: its form for comparing.
        former: other names that the field gives (曾用名, 原名, or a second name after a stroke), as written.
    """

    text: str
    fold: str
    former: tuple[str, ...] = ()


def _fold_table() -> dict[int, str]:
    simplified = {a: b for line in lines("simplified.txt") for a, b in zip(line[::2], line[1::2], strict=True)}
    variants = {other: line[0] for line in lines("variants.txt") for other in line[1:]}

    def last(character: str) -> str:
        for table in (simplified, variants, simplified, variants):
            character = table.get(character, character)
        return character

    table = {ord(character): last(character) for character in {**simplified, **variants}}
    table |= {ord(mark): ILLEGIBLE for mark in "■▢☐〓◇◆◻⬜○◯〇囗△▲▽▼☆★※#_×✕✖?*＊？某\ufffd"}
    table |= {ord(dot): DOT for dot in "•‧・∙⋅●｡。.．᛫˙"}
    table |= {ord(space): "" for space in "\u3000\u200b\u200c\u200d\ufeff\u2060\u00ad"}
    return table


def _surnames() -> tuple[dict[str, str], dict[str, float]]:
    readings, shares = {}, {}
    for line in lines("surnames.tsv"):
        surname, reading, share = [*line.split("\t"), "", ""][:3]
        if reading:
            readings[surname] = reading
        if share:
            shares[surname] = int(share) / 10_000
    return readings, shares


def fuzzy(syllable: str) -> str:
    """The syllable with the sounds merged that dialects do not tell apart: zh/z, ch/c, sh/s, n-/l-, -ng/-n, ü/u."""
    syllable = syllable.replace("v", "u")
    if syllable[:2] in ("zh", "ch", "sh"):
        syllable = syllable[0] + syllable[2:]
    if syllable.endswith("ng") and len(syllable) > 2:
        syllable = syllable[:-1]
    if syllable.startswith("n") and syllable not in ("n", "ng"):
        syllable = "l" + syllable[1:]
    return syllable


def _readings() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    first: dict[str, str] = {}
    others: dict[str, tuple[str, ...]] = {}
    for line in lines("pinyin.txt"):
        syllable, primary, secondary = line.split("\t")
        first |= dict.fromkeys(primary, syllable)
        for character in secondary:
            others[character] = (*others.get(character, ()), syllable)
    return first, others


_FOLD = _fold_table()
_SURNAME_READINGS, SURNAME_SHARES = _surnames()
_FIRST, _OTHERS = _readings()
_COMPOUNDS = frozenset(surname for surname in _SURNAME_READINGS if len(surname) > 1)
_LONGEST_SYLLABLE = 6
_SYLLABLES = frozenset(_FIRST.values()) - {"m", "n", "ng", "hm", "hng"}
_FUZZY = {syllable: fuzzy(syllable) for syllable in {*_SYLLABLES, *_FIRST.values()}}
_FUZZY_FIRST = {character: _FUZZY[syllable] for character, syllable in _FIRST.items()}
_HEARD = {character: line for line in lines("dialect.txt") for character in line}
"""Character -> all that sound like it where Wu is spoken."""
_FUZZY_SURNAME = _FUZZY_FIRST | {
    surname: " ".join(fuzzy(syllable) for syllable in reading.split()) for surname, reading in _SURNAME_READINGS.items()
}

_IDEOGRAPHIC = re.compile(r"[⿰-⿻]([^\W\d_])([^\W\d_])")
_OTHER_NAME = re.compile(
    r"[,;,;、]?(?:(?:曾用名|曾名|原名|又名|亦名|旧名|别名|化名|乳名|小名|学名|现名|更名|改名)(?:为|叫)?[::]?"
    r"|[又也现]叫|(?:身份证|户口[簿本]?)上?(?:姓?名[::]?|[::]))"
)
_TWO_NAMES = re.compile(r"^((.)[^\W\d_]{1,2})[\s\u2013\u2014-]+(\2[^\W\d_]{1,2})$")
"""林永福 林国忠: two names of one family and nothing said of it."""
_TITLE = re.compile(r"(?<=[^\W\d_]{2})(?:先生|女士|小姐|同志)+$")
"""Behind a whole name; 李同志 may be one."""
_ELLIPSIS = re.compile(r"\.{2,}|\u2026+")
_MARKED = re.compile(r"(?<=[^\W\d_]{3})[*＊]+$")
"""A star behind a whole name points to a remark; behind a surname, or a surname and a character, it is what is
missing."""
_SEPARATORS = re.compile(r"[/\\|、,;,;]+")
_DOTS = re.compile(rf"\s*{DOT}[{DOT}\s]*")
_HAN_GAP = re.compile(r"(?<![a-z])\s+|\s+(?![a-z])")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_MARK_X = re.compile(r"(?<![a-z])x+(?![a-z])")
_SYLLABLES_AMONG_HAN = re.compile(r"(?<![a-z])[a-z]{2,}(?![a-z])")
_WHOLLY_IN_BRACKETS = re.compile(r"[(\[〔【{<《「]([^()\[\]〔〕【】{}<>《》「」+]{2,})[)\]〕】}>》」]")


def is_han(character: str) -> bool:
    """Whether it is a Han character, the extension planes included."""
    point = ord(character)
    return 0x3400 <= point <= 0x9FFF or 0xF900 <= point <= 0xFAFF or 0x20000 <= point <= 0x3FFFF or character == "〇"


@lru_cache(maxsize=1 << 16)
def fold_name(text: str) -> str:
    """The form of a name for comparing: two writings of the same name fold to the same text. Idempotent.

    Compatibility forms and widths (NFKC), blanks, dots, traditional, variant and second-round simplified characters
    are made one; signs for what could not be read become `□`; a description of a character such as (王+民) becomes
    that character, or `□` if it is not known; remarks in brackets and other names are left out (see `parse_name`).
    Latin letters lose case and accents and keep one blank between words.
    """
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    folded = text.translate(_FOLD)
    if folded.isalpha() and min(folded) > "\u3000" and "名" not in folded and (len(folded) < 4 or _plain_long(folded)):
        return folded
    return _fold_slowly(text)


def _plain_long(folded: str) -> bool:
    """Whether nothing but a name can stand in four characters or more."""
    return not (_TITLE.search(folded) or _OTHER_NAME.search(folded) or described.SPOKEN.match(folded))


@lru_cache(maxsize=4096)
def _fold_slowly(text: str) -> str:
    main, _ = _split(_PRIVATE.sub(ILLEGIBLE, unprivate(text)))
    plain = main.translate(_FOLD).casefold()
    plain = "".join(c for c in unicodedata.normalize("NFD", plain) if unicodedata.category(c) != "Mn")
    plain = unicodedata.normalize("NFKC", plain).translate(_FOLD)
    han = any(map(is_han, plain))
    plain = _MARK_X.sub(lambda marks: ILLEGIBLE * len(marks[0]), plain) if han else plain
    # Not by `\w`: Python's Unicode tables are older than some characters that people are called by.
    kept = (c if is_han(c) or c.isalpha() or c in (DOT, ILLEGIBLE, " ") else "" if han else " " for c in plain)
    plain = "".join(kept)
    plain = _DOTS.sub(DOT if han else " ", " ".join(plain.split()))
    plain = _HAN_GAP.sub("", plain).strip(DOT + " ")
    plain = _HAN_GAP.sub("", _SYLLABLES_AMONG_HAN.sub(_by_their_sound, plain)) if han else plain
    return " ".join(plain.split())


def _by_their_sound(letters: re.Match[str]) -> str:
    """Characters that sound so, where a machine did not have the character: 刘jun. Rare ones, which nobody is taken for
    whose name is written in characters. Keys of an input method that make no syllable (iqang for qiang) tell that there
    is a character."""
    syllables = _latin_syllables(letters[0])
    if syllables[0] in _SYLLABLES:
        return "".join(_sounds_so()[one] for one in syllables)
    return ILLEGIBLE if len(letters[0]) <= _LONGEST_SYLLABLE else letters[0]


@cache
def _sounds_so() -> Mapping[str, str]:
    plain = {one: syllable for one, syllable in _FIRST.items() if one <= "\u9fff" and ord(one) not in _FOLD}
    rare = {syllable: one for one, syllable in plain.items() if one < "\u4e00"}  # of extension A
    return {syllable: one for one, syllable in plain.items()} | rare


def parse_name(text: str) -> PersonName:
    """Takes a name field apart into the name and the other names that it mentions."""
    main, others = _split(unicodedata.normalize("NFKC", text))
    former = tuple(dict.fromkeys(name for name in others if fold_name(name) and name != main))
    return PersonName(main, fold_name(main), former)


def _split(text: str) -> tuple[str, list[str]]:
    """The name proper, descriptions of characters resolved, and the other names mentioned beside it."""
    others: list[str] = []

    def bracket(match: re.Match[str]) -> str:
        content = match[1].strip()
        in_place = match.start() < 2 or match.end() < len(text)
        if found := described.character(content):
            return found
        if in_place and content in COMPONENTS:
            found = COMPONENTS[content]
            return "" if text[: match.start()].endswith(found) else found  # 张(弓长)建国
        if in_place and content.isascii() and content.isalpha() and len(content) > 1:
            return content  # how it sounds
        if not content and (in_place or match[0][0] == "["):
            return ILLEGIBLE
        parts = _OTHER_NAME.split(content, maxsplit=1)
        if len(parts) == 2:
            others.extend(filter(None, (part.strip() for part in _SEPARATORS.split(parts[1]))))
        elif 2 <= len(content) <= 4 and content[0] == text[:1] and all(map(is_han, content)):
            others.append(content)  # 林永福(林国忠): another name of the same family
        elif match.start() == 1 + (text[:2] in _COMPOUNDS) and match.end() == len(text):
            return "氏" if content == "氏" else ILLEGIBLE  # 张〔方方土〕: a given name must stand there
        return ""

    text = text.strip()
    if whole := _WHOLLY_IN_BRACKETS.fullmatch(text):
        text = whole[1].strip()
    if text[:2] not in _COMPOUNDS:
        text = _MARKED.sub("", text)
    text = _IDEOGRAPHIC.sub(lambda match: COMPONENTS.get(match[1] + match[2], ILLEGIBLE), text)
    if any(map(is_han, text)):
        text = _TWO_NAMES.sub(r"\1、\3", _ELLIPSIS.sub(ILLEGIBLE, text))
    text = described.BRACKETS.sub(bracket, text)
    text = described.SPOKEN.sub(lambda match: match[0][-1], text)
    main, *rest = _OTHER_NAME.split(text, maxsplit=1)
    if not main.strip():
        main, rest = "".join(rest), []
    main, *second = [part.strip() for part in _SEPARATORS.split(main)] if any(map(is_han, main)) else [main.strip()]
    if main[:2] not in _COMPOUNDS or len(main) > 4:
        main = _TITLE.sub("", main)
    mentioned = [*second, *(part.strip() for text in rest for part in _SEPARATORS.split(text))]
    return main, [name for name in (*mentioned, *others) if name]


def descriptions_unread(text: str) -> str:
    """The folded name with `□` for each character that is described in brackets; empty if none is.

    Clerks describe a character as well as they can see it: where `王(王+民)` is not 王珉, it says only that there is
    one more character that their machine did not have.
    """
    plain = unicodedata.normalize("NFKC", text)
    unread = described.BRACKETS.sub(
        lambda match: ILLEGIBLE if described.character(match[1].strip()) else match[0], plain
    )
    return fold_name(unread) if unread != plain else ""


@lru_cache(maxsize=1 << 14)
def surname_length(folded: str) -> int:
    """How many characters of a folded name are the surname: 2 for a compound one, 0 when the name has no surname.

    Dotted names and Latin ones have none; a Han name of five characters or more that begins with no compound surname
    is taken as a transcription.
    """
    if not folded or DOT in folded or not is_han(folded[0]):
        return 0
    for length in (4, 2):
        if folded[:length] in _COMPOUNDS and len(folded) > length:
            return length
    return 1 if len(folded) <= 4 else 0


def pinyin_key(name: str) -> str:
    """The sound of a name, for blocking: `张丽` and `章莉` both give `zan li`. `□` gives `?`; Latin text is cut into
    syllables where it can be, so `Zhang Li` gives the same, and is one word where it cannot. Surnames have their own
    readings (单 shan, 解 xie)."""
    return pinyin_of_fold(fold_name(name))


@lru_cache(maxsize=1 << 14)
def pinyin_of_fold(folded: str) -> str:
    """`pinyin_key` of a name that is folded already."""
    if plain := plain_sound(folded):
        return plain
    if folded[:1].isascii():
        words = folded.split()
        syllables = [syllable for word in words for syllable in _latin_syllables(word)]
        if not _SYLLABLES.issuperset(syllables):
            syllables = to_pinyin(words, _SYLLABLES)
        if not syllables:
            return "".join(words)  # no pinyin: blanks between its words are kept or not, as machines like it
        return " ".join(map(fuzzy, syllables))
    length = surname_length(folded)
    given = [_FUZZY_FIRST.get(character, character) for character in folded[length:] if character != DOT]
    if length:
        given.insert(0, _FUZZY_SURNAME.get(folded[:length], folded[:length]))
    return " ".join(given).replace(ILLEGIBLE, "?")


def plain_sound(folded: str) -> str:
    """`pinyin_of_fold` of two or three folded Han characters, the first the surname, as most names are; else empty."""
    if not 2 <= len(folded) <= 3 or folded[:2] in _COMPOUNDS or folded[0] not in _FUZZY_SURNAME:
        return ""
    try:
        return " ".join([_FUZZY_SURNAME[folded[0]], *[_FUZZY_FIRST[character] for character in folded[1:]]])
    except KeyError:
        return ""


def syllable(character: str, in_surname: bool) -> str:
    """What a folded character gives to `pinyin_of_fold`, as the surname or in a given name."""
    return (_FUZZY_SURNAME if in_surname else _FUZZY_FIRST).get(character, character).replace(ILLEGIBLE, "?")


class PlainCharacters(NamedTuple):
    """What `fold_name` and `plain_sound` know of characters.

    Attributes:
        folded: code point -> what stands for it.
        surnames, given: folded character -> its syllable as a surname, in a given name; no character that makes
            `fold_name` look twice.
        compounds: surnames of two characters.
    """

    folded: Mapping[int, str]
    surnames: dict[str, str]
    given: dict[str, str]
    compounds: list[str]


def plain_characters() -> PlainCharacters:
    """For tables of plain names; a name of these characters alone folds character by character."""
    surnames = {one: sound for one, sound in _FUZZY_SURNAME.items() if len(one) == 1}
    given = {one: sound for one, sound in _FUZZY_FIRST.items() if one.isalpha() and one != "名"}
    return PlainCharacters(_FOLD, surnames, given, [one for one in _COMPOUNDS if len(one) == 2])


@lru_cache(maxsize=4096)
def _latin_syllables(word: str) -> tuple[str, ...]:
    """`xiuying` -> `xiu`, `ying`; a word that is no pinyin stays whole."""
    best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            before, syllable = best[start], word[start:end]
            if before is not None and syllable in _SYLLABLES:
                known = best[end]
                if known is None or len(before) + 1 < len(known):
                    best[end] = (*before, syllable)
    return best[-1] or (word,)


@cache
def readings(character: str) -> frozenset[str]:
    """Every toneless reading of a character, its reading as a surname included; itself if none is known.

    Of a common surname no others than these two: dictionaries have old ones for 潘 (fan, bo) or 石 (dan) that nobody
    is called by, and by which it would sound like another surname.
    """
    first = _FIRST.get(character, character)
    others = () if character in SURNAME_SHARES else _OTHERS.get(character, ())
    return frozenset({first, _SURNAME_READINGS.get(character, first), *others})


@cache
def fuzzy_readings(character: str) -> frozenset[str]:
    """`readings` with the merged sounds of `fuzzy`; a class of `heard_alike` counts as one sound more."""
    merged = {fuzzy(reading) if reading.isascii() else reading for reading in readings(character)}
    return frozenset(merged | {_HEARD[character]} if character in _HEARD else merged)


def heard_alike(character: str) -> str:
    """The characters that sound like this one where Wu is spoken, itself among them; empty if none is known."""
    return _HEARD.get(character, "")


def without_husbands_surname(folded: str) -> str:
    """A four-character name without its first character when the second is a surname too: 陈王秀英 -> 王秀英.

    Married women were registered with the husband's surname in front until the 1950s. Empty when it does not apply.
    """
    if len(folded) == 4 and folded[:2] not in _COMPOUNDS and {folded[0], folded[1]} <= SURNAME_SHARES.keys():
        return folded[1:]
    return ""


def is_clan_name(folded: str) -> bool:
    """Whether it is only a surname with 氏, as 王氏 or 陈王氏: a woman whose given name was not written."""
    return folded.endswith("氏") and 2 <= len(folded) <= 3


def display_name(text: str, limit: int = DISPLAY_LIMIT) -> str:
    """The original name for a narrow place: at most `limit` characters, an ellipsis for what does not fit."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
