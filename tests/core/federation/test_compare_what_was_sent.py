"""Digests over parts of a day, and ids where they differ."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.reconciling import Span, differing, gap, read_span, read_summary, summarise, tally
from dangqiao.core.vocabulary.suites import INTL

DAY = Span(datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC))
MESSAGES = st.dictionaries(st.uuids().map(str), st.integers(0, 86_399_999), max_size=30)


def made(messages):
    return [(one, f"{ms:064x}", DAY.begin + timedelta(milliseconds=ms)) for one, ms in messages.items()]


@given(MESSAGES, st.integers(1, 60))
def test_every_message_is_in_exactly_one_part(messages, parts):
    span = Span(DAY.begin, DAY.end, parts)
    summary = summarise("310000", "340000", span, DAY.end, made(messages), [], INTL)
    assert sum(one.count for one in summary.sent.tallies) == len(messages)
    again = read_summary(summary.to_bytes(), signer="310000", us="340000", span=span)
    assert again == summary


@given(MESSAGES, st.data())
def test_one_missing_message_shows_in_one_part_only(messages, data):
    whole = summarise("310000", "340000", DAY, DAY.end, made(messages), [], INTL)
    assert differing(DAY, whole.sent, whole.sent) == ()
    if messages:
        lost = data.draw(st.sampled_from(sorted(messages)))
        rest = {one: ms for one, ms in messages.items() if one != lost}
        [part] = differing(DAY, whole.sent, summarise("340000", "310000", DAY, DAY.end, made(rest), [], INTL).sent)
        assert part.holds(DAY.begin + timedelta(milliseconds=messages[lost]))


def test_what_differs_has_a_name():
    found = gap({"a": "1", "b": "2", "c": "3"}, {"b": "2", "c": "4", "d": "5", "e": "6"}, on_their_way=["e"])
    assert (found.lost, found.foreign, found.changed) == (("a",), ("d",), ("c",))
    assert not gap({"a": "1"}, {"a": "1"})


def test_the_digest_does_not_depend_on_the_order():
    assert tally({"a": "1", "b": "2"}, INTL) == tally({"b": "2", "a": "1"}, INTL) != tally({"a": "1"}, INTL)


@pytest.mark.parametrize(
    "subject",
    ["", "a/b/c", "2026-11-21T00:00:00Z/2026-11-20T00:00:00Z/1", "2026-01-01T00:00:00Z/2026-11-20T00:00:00Z/1"],
)
def test_a_span_that_cannot_be_meant_is_refused(subject):
    with pytest.raises(DangqiaoError):
        read_span(subject)
    assert read_span(DAY.to_subject()) == DAY
    with pytest.raises(DangqiaoError):
        read_span(DAY.to_subject().replace("/24", "/61"))


@pytest.mark.parametrize("change", [b"", b"[]", b"{}"])
def test_a_summary_that_cannot_be_read_or_is_for_another_is_refused(change):
    summary = summarise("310000", "340000", DAY, DAY.end, [], [], INTL)
    with pytest.raises(DangqiaoError):
        read_summary(change, signer="310000", us="340000", span=DAY)
    for wrong in ({"signer": "320000"}, {"us": "320000"}, {"span": Span(DAY.begin, DAY.end, 12)}):
        with pytest.raises(DangqiaoError):
            read_summary(summary.to_bytes(), **({"signer": "310000", "us": "340000", "span": DAY} | wrong))
