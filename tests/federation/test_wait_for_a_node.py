"""The archive's node is down when somebody asks: the request waits, says so, and goes on by itself."""

from tests.federation.acts import accepted, at_home, decide, genuine, referrals, zh
from tests.federation.data import DOWN, HUANGPU, of_marriage
from tests.federation.world import ANHUI, SHANGHAI, World, eventually


def test_it_is_delivered_when_the_node_is_back(world: World) -> None:
    with world.without(SHANGHAI):
        asked = at_home(world, ANHUI, DOWN.husband, "marriage", of_marriage(DOWN, asks="husband"))
        asked.shows(zh("On its way to the archive"), "上海市黄浦区档案馆")
        tried = "receiver = ? AND state = 'waiting' AND attempts > 0"
        eventually(lambda: asked.node.count("exchange_sentmessage", tried, SHANGHAI), "delivery was tried")
        assert referrals(asked.node, asked.number)[HUANGPU].stage == "sent"
    handler = world.staff(SHANGHAI, "handler")
    decide(handler, accepted(handler, asked.number))
    assert asked.agreed(SHANGHAI, HUANGPU, "closed").outcome == "provided"
    [document] = asked.documents()
    assert genuine(document, asked.node).archive == HUANGPU
