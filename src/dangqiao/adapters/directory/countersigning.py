"""A listing's signature in the federation's suite, where the directory's own (Ed25519, by TUF) is not of it.

What is signed is a statement about the listing, because listings are larger than messages may be:
{"digest": "<hash of listing.json, hex>", "platform": "<code>"}, as JWS of its own kind by a message-signing key.
"""

from collections.abc import Callable

from dangqiao.adapters.jose.cipher import verified
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.listing import KeyUse, Member
from dangqiao.core.federation.ports import Kind, MemberKey
from dangqiao.core.vocabulary.canonical import canonical_bytes
from dangqiao.core.vocabulary.suites import SUITES, Suite

Countersign = Callable[[bytes], str]
"""listing.json → its signature."""


def statement(platform: str, listing: bytes, suite: Suite) -> bytes:
    """What is signed about a listing."""
    return canonical_bytes({"digest": suite.hex_digest(listing), "platform": platform})


def suite_of(member: Member) -> Suite:
    """The suite of a member's federation."""
    return SUITES[member.suites[0]]


def objection(member: Member, listing: bytes, token: bytes) -> str:
    """Why a listing does not count as the member's word in its suite; empty if it does.

    Args:
        token: the signature; empty where there is none.
    """
    suite = suite_of(member)
    if not suite.signs_listings:
        return ""
    if not token:
        return "directory.listing_unsigned"
    try:
        signed = verified(token, Kind.LISTING, _Keys(member), suite)
    except DangqiaoError as error:
        return error.code
    fits = signed.content == statement(member.platform, listing, suite)
    return "" if fits else "directory.listing_other"


class _Keys:
    """A member's signing keys, whatever their dates: a quorum lists them, and a listing may be older than a rotation.
    One that is revoked is nobody's."""

    def __init__(self, member: Member) -> None:
        usable = (key for key in member.message_keys if key.use is KeyUse.SIGNING and not key.revoked_at)
        self._keys = {key.kid: MemberKey(member.platform, key.kid, key.suite, key.jwk) for key in usable}

    def signing_key(self, kid: str) -> MemberKey | None:
        return self._keys.get(kid)

    def sealing_key(self, member: str) -> MemberKey | None:
        return None
