"""An archive's rule wants a second person, an heir's application the leader as well: nothing goes out before."""

import pytest

from dangqiao.cli.demo.browser import PageProblem
from tests.federation.acts import accepted, at_home, decide, genuine, zh
from tests.federation.data import HEIR, INHERITED, REVIEWED, SCAN, XIHU, of_marriage, of_movement
from tests.federation.world import ANHUI, JIANGSU, ZHEJIANG, World

POLICY = """
from dangqiao.apps.lookups.services import set_policy
from dangqiao.cli.operator import local_operator
set_policy(local_operator(), "330106", "educated-youth", {"level": "reviewer"})
"""


def test_a_reviewer_returns_the_decision_and_then_approves_it(world: World) -> None:
    world[ZHEJIANG].inside(POLICY)
    answers = of_movement(REVIEWED, other_place="", kind_wanted="extract")
    asked = at_home(world, ANHUI, REVIEWED.youth, "educated-youth", answers)
    handler, reviewer = world.staff(ZHEJIANG, "handler"), world.staff(ZHEJIANG, "reviewer")
    page = decide(handler, accepted(handler, asked.number))
    asked.agreed(ZHEJIANG, XIHU, "review")
    with pytest.raises(PageProblem):
        handler.act(page, "approve_review")

    reviewer.act(reviewer.referral(asked.number), "return_for_rework", {"note": "请再核对接收地"})
    asked.agreed(ZHEJIANG, XIHU, "accepted")
    assert "请再核对接收地" not in asked.page().text, "a word among colleagues"
    decide(handler, handler.referral(asked.number))
    reviewer.act(reviewer.referral(asked.number, "stage=review"), "approve_review")

    part = asked.agreed(ZHEJIANG, XIHU, "closed")
    assert part.acts == ["deliver", "accept", "decide", "return_for_rework", "decide", "approve_review", "seal"]
    [document] = asked.documents()
    assert genuine(document, asked.node).kind == "extract"
    for node in (asked.node, world[ZHEJIANG]):
        assert node.count("deliverables_deliverable", "referral_id = ?", part.id) == 1


def test_for_an_heir_the_leader_signs_off(world: World) -> None:
    materials = ("identity_document", "kinship_proof", "purpose_proof")
    files = {f"{material}-file": SCAN for material in materials}
    answers = of_marriage(INHERITED, applicant_kind="heir", purpose_of_use="inheritance")
    answers |= {f"{role}-name": who.name for role, who in (("party_a", INHERITED.husband), ("party_b", INHERITED.wife))}
    asked = at_home(world, JIANGSU, HEIR, "marriage", answers, files)
    handler, reviewer, leader = (world.staff(ZHEJIANG, name) for name in ("handler", "reviewer", "signatory"))
    decide(handler, accepted(handler, asked.number))
    reviewer.act(reviewer.referral(asked.number), "approve_review")
    asked.shows(zh("Waiting for sign-off"))
    leader.act(leader.referral(asked.number), "approve_sign_off")
    part = asked.agreed(ZHEJIANG, XIHU, "closed")
    assert part.acts == ["deliver", "accept", "decide", "approve_review", "approve_sign_off", "seal"]
    assert len({event[2] for event in part.events if event[1] in ("decide", "approve_review", "approve_sign_off")}) == 3
    [document] = asked.documents()
    assert genuine(document, asked.node).archive == XIHU
