"""The romanisation of Wade and Giles (1892): so people from Taiwan spell their names, and most who left before 1979.

Spelt without its marks, as passports have it. An apostrophe that is there tells ch'en (陈) from chen (真); where none
is, the sound without breath is taken. u is u, for the dots of ü are nearly always left out.
"""

from collections.abc import Iterable, Sequence

_INITIALS = (
    ("ch", "zh", "ch"),
    ("hs", "x", "x"),
    ("tz", "z", "c"),
    ("ts", "z", "c"),
    ("ss", "s", "s"),
    ("sz", "s", "s"),
    ("sh", "sh", "sh"),
    ("p", "b", "p"),
    ("t", "d", "t"),
    ("k", "g", "k"),
    ("j", "r", "r"),
    *((each, each, each) for each in "mfnlhywr"),
)
"""As it is written, the initial of pinyin, and with an apostrophe behind it."""
_FINALS = {
    "ieh": "ie",
    "ueh": "ue",
    "ien": "ian",
    "ung": "ong",
    "iung": "iong",
    "uei": "ui",
    "ih": "i",
    "eh": "e",
    "erh": "er",
}
_WHOLE = {"i": "yi", "yen": "yan", "yung": "yong", "yueh": "yue", "yeh": "ye", "erh": "er", "o": "e", "yu": "yu"}
_BREATHED = frozenset({"ch", "p", "t", "k", "ts", "tz"})
_OPEN_O = frozenset({"d", "t", "n", "l", "z", "c", "s", "zh", "ch", "r"})


def to_pinyin(words: Sequence[str], syllables: Iterable[str]) -> list[str]:
    """The words of a name in pinyin; empty if one is no syllable of this romanisation.

    Args:
        words: in small letters; an apostrophe has cut ch'en into two.
        syllables: those of pinyin.
    """
    known, found, breath = frozenset(syllables), [], ""
    for word in words:
        if word in _BREATHED and not breath:
            breath = word
            continue
        syllable = _syllable(breath + word, known, breathed=bool(breath))
        if not syllable:
            return []
        found.append(syllable)
        breath = ""
    return [] if breath else found


def _syllable(word: str, known: frozenset[str], *, breathed: bool) -> str:
    if word in _WHOLE:
        return _WHOLE[word]
    for written, plain, with_breath in _INITIALS:
        if word.startswith(written):
            initial, rest = with_breath if breathed else plain, word[len(written) :]
            break
    else:
        return word if word in known else ""
    if initial in ("z", "c", "s") and rest == "u" and written in ("tz", "ss", "sz"):
        rest = "i"
    if rest == "o" and initial in _OPEN_O:
        rest = "uo"
    elif rest == "o" and initial in ("g", "k", "h"):
        rest = "e"
    soft = {"zh": "j", "ch": "q"}.get(initial, "")
    if soft and rest.startswith("i") and rest != "ih":
        initial = soft
    rest = _FINALS.get(rest, rest)
    return next((each for each in (initial + rest, soft + rest) if each in known), "")
