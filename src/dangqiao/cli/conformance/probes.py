"""The probes: what is sent, and what the protocol says must come back. One function a rule."""

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx

from dangqiao.adapters.jose.algorithms import ALGORITHMS
from dangqiao.adapters.jose.keys import listed_key
from dangqiao.adapters.jose.notes import verifiers_of
from dangqiao.cli.conformance.kit import Failed, Kit, long_ago, refused, taken
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.envelope import CLOCK_SKEW, LARGEST_SEALED
from dangqiao.core.federation.listing import KeyUse
from dangqiao.core.federation.objects import ask_for
from dangqiao.core.federation.ports import LEDGER_PATH, MESSAGES_PATH, OBJECTS_PATH, SUMMARY_PATH, Kind
from dangqiao.core.federation.receipts import ReceiptStatus
from dangqiao.core.federation.reconciling import Span, read_summary
from dangqiao.core.ledger.checkpoint import log_of
from dangqiao.core.ledger.growth import judge, read_growth
from dangqiao.core.vocabulary.suites import SUITES

DUPLICATE = ReceiptStatus.DUPLICATE


@dataclass(frozen=True, slots=True)
class Probe:
    """A rule. `clause` is where it stands, below docs/protocol."""

    name: str
    clause: str
    title: str
    act: Callable[[Kit], None]


def _stored(kit: Kit) -> None:
    envelope = kit.probe()
    receipt = taken(kit.send(envelope))
    if (receipt.message, receipt.sender, receipt.receiver) != (envelope.id, kit.us, kit.them):
        raise Failed(f"The receipt names {receipt.message}, {receipt.sender}, {receipt.receiver}.")
    if abs(receipt.received_at - datetime.now(UTC)) > CLOCK_SKEW:
        raise Failed(f"`received_at` is {receipt.received_at}: the clocks differ by more than five minutes.")


def _signed_digest(kit: Kit) -> None:
    token = kit.token(kit.probe().to_bytes())
    receipt = taken(kit.post(kit.seal(token)))
    if receipt.signed_digest != kit.suite.hex_digest(token.encode()):
        raise Failed("`signed_digest` is not the digest of the compact JWS inside the seal.")


def _twice(kit: Kit) -> None:
    envelope = kit.probe()
    taken(kit.send(envelope))
    taken(kit.send(envelope), DUPLICATE)


def _signed_anew(kit: Kit) -> None:
    envelope = kit.probe()
    taken(kit.send(envelope))
    taken(kit.send(envelope.renewed(envelope.issued_at + timedelta(seconds=1))), DUPLICATE)


def _at_once(kit: Kit) -> None:
    token = kit.token(kit.probe().to_bytes())
    sealed = [kit.seal(token) for _ in range(6)]
    with ThreadPoolExecutor(len(sealed)) as pool:
        said = sorted(answered.receipt.status for answered in pool.map(kit.post, sealed))
    if said != [DUPLICATE] * 5 + [ReceiptStatus.STORED]:
        raise Failed(f"Of six deliveries of one message at once, one is `stored` and five are `duplicate`; got {said}.")


def _id_reused(kit: Kit) -> None:
    envelope = kit.probe()
    taken(kit.send(envelope))
    other = kit.probe(id=envelope.id)
    refused(kit.send(other), "exchange.id_reused")


def _out_of_order(kit: Kit) -> None:
    probe = str(uuid4())
    for sequence in (2, 1, 3):
        taken(kit.send(kit.probe(probe=probe, sequence=sequence)))


def _unknown_things(kit: Kit) -> None:
    envelope = kit.probe()
    event = envelope.to_event() | {"futureattribute": "x"}
    event["data"] = {**event["data"], "future_field": {"a": [1, None, True]}}
    taken(kit.raw(json.dumps(event).encode()))


def _wrong_kind_of_data(kit: Kit) -> None:
    refused(kit.event(data={"probe": 7}), "exchange.payload_invalid")
    refused(kit.event(subject=str(uuid4())), "exchange.payload_invalid")


def _times(kit: Kit) -> None:
    past, future = long_ago(days=9), datetime.now(UTC) + timedelta(hours=1)
    refused(kit.send(kit.probe(issued_at=past, expires_at=past + timedelta(days=1))), "exchange.expired")
    refused(kit.send(kit.probe(issued_at=future, expires_at=future + timedelta(days=1))), "exchange.not_yet_valid")
    late = datetime.now(UTC) + timedelta(days=31)
    refused(kit.send(kit.probe(expires_at=late)), "exchange.lifetime_too_long")


def _clock_difference(kit: Kit) -> None:
    soon = datetime.now(UTC) + CLOCK_SKEW / 2
    taken(kit.send(kit.probe(issued_at=soon, expires_at=soon + timedelta(days=1))))


def _misdirected(kit: Kit) -> None:
    others = [one.platform for one in kit.directory.members if one.platform not in (kit.us, kit.them)]
    refused(kit.send(kit.probe(receiver=others[0] if others else "999999")), "exchange.wrong_receiver")


def _in_anothers_name(kit: Kit) -> None:
    refused(kit.send(kit.probe(sender=kit.them)), "exchange.sender_mismatch")


def _unknown_type(kit: Kit) -> None:
    refused(kit.send(kit.probe(type="exchange.never_heard_of.v1")), "exchange.unknown_type")


def _bad_signature(kit: Kit) -> None:
    head, _, signature = kit.token(kit.probe().to_bytes()).rpartition(".")
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]
    refused(kit.post(kit.seal(f"{head}.{changed}")), "exchange.bad_signature")


def _stranger(kit: Kit) -> None:
    pem = ALGORITHMS[kit.suite.name].generate(KeyUse.SIGNING)
    kid = listed_key(kit.us, pem, kit.suite).kid
    refused(kit.raw(kit.probe().to_bytes(), {"kid": kid}, pem), "exchange.unknown_sender")
    # Under the id of a listed key, the signature of another cannot hold.
    refused(kit.raw(kit.probe().to_bytes(), None, pem), "exchange.bad_signature")


def _header(kit: Kit) -> None:
    content = kit.probe().to_bytes()
    refused(kit.raw(content, {"alg": "none"}), "exchange.algorithm_not_allowed", "exchange.not_readable")
    refused(kit.raw(content, {"alg": "HS256"}), "exchange.algorithm_not_allowed")
    refused(kit.raw(content, {"suite": "unheard-of"}), "exchange.unknown_suite")
    refused(kit.raw(content, {"suite": _other(kit)}), "exchange.other_suite")
    refused(kit.raw(content, {"typ": Kind.RECEIPT.value}), "exchange.wrong_kind")
    for name, value in (("jwk", {"kty": "OKP"}), ("jku", "https://x.example"), ("crit", ["b64"]), ("b64", False)):
        refused(kit.raw(content, {name: value}), "exchange.not_readable")
    refused(kit.raw(content, {"kid": None}), "exchange.not_readable")


def _other(kit: Kit) -> str:
    """The name of a suite that is not this federation's."""
    return next(name for name in SUITES if name != kit.suite.name)


def _seal(kit: Kit) -> None:
    token = kit.token(kit.probe().to_bytes())
    sealed = kit.seal(token).decode()
    head, key, vector, text, tag = sealed.split(".")
    changed = ("A" if text[0] != "A" else "B") + text[1:]
    broken = ".".join((head, key, vector, changed, tag)).encode()
    refused(kit.post(broken), "exchange.cannot_open")
    names = json.loads(base64.urlsafe_b64decode(head + "==")) | {"suite": _other(kit)}
    foreign = base64.urlsafe_b64encode(json.dumps(names).encode()).rstrip(b"=").decode()
    refused(kit.post(".".join((foreign, key, vector, text, tag)).encode()), "exchange.other_suite")
    theirs = kit.keys.sealing_key(kit.them)
    refused(kit.post(kit.cipher.seal(token, replace(theirs, kid="A" * 43))), "exchange.unknown_key")
    refused(kit.post(token.encode()), "exchange.not_readable", "exchange.wrong_kind")


def _json(kit: Kit) -> None:
    event = kit.probe().to_bytes()
    twice = event.replace(b'"specversion":"1.0"', b'"specversion":"1.0","specversion":"1.0"')
    for content in (
        twice,
        event.replace(b'"data":{', b'"data":{"half":0.5,'),
        event.replace(b'"data":{', b'"data":{"large":9007199254740993,'),
        event.replace(b'"data":{', b'"data":{"lone":"\\ud800",'),
        event.replace(b'"data":{', b'"data":{"odd":NaN,'),
        b"\xff\xfe",
        b"[]",
        b"",
    ):
        refused(kit.raw(content), "exchange.not_readable")


def _deep(kit: Kit) -> None:
    event = kit.probe().to_bytes()
    for depth in (17, 100, 60_000):
        nested = b'"deep":' + b"[" * depth + b"]" * depth + b","
        refused(kit.raw(event.replace(b'"data":{', b'"data":{' + nested)), "exchange.too_deep")


def _garbage(kit: Kit) -> None:
    for content in (b"", b"x", b"....", b"a.b.c.d.e", b"\x00" * 500, bytes(range(256)) * 8, b"." * 100_000):
        refused(kit.post(content), "exchange.not_readable", "exchange.cannot_open", "exchange.unknown_suite")


def _large(kit: Kit) -> None:
    content = b"x" * (LARGEST_SEALED + 1)
    receipt = refused(kit.post(content), "exchange.too_large")
    if receipt.sealed_digest not in ("", kit.suite.hex_digest(content)):
        raise Failed("`sealed_digest` is not the digest of the bytes that were posted.")


def _largest_that_is_taken(kit: Kit) -> None:
    probe = kit.probe()
    filled = replace(probe, data={**probe.data, "filling": "x" * 190_000})
    taken(kit.send(filled))


def _very_large(kit: Kit) -> None:
    """It may hang up on what it does not read; it must go on answering."""
    try:
        content = (b"x" * 65536 for _ in range(1024))
        headers = {"Content-Length": str(1024 * 65536)}
        kit.http.post(kit.url + MESSAGES_PATH, content=content, headers=headers)
    except httpx.HTTPError:
        pass
    _stored(kit)


def _methods(kit: Kit) -> None:
    if (status := kit.get(MESSAGES_PATH).status_code) not in (404, 405):
        raise Failed(f"GET {MESSAGES_PATH} was answered with {status}; only POST has a meaning.")


def _objects(kit: Kit) -> None:
    unknown = "0" * 64
    request = ask_for(unknown, us=kit.us, holder=kit.them, now=datetime.now(UTC))
    good = kit.cipher.sign(request.to_bytes(), Kind.OBJECT_REQUEST)
    for token, what in (("", "without a request"), (good, "for an object that was not announced")):
        if (status := kit.get(OBJECTS_PATH + unknown, token).status_code) != 404:
            raise Failed(f"GET {OBJECTS_PATH}… {what} was answered with {status}, not with 404.")


def _summary(kit: Kit) -> None:
    _stored(kit)
    moment = datetime.now(UTC)
    span = Span(moment - timedelta(hours=1), moment + timedelta(minutes=5), 0)
    request = ask_for(span.to_subject(), us=kit.us, holder=kit.them, now=moment)
    answer = kit.get(SUMMARY_PATH, kit.cipher.sign(request.to_bytes(), Kind.SUMMARY_REQUEST))
    if answer.status_code != 200:
        raise Failed(f"GET {SUMMARY_PATH} with a signed request was answered with {answer.status_code}.")
    try:
        signed = kit.cipher.verify(answer.content, Kind.SUMMARY, kit.keys)
        summary = read_summary(signed.content, signer=kit.them, us=kit.us, span=span)
    except DangqiaoError as error:
        raise Failed(f"The summary cannot be believed: {error}") from error
    missing = kit.stored.keys() - summary.received.messages.keys()
    if missing:
        raise Failed(f"The summary lacks {len(missing)} messages that were receipted, for example {min(missing)}.")
    wrong = [one for one, digest in kit.stored.items() if summary.received.messages[one] != digest]
    if wrong:
        raise Failed(f"The content digest of {wrong[0]} is not that of the event without its two times.")
    if (status := kit.get(SUMMARY_PATH).status_code) != 404:
        raise Failed(f"GET {SUMMARY_PATH} without a request was answered with {status}, not with 404.")


def _log(kit: Kit) -> None:
    keys = verifiers_of(log_of(kit.them), kit.directory.signing_keys_of(kit.them))
    seen = None
    for _ in range(2):
        old = seen.size if seen else 0
        answer = kit.get(f"{LEDGER_PATH}/{old}")
        if answer.status_code == 404 and seen is None:
            raise Failed("The log has no checkpoint yet: let the node run for a minute, then probe again.")
        try:
            verdict = judge(read_growth(answer.content, old), log_of(kit.them), keys, seen)
        except DangqiaoError as error:
            raise Failed(f"What the node says about its log cannot be read: {error}") from error
        if not verdict.consistent or verdict.checkpoint is None:
            raise Failed(f"The log does not hold: {verdict.reason}.")
        seen = verdict.checkpoint.checkpoint


PROBES: tuple[Probe, ...] = (
    Probe("stored", "receipts-and-errors.md#receipt", "A good message is stored and receipted", _stored),
    Probe("signed-digest", "receipts-and-errors.md#receipt", "The receipt proves what was signed", _signed_digest),
    Probe("twice", "envelope.md#acceptance", "The same message again is a duplicate", _twice),
    Probe("signed-anew", "envelope.md#acceptance", "The same message signed anew is a duplicate", _signed_anew),
    Probe("at-once", "envelope.md#acceptance", "One message six times at once is stored once", _at_once),
    Probe("id-reused", "envelope.md#acceptance", "Another message under a used id is refused", _id_reused),
    Probe("out-of-order", "messages.md#order", "Messages are stored in whatever order they come", _out_of_order),
    Probe("unknown-fields", "README.md#change", "Unknown fields and attributes are ignored", _unknown_things),
    Probe("payload", "envelope.md#acceptance", "Data that is not as its schema says is refused", _wrong_kind_of_data),
    Probe("times", "envelope.md#acceptance", "Expired, future and too long-lived messages are refused", _times),
    Probe("clock", "envelope.md#limits", "Clocks may differ by some minutes", _clock_difference),
    Probe("misdirected", "envelope.md#acceptance", "A message for another member is refused", _misdirected),
    Probe("name", "envelope.md#acceptance", "A message in another's name is refused", _in_anothers_name),
    Probe("type", "envelope.md#acceptance", "An unknown type is refused", _unknown_type),
    Probe("signature", "envelope.md#signature", "A signature that does not hold is refused", _bad_signature),
    Probe("stranger", "envelope.md#signature", "A key that no member has is refused", _stranger),
    Probe("header", "envelope.md#signature", "A header that says anything else is refused", _header),
    Probe("seal", "envelope.md#seal", "A broken or foreign seal is refused", _seal),
    Probe("json", "envelope.md#json", "JSON that two parsers could read differently is refused", _json),
    Probe("deep", "envelope.md#limits", "Deeply nested content is refused", _deep),
    Probe("garbage", "envelope.md#acceptance", "Bytes that are no message are refused", _garbage),
    Probe("large", "envelope.md#limits", "A message over the limit is refused with its digest", _large),
    Probe("largest", "envelope.md#limits", "A long message below the limit is taken", _largest_that_is_taken),
    Probe("very-large", "README.md#transport", "64 MiB do no harm", _very_large),
    Probe("methods", "README.md#transport", "Messages are only posted", _methods),
    Probe("objects", "objects.md", "Objects do not exist for those they were not announced to", _objects),
    Probe("summary", "reconciliation.md", "The node says what it has, to members only", _summary),
    Probe("log", "evidence.md#looking-at-each-other", "The log is signed and only grows", _log),
)
"""In the order of the documents."""
