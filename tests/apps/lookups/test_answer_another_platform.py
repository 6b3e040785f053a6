"""Shanghai as the holder: Anhui asks by message and hears every step."""

from dataclasses import replace

import pytest

from dangqiao.apps.fields import now
from dangqiao.apps.lookups import inbox, records, services
from dangqiao.apps.lookups.models import LookupRequest, Referral
from dangqiao.apps.work import services as work
from dangqiao.core.errors import NotThere, Refused
from dangqiao.core.federation import messages
from dangqiao.core.lookup.machine import replay
from dangqiao.core.lookup.referral import Event, sent
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.world import ENTRY, NOWHERE, SOUGHT, VAGUE, Anhui, World, fresh, stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def anhui(world: World) -> Anhui:
    return Anhui()


def asked(anhui: Anhui, **changes: object) -> Referral:
    anhui.says(inbox.referral_submitted, anhui.submitted(**changes))
    work.drain()
    return Referral.objects.select_related("request").get(id=anhui.referral)


def test_a_request_of_another_platform_is_stored_delivered_and_searched(anhui: Anhui) -> None:
    row = asked(anhui, sought=VAGUE)
    assert (row.request.number, row.request.asking_platform) == ("340000-20260302-000001", "340000")
    assert (stage(row), row.searches.count()) == ("delivered", 1)
    assert row.request.materials.get().seen_by == "node:340000"


def test_the_same_application_three_times_is_one_referral(anhui: Anhui) -> None:
    payload = anhui.submitted(VAGUE)
    for _ in range(3):
        anhui.says(inbox.referral_submitted, payload)
    assert (Referral.objects.count(), LookupRequest.objects.count()) == (1, 1)
    assert [event.act for event in Referral.objects.get().events.all()] == ["deliver"]


def test_every_act_reaches_the_asking_node_and_its_replica_agrees(world: World, anhui: Anhui) -> None:
    world.ready_for_instant()
    row = asked(anhui)
    world.seal(row)
    heard = anhui.heard()
    assert [kind for kind, _ in heard] == ["referral.event.v1"] * 4 + ["deliverable.issued.v1"]
    events = [Event.from_dict(data) for kind, data in heard if kind == "referral.event.v1"]
    begun = sent(anhui.referral, asking="340000", holder="310000", archive="310115", at=row.sent_at)
    replica = replay(begun, events)
    assert (replica.digest, replica.stage.value) == (fresh(row).chain, "closed")


def test_an_archive_that_is_not_ours_is_refused(anhui: Anhui) -> None:
    with pytest.raises(Refused, match=r"lookups\.not_our_archive"):
        anhui.says(inbox.referral_submitted, anhui.submitted(archive="340826"))


def test_a_platform_that_did_not_ask_can_neither_supplement_nor_withdraw(anhui: Anhui, world: World) -> None:
    row = asked(anhui, sought=VAGUE)
    withdrawal = messages.WithdrawalRequested(referral=str(row.id), requested_at=row.sent_at)
    with pytest.raises(Refused, match=r"lookups\.not_the_askers"):
        anhui.says(inbox.withdrawal_requested, withdrawal, sender="330000")
    with pytest.raises(Refused, match=r"lookups\.not_the_askers"):
        anhui.says(inbox.referral_submitted, anhui.submitted(), sender="330000")
    assert stage(row) == "delivered"


def test_supplement_stops_the_clock_and_is_searched_again(world: World, anhui: Anhui) -> None:
    row = asked(anhui, sought=VAGUE)
    services.ask_supplement(
        world.handler, Purpose.HANDLING, row.id, ["identity_document"], "请补充出生日期", world.key()
    )
    assert stage(row) == "supplement"
    payload = messages.ReferralSupplemented(
        referral=str(row.id), supplemented_at=row.sent_at, query=anhui.submitted().query, seen=["mandate"]
    )
    anhui.says(inbox.referral_supplemented, payload)
    work.drain()
    assert stage(row) == "delivered"
    assert row.searches.order_by("-id")[0].outcome == "match"
    assert set(row.request.materials.values_list("kind", "round")) == {("identity_document", 0), ("mandate", 1)}


def test_a_withdrawal_in_time_and_one_too_late(world: World, anhui: Anhui) -> None:
    row = asked(anhui, sought=VAGUE)
    withdrawal = messages.WithdrawalRequested(referral=str(row.id), requested_at=row.sent_at)
    anhui.says(inbox.withdrawal_requested, withdrawal)
    assert stage(row) == "withdrawn"
    anhui.says(inbox.withdrawal_requested, withdrawal)
    answers = [data["answer"] for kind, data in anhui.heard() if kind == "referral.withdrawal_answered.v1"]
    assert answers == ["withdrawn", "too_late"]


def test_people_of_another_archive_do_not_even_learn_that_it_exists(world: World, anhui: Anhui) -> None:
    row = asked(anhui, sought=VAGUE)
    with pytest.raises(NotThere, match=r"lookups\.referral_unknown"):
        services.accept(world.stranger, Purpose.HANDLING, row.id, world.key())


def test_a_blind_inquiry_is_answered_possible_or_none_and_nothing_else(world: World, anhui: Anhui) -> None:
    for number, sought in enumerate((VAGUE, NOWHERE)):
        inquiry = messages.InquiryAsked(
            inquiry=f"inquiry-{number}",
            category="marriage",
            purpose="housing",
            consented_at=anhui.submitted().received_at,
            query=anhui.submitted(sought).query,
        )
        anhui.says(inbox.inquiry_asked, inquiry)
    answers = [(data["answer"], data["archives"]) for _, data in anhui.heard()]
    assert answers == [("possible", ["310115"]), ("none", [])]


def test_a_decided_referral_names_entries_by_citation_only(world: World, anhui: Anhui) -> None:
    row = asked(anhui, sought=VAGUE)
    services.accept(world.handler, Purpose.HANDLING, row.id, world.key())
    world.decide(row, "entry_without_original", entries=ENTRY)
    [decided] = [data for _, data in anhui.heard() if data.get("act") == "decide"]
    assert decided["facts"]["entries"] == [["marriage", "3001-1987-001", 1, 1]]
    assert "李秀英" not in str(decided)
    assert fresh(row).outcome == "entry_without_original"


@pytest.mark.parametrize(
    ("act", "outcome", "answered"),
    [("", "match", True), ("结婚", "match", True), ("离婚", "review", False), ("分居", "match", True)],
)
def test_who_means_the_divorce_is_not_given_the_marriage_by_machine(
    world: World, anhui: Anhui, act: str, outcome: str, answered: bool
) -> None:
    """A word that this version does not know says nothing."""
    world.ready_for_instant()
    row = asked(anhui, sought=replace(SOUGHT, act=act))
    assert (row.searches.get().outcome, row.decisions.exists()) == (outcome, answered)


def test_a_blind_inquiry_about_a_divorce_is_led_to_where_the_marriage_is(anhui: Anhui) -> None:
    inquiry = messages.InquiryAsked(
        inquiry=anhui.request,
        category="marriage",
        purpose="housing",
        consented_at=now(),
        query=records.to_wire(replace(SOUGHT, act="离婚")),
    )
    anhui.says(inbox.inquiry_asked, inquiry)
    assert anhui.heard()[-1][1]["answer"] == "possible"
