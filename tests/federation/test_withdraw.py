"""The applicant takes the request back: in time it ends; once the decision stands the answer comes all the same."""

from tests.federation.acts import Asked, accepted, at_home, decide, zh
from tests.federation.data import TAKEN_BACK, TOO_LATE, XUANWU, of_marriage
from tests.federation.world import JIANGSU, SHANGHAI, ZHEJIANG, World, eventually


def _take_back(asked: Asked) -> None:
    page = asked.page()
    form = page.form("reason", "action")
    assert form.values["action"] == "withdraw"
    assert asked.person.browser.submit(page, form, {"reason": "不需要了"}).status == 200


def test_in_time(world: World) -> None:
    asked = at_home(world, ZHEJIANG, TAKEN_BACK.wife, "marriage", of_marriage(TAKEN_BACK))
    handler = world.staff(JIANGSU, "handler")
    accepted(handler, asked.number)
    asked.agreed(JIANGSU, XUANWU, "accepted")
    _take_back(asked)
    part = asked.agreed(JIANGSU, XUANWU, "withdrawn")
    assert part.acts == ["deliver", "accept", "withdraw"] and part.events[-1][2].startswith(f"node:{ZHEJIANG}")
    asked.shows(zh("Withdrawn by the applicant"))
    assert asked.number not in handler.browser.open("/workbench/").text


def test_too_late(world: World) -> None:
    asked = at_home(world, SHANGHAI, TOO_LATE.husband, "marriage", of_marriage(TOO_LATE, asks="husband"))
    handler = world.staff(JIANGSU, "handler")
    page = accepted(handler, asked.number)
    asked.agreed(JIANGSU, XUANWU, "accepted")
    with world[SHANGHAI].worker_standing_still():  # the news of the decision lies there unread
        decide(handler, page)
        answered = "state = 'delivered' AND type = 'deliverable.issued.v1' AND receiver = ?"
        eventually(lambda: world[JIANGSU].count("exchange_sentmessage", answered, SHANGHAI), "the answer has arrived")
        _take_back(asked)
    eventually(lambda: "answer_too_late" in asked.agreed(JIANGSU, XUANWU).acts, "the withdrawal is answered")
    part = asked.agreed(JIANGSU, XUANWU)
    assert part.stage == "closed" and part.outcome == "provided" and part.state["withdrawal_refused"]
    asked.documents()
    asked.shows(zh("It came too late: the decision stood already."))
