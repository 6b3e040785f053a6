"""Keyset paging: a page and where the next one begins. No counts."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from dangqiao.core.errors import N_, BadInput

SIZE = 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items. `after`: hand it in to get those that follow; empty at the end."""

    items: tuple[T, ...]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """The last item of a page: its time and id."""

    at: datetime
    id: UUID


def read(after: str) -> Position | None:
    """The position in a cursor; None at the beginning. Raises BadInput (`lookups.cursor_unreadable`)."""
    if not after:
        return None
    try:
        at, row = json.loads(base64.urlsafe_b64decode(after.encode()))
        return Position(datetime.fromisoformat(at), UUID(row))
    except (ValueError, TypeError, AttributeError):
        raise BadInput("lookups.cursor_unreadable", N_("This page of the list cannot be found.")) from None


def page(rows: Sequence[Any], at: Callable[[Any], datetime], items: Sequence[T]) -> Page[T]:
    """A page of `items` made from `rows`, of which one more than SIZE was read."""
    if len(rows) <= SIZE:
        return Page(tuple(items[:SIZE]))
    last = rows[SIZE - 1]
    text = json.dumps([at(last).isoformat(), str(last.pk)])
    return Page(tuple(items[:SIZE]), base64.urlsafe_b64encode(text.encode()).decode())
