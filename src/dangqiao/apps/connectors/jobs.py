"""Background work of connectors. Each job may be killed and run again."""

from typing import Any

from dangqiao.apps.connectors import services


def harvest(payload: dict[str, Any]) -> None:
    """Harvests what is due, within the time that a job may take."""
    services.harvest_what_is_due()


def hear(payload: dict[str, Any]) -> None:
    """Asks for answers to questions that were handed over."""
    services.hear()
