"""From what was seen to a verdict: each reason alone, and the worst one wins."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dangqiao.core.sealing.verdict import Envelope, Observations, Outcome, ReasonCode, State, decide
from tests.core.sealing.samples import CERTIFICATE

NOW = datetime(2026, 3, 6, tzinfo=UTC)
DAY = timedelta(days=1)
GOOD = Observations(
    envelope=Envelope.INTACT,
    claim=CERTIFICATE.claim(),
    seal_archive="310101",
    seal_name="测试市样例区档案馆",
    seal_from=NOW - 100 * DAY,
    seal_until=NOW + 100 * DAY,
    chain=State.PASSED,
    stamped_at=NOW - DAY,
    stamp_trusted=State.PASSED,
    archive_known=True,
    trust_as_of=NOW - DAY,
    trust_expires=NOW + DAY,
)
TABLE: list[tuple[dict[str, Any], Outcome, list[str]]] = [
    ({}, Outcome.VALID, ["sealed_and_unaltered"]),
    ({"seal_is_test": True}, Outcome.VALID, ["sealed_and_unaltered", "test_seal"]),
    ({"seal_until": NOW - DAY / 2}, Outcome.VALID, ["sealed_and_unaltered", "seal_expired_since"]),
    ({"stamp_until": NOW - DAY / 2}, Outcome.VALID, ["sealed_and_unaltered", "timestamp_aged"]),
    ({"stamp_until": NOW + DAY}, Outcome.VALID, ["sealed_and_unaltered"]),
    ({"seal_until": NOW - 2 * DAY}, Outcome.INVALID, ["seal_expired"]),
    ({"seal_from": NOW}, Outcome.INVALID, ["seal_not_yet_valid"]),
    ({"seal_withdrawn": NOW - 2 * DAY}, Outcome.INVALID, ["seal_withdrawn"]),
    ({"seal_withdrawn": NOW}, Outcome.VALID, ["sealed_and_unaltered"]),
    ({"envelope": Envelope.NOT_A_DOCUMENT}, Outcome.INVALID, ["not_a_document"]),
    ({"envelope": Envelope.NOT_SEALED}, Outcome.INVALID, ["not_sealed"]),
    ({"envelope": Envelope.ALTERED}, Outcome.INVALID, ["document_altered"]),
    ({"envelope": Envelope.ALTERED, "trust_expires": None}, Outcome.INVALID, ["document_altered"]),
    ({"envelope": Envelope.FOREIGN}, Outcome.INVALID, ["of_no_archive"]),
    ({"seal_archive": "310104"}, Outcome.INVALID, ["seal_of_another_archive"]),
    ({"archive_known": False, "chain": State.FAILED}, Outcome.INVALID, ["archive_unknown"]),
    ({"chain": State.FAILED}, Outcome.INVALID, ["issuer_unknown"]),
    ({"trust_expires": None, "trust_as_of": None, "chain": State.FAILED, "archive_known": False},
     Outcome.INDETERMINATE, ["no_trust_list"]),
    ({"trust_expires": NOW - DAY}, Outcome.INDETERMINATE, ["trust_list_expired"]),
    ({"trust_expires": NOW - DAY, "chain": State.FAILED, "stamp_trusted": State.FAILED},
     Outcome.INDETERMINATE, ["trust_list_expired"]),
    ({"trust_expires": NOW - DAY, "seal_archive": "310104"},
     Outcome.INVALID, ["seal_of_another_archive", "trust_list_expired"]),
    ({"stamped_at": None, "stamp_trusted": State.NOT_DONE}, Outcome.INDETERMINATE, ["timestamp_missing"]),
    ({"stamp_trusted": State.FAILED}, Outcome.INDETERMINATE, ["timestamp_untrusted"]),
    ({"stamped_at": NOW + DAY}, Outcome.INDETERMINATE, ["timestamp_in_future"]),
    ({"stamped_at": NOW + timedelta(minutes=4)}, Outcome.VALID, ["sealed_and_unaltered"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "outcome", "codes"), TABLE)
def test_the_table(changes: dict[str, Any], outcome: Outcome, codes: list[str]) -> None:
    verdict = decide(replace(GOOD, **changes), NOW)
    assert (verdict.outcome, [str(reason.code) for reason in verdict.reasons]) == (outcome, codes)
    assert all("{" not in reason.text() for reason in verdict.reasons)


FIRST_OF_PAPER = list(ReasonCode).index(ReasonCode.REVOKED)
OF_PAPER_AND_LISTS = {code for code in ReasonCode if list(ReasonCode).index(code) >= FIRST_OF_PAPER}


def test_every_reason_is_in_the_table() -> None:
    assert {code for _changes, _outcome, codes in TABLE for code in codes} == set(ReasonCode) - OF_PAPER_AND_LISTS


def test_nothing_in_an_altered_document_is_repeated() -> None:
    verdict = decide(replace(GOOD, envelope=Envelope.ALTERED), NOW)
    assert (verdict.claim, verdict.sealed_by, verdict.sealed_at) == (None, "", None)
    assert {check.state for check in verdict.checks[2:-1]} == {State.NOT_DONE}


def test_a_good_document_passes_every_check() -> None:
    verdict = decide(GOOD, NOW)
    assert {check.state for check in verdict.checks} == {State.PASSED}
    assert (verdict.trust_as_of, verdict.trust_expires) == (GOOD.trust_as_of, GOOD.trust_expires)


def test_times_in_sentences_are_those_of_beijing() -> None:
    assert "2026-03-05 08:00:00" in decide(GOOD, NOW).reasons[0].text()
