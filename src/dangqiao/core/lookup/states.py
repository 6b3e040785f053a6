"""The words of a referral's life: stages, acts, outcomes, and who has it in each stage. The rules are in `machine`."""

from dataclasses import dataclass
from enum import StrEnum

from dangqiao.core.errors import N_
from dangqiao.core.vocabulary.actor import Role


class Stage(StrEnum):
    """Where a referral (承办件) is."""

    SENT = "sent"
    DELIVERED = "delivered"
    SUPPLEMENT = "supplement"
    ACCEPTED = "accepted"
    RETRIEVAL = "retrieval"
    REVIEW = "review"
    SIGN_OFF = "sign_off"
    SEALING = "sealing"
    CLOSED = "closed"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    TRANSFERRED = "transferred"


class Outcome(StrEnum):
    """What came out. Only a search that was carried through may end in `not_found`."""

    PROVIDED = "provided"
    PROVIDED_IN_PART = "provided_in_part"
    NOT_FOUND = "not_found"
    ENTRY_WITHOUT_ORIGINAL = "entry_without_original"
    ORIGINAL_DAMAGED = "original_damaged"
    NOT_YET_HANDED_OVER = "not_yet_handed_over"
    NOT_PROVIDED = "not_provided"
    NOT_ACCEPTED = "not_accepted"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What moves a referral. Each is recorded by the holding node, which alone writes the chain of events."""

    DELIVER = "deliver"
    ASK_SUPPLEMENT = "ask_supplement"
    SUPPLEMENT = "supplement"
    LAPSE = "lapse"
    ACCEPT = "accept"
    NOT_ACCEPT = "not_accept"
    TRANSFER = "transfer"
    FETCH_ORIGINALS = "fetch_originals"
    ORIGINALS_ARRIVED = "originals_arrived"
    EXTEND = "extend"
    DECIDE = "decide"
    APPROVE_REVIEW = "approve_review"
    APPROVE_SIGN_OFF = "approve_sign_off"
    RETURN_FOR_REWORK = "return_for_rework"
    SEAL = "seal"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    ANSWER_TOO_LATE = "answer_too_late"
    ESCALATE = "escalate"


class Level(StrEnum):
    """Who must look before something is issued, from nobody to three people. Ordered by `rank`."""

    INSTANT = "instant"
    HANDLER = "handler"
    REVIEWER = "reviewer"
    SIGNATORY = "signatory"

    @property
    def rank(self) -> int:
        """0 for `instant` … 3 for `signatory`."""
        return tuple(Level).index(self)


class Side(StrEnum):
    """The node on which the applicant asks, or the node of the archive that holds the record."""

    ASKING = "asking"
    HOLDER = "holder"


class Clock(StrEnum):
    """What the legal clock does in a stage."""

    RUNS = "runs"
    STOPPED = "stopped"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class StageFacts:
    """What is true of a stage: who has the referral then, and what the clock does."""

    label: str
    side: Side
    role: Role
    clock: Clock


STAGES: dict[Stage, StageFacts] = {
    Stage.SENT: StageFacts(N_("On its way to the archive"), Side.ASKING, Role.NODE, Clock.NONE),
    Stage.DELIVERED: StageFacts(N_("Waiting for acceptance"), Side.HOLDER, Role.HANDLER, Clock.RUNS),
    Stage.SUPPLEMENT: StageFacts(N_("Waiting for a supplement"), Side.ASKING, Role.APPLICANT, Clock.STOPPED),
    Stage.ACCEPTED: StageFacts(N_("Accepted, being handled"), Side.HOLDER, Role.HANDLER, Clock.RUNS),
    Stage.RETRIEVAL: StageFacts(N_("Originals being fetched"), Side.HOLDER, Role.HANDLER, Clock.RUNS),
    Stage.REVIEW: StageFacts(N_("Being reviewed"), Side.HOLDER, Role.REVIEWER, Clock.RUNS),
    Stage.SIGN_OFF: StageFacts(N_("Waiting for sign-off"), Side.HOLDER, Role.SIGNATORY, Clock.RUNS),
    Stage.SEALING: StageFacts(N_("Document being made"), Side.HOLDER, Role.NODE, Clock.RUNS),
    Stage.CLOSED: StageFacts(N_("Answered and closed"), Side.ASKING, Role.APPLICANT, Clock.NONE),
    Stage.NOT_ACCEPTED: StageFacts(N_("Not accepted by the archive"), Side.ASKING, Role.APPLICANT, Clock.NONE),
    Stage.WITHDRAWN: StageFacts(N_("Withdrawn by the applicant"), Side.ASKING, Role.APPLICANT, Clock.NONE),
    Stage.TRANSFERRED: StageFacts(N_("Transferred to another archive"), Side.ASKING, Role.NODE, Clock.NONE),
}

ENDED = frozenset({Stage.CLOSED, Stage.NOT_ACCEPTED, Stage.WITHDRAWN, Stage.TRANSFERRED})

OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.PROVIDED: N_("Provided"),
    Outcome.PROVIDED_IN_PART: N_("Provided in part"),
    Outcome.NOT_FOUND: N_("Searched, not found"),
    Outcome.ENTRY_WITHOUT_ORIGINAL: N_("Catalogue entry without original"),
    Outcome.ORIGINAL_DAMAGED: N_("Original damaged"),
    Outcome.NOT_YET_HANDED_OVER: N_("Not yet handed over to the archive"),
    Outcome.NOT_PROVIDED: N_("Not provided, with reason"),
    Outcome.NOT_ACCEPTED: N_("Not accepted by the archive"),
    Outcome.TRANSFERRED: N_("Transferred to another archive"),
    Outcome.WITHDRAWN: N_("Withdrawn by the applicant"),
}

ACT_LABELS: dict[Act, str] = {
    Act.DELIVER: N_("delivered to the archive"),
    Act.ASK_SUPPLEMENT: N_("asked for a supplement"),
    Act.SUPPLEMENT: N_("received the supplement"),
    Act.LAPSE: N_("let it lapse: no supplement came in time"),
    Act.ACCEPT: N_("accepted"),
    Act.NOT_ACCEPT: N_("did not accept"),
    Act.TRANSFER: N_("transferred to another archive"),
    Act.FETCH_ORIGINALS: N_("had the originals fetched"),
    Act.ORIGINALS_ARRIVED: N_("received the originals"),
    Act.EXTEND: N_("extended the time limit"),
    Act.DECIDE: N_("decided"),
    Act.APPROVE_REVIEW: N_("approved on review"),
    Act.APPROVE_SIGN_OFF: N_("signed off"),
    Act.RETURN_FOR_REWORK: N_("returned for rework"),
    Act.SEAL: N_("sealed and registered the document"),
    Act.CLOSE: N_("closed without a document"),
    Act.WITHDRAW: N_("recorded the withdrawal"),
    Act.ANSWER_TOO_LATE: N_("answered that it is too late to withdraw"),
    Act.ESCALATE: N_("reported the time limit as exceeded"),
}

LEVEL_LABELS: dict[Level, str] = {
    Level.INSTANT: N_("issued automatically"),
    Level.HANDLER: N_("handler decides"),
    Level.REVIEWER: N_("handler decides, reviewer approves"),
    Level.SIGNATORY: N_("handler decides, reviewer approves, signatory signs off"),
}
