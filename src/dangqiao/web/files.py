"""Opening files: issued documents and materials, for whoever may."""

from collections.abc import Iterator
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from dangqiao.apps.lookups import queries
from dangqiao.apps.lookups.services.delivering import note_download
from dangqiao.core.vocabulary.actor import Role
from dangqiao.core.vocabulary.purpose import Purpose
from dangqiao.web.guards import ActingRequest, needs

SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""What a browser may show within the page; everything else is only saved."""


@needs(Role.APPLICANT, Role.RECEPTIONIST, Role.HANDLER, Role.REVIEWER, Role.SIGNATORY)
@require_safe
def document(request: ActingRequest, document: UUID, format: str) -> HttpResponseBase:
    """An issued document as PDF or OFD. That the applicant fetched it is recorded."""
    file = queries.deliverable_file(request.actor, Purpose.HANDLING, document, format)
    if request.method == "GET" and any(grant.role is Role.APPLICANT for grant in request.actor.grants):
        note_download(request.actor, Purpose.HANDLING, document)
    return sent(file.chunks, file.name, file.media_type, file.size, save=True)


@needs(Role.APPLICANT, Role.RECEPTIONIST, Role.HANDLER, Role.REVIEWER, Role.SIGNATORY)
@require_safe
def material(request: ActingRequest, material: int) -> HttpResponseBase:
    """A material that the applicant showed."""
    file = queries.material_file(request.actor, Purpose.HANDLING, material)
    return sent(file.chunks, file.name, file.media_type, file.size)


def sent(
    chunks: Iterator[bytes], name: str, media_type: str, size: int, *, save: bool = False
) -> StreamingHttpResponse:
    """A file as an answer; scripts in it never run."""
    known = media_type in SHOWN
    response = StreamingHttpResponse(chunks, content_type=media_type if known else "application/octet-stream")
    way = "inline" if known and not save else "attachment"
    response.headers["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    )
    return response
