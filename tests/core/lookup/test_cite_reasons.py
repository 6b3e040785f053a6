"""Reasons are given with their bases, where they fit, in both languages."""

import pytest

from dangqiao.core.errors import BadInput
from dangqiao.core.lookup.facts import OUTCOME_FACTS
from dangqiao.core.lookup.machine import RULES
from dangqiao.core.lookup.reasons import ARCHIVES_ADMINISTRATION, REASONS, get_reason, reasons_for
from dangqiao.core.lookup.states import Act, Outcome


def test_every_place_that_needs_a_reason_has_some_to_choose_from():
    for rule in RULES:
        if "reason" in rule.facts:
            assert reasons_for(rule.act)
    for outcome, facts in OUTCOME_FACTS.items():
        assert bool(reasons_for(Act.DECIDE, outcome)) == ("reason" in facts)


def test_refusals_say_where_to_complain_and_others_do_not():
    for reason in REASONS.values():
        refuses = Act.NOT_ACCEPT in reason.acts or Outcome.NOT_PROVIDED in reason.outcomes
        assert reason.complaint == (ARCHIVES_ADMINISTRATION if refuses else ""), reason.code
        assert reason.bases or not refuses


def test_a_reason_is_printed_with_its_bases():
    assert (
        REASONS["others_privacy"]
        .sentence("zh")
        .endswith("（依据：《中华人民共和国档案法》（2020年修订）第二十八条、《中华人民共和国个人信息保护法》）")
    )
    assert "Article 28" in REASONS["others_privacy"].sentence("en")
    assert REASONS["pages_missing"].sentence() == REASONS["pages_missing"].zh


def test_a_marriage_reason_is_not_offered_for_other_categories():
    assert "not_entitled_marriage" not in {each.code for each in reasons_for(Act.NOT_ACCEPT, category="only-child")}
    assert "not_entitled_marriage" in {each.code for each in reasons_for(Act.NOT_ACCEPT, category="marriage")}


def test_unknown_and_unfit_reasons_are_refused_with_the_choice():
    with pytest.raises(BadInput, match=r"lookup\.reason_unknown"):
        get_reason("whim", Act.EXTEND)
    with pytest.raises(BadInput, match="held_elsewhere"):
        get_reason("state_secret", Act.TRANSFER)
    with pytest.raises(BadInput, match=r"lookup\.reason_does_not_fit"):
        get_reason("pages_missing", Act.DECIDE, Outcome.NOT_PROVIDED)
