"""The list of revoked documents: what it says, what is no list, and what it does to a verdict."""

import gzip
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.errors import Malformed
from dangqiao.core.sealing import status
from dangqiao.core.sealing.content import Claim, DeliverableKind
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.revocation import REASONS, public_reason
from dangqiao.core.sealing.status import LIST_SIZE, StatusList
from dangqiao.core.sealing.status_verdict import with_standing
from dangqiao.core.sealing.verdict import Outcome, Reason, ReasonCode, State, Verdict

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ENDPOINT = "https://node.example.cn"


def signed(indices: list[int], number: int = 0, as_of: datetime = NOW) -> StatusList:
    content = status.credential(ENDPOINT, number, status.bits_of(indices, number), as_of)
    return status.read(content, "310000", number)


@given(st.sets(st.integers(0, 2 * LIST_SIZE - 1), max_size=40))
def test_what_is_set_is_read_again_and_nothing_else(indices: set[int]) -> None:
    first, second = signed(list(indices)), signed(list(indices), 1)
    for index in indices:
        assert (first if index < LIST_SIZE else second).revoked(index)
    assert sum(byte.bit_count() for byte in first.bits + second.bits) == len(indices)


def test_the_first_place_is_the_highest_bit_of_the_first_byte() -> None:
    assert status.bits_of([0], 0)[0] == 0x80
    assert status.bits_of([LIST_SIZE + 9], 1)[1] == 0x40


def test_the_credential_is_one_that_the_standard_knows() -> None:
    document = json.loads(status.credential(ENDPOINT, 0, status.bits_of([7], 0), NOW))
    subject = document["credentialSubject"]
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert (document["id"], subject["id"]) == (f"{ENDPOINT}/status/v1/0", f"{ENDPOINT}/status/v1/0#list")
    encoded = subject["encodedList"]
    assert encoded[0] == "u" and "=" not in encoded
    bits = gzip.decompress(urlsafe_b64decode(encoded[1:] + "=="))
    assert len(bits) * 8 == 131_072 and bits[0] == 1


def test_the_same_moment_gives_the_same_bytes() -> None:
    assert len({status.credential(ENDPOINT, 0, status.bits_of([7], 0), NOW) for _ in range(3)}) == 1


def swollen() -> str:
    return "u" + urlsafe_b64encode(gzip.compress(bytes(50_000_000))).decode()


@pytest.mark.parametrize(
    "change",
    [
        {"type": ["VerifiableCredential"]},
        {"id": f"{ENDPOINT}/status/v1/1"},
        {"validFrom": "yesterday"},
        {"credentialSubject": {"statusPurpose": "suspension", "encodedList": "u"}},
        {"credentialSubject": {"statusPurpose": "revocation", "encodedList": "z123"}},
        {"credentialSubject": {"statusPurpose": "revocation", "encodedList": "uAAAA"}},
        {"credentialSubject": {"statusPurpose": "revocation", "encodedList": swollen()}},
        {"credentialSubject": "nothing"},
    ],
)
def test_what_is_another_list_or_none_is_refused(change: dict[str, object]) -> None:
    document = json.loads(status.credential(ENDPOINT, 0, status.bits_of([], 0), NOW)) | change
    with pytest.raises(Malformed, match="unreadable"):
        status.read(json.dumps(document).encode(), "310000", 0)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_and_nothing_else_happens(content: bytes) -> None:
    with pytest.raises(Malformed):
        status.read(content, "310000", 0)


GOOD = Verdict(
    Outcome.VALID,
    (Reason(ReasonCode.SEALED_AND_UNALTERED, Outcome.VALID, "good"),),
    (),
    Claim("310101", "310101-2026-A000001", "", DeliverableKind.CERTIFICATE, "", 77),
)


def trust(*lists: StatusList) -> TrustList:
    return TrustList(
        as_of=NOW,
        expires=NOW + timedelta(days=9),
        platforms={"310101": "310000"},
        seal_authorities={},
        time_authorities=(),
        status_lists={(one.platform, one.number): one for one in lists},
    )


@pytest.mark.parametrize(
    ("lists", "outcome", "codes", "check"),
    [
        ([signed([77])], "invalid", ["revoked", "sealed_and_unaltered"], State.FAILED),
        ([signed([76, 78])], "valid", ["sealed_and_unaltered"], State.PASSED),
        ([], "valid", ["sealed_and_unaltered", "revocation_unknown"], State.NOT_DONE),
        ([signed([77], 1)], "valid", ["sealed_and_unaltered", "revocation_unknown"], State.NOT_DONE),
        (
            [signed([], as_of=NOW - timedelta(days=8))],
            "valid",
            ["sealed_and_unaltered", "revocation_list_old"],
            State.PASSED,
        ),
        ([signed([77], as_of=NOW - timedelta(days=800))], "invalid", ["revoked", "sealed_and_unaltered"], State.FAILED),
    ],
)
def test_the_list_decides(lists: list[StatusList], outcome: str, codes: list[str], check: State) -> None:
    verdict = with_standing(GOOD, trust(*lists), NOW)
    assert (verdict.outcome, [reason.code for reason in verdict.reasons]) == (outcome, codes)
    assert verdict.checks[-1].state is check
    assert all("{" not in reason.text() for reason in verdict.reasons)


def test_a_document_without_a_place_in_the_list_is_not_said_to_stand() -> None:
    assert GOOD.claim
    without = replace(GOOD, claim=replace(GOOD.claim, status=-1))
    verdict = with_standing(without, trust(signed([])), NOW)
    assert verdict.reasons[-1].code is ReasonCode.REVOCATION_UNKNOWN


def test_what_is_invalid_already_is_left_alone() -> None:
    bad = replace(GOOD, outcome=Outcome.INVALID)
    assert with_standing(bad, trust(signed([77])), NOW) is bad


def test_a_reason_that_accuses_somebody_is_not_told_to_everybody() -> None:
    assert public_reason("wrong_content") == REASONS["wrong_content"].label
    assert public_reason("obtained_wrongly") == public_reason("never heard of") == ""
