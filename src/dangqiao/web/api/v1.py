"""`/api/v1/`: what programs of relying parties use. OpenAPI at /api/v1/openapi.json."""

from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from ninja import File, NinjaAPI, Schema
from ninja.files import UploadedFile

from dangqiao.apps.deliverables import queries, services
from dangqiao.apps.fields import now
from dangqiao.core.errors import N_, Malformed
from dangqiao.web.guards import PUBLIC
from dangqiao.web.limits import limit

LARGEST = 12 * 1024 * 1024
VERSION = version("dangqiao")

api = NinjaAPI(title="Dangqiao", version=VERSION, urls_namespace="api-v1", docs_url=None)


class Health(Schema):
    """That the node answers. `time`: what its clock shows, ISO 8601; a proxy's Date header may show another's."""

    platform: str
    version: str
    test: bool
    time: str


class ReasonOut(Schema):
    """Why. `code` is stable; `sentence` is English."""

    code: str
    sentence: str


class VerdictOut(Schema):
    """`valid`, `indeterminate` or `invalid`, worst reason first."""

    outcome: str
    reasons: list[ReasonOut]
    archive: str
    serial: str
    sealed_by: str
    sealed_at: str
    trust_as_of: str


@api.get("/health", response=Health)
def health(request: HttpRequest) -> dict[str, Any]:
    """Answers while the node runs."""
    about = {"platform": settings.PLATFORM_CODE, "version": VERSION, "test": settings.NODE_IS_TEST}
    return about | {"time": now().isoformat()}


@api.post("/verify", response=VerdictOut)
def verify(request: HttpRequest, document: File[UploadedFile]) -> dict[str, Any]:
    """The verdict on a document. It is not kept."""
    limit(request, "verify", 60, 60)
    if (document.size or 0) > LARGEST:
        raise Malformed("api.too_large", N_("The file is larger than 12 MB."))
    verdict = queries.judge(document.read())
    claim = verdict.claim
    codes = [reason.code.value for reason in verdict.reasons]
    services.note_verification("api", verdict.outcome, codes, claim.archive if claim else "")
    return {
        "outcome": verdict.outcome,
        "reasons": [{"code": reason.code.value, "sentence": reason.text()} for reason in verdict.reasons],
        "archive": claim.archive if claim else "",
        "serial": claim.serial if claim else "",
        "sealed_by": verdict.sealed_by,
        "sealed_at": verdict.sealed_at.isoformat() if verdict.sealed_at else "",
        "trust_as_of": verdict.trust_as_of.isoformat() if verdict.trust_as_of else "",
    }


def patterns() -> tuple[list[URLResolver | URLPattern], str, str]:
    """The addresses, each marked public: programs of relying parties need no account to verify."""
    urls, app, namespace = api.urls
    for pattern in urls:
        if isinstance(pattern, URLPattern):
            pattern.callback.guard = PUBLIC  # type: ignore[attr-defined]
    return urls, app, namespace
