"""Compact JOSE (RFC 7515 §7.1, RFC 7516 §7.1) as far as it is looked at before anything is believed.

What a header may say is one exact set of names per object: no `zip` (decompression bombs), no `jwk`, `jku`, `x5c`
(keys come from the directory only), no `b64`, no `crit`. Lengths are checked before anything is decoded.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.envelope import LARGEST_CONTENT
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.vocabulary.canonical import read_json

SIGNED_NAMES = frozenset({"alg", "kid", "suite", "typ"})
SIGNED_PARTS, SEALED_PARTS = 3, 5
LONGEST_HEADER = 1024
LONGEST_TOKEN = LARGEST_CONTENT * 4 // 3 + 2 * LONGEST_HEADER


def ascii_of(token: str | bytes, longest: int) -> bytes:
    """The token as ASCII. Raises exchange.too_large, exchange.not_readable."""
    if len(token) > longest:
        raise refuse("exchange.too_large", size=len(token), limit=longest)
    try:
        return token.encode("ascii") if isinstance(token, str) else token.decode("ascii").encode("ascii")
    except UnicodeError:
        raise not_compact() from None


def header_of(compact: bytes, parts: int) -> dict[str, Any]:
    """The protected header of an object of so many parts; all its members but `epk` are text.

    Raises exchange.not_readable.
    """
    first, *others = compact.split(b".", parts)
    if len(others) != parts - 1 or len(first) > LONGEST_HEADER:
        raise not_compact()
    try:
        header = read_json(decoded(first), deepest=2)
    except (ValueError, binascii.Error):
        raise refuse("exchange.not_readable", what="header") from None
    if not isinstance(header, dict):
        raise refuse("exchange.not_readable", what="header names")
    if not all(isinstance(value, str) for name, value in header.items() if name != "epk"):
        raise refuse("exchange.not_readable", what="header values")
    return header


def not_compact() -> DangqiaoError:
    """The refusal of what has another form."""
    return refuse("exchange.not_readable", what="not compact JOSE")


def decoded(part: bytes) -> bytes:
    """Base64url without padding, in its one form. Raises ValueError."""
    raw = urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    if encoded(raw) != part:
        raise ValueError("not base64url")
    return raw


def encoded(raw: bytes) -> bytes:
    """Base64url without padding (RFC 7515 §2)."""
    return urlsafe_b64encode(raw).rstrip(b"=")


def first_part(header: Mapping[str, str]) -> bytes:
    """A protected header as it is signed and sent."""
    return encoded(json.dumps(header, separators=(",", ":")).encode())
