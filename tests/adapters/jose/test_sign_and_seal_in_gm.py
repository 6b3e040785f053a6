"""The cipher in the suite gm against attackers; that its signatures are right, gmssl says in tests/vectors."""

import json
from dataclasses import replace

import pytest
from asn1crypto import pem
from hypothesis import given, settings
from hypothesis import strategies as st

from dangqiao.adapters.gm import PrivateKey
from dangqiao.adapters.jose import JoseCipher, KeySigner, KeyVerifier, listed_key
from dangqiao.adapters.jose.compact import decoded
from dangqiao.core.errors import DangqiaoError, Misconfigured
from dangqiao.core.federation.envelope import LARGEST_CONTENT, LARGEST_SEALED
from dangqiao.core.federation.ports import Kind
from dangqiao.core.federation.refusals import REFUSALS
from dangqiao.core.ledger.checkpoint import Checkpoint, cosign, read_checkpoint, sign, verify
from dangqiao.core.vocabulary.suites import GM
from tests.adapters.jose.members import Keys, b64, cipher_of, header_of, opening_pem, signing_pem, sm2_pem

KEYS = Keys(suite=GM)
ANHUI, SHANGHAI = cipher_of("340000", GM), cipher_of("310000", GM)
CONTENT = '{"greeting":"您好"}'.encode()
TOKEN = ANHUI.sign(CONTENT, Kind.MESSAGE)
SEALED = ANHUI.seal(TOKEN, KEYS.sealing_key("310000"))


def resigned(**changes):
    """A token whose header an attacker wrote, correctly signed with Anhui's key."""
    header = {name: value for name, value in (header_of(TOKEN) | changes).items() if value is not None}
    signed = f"{b64(json.dumps(header).encode())}.{b64(CONTENT)}"
    return f"{signed}.{b64(PrivateKey(pem.unarmor(sm2_pem(2))[2]).sign_plain(signed.encode()))}"


def refusal(act, *args):
    with pytest.raises(DangqiaoError) as caught:
        act(*args)
    assert caught.value.code in REFUSALS
    str(caught.value)
    return caught.value.code


def test_the_receiver_reads_what_the_sender_signed():
    opened = SHANGHAI.open(SEALED, KEYS)
    assert (opened.content, opened.token, opened.signer) == (CONTENT, TOKEN, "340000")
    assert opened.kid == header_of(TOKEN)["kid"] == ANHUI.signing_kid == SHANGHAI.signer_of(TOKEN)
    assert ANHUI.seal(TOKEN, KEYS.sealing_key("310000")) != SEALED


def test_the_headers_say_what_the_page_says():
    assert header_of(TOKEN).keys() == {"alg", "kid", "suite", "typ"}
    sealed = header_of(SEALED.decode())
    assert sealed.keys() == {"alg", "enc", "kid", "suite", "typ", "cty"}
    assert (sealed["alg"], sealed["enc"], sealed["suite"]) == ("SGD_SM2_3", "SGD_SM4_GCM", "gm")


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"alg": "none"}, "exchange.algorithm_not_allowed"),
        ({"alg": "Ed25519"}, "exchange.algorithm_not_allowed"),
        ({"alg": "HS256"}, "exchange.algorithm_not_allowed"),
        ({"suite": "intl"}, "exchange.other_suite"),
        ({"suite": "unheard-of"}, "exchange.unknown_suite"),
        ({"suite": None}, "exchange.not_readable"),
        ({"typ": Kind.RECEIPT.value}, "exchange.wrong_kind"),
        ({"kid": "somebody"}, "exchange.unknown_sender"),
        ({"jwk": {"kty": "EC"}}, "exchange.not_readable"),
        ({"crit": ["b64"], "b64": False}, "exchange.not_readable"),
    ],
)
def test_a_header_cannot_choose_its_own_rules(changes, code):
    assert refusal(SHANGHAI.verify, resigned(**changes), Kind.MESSAGE, KEYS) == code


def test_a_message_of_the_other_suite_is_refused_by_a_code_of_its_own_both_ways():
    intl, keys = cipher_of("340000"), Keys()
    token = intl.sign(CONTENT, Kind.MESSAGE)
    sealed = intl.seal(token, keys.sealing_key("310000"))
    assert refusal(SHANGHAI.open, sealed, KEYS) == refusal(SHANGHAI.verify, token, Kind.MESSAGE, KEYS)
    assert refusal(SHANGHAI.verify, token, Kind.MESSAGE, KEYS) == "exchange.other_suite"
    assert refusal(cipher_of("310000").open, SEALED, keys) == "exchange.other_suite"
    assert refusal(ANHUI.seal, TOKEN, keys.sealing_key("310000")) == "exchange.other_suite"


def test_a_directory_that_mixes_suites_makes_no_key_usable():
    """A key of intl listed under gm, or the other way round, verifies nothing."""
    listed = KEYS.signing_key(header_of(TOKEN)["kid"])

    class Mixed(Keys):
        def signing_key(self, kid):
            return self.listed

    for wrong in (replace(listed, suite="intl"), replace(listed, jwk={"kty": "OKP", "crv": "Ed25519", "x": "A" * 43})):
        keys = Mixed(suite=GM)
        keys.listed = wrong
        assert refusal(SHANGHAI.verify, TOKEN, Kind.MESSAGE, keys) == "exchange.unknown_sender"


def test_no_part_of_a_seal_can_be_changed_or_exchanged():
    other = ANHUI.seal(TOKEN, KEYS.sealing_key("310000")).split(b".")
    for place in range(1, 5):
        parts = SEALED.split(b".")
        parts[place] = other[place]
        assert refusal(SHANGHAI.open, b".".join(parts), KEYS) == "exchange.cannot_open"
        right = SEALED.split(b".")[place]
        longer = b64(decoded(right) + b"\0").encode()
        for bad in (b"", b"AAAA", b"!", right + b"A", right + b"=", longer):
            parts[place] = bad
            assert refusal(SHANGHAI.open, b".".join(parts), KEYS) == "exchange.cannot_open"
    renamed = b64(json.dumps(header_of(SEALED.decode()) | {"cty": "x"}).encode()).encode()
    assert refusal(SHANGHAI.open, b".".join((renamed, *SEALED.split(b".")[1:])), KEYS) == "exchange.cannot_open"


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(TOKEN) - 1), letter=st.sampled_from("AZaz09-_.=!"))
def test_no_letter_of_a_token_can_be_changed(place, letter):
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    if changed != TOKEN:
        refusal(SHANGHAI.verify, changed, Kind.MESSAGE, KEYS)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text("ABab01-_.", max_size=400).map(str.encode)))
def test_no_bytes_break_the_reader(raw):
    refusal(SHANGHAI.open, raw, KEYS)
    refusal(SHANGHAI.open, SEALED[:200] + raw, KEYS)


def test_the_largest_message_fits():
    sealed = ANHUI.seal(ANHUI.sign(b"x" * LARGEST_CONTENT, Kind.MESSAGE), KEYS.sealing_key("310000"))
    assert len(sealed) <= LARGEST_SEALED
    assert len(SHANGHAI.open(sealed, KEYS).content) == LARGEST_CONTENT


def test_only_a_key_that_is_a_point_is_sealed_for():
    key = KEYS.sealing_key("310000")
    for jwk in ({**key.jwk, "y": key.jwk["x"]}, {**key.jwk, "crv": "P-256"}, {**key.jwk, "x": "AAAA"}, {"kty": "EC"}):
        assert refusal(ANHUI.seal, TOKEN, replace(key, jwk=jwk)) == "exchange.unknown_receiver"


def test_a_node_with_keys_of_the_other_suite_says_so():
    with pytest.raises(Misconfigured):
        JoseCipher(signing_pem(1), [opening_pem(101)], GM)
    with pytest.raises(Misconfigured):
        JoseCipher(sm2_pem(1), [sm2_pem(101)])
    with pytest.raises(ValueError, match="SM2"):
        listed_key("310000", signing_pem(1), GM)


def test_a_checkpoint_of_gm_is_signed_and_cosigned_and_of_no_use_under_another_suite():
    log = KeySigner("dangqiao.org/ledger/310000", sm2_pem(1), GM)
    witness = KeySigner("dangqiao.org/ledger/340000", sm2_pem(2), GM, as_witness=True)
    note = cosign(sign(Checkpoint(log.name, 3, bytes(32), "gm"), log), witness, 1_795_000_000).to_text()
    public = (KeyVerifier(log.name, log.jwk, GM), KeyVerifier(witness.name, witness.jwk, GM, as_witness=True))
    verdict = verify(read_checkpoint(note), public[0], public[1:])
    assert verdict.by_log and verdict.witnesses == {witness.name: 1_795_000_000}
    forged = read_checkpoint(note.replace("\n3\n", "\n4\n"))
    assert not verify(forged, public[0], public[1:]).by_log
    # Signed in full, but by SM2 over a log that claims SHA-256: its hash would not be that of its suite.
    mixed = sign(Checkpoint(log.name, 3, bytes(32), "intl"), log)
    verdict = verify(mixed, public[0], public[1:])
    assert not verdict.by_log and verdict.unknown == (log.name,)
