"""Every way in which an exchange between two nodes can fail: one table, the same on both sides.

A code travels in a refused receipt; whoever reads it looks up here whose fault it is and what happens next. Codes are
never renamed and never change their meaning; the table is published in docs/protocol/receipts-and-errors.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from dangqiao.core.errors import (
    N_,
    BadInput,
    Conflict,
    DangqiaoError,
    Malformed,
    Misconfigured,
    NotThere,
    PeerUnavailable,
    Refused,
    Unavailable,
    Untrusted,
)


class Fault(StrEnum):
    """Where the cause lies."""

    SENDER = "sender"
    RECEIVER = "receiver"
    CONTENT = "content"
    """The message itself: it will never be acceptable as it is."""
    NETWORK = "network"


class Then(StrEnum):
    """What the sender does next."""

    RETRY = "retry"
    """Send again later; sealing anew for the receiver's current key does no harm."""
    RENEW = "renew"
    """Fetch the directory, sign and seal anew (same id, new times), send again later."""
    STOP = "stop"
    """Put it among the dead letters: a person must look."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row: what is wrong, whose fault, what next."""

    code: str
    error: type[DangqiaoError]
    fault: Fault
    then: Then
    sentence: str
    remedy: str = ""

    @property
    def retryable(self) -> bool:
        """Whether the same message can still succeed without a person."""
        return self.then is not Then.STOP


_ROWS = (
    # Reading the bytes
    Refusal(
        "exchange.too_large", BadInput, Fault.CONTENT, Then.STOP,
        N_("The message has {size} bytes; at most {limit} are accepted."),
        N_("Send large content as objects and refer to them."),
    ),
    Refusal(
        "exchange.not_readable", Malformed, Fault.CONTENT, Then.STOP,
        N_("The message cannot be read: {what}."),
    ),
    Refusal(
        "exchange.too_deep", Malformed, Fault.CONTENT, Then.STOP,
        N_("The message is nested deeper than {limit} levels."),
    ),
    Refusal(
        "exchange.unknown_suite", Untrusted, Fault.SENDER, Then.STOP,
        N_("The algorithm suite {suite} is not available at this node."),
        N_("Use a suite that the directory lists for both members."),
    ),
    Refusal(
        "exchange.other_suite", Untrusted, Fault.SENDER, Then.STOP,
        N_("This federation uses the algorithm suite {expected}, not {suite}."),
        N_("Set `suite` in dangqiao.toml to the federation's, and make keys of that suite."),
    ),
    Refusal(
        "exchange.algorithm_not_allowed", Untrusted, Fault.SENDER, Then.STOP,
        N_("The suite {suite} does not allow the algorithms that the message names."),
    ),
    Refusal(
        "exchange.unknown_key", Untrusted, Fault.SENDER, Then.RENEW,
        N_("The message is sealed for the key {kid}, which the receiver does not have."),
        N_("Fetch the directory and seal for the receiver's current key."),
    ),
    Refusal(
        "exchange.cannot_open", Untrusted, Fault.CONTENT, Then.RENEW,
        N_("The seal of the message cannot be opened: it is damaged or made for another key."),
    ),
    # Believing the signature
    Refusal(
        "exchange.unknown_sender", Untrusted, Fault.SENDER, Then.RETRY,
        N_("The directory knows no signing key {kid} of a member."),
        N_("The sender publishes its key; the receiver fetches the directory."),
    ),
    Refusal(
        "exchange.bad_signature", Untrusted, Fault.CONTENT, Then.STOP,
        N_("The signature does not fit the content."),
    ),
    Refusal(
        "exchange.wrong_kind", Untrusted, Fault.SENDER, Then.STOP,
        N_("A signed {expected} is needed here, not {found}."),
    ),
    Refusal(
        "exchange.sender_mismatch", Untrusted, Fault.SENDER, Then.STOP,
        N_("The message says that it comes from {claimed} but {signer} signed it."),
    ),
    # Accepting the envelope
    Refusal(
        "exchange.wrong_receiver", Refused, Fault.SENDER, Then.STOP,
        N_("The message is for {audience}; this node is {us}."),
    ),
    Refusal(
        "exchange.expired", Refused, Fault.SENDER, Then.RENEW,
        N_("The message expired at {expires_at}."),
    ),
    Refusal(
        "exchange.not_yet_valid", Refused, Fault.SENDER, Then.RENEW,
        N_("The message is dated {issued_at}, which lies in the future here."),
        N_("Check the clocks of both nodes."),
    ),
    Refusal(
        "exchange.lifetime_too_long", Refused, Fault.SENDER, Then.STOP,
        N_("It is meant to be valid for longer than is accepted."),
    ),
    Refusal(
        "exchange.unknown_type", BadInput, Fault.CONTENT, Then.STOP,
        N_("This node does not know messages of the type {type}."),
        N_("Replay the message when the receiver has been upgraded."),
    ),
    Refusal(
        "exchange.payload_invalid", BadInput, Fault.CONTENT, Then.STOP,
        N_("The content of {type} is not as agreed, at {where}."),
    ),
    Refusal(
        "exchange.id_reused", Conflict, Fault.SENDER, Then.STOP,
        N_("Another message with the same id {id} was received before."),
    ),
    Refusal(
        "exchange.not_yours", Refused, Fault.SENDER, Then.STOP,
        N_("{sender} has no part in {subject}, or may not send {type} about it."),
    ),
    # The receiver's own state
    Refusal(
        "exchange.busy", Unavailable, Fault.RECEIVER, Then.RETRY,
        N_("The receiving node is too busy at this moment."),
    ),
    Refusal(
        "exchange.internal", Unavailable, Fault.RECEIVER, Then.RETRY,
        N_("The receiving node failed; its operator sees why."),
    ),
    # Before sending
    Refusal(
        "exchange.unknown_receiver", NotThere, Fault.SENDER, Then.RETRY,
        N_("The directory lists no key to seal messages for {member}."),
        N_("Fetch the directory; ask the member to publish a key."),
    ),
    Refusal(
        "exchange.own_key_unusable", Misconfigured, Fault.SENDER, Then.RETRY,
        N_("This node's own key {kid} cannot be used: {what}."),
        N_("Run `dangqiao node doctor`."),
    ),
    # On the way
    Refusal(
        "exchange.unreachable", PeerUnavailable, Fault.NETWORK, Then.RETRY,
        N_("{host} cannot be reached."),
    ),
    Refusal(
        "exchange.timeout", PeerUnavailable, Fault.NETWORK, Then.RETRY,
        N_("{host} did not answer in time."),
    ),
    Refusal(
        "exchange.broken_off", PeerUnavailable, Fault.NETWORK, Then.RETRY,
        N_("The connection to {host} broke off."),
    ),
    Refusal(
        "exchange.http_status", PeerUnavailable, Fault.RECEIVER, Then.RETRY,
        N_("{host} answered with the HTTP status {status} instead of a receipt."),
    ),
    Refusal(
        "exchange.redirected", PeerUnavailable, Fault.RECEIVER, Then.RETRY,
        N_("{host} points elsewhere; messages are never redirected."),
        N_("The member must publish its new address in the directory."),
    ),
    Refusal(
        "exchange.answer_not_readable", PeerUnavailable, Fault.RECEIVER, Then.RETRY,
        N_("The answer of {host} cannot be read."),
    ),
    Refusal(
        "exchange.answer_too_large", PeerUnavailable, Fault.RECEIVER, Then.RETRY,
        N_("The answer of {host} is larger than {limit} bytes."),
    ),
    Refusal(
        "exchange.bad_endpoint", Misconfigured, Fault.RECEIVER, Then.RETRY,
        N_("The address {endpoint} of the member is not usable."),
    ),
    Refusal(
        "exchange.receipt_mismatch", Untrusted, Fault.RECEIVER, Then.RETRY,
        N_("The receipt cannot be accepted: {what}."),
    ),
    # Objects
    Refusal(
        "exchange.object_missing", NotThere, Fault.RECEIVER, Then.RETRY,
        N_("The other node has no object {sha256}, or does not let this member have it."),
    ),
    Refusal(
        "exchange.object_mismatch", Untrusted, Fault.RECEIVER, Then.RETRY,
        N_("The object received is not the object {sha256} that was announced."),
    ),
    Refusal(
        "exchange.object_too_large", BadInput, Fault.CONTENT, Then.STOP,
        N_("The object has more than the {limit} bytes that are accepted."),
    ),
)  # fmt: skip

REFUSALS: Mapping[str, Refusal] = MappingProxyType({row.code: row for row in _ROWS})
"""Code -> row. A code that is missing was sent by a newer node: read it with `known`."""

_UNKNOWN = Refusal(
    "exchange.unknown_code", Refused, Fault.SENDER, Then.STOP,
    N_("The other node refused with the code {code}, which this node does not know."),
)  # fmt: skip


def known(code: str) -> Refusal:
    """The row of `code`; for a code of a later version, a row that stops and asks a person."""
    return REFUSALS.get(code, _UNKNOWN)


def then_after(error: DangqiaoError) -> Then:
    """What to do after an error of this node's own while it tried to send.

    One that is not in the table (no directory yet, a full disk) is about this node, not about the message, so the
    message stays on its way.
    """
    return REFUSALS[error.code].then if error.code in REFUSALS else Then.RETRY


def refuse(code: str, **facts: Any) -> DangqiaoError:
    """The error of `code`, to be raised: `raise refuse("exchange.expired", expires_at=...)`."""
    row = REFUSALS[code]
    return row.error(row.code, row.sentence, row.remedy, **facts)
