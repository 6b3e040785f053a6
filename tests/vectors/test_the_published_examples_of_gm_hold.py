"""The examples of the suite gm in docs/protocol, read by us, and by gmssl from the page alone."""

import base64
import json

import pytest

from dangqiao.adapters.directory.countersigning import statement
from dangqiao.adapters.jose.notes import verifiers_of
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.ports import Kind
from dangqiao.core.federation.receipts import read_receipt
from dangqiao.core.ledger.checkpoint import read_checkpoint, verify
from dangqiao.core.vocabulary.suites import GM
from tests.adapters.gm.second import gcm_opened, gmssl_decrypted, gmssl_verifies, sm3_of
from tests.adapters.jose.members import Keys, cipher_of
from tests.core.federation.samples import SUBMITTED
from tests.vectors.protocol import GM_KEPT, LISTING, ROOT, ledger, opened

KEYS = Keys(suite=GM)


def example(name):
    return (ROOT / GM_KEPT[name]).read_text(encoding="utf-8").strip()


def known(use, member):
    """A published test key, by the page: the JWK with its private half."""
    keys = json.loads((ROOT / "examples/gm/test-keys.json").read_text(encoding="utf-8"))[use]
    return next(one for one in keys if one["member"] == member)


def octets(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_sealed_message_is_the_signed_one_and_its_receipt_is_for_both():
    message = opened(example("sealed").encode(), GM)
    assert message.signed.token == example("signed") and message.envelope.id == SUBMITTED.id
    receipt = read_receipt(cipher_of("340000", GM).verify(example("receipt"), Kind.RECEIPT, KEYS).content)
    assert receipt.arrived
    assert (receipt.sealed_digest, receipt.signed_digest) == (sm3_of(example("sealed")), sm3_of(example("signed")))


def test_the_listing_the_request_and_the_checkpoint_hold():
    us = cipher_of("310000", GM)
    assert us.verify(example("listing"), Kind.LISTING, KEYS).content == statement("340000", LISTING, GM)
    assert us.verify(example("request"), Kind.OBJECT_REQUEST, KEYS).signer == "340000"
    note = read_checkpoint(example("checkpoint") + "\n")
    assert note.checkpoint == read_checkpoint(ledger(GM)[0]).checkpoint
    listed = {one.member: one for one in KEYS.signing.values()}
    log = verifiers_of("dangqiao.org/ledger/310000", [listed["310000"]])
    witness = verifiers_of("dangqiao.org/ledger/340000", [listed["340000"]], as_witness=True)
    verdict = verify(note, log, witness)
    assert verdict.by_log and set(verdict.witnesses) == {"dangqiao.org/ledger/340000"}


@pytest.mark.parametrize("name, member", [("signed", "340000"), ("receipt", "310000"), ("listing", "340000")])
def test_gmssl_verifies_a_signature_with_the_published_key(name, member):
    signed, _, signature = example(name).rpartition(".")
    header = json.loads(octets(signed.partition(".")[0]))
    key = known("signing", member)
    assert header["alg"] == "SGD_SM3_SM2" and header["kid"] == key["kid"]
    point = octets(key["jwk"]["x"]) + octets(key["jwk"]["y"])
    assert gmssl_verifies(point, octets(signature), signed.encode())
    assert not gmssl_verifies(point, octets(signature), signed.encode() + b".")


def test_gmssl_opens_the_seal_with_the_published_key():
    head, wrapped, vector, text, tag = example("sealed").split(".")
    content_key = gmssl_decrypted(octets(known("sealing", "310000")["jwk"]["d"]), octets(wrapped))
    assert len(content_key) == 16
    plain = gcm_opened(content_key, octets(vector), octets(text), octets(tag), head.encode())
    assert plain.decode() == example("signed")


def test_the_thumbprint_is_as_the_page_says():
    key = known("signing", "310000")
    public = {name: key["jwk"][name] for name in ("crv", "kty", "x", "y")}
    digest = bytes.fromhex(sm3_of(json.dumps(public, separators=(",", ":"))))
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == key["kid"]


def test_a_node_of_intl_refuses_them_by_a_code_of_their_own():
    us = cipher_of("310000")
    for act in (
        lambda: us.open(example("sealed").encode(), Keys()),
        lambda: us.verify(example("signed"), Kind.MESSAGE, Keys()),
    ):
        with pytest.raises(DangqiaoError) as caught:
            act()
        assert caught.value.code == "exchange.other_suite"
