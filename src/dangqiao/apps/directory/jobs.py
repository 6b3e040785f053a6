"""Background work of the directory."""

from logging import getLogger
from typing import Any

from django.conf import settings

from dangqiao.apps.directory import queries, services
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.vocabulary.actor import node

log = getLogger(__name__)


def update(payload: dict[str, Any]) -> None:
    """Looks for a newer directory. A refusal is kept for `doctor`, not tried again at once: the next look is near."""
    if not queries.has_joined():
        return
    try:
        services.update(node(settings.PLATFORM_CODE))
    except DangqiaoError as error:
        log.warning("directory: %s", error)
