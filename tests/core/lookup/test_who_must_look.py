"""Instant issue only if nothing at all speaks against it."""

from dataclasses import replace

import pytest

from dangqiao.core.categories import shipped
from dangqiao.core.errors import BadInput
from dangqiao.core.lookup.policy import Found, MustLook, Policy, default_policy, who_must_look
from dangqiao.core.lookup.states import Level, Outcome
from dangqiao.core.vocabulary.actor import Assurance

INSTANT = Policy("marriage", level=Level.INSTANT)
CLEAR = Found(
    assurance=Assurance.REAL_NAME,
    own_record=True,
    certain_matches=1,
    other_candidates=False,
    checked=True,
    named=True,
    images=True,
    released=True,
    restricted=False,
)


def test_one_certain_checked_match_of_a_verified_persons_own_record_goes_out_at_once():
    verdict = who_must_look(INSTANT, CLEAR)
    assert (verdict.level, verdict.reasons) == (Level.INSTANT, ())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"assurance": Assurance.PHONE}, MustLook.IDENTITY_NOT_VERIFIED),
        ({"own_record": False}, MustLook.NOT_OWN_RECORD),
        ({"certain_matches": 0}, MustLook.NOT_ONE_CERTAIN_MATCH),
        ({"certain_matches": 2}, MustLook.NOT_ONE_CERTAIN_MATCH),
        ({"other_candidates": True}, MustLook.NOT_ONE_CERTAIN_MATCH),
        ({"checked": False}, MustLook.ENTRY_NOT_CHECKED),
        ({"named": False}, MustLook.PARTY_NOT_NAMED),
        ({"images": False}, MustLook.NO_IMAGES),
        ({"released": False}, MustLook.PAGES_NOT_RELEASED),
        ({"restricted": True}, MustLook.RESTRICTED),
    ],
)
def test_each_condition_alone_calls_a_handler(change, reason):
    verdict = who_must_look(INSTANT, replace(CLEAR, **change))
    assert (verdict.level, verdict.reasons) == (Level.HANDLER, (reason,))


def test_leaders_approval_means_the_signatory():
    verdict = who_must_look(INSTANT, replace(CLEAR, needs_approval=True))
    assert (verdict.level, verdict.reasons) == (Level.SIGNATORY, (MustLook.LEADER_APPROVES,))


@pytest.mark.parametrize("level", [Level.HANDLER, Level.REVIEWER, Level.SIGNATORY])
def test_a_policy_above_instant_is_never_undercut(level):
    verdict = who_must_look(replace(INSTANT, level=level), CLEAR)
    assert (verdict.level, verdict.reasons) == (level, (MustLook.POLICY,))


def test_nothing_known_means_everything_speaks_against():
    silent = Found(silent=True)
    assert set(MustLook) - set(who_must_look(INSTANT, silent).reasons) == {MustLook.POLICY, MustLook.LEADER_APPROVES}


def test_a_refusal_is_looked_at_by_more_people_than_a_grant():
    assert INSTANT.level_of_decision(Outcome.PROVIDED, Level.INSTANT) is Level.HANDLER
    assert INSTANT.level_of_decision(Outcome.NOT_PROVIDED, Level.INSTANT) is Level.REVIEWER
    assert INSTANT.level_of_decision(Outcome.NOT_PROVIDED, Level.SIGNATORY) is Level.SIGNATORY


def test_shipped_categories_have_a_policy_with_a_stable_digest():
    for category in shipped().values():
        policy = default_policy(category)
        assert Policy.from_dict(policy.as_dict()) == policy
        assert Policy.from_dict(policy.as_dict()).digest == policy.digest
        assert replace(policy, version=policy.version + 1).digest != policy.digest


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"category": "marriage", "level": "nobody"},
        {"category": "marriage", "processing_days": 0},
        {"category": "marriage", "processing_days": "5"},
        {"category": "marriage", "deliveries": []},
        {"category": "marriage", "instant_assurance": 1},
        {"category": "marriage", "refusal_level": "instant"},
        {"category": "marriage", "not_found_notice": 1},
        {"category": "marriage", "anything": 1},
    ],
)
def test_unfit_policies_are_refused(row):
    with pytest.raises(BadInput, match=r"lookup\.policy_unfit"):
        Policy.from_dict(row)
