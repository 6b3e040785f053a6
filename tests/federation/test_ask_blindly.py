"""Nobody knows which archive has it: platforms are asked by machine, and no person on the asking side sees what each
said, nor which archives were tried."""

from dangqiao.cli.demo.browser import Page
from tests.federation.acts import Asked, accepted, at_home, decide, referrals, zh
from tests.federation.data import GULOU, HIDDEN_CHILD, MANDATED, SCAN, of_child
from tests.federation.world import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, World, eventually

TRIED = (
    "上海",
    "浙江",
    "杭州",
    "黄浦",
    "西湖",
    "玄武",
    "310000",
    "330000",
    "330106",
    "310101",
    "possible",
    "by_inquiry",
)
"""What would tell who was asked and what was said. The archive that has it is told when it may be."""
UNKNOWN = {"place": "", "event_date": "", "inquiry_consent": "on"}


def _all_have_answered(asked: Asked) -> bool:
    inquiries = "SELECT platform, answered_at, archives FROM lookups_inquiry i JOIN lookups_lookuprequest q"
    rows = asked.node.rows(f"{inquiries} ON q.id = i.request_id WHERE q.number = ?", asked.number)
    assert {platform for platform, _, _ in rows} <= {SHANGHAI, JIANGSU, ZHEJIANG, ANHUI}
    return len(rows) == 4 and all(answered for _, answered, _ in rows)


def _tells_nothing(page: Page) -> None:
    assert not [word for word in TRIED if word in page.body.decode()]


def test_the_archive_that_has_it_answers(world: World) -> None:
    asked = at_home(world, ANHUI, HIDDEN_CHILD.child, "only-child", of_child(HIDDEN_CHILD, **UNKNOWN))
    eventually(lambda: _all_have_answered(asked), "all platforms have answered")
    asked.shows("南京市鼓楼区档案馆")
    assert set(referrals(asked.node, asked.number)) == {GULOU}
    _tells_nothing(asked.page())
    handler = world.staff(JIANGSU, "handler")
    decide(handler, accepted(handler, asked.number))
    asked.documents()
    _tells_nothing(asked.page())


def test_somebody_who_is_sent_learns_nothing_before_the_archive_has_accepted(world: World) -> None:
    needed = ("mandate", "identity_document", "identity_document_of_party")
    files = {f"{material}-file": SCAN for material in needed}
    answers = of_child(HIDDEN_CHILD, asks="sent_by_party", **UNKNOWN)
    asked = at_home(world, ANHUI, MANDATED, "only-child", answers, files)
    eventually(lambda: _all_have_answered(asked), "all platforms have answered")
    handler = world.staff(JIANGSU, "handler")
    handler.referral(asked.number)
    page = asked.page()
    _tells_nothing(page)
    assert "鼓楼" not in page.text and "320106" not in page.body.decode()
    accepted(handler, asked.number)
    asked.agreed(JIANGSU, GULOU, "accepted")
    assert "南京市鼓楼区档案馆" in asked.page().text


def test_where_no_platform_has_anything_nobody_is_named(world: World) -> None:
    answers = of_child(HIDDEN_CHILD, **UNKNOWN, **{"father-name": "", "mother-name": ""})
    asked = at_home(world, ANHUI, MANDATED, "only-child", answers)
    eventually(lambda: _all_have_answered(asked), "all platforms have answered")
    asked.shows(zh("No archive could be found that may hold this record."))
    _tells_nothing(asked.page())
    assert not referrals(asked.node, asked.number)
