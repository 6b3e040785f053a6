"""What a deliverable is: frozen before it is set in type, and never altered after.

Everything that stands on the page stands here. A job that was killed repeats from these bytes and prints the same page.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self
from urllib.parse import quote, unquote

from dangqiao.core.errors import N_, Malformed
from dangqiao.core.vocabulary.canonical import canonical_bytes


class DeliverableKind(StrEnum):
    """The four things an archive hands out."""

    COPY = "copy"
    """档案复制件: the pages themselves behind a cover."""
    EXTRACT = "extract"
    """摘录: some of what is recorded."""
    CERTIFICATE = "certificate"
    """档案证明: whether and how it is recorded, never a conclusion."""
    NOT_FOUND_NOTICE = "not_found_notice"
    """未查到档案告知书: nothing was found in the range searched, and no more than that."""


class Release(StrEnum):
    """What may leave the archive of one page."""

    WHOLE = "whole"
    MASKED = "masked"
    """The rectangles of `PageImage.masks` are removed from the picture first."""
    EXTRACT_ONLY = "extract_only"
    """The picture never leaves; what it says may be copied out."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A rectangle in pixels of the original picture, from its upper left corner."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PageImage:
    """A scanned page.

    Attributes:
        sha256: hex digest of the picture's bytes; the picture is fetched by it.
        page: number of the page within the file (卷内页号), from 1.
        release: what may leave of it.
        masks: for `Release.MASKED`, at least one.
    """

    sha256: str
    page: int
    release: Release = Release.WHOLE
    masks: tuple[Mask, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the table: a label and what is recorded, as recorded. An empty `value` prints as 未著录."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class FrozenContent:
    """A deliverable, complete.

    Attributes:
        kind: which of the four.
        category: id of the record category.
        category_name: its name on paper, 婚姻登记.
        archive: permanent code of the archive that issues and seals.
        archive_name: its full name.
        platform: code of its platform.
        serial: number within the archive (编号), unique for ever.
        code: verification code; letters and digits, printed in groups of four.
        verification_url: where the code can be checked; the QR leads there. It already contains the code.
        issued_on: day in Asia/Shanghai.
        applicant: the applicant's name as it is to be printed.
        purpose: purpose of use in words.
        reference_codes: 档号 of what was found; empty for a notice of not found.
        opening: paragraphs before the table. See `core.sealing.wording`.
        facts: the table.
        statements: paragraphs after the table.
        pages: scanned pages, for a copy.
        template: id of the template; `template_version` its version.
        copy_number: 1 for the first issue, 2 for the second copy of the same serial, …
        test: whether the seal is a test seal without legal force; the page then says 测试.
        status_index: its place in the platform's list of revoked documents; -1 where it has none.
        statement: the main facts signed by the platform, for the QR. See `core.sealing.statement`.
        left_out: paths of fields (`Category.by_path`) that the applicant wanted left out; they have no line in `facts`.
        paper: whether it is printed for the physical seal: no electronic seal, and the page says so.
    """

    kind: DeliverableKind
    category: str
    category_name: str
    archive: str
    archive_name: str
    platform: str
    serial: str
    code: str
    verification_url: str
    issued_on: date
    applicant: str
    purpose: str
    reference_codes: tuple[str, ...]
    opening: tuple[str, ...]
    facts: tuple[Fact, ...]
    statements: tuple[str, ...]
    pages: tuple[PageImage, ...] = ()
    template: str = "plain"
    template_version: int = 1
    copy_number: int = 1
    test: bool = False
    status_index: int = -1
    statement: str = ""
    paper: bool = False
    left_out: tuple[str, ...] = ()

    def canonical(self) -> bytes:
        """The content as canonical JSON (RFC 8785)."""
        return canonical_bytes(asdict(self) | {"issued_on": self.issued_on.isoformat()})

    def digest(self) -> str:
        """SHA-256 (hex) of `canonical()`."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @classmethod
    def from_canonical(cls, source: bytes) -> Self:
        """The content again. Raises Malformed (`deliverable.content_unreadable`)."""
        try:
            document: dict[str, Any] = json.loads(source)
            return cls(
                **document
                | {
                    "kind": DeliverableKind(document["kind"]),
                    "issued_on": date.fromisoformat(document["issued_on"]),
                    "reference_codes": tuple(document["reference_codes"]),
                    "opening": tuple(document["opening"]),
                    "statements": tuple(document["statements"]),
                    "facts": tuple(Fact(**fact) for fact in document["facts"]),
                    "pages": tuple(_page(page) for page in document["pages"]),
                    "left_out": tuple(document.get("left_out", ())),
                }
            )
        except (ValueError, TypeError, KeyError) as error:
            raise Malformed(
                "deliverable.content_unreadable", N_("The frozen content of the document cannot be read.")
            ) from error

    def claim(self) -> "Claim":
        """What the document says about itself, for machines."""
        return Claim(self.archive, self.serial, self.code, self.kind, self.digest(), self.status_index)

    def qr_text(self) -> str:
        """What the QR holds: the link and behind `#`, which no browser sends to a server, the statement."""
        return f"{self.verification_url}#{self.statement}" if self.statement else self.verification_url


def _page(document: dict[str, Any]) -> PageImage:
    masks = tuple(Mask(**mask) for mask in document["masks"])
    return PageImage(**document | {"release": Release(document["release"]), "masks": masks})


_CLAIM = re.compile(
    r"dangqiao/1 archive=(\S+) serial=(\S+) code=(\S+) kind=(\S+) content=([0-9a-f]{64})(?: status=([0-9]{1,12}))?"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a document says about itself in its metadata, under the signature: `dangqiao/1 archive=… serial=… …`.

    Whether it is true is for the verdict to say. Values are percent-encoded (RFC 3986), so that none holds a blank.
    """

    archive: str
    serial: str
    code: str
    kind: DeliverableKind
    content: str
    """SHA-256 (hex) of the frozen content."""
    status: int = -1
    """Place in the platform's list of revoked documents; -1 where it has none."""

    def keyword(self) -> str:
        """The claim as one PDF keyword."""
        values = [quote(value, safe="") for value in (self.archive, self.serial, self.code, self.kind)]
        place = f" status={self.status}" if self.status >= 0 else ""
        return "dangqiao/1 archive={} serial={} code={} kind={} content={}".format(*values, self.content) + place

    @classmethod
    def from_keyword(cls, text: str) -> Self | None:
        """The claim in a document's keywords, or None where there is none or it cannot be read."""
        found = _CLAIM.fullmatch(text.strip())
        if not found:
            return None
        archive, serial, code, kind, content = (unquote(value) for value in found.groups()[:5])
        try:
            return cls(archive, serial, code, DeliverableKind(kind), content, int(found.group(6) or -1))
        except ValueError:
            return None


def grouped(code: str, size: int = 4) -> str:
    """A verification code as it is printed and read aloud: `ABCD 2345 …`."""
    return " ".join(code[start : start + size] for start in range(0, len(code), size))
