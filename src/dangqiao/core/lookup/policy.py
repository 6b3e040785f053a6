"""Policy: who must look before something is issued, and how long it may take. Data, per category and archive.

A category's file brings the defaults; an archive may set its own version. A referral pins the digest of the policy in
force when it was delivered.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from dangqiao.core.categories import Category
from dangqiao.core.errors import N_, BadInput
from dangqiao.core.lookup.states import Level, Outcome
from dangqiao.core.vocabulary.actor import Assurance
from dangqiao.core.vocabulary.canonical import canonical_bytes


class Delivery(StrEnum):
    """How the applicant gets the answer."""

    DOWNLOAD = "download"
    COUNTER = "counter"
    POST = "post"
    NEAREST_ARCHIVE = "nearest_archive"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one archive for one category. Limits are in working days.

    Attributes:
        archive: the archive's code; empty: the category's default.
        level: the fewest people who must look; `instant` only ever applies under all conditions of `who_must_look`.
        refusal_level: the same for decisions against the applicant (不予提供).
        not_found_notice: whether a notice of not found is issued.
        instant_assurance: how surely the applicant must be known for `instant`; never below `REAL_NAME`.
    """

    category: str
    archive: str = ""
    version: int = 1
    level: Level = Level.HANDLER
    refusal_level: Level = Level.REVIEWER
    acceptance_days: int = 1
    processing_days: int = 5
    extension_days: int = 5
    supplement_days: int = 10
    warn_days: int = 1
    not_found_notice: bool = True
    deliveries: tuple[Delivery, ...] = field(default=tuple(Delivery))
    instant_assurance: Assurance = Assurance.REAL_NAME

    def __post_init__(self) -> None:
        limits = (self.acceptance_days, self.processing_days, self.supplement_days)
        fit = {
            "category": bool(self.category),
            "version": self.version >= 1,
            "limits": min(limits) >= 1 and min(self.extension_days, self.warn_days) >= 0,
            "refusal_level": self.refusal_level is not Level.INSTANT,
            "deliveries": bool(self.deliveries),
            "instant_assurance": self.instant_assurance >= Assurance.REAL_NAME,
        }
        for name, good in fit.items():
            if not good:
                raise _unfit(name)

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "deliveries": list(self.deliveries), "instant_assurance": int(self.instant_assurance)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Policy":
        """The reverse of `as_dict`; what is not said has its default. Raises BadInput (`lookup.policy_unfit`)."""
        unknown = set(row) - {each.name for each in fields(cls)}
        if unknown:
            raise _unfit(min(unknown))
        values = dict(row)
        for name, read in _READ.items():
            if name in values:
                try:
                    values[name] = read(values[name])
                except (TypeError, ValueError):
                    raise _unfit(name) from None
        if "category" not in values:
            raise _unfit("category")
        return cls(**values)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical JSON: what a referral pins."""
        return hashlib.sha256(canonical_bytes(self.as_dict())).hexdigest()

    def level_of_decision(self, outcome: Outcome, so_far: Level) -> Level:
        """Who must look at a decision with this outcome by a person, given what `who_must_look` asked for."""
        wanted = [so_far, Level.HANDLER] + ([self.refusal_level] if outcome is Outcome.NOT_PROVIDED else [])
        return max(wanted, key=lambda level: level.rank)


def default_policy(category: Category) -> Policy:
    """The policy where an archive has set none: what the category's file says."""
    return Policy.from_dict({"category": category.id, **category.policy.model_dump(mode="json")})


def refuse_looser(category: Category, policy: Policy) -> None:
    """Raises BadInput (`lookup.policy_too_loose`) where an archive asks fewer people to look at a restricted category
    than the category's file does."""
    least = default_policy(category)
    loose = policy.level.rank < least.level.rank or policy.refusal_level.rank < least.refusal_level.rank
    if category.restricted and loose:
        raise BadInput(
            "lookup.policy_too_loose",
            N_("The records of {category} are restricted: at least {level} must look."),
            category=category.name.zh,
            level=least.level.value,
        )


class MustLook(StrEnum):
    """Why a person must look."""

    POLICY = "policy"
    IDENTITY_NOT_VERIFIED = "identity_not_verified"
    NOT_OWN_RECORD = "not_own_record"
    NOT_ONE_CERTAIN_MATCH = "not_one_certain_match"
    ENTRY_NOT_CHECKED = "entry_not_checked"
    PARTY_NOT_NAMED = "party_not_named"
    NO_IMAGES = "no_images"
    PAGES_NOT_RELEASED = "pages_not_released"
    RESTRICTED = "restricted"
    LEADER_APPROVES = "leader_approves"
    PLATFORM_SILENT = "platform_silent"


MUST_LOOK_SENTENCES: dict[MustLook, str] = {
    MustLook.POLICY: N_("The archive's rule for this category wants a person to decide."),
    MustLook.IDENTITY_NOT_VERIFIED: N_("The applicant's identity was not checked against an authority's register."),
    MustLook.NOT_OWN_RECORD: N_("It is not certain that the record is the applicant's own."),
    MustLook.NOT_ONE_CERTAIN_MATCH: N_("The search did not give exactly one certain match."),
    MustLook.ENTRY_NOT_CHECKED: N_("The entry has not been checked against the original."),
    MustLook.PARTY_NOT_NAMED: N_("The entry does not name every party: look at the original."),
    MustLook.NO_IMAGES: N_("The entry has no images of its pages."),
    MustLook.PAGES_NOT_RELEASED: N_("Not every page may leave the archive as it is."),
    MustLook.RESTRICTED: N_("The use of the record is restricted."),
    MustLook.LEADER_APPROVES: N_("The archive's leader must approve the purpose of use."),
    MustLook.PLATFORM_SILENT: N_("A platform that holds more of this archive's records has not answered yet."),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What is known when the machine has searched. Everything defaults to the careful side.

    Attributes:
        own_record: the applicant, as verified, is a party of the entry.
        certain_matches: how many entries match with certainty; re-issues of one registration count as one.
        other_candidates: whether any other entry needs a human to rule it out.
        checked: the entry was checked against the original, by a named person.
        named: the entry names every party that an entry of its category should.
        images: the images of its pages are attached.
        released: every page to be copied has the release rule `whole`.
        needs_approval: the eligibility row asks for the leader's approval.
        silent: an existing platform that was asked too has not answered.
    """

    assurance: Assurance = Assurance.NONE
    own_record: bool = False
    certain_matches: int = 0
    other_candidates: bool = True
    checked: bool = False
    named: bool = False
    images: bool = False
    released: bool = False
    restricted: bool = True
    needs_approval: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """Who must look, and why not fewer. No reasons: the answer may go out at once."""

    level: Level
    reasons: tuple[MustLook, ...]


def who_must_look(policy: Policy, found: Found) -> PolicyVerdict:
    """Who must look before this can be issued. `instant` only if nothing at all speaks against it."""
    speaks_against = {
        MustLook.POLICY: policy.level is not Level.INSTANT,
        MustLook.IDENTITY_NOT_VERIFIED: found.assurance < policy.instant_assurance,
        MustLook.NOT_OWN_RECORD: not found.own_record,
        MustLook.NOT_ONE_CERTAIN_MATCH: found.certain_matches != 1 or found.other_candidates,
        MustLook.ENTRY_NOT_CHECKED: not found.checked,
        MustLook.PARTY_NOT_NAMED: not found.named,
        MustLook.PLATFORM_SILENT: found.silent,
        MustLook.NO_IMAGES: not found.images,
        MustLook.PAGES_NOT_RELEASED: not found.released,
        MustLook.RESTRICTED: found.restricted,
        MustLook.LEADER_APPROVES: found.needs_approval,
    }
    reasons = tuple(reason for reason, speaks in speaks_against.items() if speaks)
    least = Level.SIGNATORY if found.needs_approval else Level.HANDLER if reasons else Level.INSTANT
    return PolicyVerdict(max(policy.level, least, key=lambda level: level.rank), reasons)


def _deliveries(value: Any) -> tuple[Delivery, ...]:
    return tuple(Delivery(each) for each in value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("not a whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("not true or false")
    return value


_READ: dict[str, Any] = {
    "level": Level,
    "refusal_level": Level,
    "deliveries": _deliveries,
    "instant_assurance": Assurance,
    "not_found_notice": _flag,
    **dict.fromkeys(
        ("version", "acceptance_days", "processing_days", "extension_days", "supplement_days", "warn_days"), _whole
    ),
}


def _unfit(name: str) -> BadInput:
    return BadInput("lookup.policy_unfit", N_("The policy has an unfit value for {field}."), field=name)
