"""Evidence entries carry no personal data; checkpoints say who signed what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dangqiao.core.errors import BadInput, Malformed, Untrusted
from dangqiao.core.ledger.checkpoint import (
    Checkpoint,
    NoteSignature,
    SignedCheckpoint,
    cosign,
    key_id,
    read_checkpoint,
    sign,
    verify,
)
from dangqiao.core.ledger.evidence import EvidenceRecord
from dangqiao.core.ledger.growth import Growth, judge
from dangqiao.core.vocabulary.suites import INTL

RECORD = EvidenceRecord(
    id="0193b1f0-7c00-7000-8000-000000000001",
    kind="message.sent",
    subject="referral:0193b1f0-7c00-7000-8000-0000000000aa",
    digest="ab" * 32,
    actor="node:340000",
    at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
)


class Key:
    """A stand-in with the shape of a key; the real one is tested with the adapter."""

    suite = "intl"

    def __init__(self, name, as_witness=False):
        self.name, self.key_id = name, key_id(INTL, name, name.encode(), as_witness=as_witness)

    def sign(self, data):
        return self.name.encode() + data[::-1]

    def verify(self, data, signature):
        return signature == self.sign(data)


LOG = Key("dangqiao.org/ledger/310000")
WITNESS = Key("dangqiao.org/ledger/320000", as_witness=True)
CHECKPOINT = Checkpoint(LOG.name, 8, bytes(range(32)))


def test_one_happening_has_one_form():
    elsewhere = replace(RECORD, at=RECORD.at.astimezone(timezone(timedelta(hours=8))))
    assert RECORD.to_bytes() == elsewhere.to_bytes()
    assert RECORD.to_bytes().startswith(b'{"actor":"node:340000","at":"2026-11-22T08:00:00Z","digest":"abab')
    assert RECORD.leaf_hash() != replace(RECORD, kind="message.received").leaf_hash()


@pytest.mark.parametrize(
    "field, value",
    [
        ("subject", "party:李四"),
        ("subject", "no kind"),
        ("actor", "张三"),
        ("digest", "ab"),
        ("kind", "unheard.of"),
        ("at", datetime(2026, 1, 1)),  # without a zone
    ],
)
def test_what_could_be_personal_or_unclear_is_not_taken(field, value):
    with pytest.raises(BadInput) as caught:
        replace(RECORD, **{field: value})
    assert caught.value.code == "ledger.bad_evidence"
    assert field in caught.value.facts["field"]


def test_a_checkpoint_is_signed_cosigned_written_read_and_verified():
    signed = cosign(sign(CHECKPOINT, LOG), WITNESS, 1_795_000_000)
    again = read_checkpoint(signed.to_text())
    assert again == signed
    verdict = verify(again, LOG, (WITNESS,))
    assert (verdict.by_log, verdict.witnesses, verdict.broken) == (True, {WITNESS.name: 1_795_000_000}, ())


def test_a_changed_checkpoint_convinces_nobody():
    signed = cosign(sign(CHECKPOINT, LOG), WITNESS, 1_795_000_000)
    forged = replace(signed, checkpoint=replace(CHECKPOINT, size=9))
    verdict = verify(forged, LOG, (WITNESS,))
    assert (verdict.by_log, verdict.witnesses) == (False, {})
    assert verdict.broken == (LOG.name, WITNESS.name)


def test_a_signature_of_a_stranger_is_named_and_does_not_count():
    signed = cosign(sign(CHECKPOINT, LOG), Key("stranger"), 1)
    assert verify(signed, LOG, (WITNESS,)).unknown == ("stranger",)


def test_a_log_cannot_speak_under_another_name():
    signed = sign(replace(CHECKPOINT, origin="dangqiao.org/ledger/330000"), LOG)
    assert not verify(signed, LOG).by_log


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\nAAAA\nsuite intl\n",
        "origin\n01\n" + "A" * 43 + "=\nsuite intl\n\n— a AAAAAAAA\n",
        "origin\n1\nAAAA\nsuite intl\n\n— a AAAAAAAA\n",
        "origin\n1\n" + "A" * 43 + "=\nsuite intl\nmore\n\n— a AAAAAAAA\n",
        "origin\n1\n" + "A" * 43 + "=\nsuite intl\n\na AAAAAAAA\n",
        "origin\n1\n" + "A" * 42 + "B=\nsuite intl\n\n— a AAAAAAAA\n",
        "x" * 20_000,
    ],
)
def test_a_note_that_is_not_exact_is_not_read(text):
    with pytest.raises(Malformed):
        read_checkpoint(text)


def test_a_key_of_another_suite_says_nothing_about_a_log():
    class Gm(Key):
        suite = "gm"

    verdict = verify(sign(CHECKPOINT, LOG), Gm(LOG.name))
    assert not verdict.by_log and verdict.unknown == (LOG.name,)


def test_a_log_that_changed_its_suite_is_not_signed_and_not_accused():
    gm = replace(CHECKPOINT, suite="gm")

    class Gm(Key):
        suite = "gm"

    seen, answer = replace(CHECKPOINT, size=7), Growth(7, sign(gm, LOG).to_text())
    verdict = judge(answer, LOG.name, (Gm(LOG.name),), seen)
    assert verdict.reason == "ledger.other_suite" and not verdict.consistent and not verdict.contradicts


def test_a_suite_that_is_not_known_is_named():
    text = SignedCheckpoint(replace(CHECKPOINT, suite="future"), (NoteSignature("a", b"1234", b"5678"),)).to_text()
    with pytest.raises(Untrusted) as caught:
        read_checkpoint(text)
    assert caught.value.code == "ledger.unknown_suite"
