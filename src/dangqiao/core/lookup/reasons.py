"""Coded reasons and legal bases (`reasons.toml`): for not accepting, not providing, extending, transferring, lapsing.

Reasons are data with both languages, because they stand on paper: the words must be the same in every archive.
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from dangqiao.core.errors import N_, BadInput
from dangqiao.core.lookup.states import Act, Outcome

ARCHIVES_ADMINISTRATION = "archives_administration"
"""Complaints about use go to the archives administration (档案法 2020 第二十八条), not to the archive itself."""


@dataclass(frozen=True, slots=True)
class Basis:
    """A rule that a reason rests on, as it is cited on paper."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is not done, or done later.

    Attributes:
        acts: the acts it may be given for.
        outcomes: for `decide`, the outcomes it may be given for.
        categories: the categories it is made for; empty: any.
        complaint: the kind of body that complaints go to; empty where nothing is refused.
    """

    code: str
    zh: str
    en: str
    acts: frozenset[Act]
    outcomes: frozenset[Outcome]
    categories: frozenset[str]
    bases: tuple[Basis, ...]
    complaint: str

    def fits(self, act: Act, outcome: Outcome | None = None, category: str = "") -> bool:
        """Whether it may be given for the act, the outcome decided, and the category (empty: not asked)."""
        return (
            act in self.acts
            and (act is not Act.DECIDE or outcome in self.outcomes)
            and (not category or not self.categories or category in self.categories)
        )

    def sentence(self, language: str = "zh") -> str:
        """The reason with its bases, as it is printed. `language`: `zh` or `en`."""
        if language == "zh":
            bases = "、".join(basis.zh for basis in self.bases)
            return f"{self.zh}（依据：{bases}）" if bases else self.zh
        bases = "; ".join(basis.en for basis in self.bases)
        return f"{self.en} (Basis: {bases}.)" if bases else self.en


def _reason(code: str, row: dict[str, Any], bases: dict[str, Basis]) -> Reason:
    return Reason(
        code,
        row["zh"],
        row["en"],
        frozenset(Act(act) for act in row["acts"]),
        frozenset(Outcome(outcome) for outcome in row.get("outcomes", ())),
        frozenset(row.get("categories", ())),
        tuple(bases[basis] for basis in row["bases"]),
        row["complaint"],
    )


def _load(source: bytes) -> dict[str, Reason]:
    document = tomllib.loads(source.decode())
    bases = {code: Basis(code, **row) for code, row in document["bases"].items()}
    return {code: _reason(code, row, bases) for code, row in document["reasons"].items()}


REASONS: dict[str, Reason] = _load((files("dangqiao.core.lookup") / "reasons.toml").read_bytes())


def reasons_for(act: Act, outcome: Outcome | None = None, category: str = "") -> tuple[Reason, ...]:
    """What a clerk may choose from, in the order of the file."""
    return tuple(reason for reason in REASONS.values() if reason.fits(act, outcome, category))


def get_reason(code: str, act: Act, outcome: Outcome | None = None) -> Reason:
    """The reason with this code, if it may be given here.

    Raises:
        BadInput: `lookup.reason_unknown` or `lookup.reason_does_not_fit`.
    """
    reason = REASONS.get(code)
    if reason is None:
        raise BadInput("lookup.reason_unknown", N_("There is no reason {reason}."), reason=code)
    if not reason.fits(act, outcome):
        raise BadInput(
            "lookup.reason_does_not_fit",
            N_("The reason {reason} cannot be given for {act}."),
            N_("Choose one of: {choice}."),
            reason=code,
            act=act.value,
            choice=", ".join(each.code for each in reasons_for(act, outcome)),
        )
    return reason
