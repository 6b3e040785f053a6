"""docs/protocol is normative; it may not drift. To publish a change: `python -m tests.vectors.protocol`."""

import hashlib
import re

import pytest

from dangqiao.core.federation.envelope import read_envelope
from dangqiao.core.federation.messages import MESSAGE_TYPES, read_payload
from dangqiao.core.federation.ports import Kind
from dangqiao.core.federation.receipts import read_receipt
from dangqiao.core.ledger.checkpoint import read_checkpoint
from dangqiao.core.lookup.referral import Event, sent
from dangqiao.core.lookup.states import Act, Side
from dangqiao.core.vocabulary.actor import Role
from dangqiao.core.vocabulary.canonical import canonical_bytes
from tests.adapters.jose.members import Keys, cipher_of
from tests.core.federation.samples import ENVELOPES, SENT_AT, SUBMITTED
from tests.vectors.protocol import GM_KEPT, ROOT, SEALED, files, opened, with_tables

PAGES = sorted(ROOT.glob("*.md"))


def published(name):
    return (ROOT / name).read_text(encoding="utf-8")


def sealed():
    return published(SEALED).strip().encode()


def test_schemas_and_examples_are_those_that_the_code_makes():
    made = files(sealed())
    differing = [name for name, text in made.items() if not (ROOT / name).exists() or published(name) != text]
    assert differing == []
    found = (path for folder in ("schemas", "examples") for path in (ROOT / folder).rglob("*") if path.is_file())
    assert {str(path.relative_to(ROOT)) for path in found} == made.keys() | {SEALED} | set(GM_KEPT.values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_are_those_of_the_code_and_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    assert with_tables(text) == text
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


def test_every_message_type_has_an_example_that_can_be_read():
    assert {envelope.type for envelope in ENVELOPES} == MESSAGE_TYPES.keys()
    for name in MESSAGE_TYPES:
        read_payload(read_envelope(published(f"examples/{name}.json").encode()))


def test_the_message_that_the_first_version_sealed_is_still_read_and_signed_alike():
    message = opened(sealed())
    assert message.signed.token == published("examples/signed-message.jws").strip()
    assert (message.envelope.type, message.envelope.id) == ("referral.submitted.v1", SUBMITTED.id)
    assert message.payload.applicant.name == "王小明"


def test_the_other_signed_examples_can_be_verified():
    receipt = cipher_of("340000").verify(published("examples/receipt.jws").strip(), Kind.RECEIPT, Keys())
    assert read_receipt(receipt.content).arrived
    assert read_checkpoint(published("examples/checkpoint.txt")).checkpoint.size == 7


def test_the_chain_of_events_is_digested_as_messages_md_says():
    def sha256(value):
        return hashlib.sha256(canonical_bytes(value)).hexdigest()

    start = sha256({"referral": "r-1", "asking": "340000", "holder": "310000", "archive": "310115"})
    state = sent("r-1", asking="340000", holder="310000", archive="310115", at=SENT_AT)
    assert state.digest == start
    event = Event(1, Act.DELIVER, "node:310000", Side.HOLDER, Role.NODE, SENT_AT, {"deadline": "x"})
    at = "2026-11-22T08:00:00.000000Z"
    assert event.following(start).digest == sha256(
        {"sequence": 1, "act": "deliver", "actor": "node:310000", "side": "holder", "role": "node", "at": at}
        | {"facts": {"deadline": "x"}, "digest": start}
    )
