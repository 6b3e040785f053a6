"""What issuing and verifying need from outside. Adapters: `adapters/{pdf,ofd,gm,keys,timestamp}`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.periods import Period
from dangqiao.core.sealing.statement import StatementKey
from dangqiao.core.sealing.status import StatusList
from dangqiao.core.sealing.verdict import Verdict


class Typesetter(Protocol):
    """Sets frozen content in type. The same content and pictures give the same bytes."""

    def typeset(self, content: FrozenContent, picture: Callable[[str], bytes]) -> bytes:
        """An unsealed document.

        Args:
            content: complete and checked (`core.sealing.wording.check`).
            picture: the bytes of a page image by its SHA-256 (hex).

        Raises:
            BadInput: `deliverable.glyph_missing` for a character that no font has;
                `deliverable.page_image_changed` or `deliverable.page_image_unreadable` for a picture.
        """
        ...


class SealKey(Protocol):
    """An archive's seal: a certificate and the use of its key, which may live in a module.

    Kinds of key: P-256 and P-384 (ECDSA with SHA-256 and SHA-384), RSA from 2048 bits on (PKCS #1 v1.5 with SHA-256).
    """

    @property
    def certificate(self) -> bytes:
        """The signing certificate, DER."""
        ...

    def sign(self, data: bytes) -> bytes:
        """A signature over `data` by the kind of the key; ECDSA as DER (RFC 3279 §2.2.3).

        Raises:
            Unavailable: `keys.module_failed`, the module does not answer; the same call may succeed later.
        """
        ...


class KeyStore(Protocol):
    """Where the keys of seals are kept: files, or a key module."""

    def seal(self, reference: str, archive_name: str) -> SealKey:
        """The seal with this reference, made where there is none and this store can make one.

        Args:
            reference: names the key for ever; begins with the archive's code where the store is to make it.
        """
        ...

    def revoke(self, certificate: bytes, since: datetime) -> None:
        """Lets the certificate (DER) be taken back by its authority, where that is this store's own."""
        ...

    def revocation_lists(self) -> tuple[bytes, ...]:
        """What the store's own authorities have taken back: signed lists, DER (RFC 5280 §5)."""
        ...


class TimeStamper(Protocol):
    """A time-stamp authority (RFC 3161)."""

    def stamp(self, request: bytes) -> bytes:
        """The DER TimeStampResp to a DER TimeStampReq. Raises Unavailable (`timestamp.unavailable`)."""
        ...


@dataclass(frozen=True, slots=True)
class Lengthened:
    """A sealed document that proves itself for longer, until `stamp_until`: when its newest time stamp's certificate
    ends.
    """

    document: bytes
    stamp_until: datetime


class Sealer(Protocol):
    """Puts an archive's seal on a document."""

    def seal(self, document: bytes, content: FrozenContent, reference: str = "") -> bytes:
        """The sealed document, with a time stamp. Raises what `KeyStore` and `TimeStamper` raise.

        Args:
            reference: of the seal's key; empty: the first one of the archive.
        """
        ...

    def lengthen(self, document: bytes) -> Lengthened:
        """The same sealed document with all that proves it under one more time stamp. As often as wanted.

        Raises:
            Unavailable: `seals.revocation_missing`, `seals.revocation_unavailable`; what `TimeStamper` raises.
        """
        ...


class ElectronicSeal(Protocol):
    """An archive's SM2 seal (GB/T 38540-2020): certificate, sealed picture, and the use of the key."""

    @property
    def certificate(self) -> bytes:
        """The signing certificate, DER."""
        ...

    @property
    def seal(self) -> bytes:
        """The electronic seal as its maker signed it, DER."""
        ...

    def sign(self, data: bytes) -> bytes:
        """SM2 with SM3 over `data`, DER (GM/T 0009-2012)."""
        ...


class ElectronicSeals(Protocol):
    """Where electronic seals are kept: a folder, or a certified module (SDF, GM/T 0018; SKF, GM/T 0016)."""

    def authority(self) -> bytes:
        """The DER certificate of who issues the signing certificates; the platform lists it in the directory."""
        ...

    def seal(self, reference: str, archive_name: str) -> ElectronicSeal:
        """The seal with this reference; see `KeyStore.seal`. Raises Misconfigured (`gm.library_missing`) where SM2 is
        not to be had.
        """
        ...


class Issuer(Protocol):
    """Makes a sealed document of another format from the page that the typesetter set."""

    def issue(self, content: FrozenContent, page: bytes, reference: str = "") -> bytes:
        """The sealed document.

        Args:
            page: what `Typesetter.typeset` gave for the same content, unsealed.
            reference: of the seal; empty: the first one of the archive.

        Raises:
            What `ElectronicSeals` and `TimeStamper` raise.
        """
        ...


@dataclass(frozen=True, slots=True)
class TrustList:
    """Whose seals are believed, as of a moment; drawn from the signed directory.

    Attributes:
        as_of: when the directory was signed; `expires` when it ends.
        platforms: archive code → platform code.
        seal_authorities: platform code → DER certificates of those who may issue seals to its archives.
        time_authorities: DER certificates of the roots of trusted time-stamp authorities.
        seal_periods: SHA-256 (hex) of a signing certificate → when it was in use; one that is not here is believed by
            its chain alone.
        names: archive code → the archive's name.
        endpoints: platform code → where its node answers.
        statement_keys: platform code → the keys that sign its statements and its lists of revoked documents.
        status_lists: (platform code, number) → the newest such list that is at hand; none where nobody fetched one.
    """

    as_of: datetime
    expires: datetime
    platforms: Mapping[str, str]
    seal_authorities: Mapping[str, tuple[bytes, ...]]
    time_authorities: tuple[bytes, ...]
    seal_periods: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    statement_keys: Mapping[str, tuple[StatementKey, ...]] = field(default_factory=dict)
    status_lists: Mapping[tuple[str, int], StatusList] = field(default_factory=dict)


class DocumentVerifier(Protocol):
    """Judges any bytes; never raises for what is in them."""

    def __call__(self, data: bytes, trust: TrustList | None, now: datetime) -> Verdict:
        """The verdict on a file. `now` is aware."""
        ...
