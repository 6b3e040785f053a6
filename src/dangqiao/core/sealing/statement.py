"""The signed statement in the square pattern (QR): the main facts of a document in some 300 characters.

So that paper can be checked without the network and without asking anybody: the statement is a compact JWS (RFC 7515)
by the statement key of the archive's platform, which the directory lists. It holds no name, only a salted digest, by
which a name that is read on the paper can be compared. docs/protocol/statements.md is normative.
"""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Protocol

from dangqiao.core.errors import N_, Malformed
from dangqiao.core.sealing.content import Claim, DeliverableKind
from dangqiao.core.vocabulary.canonical import canonical_bytes, read_json

LETTERS: Mapping[DeliverableKind, str] = MappingProxyType(
    {
        DeliverableKind.COPY: "C",
        DeliverableKind.EXTRACT: "E",
        DeliverableKind.CERTIFICATE: "A",
        DeliverableKind.NOT_FOUND_NOTICE: "N",
    }
)
"""The letter of a serial number that says what it numbers: copy, extract, archive certificate, notice."""
_KINDS = {letter: kind for kind, letter in LETTERS.items()}
_SERIAL = re.compile(r"([0-9]{6})-[0-9]{4}-([A-Z])[0-9]{6,}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{1,1024}\.[A-Za-z0-9_-]{1,200}")
_CODE = re.compile(r"/verify/([0-9A-Za-z]{1,40})/?$")
LONGEST = 4096
"""Characters of a square pattern's content that are looked at."""
_NAME_BYTES, _CONTENT_BYTES = 9, 16


@dataclass(frozen=True, slots=True)
class Statement:
    """What the platform signs.

    Attributes:
        serial: begins with the archive's code; its letter says the kind.
        copy: which copy (第N份).
        category: id of the record category.
        issued_on: day in Asia/Shanghai.
        name: `name_digest` of the applicant's name, salted with the verification code.
        content: `content_digest` of the frozen content.
        status: place in the platform's list of revoked documents.
    """

    serial: str
    copy: int
    category: str
    issued_on: date
    name: str
    content: str
    status: int

    @property
    def archive(self) -> str:
        """Code of the archive that issued it."""
        return self.serial[:6]

    @property
    def kind(self) -> DeliverableKind:
        """What it is."""
        return _KINDS[_parts(self.serial)[1]]

    def claim(self, code: str) -> Claim:
        """The same as a claim; `code` as the link around the statement gives it."""
        return Claim(self.archive, self.serial, code, self.kind, "", self.status)

    def to_bytes(self) -> bytes:
        """What is signed: canonical JSON with short names. A first copy does not say so."""
        copy = {"no": self.copy} if self.copy > 1 else {}
        return canonical_bytes(
            {
                "sn": self.serial,
                "ct": self.category,
                "on": self.issued_on.isoformat(),
                "nm": self.name,
                "dg": self.content,
                "ix": self.status,
                **copy,
            }
        )

    @classmethod
    def from_bytes(cls, source: bytes) -> "Statement":
        """The statement again. Names that this version does not know are passed over.

        Raises:
            Malformed: `statement.unreadable`.
        """
        try:
            found = read_json(source, deepest=2)
            _parts(found["sn"])
            category, name, content = found["ct"], found["nm"], found["dg"]
            copy, status = found.get("no", 1), found["ix"]
            if any(type(text) is not str for text in (category, name, content)):
                raise ValueError("not text")
            if any(type(number) is not int for number in (copy, status)):
                raise ValueError("not a whole number")
            return cls(found["sn"], copy, category, date.fromisoformat(found["on"]), name, content, status)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unreadable() from error


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a square pattern held: the verification code of its link, which nobody signed; the statement as it came."""

    code: str
    token: str


def scanned(text: str) -> Scanned:
    """What stands in a square pattern: `https://…/verify/<code>/#<statement>`, or the statement alone.

    Raises:
        Malformed: `statement.unreadable`.
    """
    link, _, token = text.strip()[:LONGEST].rpartition("#")
    found = _CODE.search(link)
    if not _TOKEN.fullmatch(token):
        raise _unreadable()
    return Scanned(found.group(1).upper() if found else "", token)


def name_digest(code: str, name: str) -> str:
    """Digest of a name that only helps whoever has the document: 72 bits of SHA-256 over code and name, base64url.

    The name without blanks, dots and marks, in compatibility form (NFKC), small letters: as `plain_name` gives it.
    """
    digest = hashlib.sha256(f"{code.upper()}\n{plain_name(name)}".encode()).digest()
    return _base64(digest[:_NAME_BYTES])


def content_digest(canonical: bytes) -> str:
    """128 bits of SHA-256 over the canonical content without statement, base64url."""
    return _base64(hashlib.sha256(canonical).digest()[:_CONTENT_BYTES])


def plain_name(name: str) -> str:
    """A name for comparison: width, case, blanks and dots between its parts do not count."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", name).lower() if letter.isalnum())


@dataclass(frozen=True, slots=True)
class StatementKey:
    """A platform's public key for statements and status lists (EC P-256), as the directory lists it.

    Attributes:
        kid: the RFC 7638 thumbprint.
        jwk: `kty`, `crv`, `x`, `y`.
        not_before, not_after: when it may have signed. It stays listed after that: old paper carries its signatures.
    """

    kid: str
    jwk: Mapping[str, str]
    not_before: datetime
    not_after: datetime


class StatementSigner(Protocol):
    """A platform's own statement key. It signs within the transaction that freezes a document, so it must be near."""

    def sign_statement(self, statement: Statement) -> str:
        """The statement as compact JWS."""
        ...

    def sign_list(self, credential: bytes) -> str:
        """A status list credential as compact JWS of type `vc+jwt`."""
        ...


def _parts(serial: str) -> tuple[str, str]:
    found = _SERIAL.fullmatch(serial)
    if not found or found.group(2) not in _KINDS:
        raise ValueError("not a serial number")
    return found.group(1), found.group(2)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unreadable() -> Malformed:
    return Malformed(
        "statement.unreadable",
        N_("This is not what the square pattern of an archive's document holds."),
        N_("Scan it again, whole and sharp, and paste everything that the scanner shows."),
    )
