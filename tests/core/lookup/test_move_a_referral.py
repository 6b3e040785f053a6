"""The table of acts, and each way through it."""

from datetime import datetime

import pytest

from dangqiao.core.errors import BadInput, Conflict, Malformed, Refused
from dangqiao.core.lookup.machine import RULES, answer_to_withdrawal, apply, perform, possible_acts, transition_table
from dangqiao.core.lookup.referral import Event, ReferralState, holder_of
from dangqiao.core.lookup.states import ENDED, Act, Level, Outcome, Side, Stage
from dangqiao.core.vocabulary.actor import Role, ScopeKind, node

TABLE = """\
act | from | to | by | facts | condition
deliver | sent | delivered | holder:node | policy_digest, category_digest, deadline
ask_supplement | delivered, accepted | supplement | holder:handler | materials, deadline, days_left
supplement | supplement | resume | asking:node | deadline
lapse | supplement | withdrawn | holder:node | reason | too_late
accept | delivered | accepted | holder:handler, holder:node | level, deadline
not_accept | delivered | not_accepted | holder:handler | reason, complaint_body
transfer | delivered, accepted | transferred | holder:handler | reason, to_archive
fetch_originals | accepted | retrieval | holder:handler
originals_arrived | retrieval | accepted | holder:handler
extend | accepted, retrieval | same | holder:handler | reason, deadline | in_time
decide | accepted | by_level | holder:handler, holder:node | outcome, level, deliverable
approve_review | review | by_level | holder:reviewer |  | not decided_by
approve_sign_off | sign_off | by_level | holder:signatory |  | not reviewed_by
return_for_rework | review | accepted | holder:reviewer | remark
return_for_rework | sign_off | accepted | holder:signatory | remark
return_for_rework | sealing | accepted | holder:node | remark
seal | sealing | closed | holder:node | serial, document_digest
close | sealing | closed | holder:node
withdraw | delivered, supplement, accepted, retrieval, review, sign_off | withdrawn | asking:node
answer_too_late | sealing, closed, not_accepted, withdrawn, transferred | same | asking:node
escalate | delivered, accepted, retrieval, review, sign_off, sealing | same | holder:node |  | too_late"""


def test_the_table_is_the_one_agreed():
    assert transition_table() == TABLE


def test_every_act_has_a_row_and_no_two_rows_of_one_act_meet():
    assert {rule.act for rule in RULES} == set(Act)
    pairs = [(rule.act, source) for rule in RULES for source in rule.sources]
    assert len(pairs) == len(set(pairs))


def test_nothing_but_too_late_moves_what_has_ended_and_everything_else_can_end():
    for stage in Stage:
        acts = {rule.act for rule in RULES if stage in rule.sources}
        assert (acts == {Act.ANSWER_TOO_LATE}) == (stage in ENDED)


def test_instant_issue_without_a_person(desk):
    desk.accepted(Level.INSTANT)
    assert desk.do(Act.DECIDE, level="instant").stage is Stage.SEALING
    assert desk.state.answer is None
    state = desk.do(Act.SEAL)
    assert (state.stage, state.answer, state.closed_at, state.deadline) == (
        Stage.CLOSED,
        Outcome.PROVIDED,
        desk.now,
        None,
    )


@pytest.mark.parametrize("outcome", ["not_found", "not_provided", "provided_in_part"])
def test_the_machine_alone_only_ever_provides(desk, outcome):
    desk.accepted(Level.INSTANT)
    facts = {
        "searched": ["x"],
        "search_complete": True,
        "reason": "others_privacy",
        "complaint_body": "上海市档案局",
        "deliverable": "copy" if outcome == "provided_in_part" else "",
    }
    if outcome == "not_found":
        del facts["reason"]
    with pytest.raises(Refused, match=r"lookup\.level_too_low"):
        desk.do(Act.DECIDE, outcome=outcome, level="instant", **facts)


def test_the_machine_decides_nothing_where_a_handler_must_look(desk):
    desk.accepted(Level.HANDLER)
    with pytest.raises(Refused, match=r"lookup\.level_too_low"):
        desk.do(Act.DECIDE, "machine", level="handler")


def test_a_decision_below_the_level_of_the_policy_is_refused(desk):
    desk.accepted(Level.SIGNATORY)
    with pytest.raises(Refused, match=r"lookup\.level_too_low"):
        desk.do(Act.DECIDE, "handler", level="reviewer")


def test_handler_reviewer_signatory_in_turn(desk):
    desk.accepted(Level.SIGNATORY)
    whose = [holder_of(desk.state).role]
    for act, who in ((Act.DECIDE, "handler"), (Act.APPROVE_REVIEW, "reviewer"), (Act.APPROVE_SIGN_OFF, "signatory")):
        desk.later(minutes=5).do(act, who, **({"level": "signatory"} if act is Act.DECIDE else {}))
        whose.append(holder_of(desk.state).role)
        assert holder_of(desk.state).since == desk.now
    assert whose == [Role.HANDLER, Role.REVIEWER, Role.SIGNATORY, Role.NODE]
    assert (desk.state.decided_by, desk.state.reviewed_by, desk.state.signed_by) == ("user:h1", "user:r1", "user:s1")
    assert desk.do(Act.SEAL).answer is Outcome.PROVIDED


def test_nobody_reviews_their_own_decision_or_signs_off_their_own_review(desk):
    desk.accepted(Level.SIGNATORY)
    desk.do(Act.DECIDE, "everything", level="signatory")
    with pytest.raises(Refused, match=r"lookup\.same_person"):
        desk.do(Act.APPROVE_REVIEW, "everything")
    desk.do(Act.RETURN_FOR_REWORK, "reviewer")
    desk.do(Act.DECIDE, "handler", level="signatory")
    desk.do(Act.APPROVE_REVIEW, "everything")
    with pytest.raises(Refused, match=r"lookup\.same_person"):
        desk.do(Act.APPROVE_SIGN_OFF, "everything")


def test_rework_forgets_the_decision_and_tells_the_applicant_nothing_of_it(desk):
    desk.accepted(Level.REVIEWER)
    desk.do(Act.DECIDE, "handler", level="reviewer")
    state = desk.do(Act.RETURN_FOR_REWORK, "reviewer")
    assert (state.stage, state.outcome, state.decided_by, state.deliverable) == (Stage.ACCEPTED, None, "", "")
    assert "remark" not in state.told


def test_a_document_that_cannot_be_made_comes_back_to_a_person(desk):
    desk.accepted(Level.INSTANT)
    desk.do(Act.DECIDE, level="instant")
    state = desk.do(Act.RETURN_FOR_REWORK, remark="a glyph is missing")
    assert (state.stage, state.level) == (Stage.ACCEPTED, Level.HANDLER)


def test_not_found_needs_a_search_that_was_carried_through(desk):
    desk.accepted()
    not_found = {"outcome": "not_found", "deliverable": "not_found_notice"}
    for facts in ({}, {"searched": ["婚姻登记 1987"]}, {"searched": ["婚姻登记 1987"], "search_complete": False}):
        with pytest.raises(BadInput):
            desk.do(Act.DECIDE, "handler", **not_found, **facts)
    desk.do(Act.DECIDE, "handler", **not_found, searched=["婚姻登记 1987"], search_complete=True)
    assert desk.do(Act.SEAL).answer is Outcome.NOT_FOUND


def test_not_found_gives_no_certificate(desk):
    desk.accepted()
    with pytest.raises(BadInput, match=r"lookup\.deliverable_does_not_fit"):
        desk.do(
            Act.DECIDE,
            "handler",
            outcome="not_found",
            deliverable="certificate",
            searched=["1987"],
            search_complete=True,
        )


@pytest.mark.parametrize(
    ("outcome", "facts"),
    [
        ("provided_in_part", {"reason": "pages_missing", "deliverable": "extract"}),
        ("entry_without_original", {}),
        ("original_damaged", {"deliverable": "certificate"}),
        ("not_yet_handed_over", {"where_to_ask": "浦东新区民政局"}),
        ("not_provided", {"reason": "others_privacy", "complaint_body": "上海市档案局"}),
        ("not_found", {"searched": ["1987"], "search_complete": True}),
    ],
)
def test_every_outcome_ends_sealed_or_closed(desk, outcome, facts):
    desk.accepted()
    facts = {"deliverable": "", **facts}
    desk.do(Act.DECIDE, "handler", outcome=outcome, **facts)
    wrong, right = (Act.CLOSE, Act.SEAL) if facts["deliverable"] else (Act.SEAL, Act.CLOSE)
    with pytest.raises(Conflict, match="document_expected"):
        desk.do(wrong)
    assert desk.do(right).answer is Outcome(outcome)
    assert desk.state.told.get("complaint_body", "") == facts.get("complaint_body", "")


def test_outcomes_that_are_no_decision_cannot_be_decided(desk):
    desk.accepted()
    for outcome in ("withdrawn", "transferred", "not_accepted", "nonsense", ["provided"]):
        with pytest.raises(BadInput, match=r"lookup\.fact_unfit"):
            desk.do(Act.DECIDE, "handler", outcome=outcome)


def test_refusals_name_reason_and_complaint_body(desk):
    desk.do(Act.DELIVER)
    with pytest.raises(BadInput, match=r"lookup\.reason_unknown"):
        desk.do(Act.NOT_ACCEPT, "handler", reason="because")
    with pytest.raises(BadInput, match=r"lookup\.reason_does_not_fit"):
        desk.do(Act.NOT_ACCEPT, "handler", reason="supplement_lapsed")
    with pytest.raises(BadInput, match=r"lookup\.fact_unfit"):
        desk.do(Act.NOT_ACCEPT, "handler", complaint_body=" ")
    state = desk.do(Act.NOT_ACCEPT, "handler")
    assert (state.answer, state.told["complaint_body"]) == (Outcome.NOT_ACCEPTED, "上海市档案局")


def test_transfer_names_the_other_archive(desk):
    desk.accepted()
    state = desk.do(Act.TRANSFER, "handler")
    assert (state.stage, state.answer, state.transferred_to) == (Stage.TRANSFERRED, Outcome.TRANSFERRED, "310101")


def test_supplement_goes_to_the_applicant_and_back_to_where_it_was_asked(desk):
    desk.do(Act.DELIVER)
    state = desk.do(Act.ASK_SUPPLEMENT, "handler")
    assert (holder_of(state).side, holder_of(state).role) == (Side.ASKING, Role.APPLICANT)
    assert state.told["materials"] == ["notarised_mandate"]
    assert desk.later(days=1).do(Act.SUPPLEMENT, "asking").stage is Stage.DELIVERED
    desk.do(Act.ACCEPT, "handler")
    desk.do(Act.ASK_SUPPLEMENT, "handler")
    state = desk.later(days=2).do(Act.SUPPLEMENT, "asking")
    assert (state.stage, state.supplements, state.stopped.days, state.told) == (Stage.ACCEPTED, 2, 3, {})


def test_originals_are_fetched_and_arrive(desk):
    desk.accepted()
    assert desk.do(Act.FETCH_ORIGINALS, "handler").stage is Stage.RETRIEVAL
    with pytest.raises(Conflict, match=r"lookup\.act_not_possible"):
        desk.do(Act.DECIDE, "handler")
    assert desk.do(Act.ORIGINALS_ARRIVED, "handler").stage is Stage.ACCEPTED


def test_a_withdrawal_counts_until_the_decision_stands_and_is_too_late_afterwards(desk):
    desk.accepted(Level.REVIEWER)
    desk.do(Act.DECIDE, "handler", level="reviewer")
    assert answer_to_withdrawal(desk.state) is Act.WITHDRAW
    desk.do(Act.APPROVE_REVIEW, "reviewer")
    assert answer_to_withdrawal(desk.state) is Act.ANSWER_TOO_LATE
    with pytest.raises(Conflict):
        desk.do(Act.WITHDRAW, "asking")
    state = desk.do(Act.ANSWER_TOO_LATE, "asking")
    assert (state.stage, state.withdrawal_refused) == (Stage.SEALING, True)
    assert desk.do(Act.SEAL).answer is Outcome.PROVIDED


def test_a_withdrawn_referral_forgets_a_decision_under_review(desk):
    desk.accepted(Level.REVIEWER)
    desk.do(Act.DECIDE, "handler", level="reviewer")
    state = desk.do(Act.WITHDRAW, "asking")
    assert (state.answer, state.deliverable, state.deadline) == (Outcome.WITHDRAWN, "", None)


def test_people_of_another_archive_and_other_nodes_are_refused(desk):
    desk.do(Act.DELIVER)
    for who in ("stranger", "reviewer", "asking"):
        with pytest.raises(Refused, match=r"lookup\.not_yours"):
            desk.do(Act.ACCEPT, who)
    with pytest.raises(Refused, match=r"lookup\.not_yours"):
        desk.do(Act.WITHDRAW, "machine")
    with pytest.raises(Refused, match=r"lookup\.not_yours"):
        perform(desk.state, Act.WITHDRAW, node("330000"), desk.now)


def test_two_handlers_at_once_give_one_decision(desk):
    desk.accepted()
    before = desk.state
    desk.do(Act.DECIDE, "handler")
    event, _ = perform(before, Act.DECIDE, desk.people["everything"], desk.now, dict(desk.events[-1].facts))
    assert event.sequence == desk.state.sequence
    with pytest.raises(Conflict, match=r"lookup\.replicas_differ"):
        apply(desk.state, event)


def test_an_act_without_its_facts_or_zone_is_refused(desk):
    with pytest.raises(BadInput, match=r"lookup\.fact_missing"):
        perform(desk.state, Act.DELIVER, node("310000"), desk.now, {})
    with pytest.raises(BadInput, match=r"lookup\.time_without_zone"):
        perform(desk.state, Act.DELIVER, node("310000"), datetime(2026, 3, 2), {})
    with pytest.raises(BadInput, match=r"lookup\.fact_unfit"):
        desk.do(Act.DELIVER, deadline="tomorrow")


def test_fractions_have_no_place_in_evidence(desk):
    with pytest.raises(BadInput, match=r"lookup\.facts_not_plain"):
        desk.do(Act.DELIVER, probability=0.97)


def test_unreadable_events_are_named(desk):
    with pytest.raises(Malformed, match=r"lookup\.event_unreadable"):
        Event.from_dict({"sequence": 1})
    desk.do(Act.DELIVER)
    with pytest.raises(Malformed, match="ValueError"):
        Event.from_dict({**desk.events[0].as_dict(), "act": "invented_later"})


def test_who_has_it_from_beginning_to_end(desk):
    assert holder_of(desk.state).code == "340000"
    desk.accepted()
    assert (holder_of(desk.state).scope, holder_of(desk.state).code) == (ScopeKind.ARCHIVE, "310115")
    desk.do(Act.DECIDE, "handler")
    assert (holder_of(desk.state).role, holder_of(desk.state).code) == (Role.NODE, "310000")
    desk.do(Act.SEAL)
    assert (holder_of(desk.state).role, holder_of(desk.state).scope) == (Role.APPLICANT, ScopeKind.SELF)


def test_buttons_follow_from_the_table(desk):
    desk.accepted()
    acts = {rule.act for rule in possible_acts(desk.state)}
    assert {Act.DECIDE, Act.FETCH_ORIGINALS, Act.TRANSFER, Act.EXTEND, Act.ASK_SUPPLEMENT} < acts
    assert Act.SEAL not in acts


def test_a_state_survives_storage_and_fields_of_the_future(desk):
    desk.accepted()
    desk.do(Act.ASK_SUPPLEMENT, "handler")
    stored = {**desk.state.as_dict(), "added_later": 1}
    assert ReferralState.from_dict(stored) == desk.state
