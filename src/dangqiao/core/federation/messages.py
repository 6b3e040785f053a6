"""What the messages say: one payload class per message type and version, and the table that lists them.

Evolution: fields are only appended, always with a default; a receiver ignores what it does not know and keeps it
(`extra="allow"`, so that evidence stays whole). Anything else is a new version beside the old one. Schemas and example
messages are generated into docs/protocol/. Personal data appears here because the envelope is sealed for the one
member that needs it; it must not be logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from dangqiao.core.federation.envelope import Envelope
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.canonical import canonical_bytes

Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._:/-]{0,127}$")]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$")]
OptionalCode = Annotated[str, Field(pattern=r"^([0-9A-Za-z][0-9A-Za-z_-]{0,63})?$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
OptionalSha256 = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
Text = Annotated[str, Field(max_length=4000)]
Whole = Annotated[int, Field(ge=0, le=2**53 - 1)]
Query = dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")], Text | list[Text]]
"""What is looked for, flat: `event_date`, `event_year`, `place`, `other_place`, `act` (the kind of event that is meant,
a word of the category's field `act`), and of each person n, from 1, `person_<n>_name`, `_role`, `_former_names`,
`_sex`, `_birth_date`, `_identity_number`. The first is the person whose record it is. Roles and words are those of the
category's definition, which is common to all members; the unknown is left out."""


class Payload(BaseModel):
    """Common to all payloads: immutable, exact types, unknown fields kept."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, use_attribute_docstrings=True)

    def to_data(self) -> dict[str, Any]:
        """As JSON values for `Envelope.data`; unknown fields of the original included."""
        return self.model_dump(mode="json")


class ObjectReference(Payload):
    """A file that is fetched by its digest (docs/protocol/objects.md)."""

    sha256: Sha256
    size: Whole
    media_type: Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9.+-]+$")]
    name: Annotated[str, Field(max_length=255)] = ""
    kind: OptionalCode = ""
    """What it proves or is: the code of a material of the category, or of a kind of deliverable."""


class Applicant(Payload):
    """Who asks, and how surely that is known."""

    name: Text
    capacity: Code
    """By what right: the code of an applicant kind of the category (`party`, `sent_by_party`, `guardian`, …)."""
    document_kind: OptionalCode = ""
    document_number: Text = ""
    phone: Text = ""
    assurance: Annotated[int, Field(ge=0, le=3)] = 0
    """0 nothing, 1 phone, 2 real name checked against a register, 3 seen in person by a clerk."""
    on_behalf_of: Text = ""
    """Name of the person or unit for whom they ask; empty for oneself."""


class Delivery(Payload):
    """How the applicant wants to receive it."""

    mode: Code
    """`download`, `counter`, `post` or `nearest_archive`."""
    archive: OptionalCode = ""
    address: Text = ""


class InquiryAsked(Payload):
    """Blind inquiry: could you hold this? Answered by machine; no person on the asking side sees the answer."""

    inquiry: Id
    category: Code
    purpose: Code
    consented_at: AwareDatetime
    """When the applicant agreed that other platforms are asked."""
    query: Query


class InquiryAnswered(Payload):
    """`possible` at these archives, or `none`."""

    inquiry: Id
    answer: Literal["possible", "none"]
    answered_at: AwareDatetime
    archives: list[Code] = []


class ReferralSubmitted(Payload):
    """The asking node hands an application to one archive. It was *received* (收件); accepting is the holder's act."""

    referral: Id
    request: Id
    archive: Code
    category: Code
    purpose: Code
    received_at: AwareDatetime
    applicant: Applicant
    query: Query
    acceptance_point: OptionalCode = ""
    category_digest: OptionalSha256 = ""
    """Of the category definition by which the asking node checked the application."""
    purpose_note: Text = ""
    persons_served: Whole = 1
    wanted: list[Code] = []
    """Kinds of deliverable in the order wished; empty: what the category gives."""
    delivery: Delivery | None = None
    relying_party: Text = ""
    materials: list[ObjectReference] = []
    inquiry: Annotated[str, Field(max_length=128)] = ""
    """The blind inquiry that led here; empty where the custodian was known."""
    linked: list[Id] = []
    """Referrals to other archives for the same thing: linked, not refused."""
    seen: list[Code] = []
    """Kinds of materials whose originals a clerk of the asking side saw without taking a copy."""
    left_out: list[Id] = []
    """Fields that the document is not to show, as the applicant wishes: `field`, or `party.field`, of those that the
    category lets be left out."""


class ReferralSupplemented(Payload):
    """What the holder asked for (补正): more materials, or corrected particulars."""

    referral: Id
    supplemented_at: AwareDatetime
    materials: list[ObjectReference] = []
    query: Query = {}
    """What is looked for, whole, as corrected; empty: nothing changes."""
    note: Text = ""
    seen: list[Code] = []
    """As in `ReferralSubmitted`."""


class WithdrawalRequested(Payload):
    """The applicant takes the application back; the holder answers whether it was in time."""

    referral: Id
    requested_at: AwareDatetime
    reason: Text = ""


class WithdrawalAnswered(Payload):
    """`withdrawn`, or `too_late` because the deliverable was already being issued."""

    referral: Id
    answer: Literal["withdrawn", "too_late"]
    answered_at: AwareDatetime


class ReferralEvent(Payload):
    """One act in the life of a referral, replicated by its only writer, the holder.

    `digest` is of the whole chain of events up to and with this one (docs/protocol/messages.md says how it is made), so
    that a copy with a missing or changed event is noticed.
    """

    referral: Id
    sequence: Annotated[int, Field(ge=1, le=2**53 - 1)]
    act: Code
    actor: Id
    side: Literal["asking", "holder"]
    role: Code
    at: AwareDatetime
    digest: Sha256
    facts: dict[str, Any] = {}


class DeliverableIssued(Payload):
    """A sealed document exists and may be fetched."""

    referral: Id
    serial: Id
    kind: Code
    archive: Code
    issued_at: AwareDatetime
    files: Annotated[list[ObjectReference], Field(min_length=1)]
    """The same deliverable in one or more formats."""
    verification_code: Annotated[str, Field(max_length=64)]
    """What anybody types into the verification page."""
    pages: Whole = 0
    replaces: Annotated[str, Field(max_length=128)] = ""
    """Serial of the deliverable that this one corrects; empty for a first issue."""
    copy_number: Annotated[int, Field(ge=1, le=9999)] = 1
    """Which copy (第N份). A further copy has the serial of the first and a verification code of its own."""


class DeliverableRevoked(Payload):
    """The issuing archive takes a deliverable back, with all its copies: nobody may rely on it any more."""

    referral: Id
    serial: Id
    archive: Code
    revoked_at: AwareDatetime
    reason: Code
    """A code of the table of reasons (docs/protocol/statements.md)."""
    note: Text = ""
    """In words, for the applicant."""


class FileReceived(Payload):
    """One file of a deliverable, as the asking node found it."""

    sha256: Sha256
    verdict: Code
    """`valid`, `indeterminate` or `invalid`."""
    reasons: list[Code] = []


class DeliverableReceived(Payload):
    """The asking node fetched it, its digests fit and its seals were verified.

    `sha256`, `verdict` and `reasons` are those of the first file; `files` has them for all.
    """

    referral: Id
    serial: Id
    sha256: Sha256
    received_at: AwareDatetime
    verdict: Code
    """`valid`, `indeterminate` or `invalid`, as this node found it."""
    reasons: list[Code] = []
    files: list[FileReceived] = []


class MessageRefused(Payload):
    """The receipt was given, and then the content turned out not to be acceptable: it will have no effect.

    Said at once, so that nobody waits for an answer to it. `causationid` is the refused message.
    """

    subject: Id
    """Of the refused message."""
    message: Id
    type: Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)+\.v[1-9][0-9]{0,3}$")]
    code: Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)+$", max_length=80)]
    refused_at: AwareDatetime
    detail: Annotated[str, Field(max_length=300)] = ""
    """The sentence in English; no personal data."""


class Probed(Payload):
    """Nothing but itself: a receiver takes it, signs the receipt and does nothing. For conformance and monitoring."""

    probe: Id
    sent_at: AwareDatetime
    filling: Annotated[str, Field(max_length=200_000)] = ""
    """Anything, to make the message as long as wanted."""


class CheckpointCosigned(Payload):
    """A member saw a checkpoint of the receiver's log and signed under it (docs/protocol/evidence.md)."""

    cosignature: Id
    size: Whole
    root: Sha256
    line: Annotated[str, Field(pattern=r"^— [^\s+]{1,200} [A-Za-z0-9+/=]{8,400}\n$")]
    """The signature line of the note, as it stands in it."""


class StatisticsReported(Payload):
    """A platform's figures of one day. Counts only: nothing in it is about a person."""

    report: Id
    """`<platform>/<day>/<revision>`."""
    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    """Of Beijing time."""
    figures: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$")], Whole]
    revision: Whole = 0
    """A higher one of the same day replaces a lower one."""


class Side(StrEnum):
    """Who of the two may say it."""

    ASKING = "asking"
    HOLDER = "holder"
    EITHER = "either"


ANY = "any"


@dataclass(frozen=True, slots=True)
class MessageType:
    """A row of the table. `about` names the payload field that must equal the envelope's subject."""

    name: str
    payload: type[Payload]
    by: Side
    about: str = "referral"
    answers: str = ""
    """The type of message that `reply_to` names, where there must be one; `ANY`: one of any type."""


_ROWS = (
    MessageType("inquiry.asked.v1", InquiryAsked, Side.ASKING, "inquiry"),
    MessageType("inquiry.answered.v1", InquiryAnswered, Side.HOLDER, "inquiry", "inquiry.asked.v1"),
    MessageType("referral.submitted.v1", ReferralSubmitted, Side.ASKING),
    MessageType("referral.supplemented.v1", ReferralSupplemented, Side.ASKING),
    MessageType("referral.withdrawal_requested.v1", WithdrawalRequested, Side.ASKING),
    MessageType(
        "referral.withdrawal_answered.v1", WithdrawalAnswered, Side.HOLDER, answers="referral.withdrawal_requested.v1"
    ),
    MessageType("referral.event.v1", ReferralEvent, Side.HOLDER),
    MessageType("deliverable.issued.v1", DeliverableIssued, Side.HOLDER),
    MessageType("deliverable.received.v1", DeliverableReceived, Side.ASKING, answers="deliverable.issued.v1"),
    MessageType("deliverable.revoked.v1", DeliverableRevoked, Side.HOLDER),
    MessageType("message.refused.v1", MessageRefused, Side.EITHER, "subject", ANY),
    MessageType("exchange.probed.v1", Probed, Side.EITHER, "probe"),
    MessageType("ledger.cosigned.v1", CheckpointCosigned, Side.EITHER, "cosignature"),
    MessageType("statistics.reported.v1", StatisticsReported, Side.EITHER, "report"),
)
MESSAGE_TYPES: Mapping[str, MessageType] = MappingProxyType({row.name: row for row in _ROWS})
_BY_PAYLOAD: Mapping[type[Payload], MessageType] = MappingProxyType({row.payload: row for row in _ROWS})
P = TypeVar("P", bound=Payload)


def type_of(payload: Payload) -> MessageType:
    """The row of a payload that this node makes itself."""
    return _BY_PAYLOAD[type(payload)]


def subject_of(payload: Payload) -> str:
    """The id that the envelope's subject must carry."""
    return str(getattr(payload, type_of(payload).about))


def read_payload(envelope: Envelope) -> Payload:
    """The typed payload of an envelope.

    Raises exchange.unknown_type, exchange.payload_invalid (naming the place, never the value).
    """
    row = MESSAGE_TYPES.get(envelope.type)
    if row is None:
        raise refuse("exchange.unknown_type", type=envelope.type)
    try:
        # From JSON, not from Python values: only there does strict mode read times from text.
        payload = row.payload.model_validate_json(canonical_bytes(dict(envelope.data)))
    except ValidationError as error:
        where = ", ".join(".".join(map(str, problem["loc"])) or "data" for problem in error.errors(include_input=False))
        raise refuse("exchange.payload_invalid", type=envelope.type, where=where[:300]) from None
    if getattr(payload, row.about) != envelope.subject:
        raise refuse("exchange.payload_invalid", type=envelope.type, where=row.about)
    if row.answers and not envelope.reply_to:
        raise refuse("exchange.payload_invalid", type=envelope.type, where="causationid")
    return payload


def read_as(kind: type[P], envelope: Envelope) -> P:
    """`read_payload` where the caller knows the type: `read_as(ReferralEvent, envelope)`."""
    payload = read_payload(envelope)
    if not isinstance(payload, kind):
        raise refuse("exchange.unknown_type", type=envelope.type)
    return payload
