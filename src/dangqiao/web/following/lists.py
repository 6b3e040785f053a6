"""Requests in a list, in words."""

from collections.abc import Callable
from typing import Any

from dangqiao.apps.lookups.queries import Page
from dangqiao.apps.lookups.queries.views import RequestLine
from dangqiao.core import categories
from dangqiao.core.lookup.progress import REQUEST_LABELS, RequestState

TONE = {
    RequestState.WAITING_FOR_APPLICANT: "warn",
    RequestState.CLOSED: "good",
    RequestState.WITHDRAWN: "done",
}


def listed(page: Page[RequestLine], url: Callable[[str], str]) -> dict[str, Any]:
    """What the template of a list needs; `url` gives the address of a request's page by its number."""
    lines = [
        {
            "number": line.number,
            "url": url(line.number),
            "applicant": line.applicant,
            "category": categories.get(line.category).name,
            "state": REQUEST_LABELS[line.progress.state],
            "tone": TONE.get(line.progress.state, ""),
            "received_at": line.received_at,
        }
        for line in page.items
    ]
    return {"lines": lines, "after": page.after}
