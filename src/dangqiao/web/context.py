"""What every page knows of the node."""

from django.conf import settings
from django.http import HttpRequest


def node(request: HttpRequest) -> dict[str, object]:
    """The node's platform and whether it is a test node."""
    return {"platform_code": settings.PLATFORM_CODE, "node_is_test": settings.NODE_IS_TEST}
