"""What a hostile or broken peer may send: strategies, and targets that must end in a value or an error of ours.

Run shortly by the test beside this file, and for as long as wanted by `python tools/fuzz_exchange.py --minutes N`.
"""

import json
from collections.abc import Callable
from copy import deepcopy

from hypothesis import strategies as st

from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.envelope import LARGEST_SEALED, read_envelope
from dangqiao.core.federation.listing import Members, PlatformListing
from dangqiao.core.federation.objects import read_request
from dangqiao.core.federation.ports import Kind
from dangqiao.core.federation.receipts import accept_receipt, read_receipt
from dangqiao.core.federation.receiving import Message, Turned, examine, receipt_for
from dangqiao.core.federation.reconciling import Span, read_span, read_summary
from dangqiao.core.federation.refusals import REFUSALS
from dangqiao.core.ledger.bundle import judge as judge_bundle
from dangqiao.core.ledger.bundle import read_bundle
from dangqiao.core.ledger.checkpoint import read_checkpoint
from dangqiao.core.ledger.growth import judge as judge_growth
from dangqiao.core.ledger.growth import read_growth
from tests.adapters.jose.members import Keys, cipher_of
from tests.core.federation.samples import ANHUI, ENVELOPES, SENT_AT, SHANGHAI
from tests.suite import SUITE

KEYS, US, PEER = Keys(suite=SUITE), cipher_of(SHANGHAI, SUITE), cipher_of(ANHUI, SUITE)
SPAN = Span(SENT_AT, SENT_AT.replace(hour=9), 4)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["", "\x00", "\ud800", "1.0", "310000", "/platforms/340000", "2026-11-22T08:00:00Z", "9" * 5000]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
deep = st.integers(1, 60_000).map(lambda depth: b"[" * depth + b"]" * depth)
EVENTS = [envelope.to_event() for envelope in ENVELOPES]


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


@st.composite
def changed_events(draw: st.DrawFn) -> bytes:
    """A good CloudEvent in which some members are dropped, or have other values, in the envelope and in the data."""
    event = deepcopy(draw(st.sampled_from(EVENTS)))
    for part in (event, event["data"] if draw(st.booleans()) else event):
        for name in draw(st.lists(st.sampled_from(sorted(part)), max_size=3)):
            part = part if isinstance(part, dict) else {}
            if draw(st.booleans()):
                part.pop(name, None)
            else:
                part[name] = draw(values)
    return _dumped(event)


@st.composite
def mutated(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """Bytes of an original with pieces cut out, doubled, exchanged or put in."""
    raw = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw)))
        end = min(len(raw), at + draw(st.integers(0, 40)))
        act = draw(st.sampled_from(["cut", "double", "put", "flip", "end"]))
        if act == "cut":
            del raw[at:end]
        elif act == "double":
            raw[at:at] = raw[at:end] * draw(st.integers(1, 50))
        elif act == "put":
            raw[at:at] = draw(st.binary(max_size=20) | st.sampled_from([b".", b"..", b"=", b"eyJ", b"\xff", b'{"a":']))
        elif act == "flip" and at < len(raw):
            raw[at] ^= draw(st.integers(1, 255))
        elif act == "end":
            del raw[at:]
    return bytes(raw)


SIGNED = [PEER.sign(envelope.to_bytes(), Kind.MESSAGE).encode() for envelope in ENVELOPES[:4]]
SEALED = [PEER.seal(token.decode(), KEYS.sealing_key(SHANGHAI)) for token in SIGNED]
RECEIPTS = [
    US.sign(
        receipt_for(
            SEALED[0],
            examine(SEALED[0], cipher=US, keys=KEYS, us=SHANGHAI, now=SENT_AT),
            us=SHANGHAI,
            now=SENT_AT,
            suite=SUITE,
        ).to_bytes(),
        Kind.RECEIPT,
    ).encode()
]
ROOT = "qINS1GRFhWHwQ0ZtQ0ZtqINS1GRFhWHwQ0ZtQ0ZtqIM="
NOTE = f"dangqiao.org/ledger/310000\n7\n{ROOT}\nsuite intl\n\n— dangqiao.org/l AAAAAAAA\n"

anything = st.one_of(st.binary(max_size=3000), deep, values.map(_dumped), changed_events())
on_the_wire = st.one_of(anything, mutated(SEALED), mutated(SIGNED), mutated(RECEIPTS))


def receive(raw: bytes) -> None:
    """Bytes from the wire: a message or a refusal of the table, and in each case a receipt that fits its limit."""
    outcome = examine(raw, cipher=US, keys=KEYS, us=SHANGHAI, now=SENT_AT)
    assert isinstance(outcome, Message | Turned)
    if isinstance(outcome, Turned):
        assert outcome.error.code in REFUSALS
    receipt = receipt_for(raw, outcome, us=SHANGHAI, now=SENT_AT, suite=SUITE)
    assert len(US.sign(receipt.to_bytes(), Kind.RECEIPT)) < 8 * 1024
    assert read_receipt(receipt.to_bytes()) == receipt


def receive_signed(content: bytes) -> None:
    """Any content under a good signature and a good seal: what a member's broken program sends."""
    if len(content) < LARGEST_SEALED // 3:
        receive(PEER.seal(PEER.sign(content, Kind.MESSAGE), KEYS.sealing_key(SHANGHAI)))


def _only_ours(act: Callable[[], object]) -> None:
    try:
        act()
    except DangqiaoError as error:
        str(error)


def read(raw: bytes) -> None:
    """Everything else that another node's bytes are read as."""
    text = raw.decode("utf-8", "replace")
    readers: list[Callable[[], object]] = [
        lambda: read_envelope(raw),
        lambda: read_receipt(raw),
        lambda: accept_receipt(raw, cipher=PEER, keys=KEYS, receiver=SHANGHAI, sealed_digest="0" * 64),
        lambda: read_request(raw, signer=ANHUI, us=SHANGHAI, now=SENT_AT),
        lambda: read_summary(raw, signer=ANHUI, us=SHANGHAI, span=SPAN),
        lambda: read_span(text),
        lambda: judge_growth(read_growth(raw, 0), "dangqiao.org/ledger/310000", (), None),
        lambda: judge_bundle(read_bundle(raw), ()),
        lambda: read_checkpoint(text),
        lambda: Members.from_json(raw),
        lambda: PlatformListing.from_json(raw),
    ]
    for reader in readers:
        _only_ours(reader)


TARGETS: dict[str, tuple[Callable[[bytes], None], st.SearchStrategy[bytes]]] = {
    "wire": (receive, on_the_wire),
    "signed": (receive_signed, anything),
    "read": (read, st.one_of(anything, mutated(RECEIPTS), mutated([NOTE.encode()]))),
}
"""Name → what is done, with what."""
