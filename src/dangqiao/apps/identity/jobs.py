"""Background work of accounts."""

from typing import Any

from dangqiao.apps.identity.services import forget_unverified


def forget(payload: dict[str, Any]) -> None:
    """Forgets accounts whose phone never answered a code. Periodic; running it twice is harmless."""
    forget_unverified()
