"""A member's request for an object: who wants which bytes from whom, for a few minutes.

The one who fetches signs. So nothing that grants access ever lies about: the holder decides at that moment whether it
announced this object to this member in a message.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from dangqiao.core.federation.envelope import CLOCK_SKEW, DEEPEST, moment, read_moment
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.canonical import canonical_bytes, read_json

LONGEST_REQUEST_LIFE = timedelta(minutes=10)
LARGEST_OBJECT = 64 * 1024 * 1024
"""Bytes; what a node accepts unless its operator says otherwise."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """Names as in RFC 7519: iss asks, aud has it, sub is what is wanted: of an object its SHA-256 in hex."""

    iss: str
    aud: str
    sub: str
    iat: datetime
    exp: datetime

    def to_bytes(self) -> bytes:
        """Canonical JSON: the content of the request's signature."""
        return canonical_bytes(
            {"iss": self.iss, "aud": self.aud, "sub": self.sub, "iat": moment(self.iat), "exp": moment(self.exp)}
        )


def ask_for(subject: str, *, us: str, holder: str, now: datetime) -> SignedRequest:
    """A request that lives five minutes."""
    return SignedRequest(us, holder, subject, now, now + LONGEST_REQUEST_LIFE / 2)


def read_request(content: bytes, *, signer: str, us: str, now: datetime) -> SignedRequest:
    """The request, if it is good now.

    Raises exchange.not_readable, exchange.sender_mismatch, exchange.wrong_receiver, exchange.not_yet_valid,
    exchange.expired, exchange.lifetime_too_long.
    """
    try:
        values = read_json(content, deepest=DEEPEST)
        request = SignedRequest(
            str(values["iss"]),
            str(values["aud"]),
            str(values["sub"]),
            read_moment(str(values["iat"])),
            read_moment(str(values["exp"])),
        )
    except (ValueError, KeyError, TypeError):
        raise refuse("exchange.not_readable", what="signed request") from None
    if request.iss != signer:
        raise refuse("exchange.sender_mismatch", claimed=request.iss, signer=signer)
    if request.aud != us:
        raise refuse("exchange.wrong_receiver", audience=request.aud, us=us)
    if request.iat > now + CLOCK_SKEW:
        raise refuse("exchange.not_yet_valid", issued_at=moment(request.iat))
    if request.exp <= now - CLOCK_SKEW:
        raise refuse("exchange.expired", expires_at=moment(request.exp))
    if request.exp - request.iat > LONGEST_REQUEST_LIFE:
        raise refuse("exchange.lifetime_too_long")
    return request


def check_request(content: bytes, *, signer: str, us: str, sha256: str, now: datetime) -> SignedRequest:
    """The request, if it is good for this object now.

    Whether the object was announced to the member is the app's question; the answer to both kinds of no is
    exchange.object_missing, so that nobody learns what exists.

    Raises exchange.object_missing, and as `read_request`.
    """
    request = read_request(content, signer=signer, us=us, now=now)
    if request.sub != sha256 or not _SHA256.fullmatch(sha256):
        raise refuse("exchange.object_missing", sha256=sha256)
    return request
