"""What other nodes and browsers fetch in order to verify: lists of revoked documents, keys, answers about codes."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from dangqiao.apps.deliverables import queries, status, verifying
from dangqiao.core.federation.ports import MEDIA_TYPE
from dangqiao.core.sealing.status import FRESH
from dangqiao.core.sealing.status import MEDIA_TYPE as LIST
from dangqiao.web.guards import public
from dangqiao.web.limits import limit

LARGEST_QUESTION = 16 * 1024
MINUTE = 60
SIGNED_FOR = 60
"""Seconds for which a signed list is handed out again, if nothing was revoked meanwhile."""


@public
@require_safe
def status_list(request: HttpRequest, number: int) -> HttpResponse:
    """A list of revoked documents of this platform (docs/protocol/statements.md)."""
    name = f"status:{number}:{status.last_revocation()}"
    token = cache.get(name)
    if token is None:
        token = status.signed_list(number)
        cache.set(name, token, SIGNED_FOR)
    response = HttpResponse(token, content_type=LIST)
    response.headers["Cache-Control"] = f"public, max-age={SIGNED_FOR}, stale-if-error={int(FRESH.total_seconds())}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@public
@csrf_exempt
@require_POST
def look_ups(request: HttpRequest) -> HttpResponse:
    """Answers a member's signed question about a code of this platform."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST_QUESTION:
        return HttpResponse(status=413)
    limit(request, "look_up", 600, MINUTE)
    token = request.body
    question = verifying.member_question(token)
    if question.name:
        limit(request, "verify_name", 10, 10 * MINUTE, key=queries.normalised(question.code))
    return HttpResponse(verifying.answer_to(question, token), content_type=MEDIA_TYPE)


@public
@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    """Whose statements are believed: what a browser needs to check a square pattern by itself."""
    response = JsonResponse(queries.statement_keys(), json_dumps_params={"ensure_ascii": False})
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@public
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page that a phone keeps, and shows where it has no network: it reads the statement behind `#` by itself."""
    return render(request, "verify/offline.html", {"section": "verify"})


@public
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps that page. It is served here because it may answer only for addresses below its own."""
    return render(request, "verify/worker.js", content_type="text/javascript")
