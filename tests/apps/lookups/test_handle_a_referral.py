"""At the archive: every act and every outcome."""

import pytest

from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.holdings.models import CatalogueEntry, EntryPage
from dangqiao.apps.ledger.models import Evidence
from dangqiao.apps.lookups import hooks, queries, services
from dangqiao.apps.lookups.forms import DecisionForm, EntryCited, PersonSought, Sought, SupplementForm
from dangqiao.apps.lookups.models import Decision, Referral
from dangqiao.apps.lookups.referrals import state_of
from dangqiao.apps.work import services as work
from dangqiao.core.errors import BadInput, Conflict, NotThere, Refused
from dangqiao.core.lookup.states import Outcome
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.vocabulary.actor import operator
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.world import ENTRY, NOWHERE, VAGUE, WIFE, World, fresh, stage

pytestmark = pytest.mark.django_db
H = Purpose.HANDLING


def set_level(level: str) -> None:
    services.set_policy(operator("test", "310000"), "310115", "marriage", {"level": level})


def test_accepting_is_a_second_act_with_its_own_time(world: World) -> None:
    row = world.accepted(query=VAGUE)
    assert row.accepted_at > row.request.received_at
    assert (row.policy_level, row.due_at is not None) == ("handler", True)


def test_the_same_key_twice_is_one_act_and_another_key_is_a_conflict(world: World) -> None:
    row = world.delivered(query=VAGUE)
    services.accept(world.handler, H, row.id, "k")
    again = services.accept(world.handler, H, row.id, "k")
    assert again.sequence == 2
    with pytest.raises(Conflict, match=r"lookup\.act_not_possible"):
        services.accept(world.handler, H, row.id, "other")


def test_a_failed_call_does_not_use_up_its_key(world: World) -> None:
    row = world.accepted(query=VAGUE)
    with pytest.raises(NotThere):
        services.decide(
            world.handler, H, row.id, DecisionForm(Outcome.PROVIDED, entries=(EntryCited("marriage", "x"),)), "k"
        )
    world.ready_for_instant()
    services.decide(world.handler, H, row.id, DecisionForm(Outcome.PROVIDED, entries=ENTRY), "k")
    assert stage(row) == "sealing"


def test_supplement_of_an_own_request_comes_back_to_the_handler(world: World) -> None:
    row = world.delivered(query=VAGUE)
    services.ask_supplement(world.handler, H, row.id, ["identity_document_of_party"], "请补充配偶姓名", world.key())
    view = queries.request_for_applicant(world.citizen, H, row.request.number)
    assert view.progress.state == "waiting_for_applicant"
    assert view.referrals[0].told["note"] == "请补充配偶姓名"
    better = Sought((WIFE, PersonSought("张建国", "party_a")), event_date="1987-03-05")
    services.supplement(world.citizen, H, row.id, SupplementForm(query=better, note="已补充"), world.key())
    work.drain()
    assert stage(row) == "delivered"
    assert fresh(row).searches.latest("id").outcome == "match"
    with pytest.raises(Conflict, match=r"lookups\.no_supplement_asked"):
        services.supplement(world.citizen, H, row.id, SupplementForm(note="再补"), world.key())


def test_nobody_else_can_supplement(world: World) -> None:
    row = world.delivered(query=VAGUE)
    services.ask_supplement(world.handler, H, row.id, ["mandate"], "", world.key())
    with pytest.raises(NotThere):
        services.supplement(world.account("甲", "1"), H, row.id, SupplementForm(note="x"), world.key())


def test_not_accepted_tells_reason_and_who_hears_complaints(world: World) -> None:
    row = world.delivered(query=VAGUE)
    services.not_accept(world.handler, H, row.id, "single_status_proof", "", world.key())
    referral = queries.request_for_applicant(world.citizen, H, row.request.number).referrals[0]
    assert (referral.outcome, referral.told["complaint_body"]) == ("not_accepted", "档案局")
    assert "民函〔2015〕266号" in referral.reason[0]


def test_originals_are_fetched_the_limit_extended_once_and_then_decided(world: World) -> None:
    row = world.accepted(query=VAGUE)
    services.fetch_originals(world.handler, H, row.id, "库房三排", world.key())
    before = fresh(row).due_at
    services.extend(world.handler, H, row.id, "originals_must_be_fetched", world.key())
    assert fresh(row).due_at > before
    with pytest.raises(Conflict, match=r"lookup\.extended_already"):
        services.extend(world.handler, H, row.id, "search_is_extensive", world.key())
    with pytest.raises(Conflict, match=r"lookup\.act_not_possible"):
        world.decide(row, "original_damaged", entries=ENTRY)
    services.originals_arrived(world.handler, H, row.id, world.key())
    world.decide(row, "original_damaged", entries=ENTRY)
    assert (stage(row), fresh(row).outcome) == ("closed", "original_damaged")


@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        ("provided_in_part", {"entries": ENTRY, "reason_code": "pages_missing", "kind": "extract"}),
        ("entry_without_original", {"entries": ENTRY}),
        ("original_damaged", {"entries": ENTRY, "kind": "certificate"}),
        ("not_yet_handed_over", {"where_to_ask": "浦东新区民政局"}),
    ],
)
def test_outcomes_of_a_handler(world: World, outcome: str, more: dict[str, object]) -> None:
    row = world.accepted(query=VAGUE)
    world.decide(row, outcome, **more)
    if "kind" in more:
        assert stage(row) == "sealing"
        world.seal(row)
    assert (fresh(row).state, fresh(row).outcome) == ("closed", outcome)
    assert fresh(row).files_used == (1 if "entries" in more else 0)


def test_not_found_is_said_after_a_whole_search_and_gives_a_notice_of_what_was_searched(world: World) -> None:
    row = world.accepted(query=NOWHERE)
    assert row.searches.get().outcome == "none"
    world.decide(row, "not_found")
    document = Deliverable.objects.get(referral_id=row.id)
    text = FrozenContent.from_canonical(document.frozen_content.encode()).opening[0]
    assert document.kind == "not_found_notice"
    assert "欧阳不存" in text
    assert "不得作单身证明使用" in text
    assert world.seal(row).outcome == "not_found"


def test_not_found_cannot_be_said_where_nobody_searched(world: World) -> None:
    row = world.accepted(query=VAGUE)
    row.searches.all().delete()
    with pytest.raises(Conflict, match=r"lookups\.not_searched"):
        world.decide(row, "not_found")
    services.search(world.handler, H, row.id, NOWHERE, world.key())
    world.decide(row, "not_found")
    assert stage(row) == "sealing"


def test_an_archive_may_give_no_notice_of_not_found(world: World) -> None:
    services.set_policy(operator("test", "310000"), "310115", "marriage", {"not_found_notice": False})
    row = world.accepted(query=NOWHERE)
    world.decide(row, "not_found")
    assert (fresh(row).state, fresh(row).outcome) == ("closed", "not_found")
    assert not Deliverable.objects.exists()


def test_a_refusal_goes_to_the_reviewer_and_names_the_complaint_body(world: World) -> None:
    row = world.accepted(query=VAGUE)
    world.decide(row, "not_provided", reason_code="others_privacy")
    assert stage(row) == "review"
    services.approve_review(world.reviewer, H, row.id, world.key())
    referral = queries.request_for_applicant(world.citizen, H, row.request.number).referrals[0]
    assert (referral.outcome, referral.told["complaint_body"]) == ("not_provided", "档案局")


def test_review_sign_off_and_a_return_for_rework_are_three_people(world: World) -> None:
    set_level("signatory")
    row = world.accepted(query=VAGUE)
    world.decide(row, "provided", entries=ENTRY, kind="certificate")
    services.return_for_rework(world.reviewer, H, row.id, "年份请再核", world.key())
    world.decide(row, "provided", actor=world.colleague, entries=ENTRY, kind="certificate")
    with pytest.raises(Refused, match=r"lookup\.not_yours"):
        services.approve_review(world.handler, H, row.id, world.key())
    services.approve_review(world.reviewer, H, row.id, world.key())
    assert (stage(row), Deliverable.objects.count()) == ("sign_off", 0)
    services.approve_sign_off(world.signatory, H, row.id, world.key())
    assert (stage(row), Deliverable.objects.get().round) == ("sealing", 2)
    assert [(d.round, d.decided_by) for d in Decision.objects.order_by("round")] == [
        (1, world.handler.id),
        (2, world.colleague.id),
    ]


def test_a_decision_tells_the_applicant_nothing_before_it_is_final(world: World) -> None:
    set_level("reviewer")
    row = world.accepted(query=VAGUE)
    world.decide(row, "provided", entries=ENTRY, kind="certificate", note="已找到", remark="同事看")
    view = queries.request_for_applicant(world.citizen, H, row.request.number)
    assert (view.referrals[0].outcome, view.referrals[0].told, view.referrals[0].documents) == (None, {}, ())
    assert "decide" not in [event.act for event in view.referrals[0].events]
    assert "同事看" not in str(view)


def test_an_entry_that_was_corrected_meanwhile_must_be_looked_at_again(world: World) -> None:
    set_level("reviewer")
    row = world.accepted(query=VAGUE)
    world.decide(row, "provided", entries=ENTRY, kind="certificate")
    CatalogueEntry.objects.update(revision=2)
    with pytest.raises(Conflict, match=r"lookups\.entry_changed"):
        services.approve_review(world.reviewer, H, row.id, world.key())
    assert stage(row) == "review"


def test_a_copy_needs_pages_that_may_leave_the_archive(world: World) -> None:
    world.ready_for_instant()
    EntryPage.objects.update(release="extract_only")
    row = world.accepted()
    with pytest.raises(BadInput, match=r"deliverable\.pages_missing"):
        world.decide(row, "provided", entries=ENTRY)
    world.decide(row, "provided", entries=ENTRY, kind="extract")
    assert stage(row) == "sealing"


def test_a_record_is_provided_only_with_an_entry_of_the_same_kind(world: World) -> None:
    row = world.accepted(query=VAGUE)
    with pytest.raises(BadInput, match=r"lookups\.entry_not_cited"):
        world.decide(row, "provided")
    with pytest.raises(BadInput, match=r"lookups\.entry_of_another_category"):
        world.decide(row, "provided", entries=(EntryCited("only-child", "3001-1987-001"),))


def test_what_the_catalogue_says_is_not_provided_is_not(world: World) -> None:
    CatalogueEntry.objects.update(restriction="not_provided")
    row = world.accepted()
    with pytest.raises(BadInput, match=r"lookups\.entry_restricted"):
        world.decide(row, "provided", entries=ENTRY, kind="certificate")
    world.decide(row, "not_provided", entries=ENTRY, reason_code="restricted")
    assert stage(row) == "review"


def test_only_documents_that_the_category_has_are_issued(world: World) -> None:
    row = world.accepted(query=VAGUE)
    with pytest.raises(BadInput, match=r"lookups\.kind_not_offered"):
        world.decide(row, "provided", entries=ENTRY, kind="not_found_notice")


def test_a_document_that_cannot_be_made_comes_back_with_the_reason(world: World) -> None:
    world.ready_for_instant()
    row = world.delivered()
    hooks.deliverable_impossible(Deliverable.objects.get(), "no font has the character")
    assert (stage(row), state_of(fresh(row)).level) == ("accepted", "handler")
    world.decide(row, "provided", entries=ENTRY, kind="certificate")
    assert Deliverable.objects.order_by("round").last().round == 2


def test_transfer_within_the_platform_asks_the_other_archive_and_links_the_two(world: World) -> None:
    row = world.delivered(query=VAGUE)
    services.transfer(world.handler, H, row.id, "310101", "held_elsewhere", "", world.key())
    work.drain()
    successor = Referral.objects.get(archive_code="310101")
    assert (successor.transferred_from_id, stage(successor)) == (row.id, "delivered")
    view = queries.request_for_applicant(world.citizen, H, row.request.number)
    assert (view.progress.state, view.progress.asked) == ("in_progress", 1)


def test_archives_that_pass_a_request_round_in_a_circle_are_found_out(world: World) -> None:
    row = world.delivered(query=VAGUE)
    services.transfer(world.handler, H, row.id, "310101", "held_elsewhere", "", world.key())
    work.drain()
    successor = Referral.objects.get(archive_code="310101")
    services.transfer(world.stranger, H, successor.id, "310115", "held_elsewhere", "", world.key())
    work.drain()
    view = queries.request_for_applicant(world.citizen, H, row.request.number)
    assert (view.progress.state, view.nowhere is not None, Referral.objects.count()) == ("closed", True, 2)
    with pytest.raises(Conflict, match=r"lookups\.nothing_to_withdraw"):
        services.request_withdrawal(world.citizen, H, row.request.number, "", world.key())


def test_withdrawal_of_an_own_request(world: World) -> None:
    row = world.delivered(query=VAGUE)
    services.request_withdrawal(world.citizen, H, row.request.number, "已找到原件", world.key())
    work.drain()
    view = queries.request_for_applicant(world.citizen, H, row.request.number)
    assert (stage(row), view.progress.state) == ("withdrawn", "withdrawn")


def test_a_request_withdrawn_before_it_was_routed_asks_nobody(world: World) -> None:
    request = world.submit()
    services.request_withdrawal(world.citizen, H, request.number, "", world.key())
    work.drain()
    assert not Referral.objects.exists()
    assert queries.request_for_applicant(world.citizen, H, request.number).progress.state == "withdrawn"


def test_every_event_is_evidenced(world: World) -> None:
    world.ready_for_instant()
    row = world.seal(world.delivered())
    digests = set(Evidence.objects.filter(kind="referral.event").values_list("digest", flat=True))
    assert digests == set(row.events.values_list("digest", flat=True))
    assert Evidence.objects.filter(kind="request.received").count() == 1
