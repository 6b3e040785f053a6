"""Shanghai asks: where the record may lie, what Anhui answers, and what is shown of it."""

from datetime import UTC, datetime, timedelta

import pytest

from dangqiao.apps.fields import now
from dangqiao.apps.holdings.models import HoldingCoverage
from dangqiao.apps.lookups import inbox, jobs, queries, routing, services
from dangqiao.apps.lookups.forms import MaterialShown, PersonSought, Sought, SupplementForm
from dangqiao.apps.lookups.models import Inquiry, LookupRequest, Referral
from dangqiao.apps.lookups.referrals import state_of
from dangqiao.apps.work import services as work
from dangqiao.core.errors import BadInput, Conflict, Refused
from dangqiao.core.federation import messages
from dangqiao.core.lookup import machine
from dangqiao.core.lookup.referral import ReferralState
from dangqiao.core.lookup.states import Act
from dangqiao.core.vocabulary.actor import Actor, Assurance, Grant, Role, ScopeKind, node
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.world import ANHUI, VAGUE, Anhui, World, fresh, stage

pytestmark = pytest.mark.django_db
H = Purpose.HANDLING
SUSONG = Sought((PersonSought("李秀英", "party_b"),), event_date="1987", place="安徽省安庆市宿松县民政局")
SOMEWHERE = Sought((PersonSought("李秀英", "party_b"),), event_date="1987")
CLERK = Actor("user:00000000-0000-4000-8000-00000000000a", (Grant(Role.HANDLER, ScopeKind.ARCHIVE, "340826"),))


class Susong:
    """The archive of Susong in Anhui: performs acts and sends the events."""

    def __init__(self, row: Referral) -> None:
        self.anhui, self.row = Anhui(), row
        self.state: ReferralState = state_of(row)
        self.sent: list[messages.ReferralEvent] = []

    def does(self, act: Act, *, actor: Actor = CLERK, **facts: object) -> messages.ReferralEvent:
        event, self.state = machine.perform(self.state, act, actor, datetime.now(UTC), facts)
        said = {**event.as_dict(), "at": event.at}
        payload = messages.ReferralEvent(referral=str(self.row.id), **said)
        self.sent.append(payload)
        return payload

    def delivers(self) -> messages.ReferralEvent:
        later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
        return self.does(Act.DELIVER, actor=node(ANHUI), policy_digest="p", category_digest="c", deadline=later)

    def tells(self, payload: messages.ReferralEvent, sender: str = ANHUI) -> None:
        self.anhui.says(inbox.referral_event, payload, sender=sender)


def asked(world: World, **changes: object) -> Referral:
    request = world.submit(**{"query": SUSONG, **changes})
    work.drain()
    return Referral.objects.select_related("request").get(request=request)


def test_the_county_named_decides_and_its_node_is_told(world: World) -> None:
    row = asked(world, materials=(MaterialShown("identity_document", "a.jpg", "image/jpeg", b"scan"),))
    assert (row.archive_code, row.holder_platform, stage(row)) == ("340826", ANHUI, "sent")
    [(kind, data)] = Anhui().heard()
    assert (kind, data["applicant"]["name"], data["materials"][0]["kind"]) == (
        "referral.submitted.v1",
        "李秀英",
        "identity_document",
    )


def test_a_record_that_may_lie_in_two_places_is_asked_for_in_both_and_answered_in_part(world: World) -> None:
    left_and_sent_to = Sought(
        (PersonSought("李秀英", "youth"),), event_date="1970", place="上海市浦东新区", other_place="安徽省宿松县"
    )
    request = world.submit(category="educated-youth", query=left_and_sent_to, purpose_of_use="pension")
    work.drain()
    rows = {row.archive_code: row for row in request.referrals.all()}
    assert set(rows) == {"310115", "340826"}
    services.not_accept(world.handler, H, rows["310115"].id, "outside_holdings", "", world.key())
    progress = queries.request_for_applicant(world.citizen, H, request.number).progress
    assert (progress.state, progress.asked, progress.answered) == ("partly_answered", 2, 1)
    [(_, data)] = Anhui().heard()
    assert data["linked"] == [str(rows["310115"].id)]


def test_a_former_name_of_the_county_leads_to_the_archive_of_today(world: World) -> None:
    HoldingCoverage.objects.create(archive_code="310115", category="marriage", division_code="310115")
    old = Sought((PersonSought("李秀英", "party_b"),), event_date="1987", place="川沙县民政局")
    assert asked(world, query=old).archive_code == "310115"


def test_what_was_not_handed_over_is_said_with_where_to_ask(world: World) -> None:
    HoldingCoverage.objects.create(
        archive_code="310115",
        category="marriage",
        division_code="310115",
        state="not_handed_over",
        custodian="浦东民政局",
    )
    request = world.submit()
    work.drain()
    nowhere = queries.request_for_applicant(world.citizen, H, request.number).nowhere
    assert nowhere is not None
    assert nowhere.elsewhere == ("浦东民政局",)


def test_events_move_the_replica_once_however_often_they_come(world: World) -> None:
    row = asked(world)
    susong = Susong(row)
    for payload in (susong.delivers(), susong.does(Act.ACCEPT, level="handler", deadline="2026-12-01T16:00:00Z")):
        susong.tells(payload)
        susong.tells(payload)
    assert (stage(row), fresh(row).sequence, row.events.count()) == ("accepted", 2, 2)
    view = queries.request_for_applicant(world.citizen, H, row.request.number).referrals[0]
    assert (view.archive_name, view.holder.code) == ("宿松县档案馆", "340826")


def test_an_event_before_its_turn_waits_and_a_different_chain_is_noticed(world: World) -> None:
    row = asked(world)
    susong = Susong(row)
    first, second = susong.delivers(), susong.does(Act.ACCEPT, level="handler", deadline="2026-12-01T16:00:00Z")
    with pytest.raises(Conflict, match=r"lookup\.event_missing"):
        susong.tells(second)
    susong.tells(first)
    with pytest.raises(Conflict, match=r"lookup\.replicas_differ"):
        susong.tells(second.model_copy(update={"facts": {**second.facts, "level": "reviewer"}}))
    susong.tells(second)
    assert stage(row) == "accepted"


def test_only_the_holder_speaks_about_a_referral(world: World) -> None:
    row = asked(world)
    susong = Susong(row)
    with pytest.raises(Refused, match=r"lookups\.not_the_holder"):
        susong.tells(susong.delivers(), sender="330000")


def test_supplement_and_withdrawal_travel_as_messages(world: World) -> None:
    row = asked(world)
    susong = Susong(row)
    susong.tells(susong.delivers())
    later = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    susong.tells(susong.does(Act.ASK_SUPPLEMENT, materials=["mandate"], deadline=later, days_left=1))
    paper = MaterialShown("mandate", "委托书.pdf", "application/pdf", b"%PDF-")
    services.supplement(world.citizen, H, row.id, SupplementForm((paper,), note="见附件"), "k")
    services.supplement(world.citizen, H, row.id, SupplementForm((paper,), note="见附件"), "k")
    services.request_withdrawal(world.citizen, H, row.request.number, "不办了", world.key())
    kinds = [kind for kind, _ in susong.anhui.heard()]
    assert kinds == ["referral.submitted.v1", "referral.supplemented.v1", "referral.withdrawal_requested.v1"]
    assert stage(row) == "supplement"
    susong.tells(susong.does(Act.WITHDRAW, actor=node("310000")))
    answer = messages.WithdrawalAnswered(referral=str(row.id), answer="withdrawn", answered_at=now())
    susong.anhui.says(inbox.withdrawal_answered, answer)
    view = queries.request_for_applicant(world.citizen, H, row.request.number)
    assert (view.progress.state, view.withdrawal_asked) == ("withdrawn", True)


def test_a_transfer_by_the_holder_is_followed_here_even_to_this_node(world: World) -> None:
    row = asked(world)
    susong = Susong(row)
    susong.tells(susong.delivers())
    susong.tells(susong.does(Act.TRANSFER, reason="held_elsewhere", to_archive="310115"))
    work.drain()
    successor = Referral.objects.get(archive_code="310115")
    assert (successor.transferred_from_id, stage(successor)) == (row.id, "delivered")


def test_a_document_is_announced_by_the_holder_only(world: World) -> None:
    row = asked(world)
    susong = Susong(row)
    file = messages.ObjectReference(sha256="ab" * 32, size=9, media_type="application/pdf")
    issued = messages.DeliverableIssued(
        referral=str(row.id),
        serial="copy-1",
        kind="copy",
        archive="340826",
        issued_at=now(),
        files=[file],
        verification_code="ABCD",
    )
    with pytest.raises(Refused, match=r"lookups\.not_the_holder"):
        susong.anhui.says(inbox.deliverable_issued, issued, sender="330000")
    with pytest.raises(Refused, match=r"lookups\.not_the_holder"):
        susong.anhui.says(inbox.deliverable_issued, issued.model_copy(update={"archive": "340100"}))


def test_an_unknown_custodian_needs_consent_before_anybody_is_asked(world: World) -> None:
    request = world.submit(query=SOMEWHERE)
    work.drain()
    view = queries.request_for_applicant(world.citizen, H, request.number)
    assert not Inquiry.objects.exists()
    assert view.nowhere is not None
    assert view.nowhere.sentences[1] == "The applicant has not agreed that other platforms are asked."


def inquired(world: World, actor: Actor | None = None, **changes: object) -> LookupRequest:
    request = world.submit(actor, query=SOMEWHERE, inquiry_consent=True, **changes)
    work.drain()
    return LookupRequest.objects.get(id=request.id)


def answers(inquiry: Inquiry, *archives: str, sender: str = ANHUI) -> None:
    payload = messages.InquiryAnswered(
        inquiry=str(inquiry.id),
        answer="possible" if archives else "none",
        answered_at=now(),
        archives=list(archives),
    )
    Anhui().says(inbox.inquiry_answered, payload, sender=sender)


def test_with_consent_all_platforms_are_asked_blindly_and_this_one_answers_too(world: World) -> None:
    request = inquired(world)
    assert set(request.inquiries.values_list("platform", flat=True)) == {"310000", ANHUI}
    assert [row.archive_code for row in request.referrals.all()] == ["310115"]
    assert request.routing_state == "open"
    answers(request.inquiries.get(platform=ANHUI), "340826", "310101")
    request.refresh_from_db()
    assert request.routing_state == "done"
    assert set(request.referrals.values_list("archive_code", flat=True)) == {"310115", "340826"}


def test_an_inquiry_carries_no_applicant(world: World) -> None:
    inquired(world)
    [(kind, data)] = Anhui().heard()
    assert (kind, set(data)) == ("inquiry.asked.v1", {"inquiry", "category", "purpose", "consented_at", "query"})


def test_an_answer_of_somebody_who_was_not_asked_is_refused(world: World) -> None:
    request = inquired(world)
    with pytest.raises(BadInput, match=r"lookups\.inquiry_unknown"):
        answers(request.inquiries.get(platform=ANHUI), "340826", sender="330000")


def test_archives_found_by_inquiry_are_hidden_until_entitlement_is_established(world: World) -> None:
    paper = MaterialShown("identity_document", "a.jpg", "image/jpeg", b"scan")
    citizen = world.account("", "", Assurance.PHONE)
    request = inquired(world, citizen, materials=(paper,))
    row = request.referrals.get()
    view = queries.request_for_applicant(citizen, H, request.number)
    assert (view.referrals, view.progress.state) == ((), "routing")
    assert "浦东" not in str(view)
    services.accept(world.handler, H, row.id, world.key())
    assert queries.request_for_applicant(citizen, H, request.number).referrals[0].archive_code == "310115"


def test_a_node_that_never_answers_is_not_waited_for_for_ever(world: World) -> None:
    HoldingCoverage.objects.all().delete()
    request = world.submit(
        query=Sought((PersonSought("欧阳不存", "party_a", birth_date="1950-01-01"),), event_date="1970"),
        inquiry_consent=True,
    )
    work.drain()
    assert queries.request_for_applicant(world.citizen, H, request.number).progress.state in ("received", "routing")
    LookupRequest.objects.update(received_at=now() - routing.PATIENCE - timedelta(minutes=1))
    jobs.clocks({})
    view = queries.request_for_applicant(world.citizen, H, request.number)
    assert (view.progress.state, view.nowhere is not None) == ("closed", True)
    answers(Inquiry.objects.get(platform=ANHUI), "340826")
    assert queries.request_for_applicant(world.citizen, H, request.number).referrals[0].archive_code == "340826"


def test_an_archive_that_was_chosen_is_asked_without_looking_further(world: World) -> None:
    row = asked(world, query=VAGUE, archive_code="340826")
    assert (row.archive_code, row.request.routing["reasons"]) == ("340826", ["chosen"])


def test_an_undelivered_referral_is_shown_as_such(world: World) -> None:
    row = asked(world)
    view = queries.request_for_applicant(world.citizen, H, row.request.number).referrals[0]
    assert not view.undelivered
    row.state_data["since"] = (now() - timedelta(hours=25)).isoformat()
    row.save()
    assert queries.request_for_applicant(world.citizen, H, row.request.number).referrals[0].undelivered
