"""Not accepted and not provided: with a coded reason, its legal basis, and the body that hears complaints."""

import pytest

from dangqiao.cli.demo.browser import PageProblem
from dangqiao.core.lookup.reasons import REASONS
from tests.federation.acts import accepted, at_counter, at_home, decide, opened, zh
from tests.federation.data import REFUSED, XUANWU, of_marriage
from tests.federation.world import ANHUI, JIANGSU, ZHEJIANG, World

COMPLAINTS = "南京市玄武区档案局"
NOTE = "户籍底册与身份证不一致，请到窗口办理"


def test_not_accepted(world: World) -> None:
    asked = at_counter(world, ANHUI, "340826-001", "marriage", of_marriage(REFUSED, asks="husband"))
    handler = world.staff(JIANGSU, "handler")
    handler.act(opened(handler, asked.number), "not_accept", {"reason": "identity_unclear", "note": NOTE})
    part = asked.agreed(JIANGSU, XUANWU, "not_accepted")
    assert part.acts == ["deliver", "not_accept"] and part.outcome == "not_accepted"
    page = asked.shows(REASONS["identity_unclear"].sentence("zh"), COMPLAINTS, NOTE)
    assert zh("Not accepted by the archive") in page.text and zh("Answered and closed") in page.text
    assert not asked.node.count("deliverables_deliverable", "referral_id = ?", part.id)


def test_not_provided_after_a_reviewer_has_agreed(world: World) -> None:
    asked = at_home(world, ZHEJIANG, REFUSED.wife, "marriage", of_marriage(REFUSED))
    handler, reviewer = world.staff(JIANGSU, "handler"), world.staff(JIANGSU, "reviewer")
    page = accepted(handler, asked.number)
    page = decide(handler, page, "not_provided", reason_code="others_privacy", note=NOTE)
    asked.agreed(JIANGSU, XUANWU, "review")
    page = asked.page()
    assert zh("Being reviewed") in page.text
    assert REASONS["others_privacy"].zh not in page.text and COMPLAINTS not in page.text and NOTE not in page.text
    with pytest.raises(PageProblem):
        handler.act(handler.referral(asked.number), "approve_review")

    reviewer.act(reviewer.referral(asked.number), "approve_review")
    part = asked.agreed(JIANGSU, XUANWU, "closed")
    assert part.acts == ["deliver", "accept", "decide", "approve_review", "close"] and part.outcome == "not_provided"
    page = asked.shows(REASONS["others_privacy"].sentence("zh"), COMPLAINTS, NOTE)
    assert zh("Not provided, with reason") in page.text
    for node in (asked.node, world[JIANGSU]):
        assert not node.count("deliverables_deliverable", "referral_id = ?", part.id)
