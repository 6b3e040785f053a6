"""The sentences in which a verdict explains itself to a clerk. English msgids; the places are filled with facts."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from dangqiao.core.errors import N_

LABELS: Mapping[str, str] = {
    "name": N_("Name"),
    "birth": N_("Birth date"),
    "sex": N_("Sex"),
    "identity": N_("Identity number"),
    "other_name": N_("Other person's name"),
    "other_birth": N_("Other person's birth date"),
    "other_identity": N_("Other person's identity number"),
    "event": N_("Date of the act"),
    "act": N_("Kind of act"),
    "place": N_("Place"),
    "home": N_("Where the number was issued"),
    "couple": N_("Another entry of the same persons"),
}
"""Field code -> what it is called on screen."""

_NAMES: Mapping[str, str] = {
    "same": N_("{entry}: the same"),
    "variant": N_("{entry} is another writing of {query}"),
    "sound": N_("{entry} sounds like {query}"),
    "near_sound": N_("{entry} sounds nearly like {query}"),
    "look": N_("{entry} looks like {query}"),
    "sound_and_look": N_("{entry} sounds or looks like {query}"),
    "romanised": N_("{entry} and {query} sound the same, one is in Latin letters"),
    "illegible": N_("{entry} agrees with {query} as far as it can be read"),
    "lost": N_("{entry} and {query}: a character is missing or written twice"),
    "swapped": N_("{entry} and {query}: two characters have changed places"),
    "clan": N_("{entry} agrees with {query} in the surname; the given name was not written"),
    "one_off": N_("{entry} and {query}: one character is another one"),
    "different": N_("{entry} is not {query}"),
    "missing": N_("not known on one side"),
}
_DATES: Mapping[str, str] = {
    "same_day": N_("{entry}: the same day"),
    "same_month": N_("{entry} and {query}: the same month, no day to compare"),
    "same_year": N_("{entry} and {query}: the same year"),
    "swapped": N_("{entry} and {query}: day and month have changed places"),
    "lunar_day": N_("{entry} and {query}: the lunar date and the solar date of one day"),
    "lunar": N_("{entry} and {query}: perhaps the lunar date and the solar date"),
    "one_digit": N_("{entry} and {query}: one digit is another one"),
    "decade": N_("{entry} and {query}: ten years apart, otherwise the same"),
    "next_year": N_("{entry} and {query}: one year apart"),
    "near_year": N_("{entry} and {query}: one year apart, as far as they are known"),
    "two_years": N_("{entry} and {query}: two years apart"),
    "other_day": N_("{entry} and {query}: the same year, another day"),
    "different": N_("{entry} is not {query}"),
    "unborn": N_("the act is older than {query}"),
    "missing": N_("not known on one side"),
    "in_number": N_("counted with the identity number"),
}
_IDENTITIES: Mapping[str, str] = {
    "same": N_("all parts agree"),
    "other_area": N_("birth date and sequence agree, the area differs"),
    "other_birth": N_("area and sequence agree, the birth date differs"),
    "other_sequence": N_("area and birth date agree, the sequence differs"),
    "one_part": N_("only one part agrees"),
    "other_column": N_("the number stands beside another person of the entry"),
    "different": N_("all parts differ"),
    "missing": N_("not known on one side"),
}
_SEXES: Mapping[str, str] = {
    "same": N_("the same"),
    "different": N_("not the same"),
    "missing": N_("not known on one side"),
}
_ACTS: Mapping[str, str] = {**_SEXES, "unsaid": N_("the entry does not say whether it is what is looked for")}
_PLACES: Mapping[str, str] = {
    "same_county": N_("the same county"),
    "same_city": N_("the same city"),
    "same_province": N_("the same province"),
    "different": N_("another province"),
    "missing": N_("not known on one side"),
}
_COUPLES: Mapping[str, str] = {"proves": N_("{entry} proves more of the same persons")}
SENTENCES: Mapping[str, Mapping[str, str]] = {
    "name": _NAMES,
    "other_name": _NAMES,
    "birth": _DATES,
    "other_birth": _DATES,
    "event": _DATES,
    "identity": _IDENTITIES,
    "other_identity": _IDENTITIES,
    "sex": _SEXES,
    "act": _ACTS,
    "place": _PLACES,
    "home": _PLACES,
    "couple": _COUPLES,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the table of reasons.

    Attributes:
        field: code, a key of `LABELS`.
        level: code of how far the two values agree.
        bits: what that is worth; positive speaks for the candidate.
        facts: the values compared, for the sentence. Personal data: for screens, never for logs.
    """

    field: str
    level: str
    bits: float
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)

    @property
    def label(self) -> str:
        """What the field is called; an English msgid."""
        return LABELS[self.field]

    @property
    def sentence(self) -> str:
        """How far the values agree; an English msgid with the places of `facts`."""
        return SENTENCES[self.field][self.level]
