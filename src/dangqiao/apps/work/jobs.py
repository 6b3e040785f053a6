"""Background work of the queue itself."""

from typing import Any

from dangqiao.apps.work import services


def tidy(payload: dict[str, Any]) -> None:
    """Deletes jobs that were finished long ago."""
    services.forget_done()
