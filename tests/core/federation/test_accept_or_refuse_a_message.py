"""From sealed bytes to a signed receipt, with the real cipher and keys that everybody knows."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from dangqiao.core.errors import BadInput, DangqiaoError, Untrusted
from dangqiao.core.federation.envelope import CLOCK_SKEW, LARGEST_SEALED, LONGEST_LIFE
from dangqiao.core.federation.ports import Kind
from dangqiao.core.federation.receipts import ReceiptStatus, accept_receipt, read_receipt
from dangqiao.core.federation.receiving import Message, Turn, Turned, examine, read_stored, receipt_for, repeats, turn
from dangqiao.core.federation.refusals import REFUSALS, Then, known, refuse, then_after
from dangqiao.core.vocabulary.canonical import canonical_bytes
from dangqiao.core.vocabulary.suites import INTL
from tests.adapters.jose.members import Keys, cipher_of
from tests.core.federation.samples import ANHUI, ENVELOPES, SENT_AT, SHANGHAI, SUBMITTED

KEYS = Keys()
LATER = SENT_AT + timedelta(hours=2)


def sealed(content, *, sender=ANHUI, receiver=SHANGHAI):
    cipher = cipher_of(sender)
    return cipher.seal(cipher.sign(content, Kind.MESSAGE), KEYS.sealing_key(receiver))


def received(raw, *, us=SHANGHAI, now=LATER):
    return examine(raw, cipher=cipher_of(us), keys=KEYS, us=us, now=now)


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.type)
def test_every_type_travels_and_can_be_read_again_from_the_kept_signature(envelope):
    raw = sealed(envelope.to_bytes(), sender=envelope.sender, receiver=envelope.receiver)
    outcome = received(raw, us=envelope.receiver)
    assert isinstance(outcome, Message)
    assert outcome.envelope == envelope
    assert outcome.payload.to_data() == envelope.data
    kept = cipher_of(envelope.receiver).verify(outcome.signed.token, Kind.MESSAGE, KEYS)
    assert read_stored(kept) == outcome


def event(**changes):
    values = SUBMITTED.to_event() | changes
    return canonical_bytes({name: value for name, value in values.items() if value is not None})


@pytest.mark.parametrize(
    "content, code",
    [
        (event(audience="330000"), "exchange.wrong_receiver"),
        (event(source="/platforms/330000"), "exchange.sender_mismatch"),
        (event(source="urn:340000"), "exchange.not_readable"),
        (event(specversion="0.3"), "exchange.not_readable"),
        (event(id="1"), "exchange.not_readable"),
        (event(id=None), "exchange.not_readable"),
        (event(time="2026-11-22 08:00:00"), "exchange.not_readable"),
        (event(time="2026-11-22T16:00:00+08:00"), "exchange.not_readable"),
        (event(sequence="1"), "exchange.not_readable"),
        (event(expirytime="2026-11-22T07:00:00Z"), "exchange.not_readable"),
        (event(data=[]), "exchange.not_readable"),
        (event(data=None), "exchange.not_readable"),
        (event(type="org.dangqiao.referral.sung.v1"), "exchange.unknown_type"),
        (event(type="org.dangqiao.referral.submitted.v9"), "exchange.unknown_type"),
        (event(type="com.example.referral.submitted.v1"), "exchange.not_readable"),
        (event(data={**SUBMITTED.data, "purpose": ""}), "exchange.payload_invalid"),
        (event(data={**SUBMITTED.data, "persons_served": "1"}), "exchange.payload_invalid"),
        (event(data={**SUBMITTED.data, "materials": [{"sha256": "short"}]}), "exchange.payload_invalid"),
        (event(data={**SUBMITTED.data, "referral": "another"}), "exchange.payload_invalid"),
        (event(type="org.dangqiao.referral.withdrawal_answered.v1"), "exchange.payload_invalid"),
        (b"\xff\xfe", "exchange.not_readable"),
        (b"null", "exchange.not_readable"),
        (event()[:-1] + b',"id":"again"}', "exchange.not_readable"),
        (event()[:-1] + b',"x":1.5}', "exchange.not_readable"),
        (event()[:-1] + b',"x":NaN}', "exchange.not_readable"),
        (event()[:-1] + b',"x":9007199254740993}', "exchange.not_readable"),
        (event()[:-1] + b',"x":"\\ud800"}', "exchange.not_readable"),
        (event()[:-1] + b',"x":' + b"9" * 5000 + b"}", "exchange.not_readable"),
    ],
)
def test_what_is_not_as_agreed_is_refused_by_its_name(content, code):
    outcome = received(sealed(content))
    assert isinstance(outcome, Turned)
    assert outcome.error.code == code
    assert "王小明" not in str(outcome.error)


@pytest.mark.parametrize(
    "now, life, code",
    [
        (SENT_AT - CLOCK_SKEW - timedelta(seconds=1), timedelta(days=1), "exchange.not_yet_valid"),
        (SENT_AT + timedelta(days=1) + CLOCK_SKEW, timedelta(days=1), "exchange.expired"),
        (SENT_AT, LONGEST_LIFE + timedelta(seconds=1), "exchange.lifetime_too_long"),
    ],
)
def test_a_message_has_its_time(now, life, code):
    envelope = replace(SUBMITTED, expires_at=SENT_AT + life)
    assert received(sealed(envelope.to_bytes()), now=now).error.code == code


@pytest.mark.parametrize("now", [SENT_AT - CLOCK_SKEW, SENT_AT + LONGEST_LIFE])
def test_clocks_may_differ_and_members_may_be_away_for_weeks(now):
    assert isinstance(received(sealed(SUBMITTED.to_bytes()), now=now), Message)


def test_a_message_too_large_is_refused_before_it_is_opened_and_never_sent():
    assert received(b"x" * (LARGEST_SEALED + 1)).error.code == "exchange.too_large"
    with pytest.raises(BadInput) as caught:
        replace(SUBMITTED, data={"note": "好" * 100_000}).to_bytes()
    assert caught.value.code == "exchange.too_large"


@pytest.mark.parametrize("data, code", [({"a": 1.5}, "exchange.not_readable"), ({"a": {1}}, "exchange.not_readable")])
def test_what_has_no_canonical_form_is_never_sent(data, code):
    with pytest.raises(DangqiaoError) as caught:
        replace(SUBMITTED, data=data).to_bytes()
    assert caught.value.code == code


def test_a_receiver_cannot_pass_a_message_on_as_if_it_were_meant_for_a_third():
    inner = received(sealed(SUBMITTED.to_bytes())).signed.token
    passed_on = cipher_of(SHANGHAI).seal(inner, KEYS.sealing_key("320000"))
    assert received(passed_on, us="320000").error.code == "exchange.wrong_receiver"


def test_fields_of_a_later_version_are_kept_and_do_not_matter():
    later = replace(
        SUBMITTED, data={**SUBMITTED.data, "urgent": True, "applicant": {**SUBMITTED.data["applicant"], "x": 1}}
    )
    payload = received(sealed(later.to_bytes())).payload
    assert payload.to_data()["urgent"] is True
    assert payload.to_data()["applicant"]["x"] == 1


def accepted(token, raw, receiver=SHANGHAI):
    digest = hashlib.sha256(raw).hexdigest()
    return accept_receipt(token.encode(), cipher=cipher_of(ANHUI), keys=KEYS, receiver=receiver, sealed_digest=digest)


def test_the_receipt_proves_what_was_received():
    raw = sealed(SUBMITTED.to_bytes())
    outcome = received(raw)
    receipt = receipt_for(raw, outcome, us=SHANGHAI, now=LATER, suite=INTL)
    assert (receipt.message, receipt.sender, receipt.arrived, receipt.refusal) == (SUBMITTED.id, ANHUI, True, None)
    assert receipt.signed_digest == hashlib.sha256(outcome.signed.token.encode()).hexdigest()
    token = cipher_of(SHANGHAI).sign(receipt.to_bytes(), Kind.RECEIPT)
    assert accepted(token, raw) == (receipt, token)


def test_a_receipt_that_proves_nothing_leaves_the_message_on_its_way():
    raw = sealed(SUBMITTED.to_bytes())
    receipt = receipt_for(raw, received(raw), us=SHANGHAI, now=LATER, suite=INTL)
    good = cipher_of(SHANGHAI).sign(receipt.to_bytes(), Kind.RECEIPT)
    by_another = cipher_of("320000").sign(receipt.to_bytes(), Kind.RECEIPT)
    for token, about, receiver in (
        (good, b"other bytes", SHANGHAI),
        (good, raw, "320000"),
        (by_another, raw, SHANGHAI),
        (by_another, raw, "320000"),
        ("rubbish", raw, SHANGHAI),
        (cipher_of(SHANGHAI).sign(b"rubbish", Kind.RECEIPT), raw, SHANGHAI),
        (cipher_of(SHANGHAI).sign(receipt.to_bytes(), Kind.MESSAGE), raw, SHANGHAI),
    ):
        with pytest.raises(DangqiaoError) as caught:
            accepted(token, about, receiver)
        assert caught.value.code == "exchange.receipt_mismatch"
        assert then_after(caught.value) is Then.RETRY


def test_an_error_of_our_own_never_makes_a_dead_letter():
    assert then_after(Untrusted("directory.expired", "The directory ended.")) is Then.RETRY
    assert then_after(refuse("exchange.too_large", size=2, limit=1)) is Then.STOP


def test_a_refusal_is_a_receipt_too_even_when_nothing_could_be_read():
    receipt = read_receipt(receipt_for(b"rubbish", received(b"rubbish"), us=SHANGHAI, now=LATER, suite=INTL).to_bytes())
    assert (receipt.message, receipt.status, receipt.code) == ("", ReceiptStatus.REFUSED, "exchange.not_readable")
    assert receipt.refusal.then is Then.STOP and not receipt.arrived


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"received_at":"2026-11-22T08:00:00Z","status":"eaten"}', b'{"code":1}']
)
def test_a_receipt_that_cannot_be_read_is_named(raw):
    with pytest.raises(DangqiaoError) as caught:
        read_receipt(raw)
    assert caught.value.code == "exchange.not_readable"


def test_the_same_message_signed_anew_is_a_repetition_and_another_one_is_not():
    renewed = SUBMITTED.renewed(LATER)
    assert renewed.to_bytes() != SUBMITTED.to_bytes()
    repeats(renewed, SUBMITTED.content_digest(INTL), INTL)
    with pytest.raises(DangqiaoError) as caught:
        repeats(replace(SUBMITTED, data={**SUBMITTED.data, "purpose": "pension"}), SUBMITTED.content_digest(INTL), INTL)
    assert caught.value.code == "exchange.id_reused"


def test_messages_about_one_subject_take_effect_in_their_order():
    assert [turn(sequence, 2) for sequence in (1, 2, 3, 4)] == [Turn.PAST, Turn.PAST, Turn.NOW, Turn.WAIT]


@pytest.mark.parametrize(
    "change",
    [
        {"id": "not-a-uuid"},
        {"id": "5B1F0C52-3F0E-4F43-9A06-0C6F3F3C2B11"},
        {"type": "referral.submitted"},
        {"sender": "../340000"},
        {"subject": "王小明"},
        {"issued_at": SENT_AT.replace(tzinfo=None)},
        {"expires_at": SENT_AT},
        {"sequence": 0},
        {"reply_to": "x"},
        {"correlation": "王小明"},
    ],
)
def test_an_envelope_that_others_would_refuse_is_never_made(change):
    with pytest.raises(BadInput) as caught:
        replace(SUBMITTED, **change)
    assert caught.value.facts["field"] == next(iter(change))


def test_every_refusal_has_a_sentence_whose_places_are_the_facts_given():
    for code, row in REFUSALS.items():
        assert code.startswith("exchange.") and row.sentence.endswith(".")
    assert (
        str(refuse("exchange.timeout", host="peer.example"))
        == "peer.example did not answer in time. [exchange.timeout]"
    )
    assert known("exchange.of_a_later_version").then is Then.STOP
