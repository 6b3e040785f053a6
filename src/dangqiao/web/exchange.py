"""What other nodes call: messages, objects, summaries, the log, and the signed directory. Protected by signatures, not
by log-ins."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from dangqiao.apps.exchange import reconciling, services
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.suite import suite
from dangqiao.core.errors import DangqiaoError, NotThere, Unavailable
from dangqiao.core.federation.envelope import LARGEST_SEALED
from dangqiao.web.guards import public
from dangqiao.web.middleware import EXCHANGE, in_words

SEALED = "application/jose"
MOST_READ = 16 * 1024 * 1024
"""Bytes of an oversized message that are read to say exactly what was refused; of a larger one no more is read."""
_BLOCK = 64 * 1024
BUSY_SECONDS = 10
"""What a sender is told to wait when too much waits here."""
DIRECTORY_FOLDERS = frozenset({"metadata", "targets"})
"""Of the trust folder: what every member may have."""
DIRECTORY_FRESH = 30
"""Seconds for which a copy may be used without asking again: the files say themselves how long they hold."""


@public
@csrf_exempt
@require_POST
def messages(request: HttpRequest) -> HttpResponse:
    """Takes a sealed message; the answer is the signed receipt, also where it is refused (docs/protocol).

    503 with Retry-After: the node stands still or has too much to do; there is no receipt.
    """
    sealed = _read(request, LARGEST_SEALED + 1)
    if len(sealed) > LARGEST_SEALED:
        return HttpResponse(_turned_away(request, sealed), content_type=SEALED)
    try:
        return HttpResponse(services.receive(sealed), content_type=SEALED)
    except Unavailable as error:
        seconds = str(error.facts.get("retry_after") or BUSY_SECONDS)
        return JsonResponse({"error": in_words(error)}, status=error.http_status, headers={"Retry-After": seconds})


class MessagesFirst:
    """Takes messages of other nodes past all that is made for people: sessions, languages, forms, accounts. The first
    middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The exchange's answer, or that of whatever else was asked for."""
        if request.path != EXCHANGE:
            return self.get_response(request)
        try:
            return messages(request)
        except DangqiaoError as error:
            return JsonResponse({"error": in_words(error)}, status=error.http_status)


def _read(request: HttpRequest, most: int) -> bytes:
    """The body, up to `most` bytes: what is announced longer is not kept in memory."""
    found = bytearray()
    while len(found) < most and (block := request.read(min(_BLOCK, most - len(found)))):
        found += block
    return bytes(found)


def _turned_away(request: HttpRequest, begun: bytes) -> bytes:
    """The signed refusal of more bytes than a message may have."""
    size, digest = len(begun), suite().hasher()
    digest.update(begun)
    while size <= MOST_READ and (block := request.read(_BLOCK)):
        size += len(block)
        digest.update(block)
    whole = size <= MOST_READ
    announced = request.headers.get("Content-Length", "")
    return services.turn_away(size if whole else int(announced), digest.hexdigest() if whole else "")


@public
@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """What this node has of the asking member's messages and it of ours; to anybody else it does not exist."""
    try:
        answer = reconciling.answer(_bearer(request))
    except DangqiaoError as error:
        raise Http404 from error
    return HttpResponse(answer, content_type=SEALED)


def _bearer(request: HttpRequest) -> str:
    """The signed request that came along. Raises Http404."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise Http404
    return token.strip()


@public
@require_safe
def log(request: HttpRequest, old: int = 0) -> HttpResponse:
    """The newest checkpoint of this node's evidence and the proof that it goes on from `old` entries: hashes only."""
    try:
        return HttpResponse(ledger.growth(old).to_json(), content_type="application/json")
    except NotThere as error:
        raise Http404 from error


@public
@csrf_exempt
@require_safe
def objects(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Gives an announced object to the member it was announced to; to anybody else it does not exist."""
    token = _bearer(request)
    try:
        chunks = services.open_object(token, sha256)
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
