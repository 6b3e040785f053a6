"""What a category's words for the kind of an act (结婚, 离婚, 补领) say to matching."""

from dangqiao.core.categories import Category
from dangqiao.core.matching.features import ENDING, REISSUE


def kind_of_act(category: Category, word: str) -> str:
    """What `EntryFeatures.act` says of a word of the field `act`. Where acts end others, a word that is no code of an
    open table (投亲靠友) may be either."""
    if word in category.endings:
        return ENDING
    if word in category.reissues:
        return REISSUE
    return "" if word in category.unspecific or (category.endings and word not in category.acts) else word


def meant_by(category: Category, word: str) -> bool | None:
    """What `Query.ends` says of a word of the field `act`: a re-issue may be of either."""
    act = kind_of_act(category, word)
    return None if act in ("", REISSUE) or not category.endings else act == ENDING
