"""Impatient citizens, a wire that repeats itself, two handlers at once: one request, one effect, one decision."""

import base64
from concurrent.futures import ThreadPoolExecutor

import httpx

from dangqiao.cli.demo.browser import Page
from dangqiao.cli.demo.people import Person
from tests.federation.acts import Asked, accepted, at_home, genuine, said_in, zh
from tests.federation.data import AT_ONCE, CLICKED, HUANGPU, THRICE, XUANWU, of_marriage
from tests.federation.world import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, World

SEALED = """
import base64
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange.models import SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ports import port
row = SentMessage.objects.get(id={id!r})
key = directory.required().keys_at(now()).sealing_key(row.receiver)
print(base64.b64encode(port("envelope_cipher").seal(row.content, key)).decode())
"""
"""A message as it goes over the wire."""


def test_the_citizen_presses_the_button_twice_at_once(world: World) -> None:
    citizen = world.citizen(ANHUI, CLICKED.wife)
    page = citizen.fill_in("/apply/marriage/who/", of_marriage(CLICKED))
    form = page.form("key")
    before = world[ANHUI].count("lookups_lookuprequest")
    with ThreadPoolExecutor(3) as pool:
        after = list(pool.map(lambda _: citizen.browser.submit(page, form), range(3)))
    assert {each.status for each in after} == {200}
    [address] = {each.url for each in after}
    assert world[ANHUI].count("lookups_lookuprequest") == before + 1
    path = address.removeprefix(world[ANHUI].url)
    asked = Asked(world, world[ANHUI], citizen, path, path.rstrip("/").rsplit("/", 1)[-1])
    assert asked.agreed(SHANGHAI, HUANGPU, "delivered").acts == ["deliver"]
    assert world[SHANGHAI].count("lookups_lookuprequest", "number = ?", asked.number) == 1


def test_two_handlers_decide_at_once(world: World) -> None:
    asked = at_home(world, ANHUI, AT_ONCE.wife, "marriage", of_marriage(AT_ONCE))
    first, second = world.staff(SHANGHAI, "handler"), world.staff(SHANGHAI, "colleague")
    page = accepted(first, asked.number)
    pages = [(first, page), (second, second.browser.open(page.url))]

    def act(who: Person, page: Page) -> Page:
        form = who.offered(page, "decide")
        entries = form.choices["decide-entries"][:1]
        return who.browser.submit(page, form, {"decide-outcome": "provided", "decide-entries": entries})

    with ThreadPoolExecutor(2) as pool:
        after = list(pool.map(lambda pair: act(*pair), pages))
    assert sorted(each.status for each in after) == [200, 409]
    refused = next(each for each in after if each.status == 409)
    assert zh("Not done: {why}").partition("{")[0] in refused.text
    part = asked.agreed(SHANGHAI, HUANGPU, "closed")
    assert part.acts == ["deliver", "accept", "decide", "seal"]
    [document] = asked.documents()
    assert genuine(document, asked.node).serial == part.state["told"]["serial"]
    for table in ("lookups_decision", "deliverables_deliverable"):
        assert world[SHANGHAI].count(table, "referral_id = ?", part.id) == 1


def test_a_message_is_delivered_three_times(world: World) -> None:
    asked = at_home(world, ZHEJIANG, THRICE.husband, "marriage", of_marriage(THRICE, asks="husband"))
    accepted(world.staff(JIANGSU, "handler"), asked.number)
    asked.agreed(JIANGSU, XUANWU, "accepted")
    with world[ZHEJIANG].worker_standing_still():  # it would deliver the message itself
        page = asked.page()
        asked.person.browser.submit(page, page.form("reason", "action"))
        waiting = (
            "SELECT id FROM exchange_sentmessage WHERE type = 'referral.withdrawal_requested.v1' AND state = 'waiting'"
        )
        [[message]] = world[ZHEJIANG].rows(waiting)
        sealed = base64.b64decode(world[ZHEJIANG].inside(SEALED.format(id=message)))
        with ThreadPoolExecutor(3) as pool:
            receipts = list(pool.map(lambda _: _post(world[JIANGSU].url, sealed), range(3)))
    assert sorted(receipts) == ["duplicate", "duplicate", "stored"]
    part = asked.agreed(JIANGSU, XUANWU, "withdrawn")
    assert part.acts == ["deliver", "accept", "withdraw"]
    world.settle()
    assert world[ZHEJIANG].count("exchange_sentmessage", "id = ? AND state = 'delivered'", message) == 1
    assert world[JIANGSU].count("exchange_receivedmessage", "id = ? AND state = 'processed'", message) == 1


def _post(url: str, sealed: bytes) -> str:
    """Delivers a message; what its signed receipt says."""
    answer = httpx.post(f"{url}/exchange/v1/messages", content=sealed, trust_env=False)
    assert answer.status_code == 200
    return str(said_in(answer.text)["status"])
