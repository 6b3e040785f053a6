"""A citizen in Jiangsu asks by phone for a record in Hangzhou; a handler looks, decides and it is sealed."""

from tests.federation.acts import accepted, at_home, decide, genuine, zh
from tests.federation.data import CHILD, NEVER_MARRIED, XIHU, of_child
from tests.federation.world import JIANGSU, ZHEJIANG, World


def test_a_handler_decides_on_an_entry_that_nobody_has_checked(world: World) -> None:
    asked = at_home(world, JIANGSU, CHILD.child, "only-child", of_child(CHILD))
    asked.shows("杭州市西湖区档案馆", zh("Waiting for acceptance"))
    handler = world.staff(ZHEJIANG, "handler")
    page = accepted(handler, asked.number)
    assert zh("The entry has not been checked against the original.") in page.text
    decide(handler, page)
    [(document, ofd)] = asked.files()
    part = asked.agreed(ZHEJIANG, XIHU, "closed")
    assert part.acts == ["deliver", "accept", "decide", "seal"] and part.outcome == "provided"
    said = genuine(document, asked.node)
    assert genuine(ofd, asked.node) == said
    assert (said.kind, said.archive, said.serial) == ("certificate", XIHU, part.state["told"]["serial"])

    page = handler.browser.open(f"/verify/{said.code}/")
    page = handler.browser.submit(page, page.form("name"), {"name": CHILD.child.name})
    assert CHILD.father.name in page.text and CHILD.code in page.text
    assert asked.node.count("deliverables_delivery", "mode = 'download'") >= 1
    _nobody_else_sees_it(world, asked.path)


def _nobody_else_sees_it(world: World, path: str) -> None:
    stranger = world.citizen(JIANGSU, NEVER_MARRIED)
    assert stranger.browser.open(path).status == 404
