"""A request's state is derived from its referrals."""

from dataclasses import replace

import pytest

from dangqiao.core.lookup.progress import STEPS, RequestState, Routing, derive_request_state
from dangqiao.core.lookup.states import Outcome, Stage
from tests.core.lookup.desk import Desk

ONE = Desk.beginning()


def at(stage, outcome=None, **more):
    return replace(ONE, stage=stage, outcome=outcome, **more)


SENT, WORK = at(Stage.SENT), at(Stage.ACCEPTED)
DONE = at(Stage.CLOSED, Outcome.PROVIDED)
WITHDRAWN = at(Stage.WITHDRAWN, Outcome.WITHDRAWN)
PASSED_ON = at(Stage.TRANSFERRED, Outcome.TRANSFERRED, transferred_to="310101")


@pytest.mark.parametrize(
    ("referrals", "routing", "state", "step"),
    [
        ([], Routing.NOT_BEGUN, RequestState.RECEIVED, 1),
        ([], Routing.OPEN, RequestState.ROUTING, 1),
        ([], Routing.DONE, RequestState.CLOSED, 5),
        ([SENT], Routing.DONE, RequestState.ROUTING, 1),
        ([SENT, WORK], Routing.DONE, RequestState.IN_PROGRESS, 1),
        ([WORK], Routing.DONE, RequestState.IN_PROGRESS, 3),
        ([at(Stage.SEALING, Outcome.PROVIDED)], Routing.DONE, RequestState.IN_PROGRESS, 4),
        ([at(Stage.SUPPLEMENT), DONE], Routing.DONE, RequestState.WAITING_FOR_APPLICANT, 2),
        ([DONE, WORK], Routing.DONE, RequestState.PARTLY_ANSWERED, 3),
        ([DONE], Routing.OPEN, RequestState.PARTLY_ANSWERED, 1),
        ([DONE, WITHDRAWN], Routing.DONE, RequestState.CLOSED, 5),
        ([WITHDRAWN], Routing.DONE, RequestState.WITHDRAWN, 5),
        ([at(Stage.NOT_ACCEPTED, Outcome.NOT_ACCEPTED)], Routing.DONE, RequestState.CLOSED, 5),
        ([PASSED_ON], Routing.DONE, RequestState.ROUTING, 1),
        ([PASSED_ON, replace(DONE, archive="310101")], Routing.DONE, RequestState.CLOSED, 5),
        ([PASSED_ON, replace(WORK, archive="310101")], Routing.DONE, RequestState.IN_PROGRESS, 3),
    ],
)
def test_the_state_follows_from_the_referrals(referrals, routing, state, step):
    progress = derive_request_state(referrals, routing)
    assert (progress.state, progress.step) == (state, step)
    assert progress.step <= len(STEPS)


def test_answered_archives_are_counted():
    progress = derive_request_state([DONE, WORK, PASSED_ON])
    assert (progress.answered, progress.asked) == (1, 2)


def test_an_outcome_under_review_is_not_shown():
    assert at(Stage.REVIEW, Outcome.NOT_PROVIDED).answer is None
    assert DONE.answer is Outcome.PROVIDED
