"""What forbids a match without a human, whatever the odds, and what must speak for one besides a name."""

from dangqiao.core.matching.compare import NameLevel
from dangqiao.core.matching.dates import DateLevel
from dangqiao.core.matching.events import NAME_AGREES
from dangqiao.core.matching.features import CHILD, ENDING
from dangqiao.core.matching.weigh import Finding, Weighed
from dangqiao.core.vocabulary.names import fold_name, surname_length

_NAME_SAME = frozenset({NameLevel.SAME, NameLevel.VARIANT})
_AGAINST = -1.0
"""Bits below which a field speaks against a candidate."""
_FULL_NUMBER = frozenset({"same", "other_area", "other_column"})
_SURE_BIRTH = frozenset({"same_day", "swapped", "lunar_day", "lunar", "one_digit", "in_number"})
_FAR = frozenset({DateLevel.DIFFERENT, DateLevel.DECADE})
_OTHER_BIRTH = frozenset({DateLevel.DIFFERENT, DateLevel.OTHER_DAY, DateLevel.UNBORN})
_SLIP_OF_NAME = frozenset({NameLevel.ONE_OFF, NameLevel.CLAN})
_SAME_YEAR = frozenset({DateLevel.SAME_YEAR, DateLevel.SAME_MONTH, DateLevel.SAME_DAY})


def fits(weighed: Weighed) -> bool:
    """Whether the name is the very same and nothing speaks against it: somebody must look, however common it is. So if
    the number or the day of birth is the person's too, whatever speaks against it: it may be another marriage."""
    return weighed.level("name") in _NAME_SAME and (
        weighed.level("birth") == DateLevel.SAME_DAY
        or weighed.level("identity") in _FULL_NUMBER
        or all(found.bits > _AGAINST or found.field == "home" for found in weighed.findings)
    )


def contradictions(weighed: Weighed) -> list[str]:
    """The fields that forbid a match without a human, however much else agrees.

    Another number in all its parts, another birth date, another spouse or another year may mean another person of the
    same name, a twin, or another marriage of the same person. A slip in one of them is believed when the others agree:
    a wrong year beside both names or beside birth date and spouse; a wrong birth date beside spouse and year, if the
    place is not another one too; a wrong character of a parent beside child and other parent. A divorce is not taken
    for the marriage that it ended: the query must say that it means one, or name its year; nor is what does not say its
    kind taken for a divorce that the query means. A child called otherwise,
    and not by sound or look, may be a brother, a sister or a twin: parents and birth date do not tell. Where no child
    is named a far year is another child's.
    """
    number, name, event = weighed.level("identity"), weighed.level("name"), weighed.level("event")
    full = number in _FULL_NUMBER
    born = full or weighed.level("birth") in _SURE_BIRTH
    others = weighed.levels("other_name")
    together = any(level in NAME_AGREES for level in others)
    same_year = event in _SAME_YEAR
    elsewhere = weighed.bits_of("place") < _AGAINST
    children = {one.name for one in weighed.entry.persons if one.role == CHILD}
    child = bool(children) and weighed.entry.persons[weighed.person].role == CHILD
    named = child or not children.isdisjoint(one.entry for one in weighed.findings if one.field == "other_name")
    bare = any(one.field == "name" and _lost_surname(one, weighed) for one in weighed.findings)
    found = []
    believed = together and (full or (born and name in _SLIP_OF_NAME and not child))
    if (name not in NAME_AGREES and not believed) or (child and name == NameLevel.LOST and not full and not bare):
        found.append("name")
    if number in ("different", "one_part"):
        found.append("identity")
    if weighed.level("birth") in _OTHER_BIRTH and not (full or (together and same_year and not elsewhere)):
        found.append("birth")
    if weighed.level("sex") == "different" and not full and not together:
        found.append("sex")
    month = weighed.level("birth") == DateLevel.SAME_MONTH and weighed.bits_of("place") > 0
    slip = (born or month) and same_year and name in NAME_AGREES
    off = {one.entry for one in weighed.findings if one.field == "other_name" and one.level == NameLevel.ONE_OFF}
    lost = {
        one.entry
        for one in weighed.findings
        if one.field == "other_name" and one.level == NameLevel.LOST and not _lost_surname(one, weighed)
    }
    if NameLevel.DIFFERENT in others or (off and not (slip or together)) or (off | lost) & children:
        found.append("other_name")
    if "different" in weighed.levels("other_identity"):
        found.append("other_identity")
    exact = name in _NAME_SAME and any(level in _NAME_SAME for level in others)
    if children and not named:
        if event in _FAR or event == DateLevel.TWO_YEARS:
            found.append("event")
    elif event in _FAR and not (exact or (born and together)):
        found.append("event")
    act = weighed.level("act")
    unsaid = act == "unsaid" or (act == "missing" and weighed.entry.act == ENDING)
    if act == "different" or (unsaid and not same_year):
        found.append("act")
    return found


def _lost_surname(found: Finding, weighed: Weighed) -> bool:
    """Whether a child is named without the surname that a parent in the entry has: forms say 宁岩, not 王宁岩."""
    short, long = sorted((fold_name(str(found.query)), fold_name(str(found.entry))), key=len)
    length = surname_length(long)
    return (
        0 < length < len(long)
        and long[length:] == short
        and any(one.role != CHILD and fold_name(one.name)[:length] == long[:length] for one in weighed.entry.persons)
    )


def corroborated(weighed: Weighed, enough: float) -> bool:
    """Whether more than the name of one person speaks for it: a number, a birth date, another person, or several of
    the weaker facts (years and place) together: the year of birth and that of the act are enough. Most records name one
    person only and give 出生年月 or an age."""
    names = weighed.bits_of("other_name")
    return (
        weighed.bits_of("identity", "other_identity") >= enough
        or (weighed.level("birth") in _SURE_BIRTH and weighed.bits_of("birth") >= enough)
        or (names >= enough and any(level in NAME_AGREES for level in weighed.levels("other_name")))
        or (
            weighed.bits_of("birth") > 0
            and weighed.level("birth") != DateLevel.LUNAR
            and weighed.bits_of("birth", "event", "place") >= 1.5 * enough
        )
    )
