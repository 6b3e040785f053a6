"""What every page knows: of the node, of who is logged in, and of how they like to read."""

from django.conf import settings
from django.http import HttpRequest

from dangqiao.apps.directory.models import Platform
from dangqiao.core.vocabulary.actor import Role
from dangqiao.web.guards import actor_of_request

LARGE_PRINT = "large_print"
"""The cookie of the elderly-friendly mode (适老化)."""

_DESKS = {
    Role.RECEPTIONIST: "counter",
    Role.HANDLER: "workbench",
    Role.REVIEWER: "workbench",
    Role.SIGNATORY: "workbench",
}


def node(request: HttpRequest) -> dict[str, object]:
    """The node's platform, whether it is a test node, the desks of whoever is logged in, the size of print."""
    actor = actor_of_request(request)
    grants = actor.grants if actor else ()
    return {
        "platform_code": settings.PLATFORM_CODE,
        "platform": Platform.objects.filter(code=settings.PLATFORM_CODE).first(),
        "node_is_test": settings.NODE_IS_TEST,
        "desks": {_DESKS[grant.role] for grant in grants if grant.role in _DESKS},
        "is_citizen": any(grant.role is Role.APPLICANT for grant in grants),
        "large_print": request.COOKIES.get(LARGE_PRINT) == "1",
        "session_seconds": settings.SESSION_COOKIE_AGE,
    }
