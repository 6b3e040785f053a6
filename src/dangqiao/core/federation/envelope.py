"""The envelope: who says what to whom, about what, and until when. CloudEvents 1.0 in its JSON format.

The bytes made here are what the sender signs. Names of CloudEvents are used where they exist (`id`, `source`, `type`,
`subject`, `time`; extensions `expirytime`, `correlationid`, `causationid`, `sequence`); `audience` is our own
extension. Normative text: docs/protocol/envelope.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dangqiao.core.errors import N_, BadInput
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.canonical import TooDeep, canonical_bytes, read_json
from dangqiao.core.vocabulary.suites import Suite

LARGEST_CONTENT = 256 * 1024
"""Bytes of an envelope before signing. Scans and documents travel as objects."""
LARGEST_SEALED = 512 * 1024
"""Bytes on the wire: signing and sealing each add a third for base64."""
DEEPEST = 16
"""Objects and lists inside one another, the envelope itself included."""
LONGEST_LIFE = timedelta(days=30)
"""Between `issued_at` and `expires_at`: a member may be away so long and still get everything."""
CLOCK_SKEW = timedelta(minutes=5)
"""How far two nodes' clocks may be apart."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SOURCE = "/platforms/"
TYPE = "org.dangqiao."
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_MEMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,31}")
_SUBJECT = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/-]{0,127}")
_TYPE = re.compile(r"[a-z_]+(\.[a-z_]+)+\.v[1-9][0-9]{0,3}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message as it is signed.

    Attributes:
        id: UUID in lower case, version 7 (`message_id`) or 4, made by the sender; unique among its messages.
        type: name and version without the prefix: `referral.submitted.v1`.
        sender: code of the platform that signs.
        receiver: code of the platform it is for.
        subject: id of the referral or inquiry that the message is about.
        issued_at: aware, UTC.
        expires_at: aware, UTC; after it the receiver refuses.
        data: the payload, as JSON values.
        sequence: position among the sender's messages about this subject, from 1; they take effect in this order.
        reply_to: id of the message that this one answers; may be empty.
        correlation: number of the lookup request at the asking node; may be empty.
    """

    id: str
    type: str
    sender: str
    receiver: str
    subject: str
    issued_at: datetime
    expires_at: datetime
    data: Mapping[str, Any]
    sequence: int = 1
    reply_to: str = ""
    correlation: str = ""

    def __post_init__(self) -> None:
        wrong = [name for name, fits in self._shapes() if not fits]
        if wrong:
            raise BadInput("exchange.bad_envelope", N_("The envelope has an unfit {field}."), field=", ".join(wrong))

    def _shapes(self) -> tuple[tuple[str, bool], ...]:
        return (
            ("id", bool(_ID.fullmatch(self.id))),
            ("type", bool(_TYPE.fullmatch(self.type))),
            ("sender", bool(_MEMBER.fullmatch(self.sender))),
            ("receiver", bool(_MEMBER.fullmatch(self.receiver))),
            ("subject", bool(_SUBJECT.fullmatch(self.subject))),
            ("issued_at", self.issued_at.utcoffset() == timedelta(0)),
            ("expires_at", self.expires_at.utcoffset() == timedelta(0) and self._ends_after_it_begins()),
            ("sequence", 1 <= self.sequence <= 9_999_999_999),
            ("reply_to", not self.reply_to or bool(_ID.fullmatch(self.reply_to))),
            ("correlation", not self.correlation or bool(_SUBJECT.fullmatch(self.correlation))),
        )

    def _ends_after_it_begins(self) -> bool:
        # Without zones, because one of the two may lack its zone and then cannot be compared.
        return self.expires_at.replace(tzinfo=None) > self.issued_at.replace(tzinfo=None)

    @property
    def event_type(self) -> str:
        """The type as CloudEvents write it: `org.dangqiao.referral.submitted.v1`."""
        return TYPE + self.type

    def to_event(self) -> dict[str, Any]:
        """The CloudEvent as JSON values; empty optional attributes are left out (CloudEvents 1.0 §3.1)."""
        event = {
            "specversion": "1.0",
            "id": self.id,
            "source": SOURCE + self.sender,
            "type": self.event_type,
            "subject": self.subject,
            "time": moment(self.issued_at),
            "expirytime": moment(self.expires_at),
            "audience": self.receiver,
            # The sequence extension wants text that sorts like the numbers.
            "sequence": f"{self.sequence:010d}",
            "causationid": self.reply_to,
            "correlationid": self.correlation,
            "datacontenttype": "application/json",
            "data": dict(self.data),
        }
        return {name: value for name, value in event.items() if value != ""}

    def to_bytes(self) -> bytes:
        """What is signed: the CloudEvent in canonical form.

        Raises exchange.too_large, exchange.too_deep, exchange.not_readable: this node would refuse it itself.
        """
        try:
            raw = canonical_bytes(self.to_event())
        except TooDeep:
            raise refuse("exchange.too_deep", limit=DEEPEST) from None
        except ValueError as error:
            raise refuse("exchange.not_readable", what=str(error)) from None
        if len(raw) > LARGEST_CONTENT:
            raise refuse("exchange.too_large", size=len(raw), limit=LARGEST_CONTENT)
        return raw

    def content_digest(self, suite: Suite) -> str:
        """Digest (hex) of everything but the two times: equal for one message that was signed twice."""
        event = self.to_event()
        return suite.hex_digest(canonical_bytes(event | {"time": "", "expirytime": ""}))

    def renewed(self, now: datetime, life: timedelta = LONGEST_LIFE) -> "Envelope":
        """The same message, dated anew, to be signed again after it expired."""
        return replace(self, issued_at=now, expires_at=now + life)

    @property
    def made_at(self) -> datetime:
        """When the message was made, however often it was signed anew: what its id says (RFC 9562 §5.7), to the
        millisecond; for an id without a time, when it was signed."""
        return made_at(self.id) or self.issued_at


def made_at(message: str) -> datetime | None:
    """The time in a UUID version 7; None for another version, or a time that no clock shows."""
    if message[14] != "7":
        return None
    try:
        return _EPOCH + timedelta(milliseconds=int(message[:8] + message[9:13], 16))
    except OverflowError:
        return None


def read_envelope(raw: bytes) -> Envelope:
    """The envelope in `raw`, the content of a signature. Attributes that are not known are ignored.

    Raises exchange.too_large, exchange.too_deep, exchange.not_readable.
    """
    if len(raw) > LARGEST_CONTENT:
        raise refuse("exchange.too_large", size=len(raw), limit=LARGEST_CONTENT)
    try:
        event = read_json(raw, deepest=DEEPEST)
        return _from_event(event)
    except TooDeep:
        raise refuse("exchange.too_deep", limit=DEEPEST) from None
    except (ValueError, TypeError, KeyError, BadInput) as error:
        raise refuse("exchange.not_readable", what=_plainly(error)) from None


def _from_event(event: Any) -> Envelope:
    if not isinstance(event, dict) or event.get("specversion") != "1.0":
        raise ValueError("not a CloudEvent of version 1.0")
    if event.get("datacontenttype") != "application/json" or not isinstance(event["data"], dict):
        raise ValueError("data is not a JSON object")
    return Envelope(
        id=_text(event, "id"),
        type=_after(TYPE, _text(event, "type")),
        sender=_after(SOURCE, _text(event, "source")),
        receiver=_text(event, "audience"),
        subject=_text(event, "subject"),
        issued_at=read_moment(_text(event, "time")),
        expires_at=read_moment(_text(event, "expirytime")),
        data=event["data"],
        sequence=_sequence(_text(event, "sequence")),
        reply_to=_text(event, "causationid", ""),
        correlation=_text(event, "correlationid", ""),
    )


def _text(event: dict[str, Any], name: str, default: str | None = None) -> str:
    value = event.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"{name} is missing or not text")
    return value


def _sequence(text: str) -> int:
    if not re.fullmatch(r"[0-9]{10}", text):
        raise ValueError("sequence is not ten digits")
    return int(text)


def _after(prefix: str, text: str) -> str:
    if not text.startswith(prefix):
        raise ValueError(f"does not begin with {prefix}")
    return text.removeprefix(prefix)


def _plainly(error: Exception) -> str:
    """What to tell the sender; never a piece of the content, which may be personal."""
    if isinstance(error, BadInput):
        return f"unfit {error.facts['field']}"
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return str(error) if type(error) is ValueError else "not JSON in UTF-8"


def moment(at: datetime) -> str:
    """An aware time as RFC 3339 in UTC, with microseconds only where there are any: `2026-11-22T08:00:00Z`."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_moment(text: str) -> datetime:
    """The time in RFC 3339 with `Z`; other offsets are not accepted, so that one time has one form.

    Raises ValueError.
    """
    if not _MOMENT.fullmatch(text):
        raise ValueError("not a time in UTC")
    return datetime.fromisoformat(text)


def message_id(unix_milliseconds: int, randomness: bytes) -> str:
    """A UUID version 7 (RFC 9562 §5.7) from a time and 10 random bytes, both of which the caller brings."""
    if len(randomness) != 10 or not 0 <= unix_milliseconds < 1 << 48:
        raise ValueError("48 bits of time and 10 random bytes are needed")
    value = unix_milliseconds << 80 | int.from_bytes(randomness)
    value = value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
