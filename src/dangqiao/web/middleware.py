"""Errors of the core become pages with a code, a plain sentence and what to do next."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

from dangqiao.core.errors import DangqiaoError


class ErrorsAsPages:
    """Turns a DangqiaoError that a view let through into a page, or into JSON under /api/."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page or JSON for an error of ours; None for any other."""
        if not isinstance(exception, DangqiaoError):
            return None
        sentence = gettext(exception.sentence).format(**exception.facts)
        remedy = gettext(exception.remedy).format(**exception.facts) if exception.remedy else ""
        facts = {"code": exception.code, "sentence": sentence, "remedy": remedy}
        if request.path.startswith("/api/"):
            return JsonResponse({"error": facts}, status=exception.http_status)
        return render(request, "error.html", facts, status=exception.http_status)
