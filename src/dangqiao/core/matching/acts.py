"""What a category's words for the kind of an act (结婚, 离婚, 补领) say to matching."""

import re
import unicodedata

from dangqiao.core.categories import Category
from dangqiao.core.matching.features import AGAIN, ENDING, REISSUE


def kind_of_act(category: Category, word: str, number: str = "") -> str:
    """What `EntryFeatures.act` says of a word of the field `act`; where it says nothing, of the event's number, which
    tells too of what a paper was issued again. Where acts end others, a word that is no code of an open table
    (投亲靠友) may be either."""
    kind = _of_word(category, word)
    if kind not in ("", REISSUE) or not (number and category.act_by_number):
        return kind
    told = _of_word(category, _word_of_number(category, number))
    return told if told == ENDING or not kind else kind


def _of_word(category: Category, word: str) -> str:
    if word in category.endings:
        return ENDING
    if word in category.reissues:
        return REISSUE
    if word in category.again:
        return AGAIN
    return "" if word in category.unspecific or (category.endings and word not in category.acts) else word


def _word_of_number(category: Category, number: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", number).upper().split())
    return next((word for pattern, word in category.act_by_number.items() if re.search(pattern, plain)), "")


def meant_by(category: Category, word: str) -> bool | None:
    """What `Query.ends` says of a word of the field `act`: a re-issue may be of either."""
    act = kind_of_act(category, word)
    return None if act in ("", REISSUE) or not category.endings else act == ENDING
