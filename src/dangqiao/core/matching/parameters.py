"""The numbers behind the weights and the decision: a versioned data file, read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from math import log2
from typing import Any


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed before anything is compared; see the remarks in `data/parameters.toml`."""

    found: float
    repeat: float
    ended: float
    begun: float
    ending: float
    sample: float
    clump: float
    names: float
    surname: float
    character: float
    rarest: float


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the lines are drawn; see the remarks in `data/parameters.toml`."""

    person: float
    event: float
    review: float
    show: float
    candidates: int
    corroboration: float


@dataclass(frozen=True, slots=True)
class Parameters:
    """One version of everything that can be trained.

    Attributes:
        version: goes into every verdict.
        step, step_u: m and u of what happens to one character of a name.
        name: bits of what concerns a whole name.
        m: by field and level code, for the fields beside the names.
        fields: bits by field and level code, for the fields whose u does not depend on the value; `birth_alone`: of
            birth dates where the query says no year of the act.
        again: bits by level of the date of the act, where the entry tells of another event of the same person, or of
            what the event asked for ended or was ended by.
        ended: the same where the couple's later event may be meant, and the query does not say.
        home: how probably the act was registered where the number was issued, and no farther off than each level says.
    """

    version: str
    prior: Prior
    decision: Decision
    step: Mapping[str, float]
    step_u: Mapping[str, float]
    name_m: Mapping[str, float]
    name_u: Mapping[str, float]
    m: Mapping[str, Mapping[str, float]]
    fields: Mapping[str, Mapping[str, float]]
    again: Mapping[str, float]
    ended: Mapping[str, float]
    home: Mapping[str, float]

    def bits(self, field: str, level: str) -> float:
        """The weight of a level of a field; 0 for what is missing."""
        return self.fields[field].get(level, 0.0)


FIELDS = ("birth", "event", "act", "identity", "sex", "place")


def load(text: str) -> Parameters:
    """Reads a parameter file."""
    data: dict[str, Any] = tomllib.loads(text)
    return Parameters(
        version=data["version"],
        prior=Prior(**data["prior"]),
        decision=Decision(**data["decision"]),
        step=data["name"]["step"],
        step_u=data["name"]["step_u"],
        name_m=data["name"]["m"],
        name_u=data["name"]["u"],
        m={field: data[field]["m"] for field in FIELDS},
        fields={field: _bits(data[field]["m"], data[field]["u"]) for field in FIELDS}
        | {"birth_alone": _bits(data["birth"]["m"], data["birth"]["alone"])},
        again=_bits(data["event"]["again"], data["event"]["u"]),
        ended=_bits(data["event"]["ended"], data["event"]["u"]),
        home=data["home"],
    )


def _bits(often: Mapping[str, float], by_chance: Mapping[str, float]) -> dict[str, float]:
    return {level: log2(value / by_chance[level]) for level, value in often.items()}


SHIPPED = files("dangqiao.core.matching").joinpath("data", "parameters.toml").read_text(encoding="utf-8")
"""The parameter file that comes with this version of the program."""
DEFAULT = load(SHIPPED)
"""The parameters that come with this version of the program."""
