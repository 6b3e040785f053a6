"""What two nodes have of each other's messages, compared: digests per part of a day, then, where they differ, ids.

One asks by a signed request, the other answers with its signed word. Neither needs to believe the other: what is
missing is delivered again, and a message takes effect once. Normative text: docs/protocol/reconciliation.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from dangqiao.core.federation.envelope import DEEPEST, moment, read_moment
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.canonical import canonical_bytes, read_json
from dangqiao.core.vocabulary.suites import Suite

LARGEST_SUMMARY = 2 * 1024 * 1024
"""Bytes of a signed summary on the wire."""
MOST_PARTS = 60
MOST_LISTED = 5000
"""Messages of one direction whose ids one summary lists; of more, smaller parts are asked for."""
LONGEST_SPAN = timedelta(days=31)

Items = Mapping[str, str]
"""Message id → `Envelope.content_digest`."""


@dataclass(frozen=True, slots=True)
class Span:
    """The messages made from `begin` up to and without `end`, in so many equal `parts`; 0: their ids are wanted."""

    begin: datetime
    end: datetime
    parts: int = 24

    def to_subject(self) -> str:
        """As the `sub` of a signed request: `2026-11-21T00:00:00Z/2026-11-22T00:00:00Z/24`."""
        return f"{moment(self.begin)}/{moment(self.end)}/{self.parts}"

    def split(self, parts: int) -> tuple["Span", ...]:
        """Equal pieces, the last one whole to the end."""
        step = (self.end - self.begin) / parts
        edges = [*(self.begin + step * number for number in range(parts)), self.end]
        return tuple(Span(begin, end, 0) for begin, end in pairwise(edges))

    def holds(self, at: datetime) -> bool:
        """Whether a message made at that time belongs to it."""
        return self.begin <= at < self.end


def read_span(subject: str) -> Span:
    """The span in a request's `sub`. Raises exchange.not_readable."""
    try:
        begin, end, parts = subject.split("/")
        span = Span(read_moment(begin), read_moment(end), int(parts))
    except ValueError:
        raise refuse("exchange.not_readable", what="span") from None
    if not (timedelta(0) < span.end - span.begin <= LONGEST_SPAN and 0 <= span.parts <= MOST_PARTS):
        raise refuse("exchange.not_readable", what="span")
    return span


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages, and the digest over their ids and contents."""

    count: int
    digest: str


def tally(items: Items, suite: Suite) -> Tally:
    """Digest (hex, by the suite's hash) over the lines `<id> <content digest>\\\\n`, sorted by id."""
    lines = "".join(f"{message} {items[message]}\n" for message in sorted(items))
    return Tally(len(items), suite.hex_digest(lines.encode()))


@dataclass(frozen=True, slots=True)
class Side:
    """One direction: tallies of the parts, or, for a span without parts, the messages themselves."""

    tallies: tuple[Tally, ...] = ()
    messages: Items = field(default_factory=dict)

    def to_value(self, listed: bool) -> Any:
        """As JSON."""
        if listed:
            return {"messages": [[message, self.messages[message]] for message in sorted(self.messages)]}
        return {"tallies": [[one.count, one.digest] for one in self.tallies]}


@dataclass(frozen=True, slots=True)
class Summary:
    """A node's word about a span.

    Attributes:
        iss: who says it; `aud`: who asked.
        sent: messages that `iss` sent to `aud` and has a receipt for.
        received: messages that `iss` has from `aud`.
    """

    iss: str
    aud: str
    span: Span
    at: datetime
    sent: Side
    received: Side

    def to_bytes(self) -> bytes:
        """Canonical JSON: the content of the summary's signature."""
        listed = self.span.parts == 0
        return canonical_bytes(
            {
                "iss": self.iss,
                "aud": self.aud,
                "span": self.span.to_subject(),
                "at": moment(self.at),
                "sent": self.sent.to_value(listed),
                "received": self.received.to_value(listed),
            }
        )


def summarise(iss: str, aud: str, span: Span, at: datetime, sent: "Made", received: "Made", suite: Suite) -> Summary:
    """The summary of the messages of both directions.

    Raises exchange.too_large: more ids than one summary lists.
    """
    return Summary(iss, aud, span, at, _side(span, sent, suite), _side(span, received, suite))


Made = Iterable[tuple[str, str, datetime]]
"""(id, content digest, when the message was made)"""


def _side(span: Span, made: Made, suite: Suite) -> Side:
    if span.parts == 0:
        messages = {message: digest for message, digest, _at in made}
        if len(messages) > MOST_LISTED:
            raise refuse("exchange.too_large", size=len(messages), limit=MOST_LISTED)
        return Side(messages=messages)
    pieces = span.split(span.parts)
    found: list[dict[str, str]] = [{} for _ in pieces]
    width = (span.end - span.begin) / span.parts
    for message, digest, at in made:
        # Division finds the piece, `holds` decides at its edges.
        number = min(int((at - span.begin) / width), span.parts - 1)
        number = next(n for n in (number, number - 1, number + 1) if 0 <= n < span.parts and pieces[n].holds(at))
        found[number][message] = digest
    return Side(tallies=tuple(tally(items, suite) for items in found))


def read_summary(content: bytes, *, signer: str, us: str, span: Span) -> Summary:
    """The summary, if it is the word of `signer` to us about this span.

    Raises exchange.not_readable, exchange.sender_mismatch, exchange.wrong_receiver.
    """
    try:
        values = read_json(content, deepest=DEEPEST)
        at = read_moment(values["at"])
        sent, received = (_read_side(values[name], span) for name in ("sent", "received"))
        summary = Summary(values["iss"], values["aud"], read_span(values["span"]), at, sent, received)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise refuse("exchange.not_readable", what="summary") from None
    if summary.iss != signer:
        raise refuse("exchange.sender_mismatch", claimed=str(summary.iss)[:32], signer=signer)
    if summary.aud != us:
        raise refuse("exchange.wrong_receiver", audience=str(summary.aud)[:32], us=us)
    if summary.span != span:
        raise refuse("exchange.not_readable", what="summary of another span")
    return summary


def _read_side(value: Any, span: Span) -> Side:
    if span.parts:
        side = Side(tallies=tuple(Tally(int(count), str(digest)) for count, digest in value["tallies"]))
        if len(side.tallies) != span.parts:
            raise ValueError("not one tally a part")
        return side
    return Side(messages={str(message): str(digest) for message, digest in value["messages"]})


def differing(span: Span, ours: Side, theirs: Side) -> tuple[Span, ...]:
    """The parts in which two nodes do not have the same."""
    pairs = zip(span.split(span.parts), ours.tallies, theirs.tallies, strict=True)
    return tuple(piece for piece, mine, other in pairs if mine != other)


@dataclass(frozen=True, slots=True)
class Gap:
    """One direction compared by ids.

    Attributes:
        lost: the sender has a receipt for them, the receiver does not have them.
        foreign: the receiver has them, the sender knows nothing of them.
        changed: both have them, with other contents.
    """

    lost: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lost or self.foreign or self.changed)


def gap(sent: Items, received: Items, *, on_their_way: Iterable[str] = ()) -> Gap:
    """What differs between a sender's and a receiver's lists.

    Args:
        on_their_way: messages that the sender knows of without having a receipt: a receipt may have been lost.
    """
    known = set(on_their_way)
    return Gap(
        lost=tuple(sorted(sent.keys() - received.keys())),
        foreign=tuple(sorted(received.keys() - sent.keys() - known)),
        changed=tuple(sorted(one for one in sent.keys() & received.keys() if sent[one] != received[one])),
    )
