"""The wrong archive was asked: it hands the request over to one of another platform, which answers."""

from tests.federation.acts import accepted, at_counter, decide, genuine, opened, referrals
from tests.federation.data import HUANGPU, MOVED, XIHU, of_marriage
from tests.federation.world import ANHUI, SHANGHAI, ZHEJIANG, World


def test_to_an_archive_of_another_platform(world: World) -> None:
    asked = at_counter(world, ANHUI, "340826-001", "marriage", of_marriage(MOVED, archive_code=HUANGPU))
    first, second = world.staff(SHANGHAI, "handler"), world.staff(ZHEJIANG, "handler")
    said = {"to_archive": XIHU, "reason": "held_elsewhere", "note": "登记地在杭州市西湖区"}
    first.act(opened(first, asked.number, candidates=0), "transfer", said)
    part = asked.agreed(SHANGHAI, HUANGPU, "transferred")
    assert part.acts == ["deliver", "transfer"] and part.state["transferred_to"] == XIHU

    decide(second, accepted(second, asked.number))
    assert asked.agreed(ZHEJIANG, XIHU, "closed").outcome == "provided"
    [document] = asked.documents()
    assert genuine(document, asked.node).archive == XIHU
    asked.shows("上海市黄浦区档案馆", "杭州市西湖区档案馆")
    assert set(referrals(asked.node, asked.number)) == {HUANGPU, XIHU}
    assert set(referrals(world[SHANGHAI], asked.number)) == {HUANGPU}, "the first archive has no more to do with it"
