"""Errors of the core become pages with a code, a plain sentence and what to do next; headers that protect pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

from dangqiao.core.errors import DangqiaoError

LARGEST_REQUEST = 64 * 1024 * 1024
"""Bytes. More is refused before it is read, so that nobody fills the disk; no form needs as much."""
EXCHANGE = "/exchange/v1/messages"
"""Refuses what is too large itself, by a signed receipt, without keeping it."""
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
"""Content Security Policy: no scripts or styles but our own files."""


def in_words(error: DangqiaoError) -> dict[str, str]:
    """Code, sentence and remedy of an error, in the reader's language."""
    sentence = gettext(error.sentence).format(**error.facts)
    remedy = gettext(error.remedy).format(**error.facts) if error.remedy else ""
    return {"code": error.code, "sentence": sentence, "remedy": remedy}


class ErrorsAsPages:
    """Turns a DangqiaoError that a view let through into a page, or into JSON under /api/."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on, and protects the answer."""
        length = request.headers.get("Content-Length") or "0"
        if not length.isdigit() or (int(length) > LARGEST_REQUEST and request.path != EXCHANGE):
            return HttpResponse("413 Content Too Large", status=413, content_type="text/plain")
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            # No address of ours has one; files and PostgreSQL cannot be asked for it.
            return HttpResponse("400 Bad Request", status=400, content_type="text/plain")
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page or JSON for an error of ours; None for any other."""
        if not isinstance(exception, DangqiaoError):
            return None
        facts = in_words(exception)
        if request.path.startswith(("/api/", "/exchange/")):
            return JsonResponse({"error": facts}, status=exception.http_status)
        return render(request, "error.html", facts, status=exception.http_status)
