"""What people see when something failed that none of our own errors foresees."""

import sys
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext

from dangqiao.apps.causes import cause_of

_TEMPLATES = Path(__file__).parent / "templates"
RETRY_AFTER = "30"
"""Seconds after which a program may try again."""


def broken(request: HttpRequest) -> HttpResponse:
    """The last word on an exception: 503 where the machine or the database cannot do its part now and will again, with
    what people can do; else 500. Reads no database, and says nothing of the machine.
    """
    error = sys.exc_info()[1]
    away = error is not None and cause_of(error) is not None
    status = 503 if away else 500
    headers = {"Retry-After": RETRY_AFTER} if away else {}
    if request.path.startswith(("/api/", "/exchange/", "/oai")):
        sentence = gettext("The node cannot do this at the moment.") if away else gettext("Something broke.")
        facts = {"code": "node.cannot_now" if away else "node.broken", "sentence": sentence, "remedy": ""}
        return JsonResponse({"error": facts}, status=status, headers=headers)
    page = (_TEMPLATES / f"{status}.html").read_text(encoding="utf-8")
    return HttpResponse(page, status=status, headers=headers)
