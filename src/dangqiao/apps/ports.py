"""Adapters by name: the only way in which apps and web reach the outside."""

from functools import cache
from threading import RLock
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

_IMPORTING = RLock()
"""pyHanko's modules import each other in circles: two threads that import it at the same time fail."""


@cache
def port(name: str) -> Any:
    """The adapter that settings.ADAPTERS names, made once per process.

    Args:
        name: a field of `core.configuration.schema.AdaptersSection`. Its Protocol is stated in the core.
    """
    with _IMPORTING:
        return import_string(settings.ADAPTERS[name])(folder=settings.NODE_FOLDER, configuration=settings.CONFIGURATION)
