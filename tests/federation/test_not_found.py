"""Nothing was found: a sealed notice says what was searched, and that it proves nothing."""

from tests.federation.acts import accepted, at_home, decide, genuine, verdict_on_page, zh
from tests.federation.data import NEVER_MARRIED, XUANWU
from tests.federation.world import JIANGSU, ZHEJIANG, World

ANSWERS = {
    "applicant_kind": "party",
    "role": "party_a",
    "party_b-name": "邵雨晴",
    "event_date": "1996",
    "place": "南京市玄武区",
    "archive_code": "",
    "purpose_of_use": "housing",
    "kind_wanted": "certificate",
}


def test_a_sealed_notice_of_not_found(world: World) -> None:
    asked = at_home(world, ZHEJIANG, NEVER_MARRIED, "marriage", ANSWERS)
    handler = world.staff(JIANGSU, "handler")
    decide(handler, accepted(handler, asked.number, candidates=0), "not_found")
    part = asked.agreed(JIANGSU, XUANWU, "closed")
    assert part.outcome == "not_found" and part.state["told"].get("serial")
    [notice] = asked.documents()
    assert zh("Searched, not found") in asked.page().text
    said = genuine(notice, asked.node)
    assert (said.kind, said.archive) == ("not_found_notice", XUANWU)
    assert verdict_on_page(world[ZHEJIANG], notice)[0] == "valid"

    anybody = world.citizen(JIANGSU, NEVER_MARRIED).browser
    page = anybody.open(f"/verify/{said.code}/")
    page = anybody.submit(page, page.form("name"), {"name": NEVER_MARRIED.name})
    assert "不证明相关事实不存在" in page.text and "不得作单身证明使用" in page.text and "1996年前后" in page.text
