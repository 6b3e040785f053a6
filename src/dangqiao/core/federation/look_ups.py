"""What does a verification code stand for? Asked of the platform that issued it, answered at once, signed both ways.

Not a message: nothing is stored, nothing happens, and an answer that does not come is said to the person who waits.
docs/protocol/statements.md is normative.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, ValidationError

from dangqiao.core.federation.envelope import CLOCK_SKEW
from dangqiao.core.federation.messages import P, Payload
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.canonical import canonical_bytes, read_json
from dangqiao.core.vocabulary.suites import Suite

LIFE = timedelta(minutes=5)
LARGEST_ANSWER = 256 * 1024
Member = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
OptionalDay = Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]


class LookUp(Payload):
    """A question. `name` is the applicant's name as somebody read it on the paper; without it, little is answered."""

    iss: Member
    aud: Member
    iat: AwareDatetime
    exp: AwareDatetime
    code: Annotated[str, Field(pattern=r"^[0-9A-Z]{1,40}$")]
    name: Annotated[str, Field(max_length=200)] = ""

    def to_bytes(self) -> bytes:
        """What is signed: canonical JSON."""
        return canonical_bytes(self.to_data())


class LookUpAnswer(Payload):
    """What the issuer's register says."""

    iss: Member
    aud: Member
    question: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Digest (hex, by the suite's hash) of the signed question."""
    answered_at: AwareDatetime
    standing: Literal["registered", "revoked", "unknown"]
    archive: str = ""
    serial: str = ""
    kind: str = ""
    copy_number: int = 1
    paper: bool = False
    issued_on: OptionalDay = ""
    revoked_on: OptionalDay = ""
    revocation_reason: str = ""
    """A code that is for everybody; empty otherwise."""
    name_fits: bool | None = None
    """None where no name was asked about."""
    content: dict[str, Any] | None = None
    """What was certified: only where the name fits and the document stands."""

    def to_bytes(self) -> bytes:
        """What is signed: canonical JSON."""
        return canonical_bytes(self.to_data())


def question(code: str, name: str, *, us: str, issuer: str, now: datetime) -> LookUp:
    """A question that lives five minutes."""
    return LookUp(iss=us, aud=issuer, iat=now, exp=now + LIFE, code=code, name=name)


def read_question(content: bytes, *, signer: str, us: str, now: datetime) -> LookUp:
    """A member's question, if it is for us and of now.

    Raises exchange.not_readable, exchange.sender_mismatch, exchange.wrong_receiver, exchange.not_yet_valid,
    exchange.expired, exchange.lifetime_too_long.
    """
    asked = _read(LookUp, content)
    if asked.iss != signer:
        raise refuse("exchange.sender_mismatch", claimed=asked.iss, signer=signer)
    if asked.aud != us:
        raise refuse("exchange.wrong_receiver", audience=asked.aud, us=us)
    if asked.iat > now + CLOCK_SKEW:
        raise refuse("exchange.not_yet_valid", issued_at=asked.iat.isoformat())
    if asked.exp <= now - CLOCK_SKEW:
        raise refuse("exchange.expired", expires_at=asked.exp.isoformat())
    if asked.exp - asked.iat > LIFE * 2:
        raise refuse("exchange.lifetime_too_long")
    return asked


def read_answer(content: bytes, *, signer: str, us: str, issuer: str, token: str, suite: Suite) -> LookUpAnswer:
    """The answer to the signed question `token`.

    Raises exchange.not_readable, exchange.sender_mismatch, exchange.wrong_receiver.
    """
    found = _read(LookUpAnswer, content)
    if signer != issuer or found.iss != issuer:
        raise refuse("exchange.sender_mismatch", claimed=found.iss, signer=signer)
    if found.aud != us or found.question != digest(token, suite):
        raise refuse("exchange.wrong_receiver", audience=found.aud, us=us)
    return found


def digest(token: str, suite: Suite) -> str:
    """By which an answer names its question."""
    return suite.hex_digest(token.encode("ascii"))


def _read(kind: type[P], content: bytes) -> P:
    try:
        return kind.model_validate_json(canonical_bytes(read_json(content)))
    except (ValueError, ValidationError):
        raise refuse("exchange.not_readable", what="look-up") from None
