"""How a request stands, derived from its referrals. A request has no state of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dangqiao.core.errors import N_
from dangqiao.core.lookup.referral import ReferralState
from dangqiao.core.lookup.states import Outcome, Stage


class RequestState(StrEnum):
    """Where a lookup request (查档申请) is."""

    RECEIVED = "received"
    ROUTING = "routing"
    IN_PROGRESS = "in_progress"
    WAITING_FOR_APPLICANT = "waiting_for_applicant"
    PARTLY_ANSWERED = "partly_answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


REQUEST_LABELS: dict[RequestState, str] = {
    RequestState.RECEIVED: N_("Application received"),
    RequestState.ROUTING: N_("Looking for the archive that holds it"),
    RequestState.IN_PROGRESS: N_("In progress at the archive"),
    RequestState.WAITING_FOR_APPLICANT: N_("Waiting for you"),
    RequestState.PARTLY_ANSWERED: N_("Partly answered"),
    RequestState.CLOSED: N_("Answered and closed"),
    RequestState.WITHDRAWN: N_("Withdrawn by the applicant"),
}


class Routing(StrEnum):
    """How far the search for a custodian has come."""

    NOT_BEGUN = "not_begun"
    OPEN = "open"
    """Inquiries are still unanswered, or a referral is about to be made."""
    DONE = "done"


STEPS = (N_("Received"), N_("At the archive"), N_("Being looked up"), N_("Decided"), N_("Answered"))
"""The steps that a progress bar shows; `RequestProgress.step` counts how many are done."""

_STEP = {
    Stage.SENT: 1,
    Stage.DELIVERED: 2,
    Stage.SUPPLEMENT: 2,
    Stage.ACCEPTED: 3,
    Stage.RETRIEVAL: 3,
    Stage.REVIEW: 3,
    Stage.SIGN_OFF: 3,
    Stage.SEALING: 4,
}


@dataclass(frozen=True, slots=True)
class RequestProgress:
    """The derived state, how many archives were asked and have answered, and the steps done (1 to 5)."""

    state: RequestState
    asked: int
    answered: int
    step: int


def derive_request_state(referrals: Sequence[ReferralState], routing: Routing = Routing.DONE) -> RequestProgress:
    """Where a request is. A transferred referral counts by its successor, which must be among `referrals` too.

    Precedence: what the applicant must do comes before how far the archives are.
    """
    archives = {each.archive for each in referrals}
    counted = [each for each in referrals if each.stage is not Stage.TRANSFERRED]
    awaited = any(each.stage is Stage.TRANSFERRED and each.transferred_to not in archives for each in referrals)
    open_routing = routing is not Routing.DONE or awaited
    answered = sum(each.ended for each in counted)
    step = min((_STEP.get(each.stage, len(STEPS)) for each in counted), default=1)
    state = _state(counted, routing, open_routing, answered)
    if state is RequestState.CLOSED:
        step = len(STEPS)
    elif open_routing:
        step = 1
    return RequestProgress(state, len(counted), answered, step)


def _state(counted: Sequence[ReferralState], routing: Routing, open_routing: bool, answered: int) -> RequestState:
    if any(each.stage is Stage.SUPPLEMENT for each in counted):
        return RequestState.WAITING_FOR_APPLICANT
    if not counted and routing is Routing.NOT_BEGUN:
        return RequestState.RECEIVED
    if open_routing or answered < len(counted):
        if answered:
            return RequestState.PARTLY_ANSWERED
        delivered = any(each.stage is not Stage.SENT for each in counted)
        return RequestState.IN_PROGRESS if delivered else RequestState.ROUTING
    if counted and all(each.outcome is Outcome.WITHDRAWN for each in counted):
        return RequestState.WITHDRAWN
    return RequestState.CLOSED
