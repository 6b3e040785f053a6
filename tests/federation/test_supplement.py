"""The archive asks for more; the clock stands still until it comes, however long that takes."""

import re
from datetime import UTC, datetime, timedelta

from dangqiao.core.lookup.referral import read_time
from tests.federation.acts import accepted, at_home, decide, genuine, opened, zh
from tests.federation.data import SCAN, SUPPLEMENTED, XUANWU, of_marriage
from tests.federation.world import JIANGSU, SHANGHAI, World

NOTE = "请补充一份能看清号码的身份证照片"


def test_the_clock_stands_still_while_the_archive_waits(world: World) -> None:
    asked = at_home(world, SHANGHAI, SUPPLEMENTED.wife, "marriage", of_marriage(SUPPLEMENTED))
    handler = world.staff(JIANGSU, "handler")
    page = opened(handler, asked.number)
    handler.act(page, "ask_supplement", {"materials": ["identity_document"], "note": NOTE})
    page = asked.shows(NOTE, zh("Waiting for you"), zh("Waiting for a supplement"))

    away = timedelta(days=6)
    with world.later(days=6):
        form = page.form("referral", "action")
        field = next(name for name in re.findall(r'name="([^"]+-file)"', page.body.decode()))
        sent = asked.person.browser.submit(page, form, {"note": "照片已附"}, files={field: SCAN})
        assert sent.status == 200
        part = asked.agreed(JIANGSU, XUANWU, "delivered")
        assert part.acts == ["deliver", "ask_supplement", "supplement"]
        after = read_time(part.state["deadline"])
        assert after > datetime.now(UTC) + away and not part.state["overdue"]
        assert part.state["stopped"] >= away.total_seconds()
        page = accepted(handler, asked.number)
        page = handler.wait_for(page.url, lambda page: b"/materials/" in page.body)
        assert handler.browser.open(page.link("/materials/")).body == SCAN[1]
        decide(handler, page)
        [document] = asked.documents()
    assert genuine(document, asked.node, after=away).archive == XUANWU
