"""An educated youth's papers lie where they left and where they were sent: two archives answer one request."""

from tests.federation.acts import accepted, at_home, decide, genuine, referrals, zh
from tests.federation.data import LEFT, SENT, SUSONG, XUHUI, YOUTH, of_movement
from tests.federation.world import ANHUI, SHANGHAI, ZHEJIANG, World, eventually


def test_each_archive_answers_for_its_part(world: World) -> None:
    asked = at_home(world, ZHEJIANG, YOUTH, "educated-youth", of_movement(LEFT))
    eventually(lambda: set(referrals(asked.node, asked.number)) == {XUHUI, SUSONG}, "two archives are asked")
    left, sent = world.staff(SHANGHAI, "handler"), world.staff(ANHUI, "handler")

    decide(left, accepted(left, asked.number))
    asked.agreed(SHANGHAI, XUHUI, "closed")
    asked.documents(1)
    asked.shows(zh("Partly answered"))

    decide(sent, accepted(sent, asked.number))
    asked.agreed(ANHUI, SUSONG, "closed")
    documents = asked.documents(2)
    asked.shows(zh("Answered and closed"))
    assert {genuine(each, asked.node).archive for each in documents} == {XUHUI, SUSONG}
    assert set(referrals(world[SHANGHAI], asked.number)) == {XUHUI}, "an archive knows only its own part"
    assert set(referrals(world[ANHUI], asked.number)) == {SUSONG}
    assert {LEFT.code, SENT.code}.isdisjoint(asked.page().text.split())
