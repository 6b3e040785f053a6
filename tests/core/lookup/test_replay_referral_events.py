"""Whatever people try, in whatever order: no unknown state, and both nodes hold the same."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dangqiao.core.errors import BadInput, Conflict, Refused
from dangqiao.core.lookup.clocks import due_events
from dangqiao.core.lookup.machine import apply, possible_acts, replay
from dangqiao.core.lookup.progress import RequestState, derive_request_state
from dangqiao.core.lookup.referral import Event, ReferralState, holder_of
from dangqiao.core.lookup.states import ENDED, STAGES, Act, Clock, Level, Outcome, Stage
from tests.core.lookup.desk import PEOPLE, Desk

GOOD = (
    {"outcome": "provided", "deliverable": "copy"},
    {"outcome": "provided_in_part", "deliverable": "extract", "reason": "pages_missing"},
    {"outcome": "not_found", "deliverable": "", "searched": ["1987"], "search_complete": True},
    {"outcome": "not_found", "deliverable": "not_found_notice", "searched": ["1987"], "search_complete": True},
    {"outcome": "not_provided", "deliverable": "", "reason": "others_privacy", "complaint_body": "上海市档案局"},
)
BAD = (
    {"outcome": "not_found", "deliverable": "", "searched": ["1987"], "search_complete": False},
    {"outcome": "not_provided", "deliverable": ""},
)
DECISIONS = st.sampled_from([*GOOD, *BAD])
USUAL = {
    Stage.SENT: (Act.DELIVER, "machine"),
    Stage.DELIVERED: (Act.ACCEPT, "handler"),
    Stage.SUPPLEMENT: (Act.SUPPLEMENT, "asking"),
    Stage.ACCEPTED: (Act.DECIDE, "handler"),
    Stage.RETRIEVAL: (Act.ORIGINALS_ARRIVED, "handler"),
    Stage.REVIEW: (Act.APPROVE_REVIEW, "reviewer"),
    Stage.SIGN_OFF: (Act.APPROVE_SIGN_OFF, "signatory"),
    Stage.SEALING: (Act.SEAL, "machine"),
}
LEVELS = st.sampled_from([level.value for level in Level])


ENDINGS = {Act.WITHDRAW, Act.TRANSFER, Act.NOT_ACCEPT}
"""Left to the people who try anything: most lives should come to a decision."""


class Life(RuleBasedStateMachine):
    """Random acts by random people at random times; the desk applies each event to its replica at once."""

    @initialize(level=st.sampled_from(Level), delivered=st.booleans())
    def open_the_desk(self, level, delivered):
        self.desk = Desk().accepted(level) if delivered else Desk()

    def attempt(self, act, who, facts):
        before = self.desk.state
        try:
            self.desk.do(act, who, **facts)
        except (Conflict, Refused, BadInput) as error:
            assert error.code.startswith("lookup.")
            assert str(error)
            assert self.desk.state is before
        else:
            assert before.stage not in ENDED or act is Act.ANSWER_TOO_LATE
            assert any(row.act is act for row in possible_acts(before))

    @rule(act=st.sampled_from([*Act]), who=st.sampled_from(list(PEOPLE)), level=LEVELS)
    def anybody_tries_anything(self, act, who, level):
        self.attempt(act, who, {"level": level} if act in {Act.ACCEPT, Act.DECIDE} else {})

    @precondition(lambda self: not self.desk.state.ended)
    @rule(data=st.data(), level=LEVELS, decision=DECISIONS)
    def the_right_person_does_what_is_possible(self, data, level, decision):
        rows = [row for row in possible_acts(self.desk.state) if row.act not in ENDINGS]
        row = data.draw(st.sampled_from(rows))
        side, role = data.draw(st.sampled_from(row.by))
        who = "asking" if side == "asking" else "machine" if role == "node" else role.value
        facts = {**decision, "level": level} if row.act is Act.DECIDE else {}
        self.attempt(row.act, who, {"level": level} if row.act is Act.ACCEPT else facts)

    @precondition(lambda self: self.desk.state.stage in USUAL)
    @rule(decision=st.sampled_from(GOOD))
    def it_goes_its_usual_way(self, decision):
        state = self.desk.state
        act, who = USUAL[state.stage]
        if act is Act.DECIDE:
            alone = state.level is Level.INSTANT and decision["outcome"] == "provided"
            level = self.desk.policy.level_of_decision(Outcome(decision["outcome"]), state.level)
            self.desk.do(act, "machine" if alone else who, **decision, level="instant" if alone else level.value)
        elif act is Act.SEAL and not state.deliverable:
            self.desk.do(Act.CLOSE)
        else:
            self.desk.do(act, who)
        assert self.desk.state is not state

    @rule(hours=st.integers(1, 24 * 20))
    def time_passes_and_the_machine_looks(self, hours):
        self.desk.later(hours=hours)
        for due in self.desk.due():
            if due.act:
                self.desk.do(due.act)
                assert not [again for again in self.desk.due() if again.act]

    @precondition(lambda self: self.desk.events)
    @rule(data=st.data())
    def a_message_comes_again(self, data):
        event = data.draw(st.sampled_from(self.desk.events))
        assert apply(self.desk.state, event) is self.desk.state

    @precondition(lambda self: len(self.desk.events) > 1)
    @rule()
    def a_message_is_missing(self):
        with pytest.raises(Conflict, match=r"lookup\.event_missing"):
            replay(Desk.beginning(), self.desk.events[1:])

    @precondition(lambda self: self.desk.events)
    @rule(data=st.data())
    def an_event_was_changed(self, data):
        position = data.draw(st.integers(0, len(self.desk.events) - 1))
        event = self.desk.events[position]
        changed = replace(event, at=event.at + timedelta(seconds=1))
        with pytest.raises(Conflict, match=r"lookup\.replicas_differ"):
            replay(Desk.beginning(), [*self.desk.events[:position], changed])

    @invariant()
    def somebody_known_has_it(self):
        state = self.desk.state
        assert state.stage in Stage
        assert holder_of(state).since == state.since
        assert (state.deadline is None) == (STAGES[state.stage].clock is Clock.NONE)
        assert state.ended == (state.answer is not None)
        assert state.outcome in {None, *Outcome}
        assert state.sequence == len(self.desk.events)

    @invariant()
    def decided_by_enough_different_people(self):
        state = self.desk.state
        if state.stage in {Stage.SEALING, Stage.CLOSED}:
            people = [state.decided_by, state.reviewed_by, state.signed_by][: max(state.level.rank, 1)]
            assert all(people)
            assert all(one != two for one, two in pairwise(people))
            if state.decided_by.startswith("node:"):
                assert (state.level, state.outcome) == (Level.INSTANT, Outcome.PROVIDED)

    @invariant()
    def the_other_node_agrees(self):
        wire = json.loads(json.dumps([event.as_dict() for event in self.desk.events]))
        assert replay(Desk.beginning(), map(Event.from_dict, wire)) == self.desk.state == self.desk.replica
        stored = json.loads(json.dumps(self.desk.state.as_dict()))
        assert ReferralState.from_dict(stored) == self.desk.state

    @invariant()
    def the_request_has_a_state(self):
        progress = derive_request_state([self.desk.state])
        assert progress.state in RequestState
        assert 1 <= progress.step <= 5
        assert due_events(self.desk.state, self.desk.now, self.desk.calendar) is not None


Life.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestNoSequenceOfActsReachesAnUnknownState = Life.TestCase
