"""What other nodes call: messages, objects, and the signed directory. Protected by signatures, not by log-ins."""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from dangqiao.apps.exchange import services
from dangqiao.core.errors import DangqiaoError
from dangqiao.web.guards import public

SEALED = "application/jose"
DIRECTORY_FOLDERS = frozenset({"metadata", "targets"})
"""Of the trust folder: what every member may have."""
DIRECTORY_FRESH = 30
"""Seconds for which a copy may be used without asking again: the files say themselves how long they hold."""


@public
@csrf_exempt
@require_POST
def messages(request: HttpRequest) -> HttpResponse:
    """Takes a sealed message; the answer is the signed receipt, also where it is refused (docs/protocol)."""
    return HttpResponse(services.receive(request.body), content_type=SEALED)


@public
@csrf_exempt
@require_safe
def objects(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Gives an announced object to the member it was announced to; to anybody else it does not exist."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise Http404
    try:
        chunks = services.open_object(token.strip(), sha256)
    except DangqiaoError as error:
        raise Http404 from error
    return StreamingHttpResponse(chunks, content_type="application/octet-stream")


@public
@require_safe
def directory(request: HttpRequest, path: str) -> HttpResponseBase:
    """A file of the signed directory: this node is a mirror of it."""
    root = Path(settings.TRUST_FOLDER).resolve()
    wanted = (root / path).resolve()
    inside = wanted.is_relative_to(root) and wanted.relative_to(root).parts[:1]
    if not inside or inside[0] not in DIRECTORY_FOLDERS or not wanted.is_file():
        raise Http404
    response = FileResponse(wanted.open("rb"), content_type="application/json")
    response.headers["Cache-Control"] = f"public, max-age={DIRECTORY_FRESH}"
    return response
