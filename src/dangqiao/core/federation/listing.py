"""The two kinds of file of the directory, both canonical JSON.

`members.json` is agreed by a quorum of the members; a `PlatformListing` is each platform's own word about its
archives, counters, categories and seals. How they are signed and fetched is the adapter's matter; this file says what
they hold and refuses what cannot be meant.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from dangqiao.core.errors import N_, BadInput
from dangqiao.core.vocabulary.canonical import canonical_bytes
from dangqiao.core.vocabulary.suites import SuiteName

Code = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Text = Annotated[str, Field(max_length=200)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$", max_length=300)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JWK that give the private or secret key away (RFC 7518 §6.2.2, §6.3.2, §6.4.1)."""
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*")


def quorum(members: int) -> int:
    """How many of so many members must sign a change of membership: 3 of 4, 4 of 5, 5 of 7; never half."""
    return members - (members - 1) // 3


def _once(what: str, codes: Iterable[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise BadInput("directory.listed_twice", N_("The {what} {which} is listed twice."), what=what, which=code)
        seen.add(code)


class _Json:
    """Reading and writing as canonical JSON. Fields that this version does not know are ignored."""

    __slots__ = ()

    @classmethod
    def from_json(cls, source: bytes) -> Self:
        """The value in `source`.

        Raises:
            BadInput: `directory.invalid` (says where), `directory.listed_twice`, `directory.private_key_published`,
                `directory.not_a_certificate`, `directory.category_not_listed`, `directory.suites_differ`.
        """
        try:
            return TypeAdapter(cls).validate_json(source)
        except ValidationError as error:
            first = error.errors()[0]
            raise BadInput(
                "directory.invalid",
                N_("The directory has a mistake at {where}: {problem}."),
                where=".".join(str(part) for part in first["loc"]) or "file",
                problem=first["msg"],
            ) from error

    def to_json(self) -> bytes:
        """Canonical JSON (RFC 8785): equal values give equal bytes."""
        values: Any = TypeAdapter(type(self)).dump_python(self, mode="json")
        return canonical_bytes(values)


class KeyUse(StrEnum):
    """As in RFC 7517 §4.2."""

    SIGNING = "sig"
    ENCRYPTION = "enc"


@dataclass(frozen=True, slots=True)
class MessageKey:
    """A public key for messages. A member lists several: before, during and after a rotation.

    Attributes:
        kid: the RFC 7638 thumbprint.
        jwk: public members only.
        revoked_at: since when nothing that it signed is accepted, and nothing is sealed for it: it was lost or stolen.
    """

    kid: Annotated[str, Field(min_length=1, max_length=100)]
    use: KeyUse
    suite: SuiteName
    jwk: Mapping[str, str]
    not_before: AwareDatetime
    not_after: AwareDatetime
    revoked_at: AwareDatetime | None = None

    def __post_init__(self) -> None:
        if _PRIVATE_MEMBERS & self.jwk.keys():
            raise BadInput(
                "directory.private_key_published",
                N_("The key {kid} is a private key; only public keys belong into the directory."),
                N_("Replace this key: it may have been seen."),
                kid=self.kid,
            )


@dataclass(frozen=True, slots=True)
class Member(_Json):
    """A platform that belongs to the federation.

    Attributes:
        platform: its code.
        territory: the digits with which the codes of its archives begin; what it lists beyond them is not believed.
        root_key: public key (PEM) that signs changes of membership: one a member, so that each has one vote.
        online_keys: public keys (PEM) that sign its listing, and snapshot and time stamp of the directory on duty.
        endpoint: where its node answers messages.
        mirrors: base addresses at which it serves the directory.
        suites: the algorithm suite of the federation. A list, for a change of suite one day; the first counts.
    """

    platform: Code
    name: Text
    name_en: Text
    territory: tuple[Annotated[str, Field(pattern=r"^[0-9]{2,6}$")], ...]
    root_key: str
    online_keys: Annotated[tuple[str, ...], Field(min_length=1)]
    endpoint: Url
    mirrors: tuple[Url, ...] = ()
    message_keys: tuple[MessageKey, ...] = ()
    suites: Annotated[tuple[SuiteName, ...], Field(min_length=1)] = ("intl",)

    def __post_init__(self) -> None:
        _once("key", (key.kid for key in self.message_keys))


@dataclass(frozen=True, slots=True)
class Members(_Json):
    """`members.json`: the membership on which a quorum agreed."""

    members: Annotated[tuple[Member, ...], Field(min_length=1)]

    def __post_init__(self) -> None:
        _once("platform", (member.platform for member in self.members))
        _once("key", (key.kid for member in self.members for key in member.message_keys))
        _once("root key", (member.root_key for member in self.members))
        if len(suites := {member.suites[:1] for member in self.members}) > 1:
            raise BadInput(
                "directory.suites_differ",
                N_("The members name different algorithm suites ({suites}); a federation has one."),
                N_("Every member sets the same `suite` in dangqiao.toml before its keys are made."),
                suites=", ".join(sorted(one for pair in suites for one in pair)),
            )


@dataclass(frozen=True)
class Certificate:
    """An X.509 certificate as PEM; here only its bytes matter."""

    pem: str

    def __post_init__(self) -> None:
        if not _PEM.fullmatch(self.pem):
            raise BadInput("directory.not_a_certificate", N_("What is listed as a certificate is none."))

    @cached_property
    def der(self) -> bytes:
        """The encoded certificate."""
        found = _PEM.fullmatch(self.pem)
        return base64.b64decode(found.group(1)) if found else b""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the encoded certificate, in hex."""
        return hashlib.sha256(self.der).hexdigest()


def certificate(der: bytes) -> Certificate:
    """A certificate from its encoding."""
    body = base64.encodebytes(der).decode()
    return Certificate(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The public half of a node's key store: what a `Member` and a `PlatformListing` are made with.

    Attributes:
        root_key, online_keys, message_keys: as in `Member`.
        seal_authorities: who issues seals to the platform's archives. An archive's own seal is made when it is first
            used and needs no listing: a verifier follows it to one of these and reads the archive's code in it. A seal
            that an operator led through its life is listed, with the periods in which it was in use.
        time_authorities: roots of the time-stamp authorities that the platform uses.
        statement_keys: what the platform signs statements on paper and its lists of revoked documents with (P-256).
    """

    root_key: str
    online_keys: tuple[str, ...]
    message_keys: tuple[MessageKey, ...]
    seal_authorities: tuple[Certificate, ...]
    time_authorities: tuple[Certificate, ...]
    statement_keys: tuple[MessageKey, ...] = ()


class SealStatus(StrEnum):
    """Whether an archive's seal is in use."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REPLACED = "replaced"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class SealPeriod:
    """When a seal was in use; `until` is None while it goes on."""

    since: AwareDatetime
    until: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class SealListing:
    """An archive's signing certificate and what became of it. Old ones stay listed: old documents carry them.

    Attributes:
        periods: when it was in use; none: as `status` and `status_since` say.
    """

    certificate: Certificate
    not_before: AwareDatetime
    not_after: AwareDatetime
    status: SealStatus = SealStatus.ACTIVE
    status_since: AwareDatetime | None = None
    periods: tuple[SealPeriod, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchiveListing:
    """An archive as its platform lists it. `categories` are ids; `division` is its division of today."""

    code: Code
    name: Text
    name_en: Text = ""
    division: str = ""
    address: Text = ""
    telephone: Text = ""
    complaint_body: Text = ""
    categories: tuple[str, ...] = ()
    seals: tuple[SealListing, ...] = ()


@dataclass(frozen=True, slots=True)
class PointListing:
    """An acceptance point. `archive` may be empty: a counter of the platform's own."""

    code: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,30}$")]
    name: Text
    division: Code
    name_en: Text = ""
    archive: str = ""
    address: Text = ""


@dataclass(frozen=True, slots=True)
class CategoryListing:
    """A category that the platform serves, and the digest of the definition file that it uses."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    sha256: Digest


@dataclass(frozen=True, slots=True)
class GroupListing:
    """Archives that work together across platforms. Each platform names its own archives; the group is the union."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    name: Text
    name_en: Text = ""
    archives: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class PlatformListing(_Json):
    """What one platform says about itself and signs alone.

    Attributes:
        statement_keys: all that it ever signed statements on paper with: paper is old, so they stay listed. The dates
            of a key are those within which it may have signed.
    """

    platform: Code
    archives: tuple[ArchiveListing, ...] = ()
    acceptance_points: tuple[PointListing, ...] = ()
    categories: tuple[CategoryListing, ...] = ()
    seal_authorities: tuple[Certificate, ...] = ()
    time_authorities: tuple[Certificate, ...] = ()
    groups: tuple[GroupListing, ...] = ()
    statement_keys: tuple[MessageKey, ...] = ()

    def __post_init__(self) -> None:
        _once("archive", (archive.code for archive in self.archives))
        _once("acceptance point", (point.code for point in self.acceptance_points))
        _once("category", (category.id for category in self.categories))
        known = {category.id for category in self.categories}
        for archive in self.archives:
            if missing := set(archive.categories) - known:
                raise BadInput(
                    "directory.category_not_listed",
                    N_("Archive {archive} serves {category}, which its platform does not list."),
                    archive=archive.code,
                    category=", ".join(sorted(missing)),
                )
