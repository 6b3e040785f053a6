"""`/api/v1/`: what programs of relying parties use. OpenAPI at /api/v1/openapi.json."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext, override
from ninja import Field, File, NinjaAPI, Schema
from ninja.files import UploadedFile

from dangqiao.apps.deliverables import queries, services, verifying
from dangqiao.apps.fields import now
from dangqiao.core.errors import N_, Malformed
from dangqiao.core.sealing.statement import LONGEST
from dangqiao.core.sealing.verdict import Reason, Verdict
from dangqiao.web.guards import PUBLIC
from dangqiao.web.limits import limit

LARGEST = 12 * 1024 * 1024
VERSION = version("dangqiao")
MINUTE = 60

api = NinjaAPI(title="Dangqiao", version=VERSION, urls_namespace="api-v1", docs_url=None)


class Health(Schema):
    """That the node answers. `time`: what its clock shows, ISO 8601; a proxy's Date header may show another's."""

    platform: str
    version: str
    test: bool
    time: str


class ReasonOut(Schema):
    """Why. `code` is stable; the same in Chinese and in English."""

    code: str
    outcome: str
    sentence_zh: str
    sentence: str


class VerdictOut(Schema):
    """`valid`, `indeterminate` or `invalid`, worst reason first. Times are ISO 8601; empty where not known.

    `trust_as_of`, `trust_expires`: of the directory whose keys were believed. `status_as_of`: of the list of revoked
    documents; empty where none was at hand.
    """

    outcome: str
    reasons: list[ReasonOut]
    archive: str
    serial: str
    sealed_by: str
    sealed_at: str
    trust_as_of: str
    trust_expires: str
    status_as_of: str


class CodeIn(Schema):
    """A code as printed; blanks do not matter. Without the name only whether there is such a document."""

    code: str = Field(max_length=60)
    name: str = Field("", max_length=200)


class CodeOut(Schema):
    """What the register of the issuing platform says. `content`: only with the right name, while it stands."""

    outcome: str
    reasons: list[ReasonOut]
    issuer: str
    archive: str = ""
    serial: str = ""
    kind: str = ""
    copy_number: int = 1
    issued_on: str = ""
    revoked_on: str = ""
    revocation_reason: str = ""
    content: dict[str, Any] | None = None


class StatementIn(Schema):
    """What a scanner shows of the square pattern; the name as printed, if it is to be compared."""

    text: str = Field(max_length=LONGEST)
    name: str = Field("", max_length=200)


class StatementOut(VerdictOut):
    """The verdict, and what the statement says where it is to be believed."""

    kind: str = ""
    category: str = ""
    issued_on: str = ""
    copy_number: int = 1


@api.api_operation(["GET", "HEAD"], "/health", response=Health)
def health(request: HttpRequest) -> dict[str, Any]:
    """Answers while the node runs."""
    about = {"platform": settings.PLATFORM_CODE, "version": VERSION, "test": settings.NODE_IS_TEST}
    return about | {"time": now().isoformat()}


@api.post("/verify", response=VerdictOut)
def verify(request: HttpRequest, document: File[UploadedFile]) -> dict[str, Any]:
    """The verdict on a document. It is not kept."""
    limit(request, "verify", 60, MINUTE)
    if (document.size or 0) > LARGEST:
        raise Malformed("api.too_large", N_("The file is larger than 12 MB."))
    return _out(verifying.judge(document.read()))


@api.post("/verify/statement", response=StatementOut)
def verify_statement(request: HttpRequest, scanned: StatementIn) -> dict[str, Any]:
    """The verdict on what a square pattern holds."""
    limit(request, "verify", 60, MINUTE)
    verdict, statement = verifying.scan(scanned.text, scanned.name)
    if statement is None:
        return _out(verdict)
    return _out(verdict) | {
        "kind": statement.kind,
        "category": statement.category,
        "issued_on": statement.issued_on.isoformat(),
        "copy_number": statement.copy,
    }


@api.post("/verify/code", response=CodeOut)
def verify_code(request: HttpRequest, asked: CodeIn) -> dict[str, Any]:
    """What a code stands for, at whichever platform issued it."""
    limit(request, "verify", 60, MINUTE)
    if asked.name:
        limit(request, "verify_name", 10, 10 * MINUTE, key=queries.normalised(asked.code))
    found = verifying.by_code(asked.code, asked.name)
    answer = found.answer.to_data() if found.answer else {}
    _note(found.outcome, found.reasons, answer.get("archive", ""))
    said = {name: answer[name] for name in CodeOut.model_fields if name in answer}
    return said | {"outcome": found.outcome, "reasons": _reasons(found.reasons), "issuer": found.issuer}


def _out(verdict: Verdict) -> dict[str, Any]:
    claim = verdict.claim
    _note(verdict.outcome, verdict.reasons, claim.archive if claim else "")
    moments = ("sealed_at", "trust_as_of", "trust_expires", "status_as_of")
    return {
        "outcome": verdict.outcome,
        "reasons": _reasons(verdict.reasons),
        "archive": claim.archive if claim else "",
        "serial": claim.serial if claim else "",
        "sealed_by": verdict.sealed_by,
        **{name: moment.isoformat() if (moment := getattr(verdict, name)) else "" for name in moments},
    }


def _reasons(reasons: Sequence[Reason]) -> list[dict[str, str]]:
    def chinese(reason: Reason) -> str:
        with override("zh-hans"):
            return reason.text(gettext)

    return [
        {
            "code": reason.code.value,
            "outcome": reason.outcome,
            "sentence_zh": chinese(reason),
            "sentence": reason.text(),
        }
        for reason in reasons
    ]


def _note(outcome: str, reasons: Sequence[Reason], archive: str) -> None:
    services.note_verification("api", outcome, [reason.code for reason in reasons], archive)


def patterns() -> tuple[list[URLResolver | URLPattern], str, str]:
    """The addresses, each marked public: programs of relying parties need no account to verify."""
    urls, app, namespace = api.urls
    for pattern in urls:
        if isinstance(pattern, URLPattern):
            pattern.callback.guard = PUBLIC  # type: ignore[attr-defined]
    return urls, app, namespace
