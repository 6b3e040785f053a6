"""Whether somebody may ask, and what they still have to show. The rows are the category's (`[[eligibility]]`).

Several rows for one kind of applicant are alternatives: the one that lacks least is taken. Where no row fits, the
answer is a refusal with a coded reason, never silence.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from enum import StrEnum

from dangqiao.core.categories import Category, Eligibility
from dangqiao.core.lookup.reasons import REASONS, Reason, reasons_for
from dangqiao.core.lookup.states import Act
from dangqiao.core.vocabulary.actor import Assurance
from dangqiao.core.vocabulary.entitlement import ACCEPTED_FOR, ApplicantKind, Material


class Answer(StrEnum):
    """What the rule says."""

    ALLOWED = "allowed"
    NEEDS_MATERIALS = "needs_materials"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class EntitlementVerdict:
    """The answer and why.

    Attributes:
        required: everything the applicant must show, by the row that was applied.
        missing: what of it is not there yet.
        needs_approval: the archive's leader must also find the purpose reasonable.
        basis: the rule, cited.
        reason: why refused; None otherwise.
    """

    answer: Answer
    required: tuple[Material, ...] = ()
    missing: tuple[Material, ...] = ()
    needs_approval: bool = False
    basis: str = ""
    reason: Reason | None = None


def judge(
    category: Category,
    applicant: ApplicantKind,
    shown: Set[Material] = frozenset(),
    *,
    role: str = "",
    assurance: Assurance = Assurance.NONE,
) -> EntitlementVerdict:
    """Whether `applicant` may ask for a record of `category`.

    Args:
        shown: the materials that were shown or uploaded.
        role: the party role that the applicant has or stands for; empty where it is not known yet.
        assurance: an identity checked against a register or at a counter stands for the identity document.
    """
    have = set(shown) | ({Material.IDENTITY_DOCUMENT} if assurance >= Assurance.REAL_NAME else set())
    rows = [
        row
        for row in category.eligibility
        if row.applicant == applicant and (not role or not row.roles or role in row.roles)
    ]
    verdicts = [_by_row(row, have) for row in rows]
    return min(verdicts, key=lambda verdict: len(verdict.missing), default=_refused(category))


def materials_of(category: Category, applicant: ApplicantKind) -> tuple[tuple[Material, ...], ...]:
    """The alternatives that a form shows before anything was uploaded; empty: this applicant cannot ask."""
    return tuple(_materials(row.materials) for row in category.eligibility if row.applicant == applicant)


def _materials(codes: Iterable[str]) -> tuple[Material, ...]:
    return tuple(Material(code) for code in codes)


def _by_row(row: Eligibility, have: Set[Material]) -> EntitlementVerdict:
    required = _materials(row.materials)
    missing = tuple(each for each in required if not have & ACCEPTED_FOR.get(each, frozenset({each})))
    answer = Answer.NEEDS_MATERIALS if missing else Answer.ALLOWED
    return EntitlementVerdict(answer, required, missing, row.needs_approval, row.basis)


def _refused(category: Category) -> EntitlementVerdict:
    own = [
        reason
        for reason in reasons_for(Act.NOT_ACCEPT, category=category.id)
        if reason.code.startswith("not_entitled") and category.id in reason.categories
    ]
    reason = own[0] if own else REASONS["not_entitled"]
    return EntitlementVerdict(Answer.REFUSED, reason=reason, basis="、".join(basis.zh for basis in reason.bases))
