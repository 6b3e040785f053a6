"""Nobody answers before the deadline: both sides see it, and the request stays open."""

from tests.federation.acts import at_home, opened, zh
from tests.federation.data import LEFT_LYING, SUSONG, of_marriage
from tests.federation.world import ANHUI, ZHEJIANG, World


def test_it_is_overdue_on_both_sides(world: World) -> None:
    asked = at_home(world, ZHEJIANG, LEFT_LYING.wife, "marriage", of_marriage(LEFT_LYING))
    handler = world.staff(ANHUI, "handler")
    opened(handler, asked.number)
    assert zh("overdue") not in asked.page().text
    with world.later(days=12):
        world[ANHUI].restart_worker()  # it looks at the clocks when it starts, and then every minute
        page = handler.referral(asked.number, "overdue=1")
        assert zh("overdue") in page.text
        asked.shows(zh("overdue"), zh("reported the time limit as exceeded"))
        part = asked.agreed(ANHUI, SUSONG, "delivered")
        assert part.acts == ["deliver", "escalate"] and part.state["overdue"]
    handler.act(page, "accept")
    assert asked.agreed(ANHUI, SUSONG, "accepted").state["escalations"] == 1
