"""The cipher against the standards' own second reader (cryptography, by hand) and against attackers."""

import json
import time
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from dangqiao.adapters.jose import JoseCipher, KeySigner, KeyVerifier, listed_key
from dangqiao.core.errors import DangqiaoError, Misconfigured
from dangqiao.core.federation.envelope import LARGEST_CONTENT, LARGEST_SEALED
from dangqiao.core.federation.ports import Kind
from dangqiao.core.federation.refusals import REFUSALS
from dangqiao.core.ledger.checkpoint import Checkpoint, cosign, read_checkpoint, sign, verify
from dangqiao.core.vocabulary.suites import INTL
from tests.adapters.jose.members import Keys, b64, cipher_of, header_of, opening_pem, signing_pem, unb64

KEYS = Keys()
ANHUI, SHANGHAI = cipher_of("340000"), cipher_of("310000")
CONTENT = '{"greeting":"您好"}'.encode()
TOKEN = ANHUI.sign(CONTENT, Kind.MESSAGE)
SEALED = ANHUI.seal(TOKEN, KEYS.sealing_key("310000"))


def resigned(content=CONTENT, seed=2, **changes):
    """A token whose header an attacker wrote, correctly signed with the key of `seed`."""
    header = {name: value for name, value in (header_of(TOKEN) | changes).items() if value is not None}
    signing_input = f"{b64(json.dumps(header).encode())}.{b64(content)}"
    signature = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32).sign(signing_input.encode())
    return f"{signing_input}.{b64(signature)}"


def reheaded(**changes):
    """The sealed message under another header."""
    header = {name: value for name, value in (header_of(SEALED.decode()) | changes).items() if value is not None}
    return f"{b64(json.dumps(header).encode())}.{SEALED.decode().partition('.')[2]}".encode()


def refusal(act, *args):
    with pytest.raises(DangqiaoError) as caught:
        act(*args)
    assert caught.value.code in REFUSALS
    str(caught.value)  # every place in the sentence has its fact
    return caught.value.code


def test_the_receiver_reads_what_the_sender_signed():
    opened = SHANGHAI.open(SEALED, KEYS)
    assert (opened.content, opened.token, opened.signer) == (CONTENT, TOKEN, "340000")
    assert opened.kid == header_of(TOKEN)["kid"]


def test_the_signature_stands_by_itself_and_is_plain_ed25519():
    head, payload, signature = TOKEN.split(".")
    key = Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32).public_key()
    key.verify(unb64(signature), f"{head}.{payload}".encode())
    assert unb64(payload) == CONTENT
    assert SHANGHAI.verify(TOKEN, Kind.MESSAGE, KEYS).content == CONTENT


def test_each_sealing_looks_different_and_the_message_is_the_same():
    other = ANHUI.seal(TOKEN, KEYS.sealing_key("310000"))
    assert other != SEALED
    assert SHANGHAI.open(other, KEYS).token == TOKEN


def test_nobody_else_can_open_it():
    assert refusal(cipher_of("320000").open, SEALED, KEYS) == "exchange.unknown_key"


def test_a_key_that_is_rotated_out_still_opens():
    rotated = JoseCipher(signing_pem(1), [opening_pem(77), opening_pem(101)])
    assert rotated.open(SEALED, KEYS).content == CONTENT
    newest = ANHUI.seal(TOKEN, listed_key("310000", opening_pem(77)))
    assert rotated.open(newest, KEYS).content == CONTENT
    assert refusal(SHANGHAI.open, newest, KEYS) == "exchange.unknown_key"


def test_an_unlisted_or_withdrawn_signing_key_is_not_believed():
    assert refusal(SHANGHAI.open, SEALED, Keys({"310000": 1})) == "exchange.unknown_sender"


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"alg": "none"}, "exchange.algorithm_not_allowed"),
        ({"alg": "HS256"}, "exchange.algorithm_not_allowed"),
        ({"alg": "EdDSA"}, "exchange.algorithm_not_allowed"),
        ({"suite": "gm"}, "exchange.other_suite"),
        ({"suite": "unheard-of"}, "exchange.unknown_suite"),
        ({"suite": None}, "exchange.not_readable"),
        ({"typ": Kind.RECEIPT.value}, "exchange.wrong_kind"),
        ({"kid": "somebody"}, "exchange.unknown_sender"),
        ({"kid": 7}, "exchange.not_readable"),
        ({"jwk": {"kty": "oct", "k": "AAAA"}}, "exchange.not_readable"),
        ({"crit": ["b64"], "b64": False}, "exchange.not_readable"),
        ({"kid": "x" * 2000}, "exchange.not_readable"),
    ],
)
def test_a_header_cannot_choose_its_own_rules(changes, code):
    assert refusal(SHANGHAI.verify, resigned(**changes), Kind.MESSAGE, KEYS) == code


def test_a_signature_by_another_key_does_not_hold():
    assert refusal(SHANGHAI.verify, resigned(seed=3), Kind.MESSAGE, KEYS) == "exchange.bad_signature"


def test_a_receipt_is_not_a_message_nor_a_message_a_request():
    receipt = SHANGHAI.sign(b"{}", Kind.RECEIPT)
    assert ANHUI.verify(receipt, Kind.RECEIPT, KEYS).signer == "310000"
    assert refusal(ANHUI.verify, receipt, Kind.MESSAGE, KEYS) == "exchange.wrong_kind"
    smuggled = ANHUI.seal(SHANGHAI.sign(b"{}", Kind.OBJECT_REQUEST), KEYS.sealing_key("310000"))
    assert refusal(SHANGHAI.open, smuggled, KEYS) == "exchange.wrong_kind"


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"zip": "DEF"}, "exchange.not_readable"),
        ({"alg": "dir"}, "exchange.algorithm_not_allowed"),
        ({"enc": "A128CBC-HS256"}, "exchange.algorithm_not_allowed"),
        ({"suite": "gm"}, "exchange.other_suite"),
        ({"suite": "unheard-of"}, "exchange.unknown_suite"),
        ({"typ": "JOSE"}, "exchange.wrong_kind"),
        ({"epk": None}, "exchange.not_readable"),
        ({"epk": {"kty": "OKP", "crv": "X25519", "x": b64(bytes(32))}}, "exchange.cannot_open"),
        ({"epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, "exchange.cannot_open"),
        ({"epk": "text"}, "exchange.cannot_open"),
        ({"cty": "other"}, "exchange.cannot_open"),
    ],
)
def test_a_changed_seal_does_not_open(changes, code):
    assert refusal(SHANGHAI.open, reheaded(**changes), KEYS) == code


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_noticed(at, difference):
    changed = bytearray(SEALED)
    changed[at] ^= difference
    refusal(SHANGHAI.open, bytes(changed), KEYS)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text("abc.eyJ0_-=", max_size=200).map(str.encode))
def test_rubbish_is_refused_by_name(rubbish):
    refusal(SHANGHAI.open, rubbish, KEYS)
    refusal(SHANGHAI.verify, rubbish, Kind.RECEIPT, KEYS)


def test_what_is_too_large_is_not_even_decoded():
    assert refusal(SHANGHAI.open, b"." * (LARGEST_SEALED + 1), KEYS) == "exchange.too_large"
    assert refusal(SHANGHAI.verify, "." * (LARGEST_SEALED + 1), Kind.MESSAGE, KEYS) == "exchange.too_large"


def test_the_largest_message_fits():
    sealed = ANHUI.seal(ANHUI.sign(b"x" * LARGEST_CONTENT, Kind.MESSAGE), KEYS.sealing_key("310000"))
    assert len(sealed) <= LARGEST_SEALED
    assert len(SHANGHAI.open(sealed, KEYS).content) == LARGEST_CONTENT


def test_only_a_key_of_the_suite_is_sealed_for():
    key = KEYS.sealing_key("310000")
    assert refusal(ANHUI.seal, TOKEN, replace(key, suite="gm")) == "exchange.other_suite"
    assert refusal(ANHUI.seal, TOKEN, replace(key, suite="unheard-of")) == "exchange.unknown_suite"
    wrong = replace(key, jwk=KEYS.signing_key(header_of(TOKEN)["kid"]).jwk)
    assert refusal(ANHUI.seal, TOKEN, wrong) == "exchange.unknown_receiver"
    assert refusal(ANHUI.seal, TOKEN, replace(key, jwk={**key.jwk, "x": "AAAA"})) == "exchange.unknown_receiver"


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PRIVATE KEY-----", signing_pem(1)])
def test_an_unusable_key_of_our_own_is_named_at_the_start(pem):
    with pytest.raises(Misconfigured) as caught:
        JoseCipher(signing_pem(1), [pem])
    assert caught.value.facts["kid"] == "message-encryption"


def test_signing_and_sealing_stay_well_under_two_milliseconds():
    content = b"x" * 8000

    def best(act):
        times = []
        for _ in range(30):
            start = time.process_time_ns()
            act()
            times.append(time.process_time_ns() - start)
        return min(times) / 1e6

    sealed = ANHUI.seal(ANHUI.sign(content, Kind.MESSAGE), KEYS.sealing_key("310000"))
    assert best(lambda: ANHUI.seal(ANHUI.sign(content, Kind.MESSAGE), KEYS.sealing_key("310000"))) < 2
    assert best(lambda: SHANGHAI.open(sealed, KEYS)) < 2


def test_a_checkpoint_is_signed_by_its_log_and_cosigned_by_a_witness():
    log = KeySigner("dangqiao.org/ledger/310000", signing_pem(1))
    witness = KeySigner("dangqiao.org/ledger/340000", signing_pem(2), as_witness=True)
    note = cosign(sign(Checkpoint(log.name, 3, bytes(32)), log), witness, 1_795_000_000).to_text()
    public = (KeyVerifier(log.name, log.jwk, INTL), KeyVerifier(witness.name, witness.jwk, INTL, as_witness=True))
    verdict = verify(read_checkpoint(note), public[0], public[1:])
    assert verdict.by_log and verdict.witnesses == {witness.name: 1_795_000_000}
    forged = read_checkpoint(note.replace("\n3\n", "\n4\n"))
    assert not verify(forged, public[0], public[1:]).by_log
    with pytest.raises(Misconfigured):
        KeySigner("a", opening_pem(1))
