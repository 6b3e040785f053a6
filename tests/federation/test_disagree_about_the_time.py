"""One clock is wrong: what that node sends waits, the operators are told why, and it goes on when the clock is."""

from tests.federation.acts import Asked, accepted, at_home, decide, genuine, referrals, zh
from tests.federation.data import AHEAD, HUANGPU, OUTDATED, Couple, of_marriage
from tests.federation.world import ANHUI, SHANGHAI, World, eventually

_TRIED = "receiver = ? AND state = 'waiting' AND attempts > 0 AND last_error LIKE ?"


def _asked_in_vain(world: World, couple: Couple, reason: str) -> Asked:
    """A request that Anhui cannot deliver to Shanghai for this reason; the page says that it waits."""
    asked = at_home(world, ANHUI, couple.husband, "marriage", of_marriage(couple, asks="husband"))
    asked.shows(zh("On its way to the archive"))
    said = reason.partition("{")[0].strip()
    eventually(lambda: asked.node.count("exchange_sentmessage", _TRIED, SHANGHAI, f"%{said}%"), "delivery was tried")
    assert referrals(asked.node, asked.number)[HUANGPU].stage == "sent"
    return asked


def _is_answered(world: World, asked: Asked) -> None:
    handler = world.staff(SHANGHAI, "handler")
    decide(handler, accepted(handler, asked.number))
    assert asked.agreed(SHANGHAI, HUANGPU, "closed").outcome == "provided"
    [document] = asked.documents()
    assert genuine(document, asked.node).archive == HUANGPU


def test_messages_from_the_future_wait_until_the_clock_is_right(world: World) -> None:
    with world.clock_ahead(ANHUI, hours=3):
        asked = _asked_in_vain(world, AHEAD, "The message is dated {issued_at}, which lies in the future here.")
        assert "clock.differs" in {finding["code"] for finding in asked.node.doctor()}
        assert "clock.differs" in {finding["code"] for finding in world[SHANGHAI].doctor()}
    _is_answered(world, asked)


def test_nothing_leaves_by_an_expired_directory(world: World) -> None:
    with world.clock_ahead(ANHUI, days=60):
        asked = _asked_in_vain(world, OUTDATED, "This node has no directory")
        assert "directory.none_current" in {finding["code"] for finding in asked.node.doctor()}
    _is_answered(world, asked)
