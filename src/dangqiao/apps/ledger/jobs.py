"""Background work of the ledger."""

from typing import Any

from dangqiao.apps.ledger import services


def sequence(payload: dict[str, Any]) -> None:
    """Appends all waiting evidence, batch by batch."""
    while services.sequence() == services.BATCH:
        pass
