"""Filters: words of category files in the reader's language, masked numbers, sentences of the core."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.translation import get_language, gettext

from dangqiao.apps.directory.models import AcceptancePoint, Archive, Platform
from dangqiao.apps.identity.phones import mask_phone
from dangqiao.core import categories
from dangqiao.core.categories import Words
from dangqiao.core.vocabulary import identity

register = template.Library()


def in_chinese() -> bool:
    """Whether the page is read in Chinese."""
    return (get_language() or "zh").startswith("zh")


@register.filter
def words(value: Words | str | None) -> str:
    """A label of a category file in the reader's language."""
    if not isinstance(value, Words):
        return value or ""
    return value.zh if in_chinese() else value.en


def field_labels(category: str, paths: Iterable[str]) -> list[str]:
    """What documents call fields of a category, in the reader's language."""
    found = categories.get(category)
    return [words(found.label_of(path)) for path in paths]


@register.filter
def place(value: Archive | Platform | AcceptancePoint | str | None) -> str:
    """The name of a platform, archive or acceptance point in the reader's language, else what it is called."""
    if value is None or isinstance(value, str):
        return value or ""
    return value.name if in_chinese() else (getattr(value, "name_en", "") or value.name)


@register.filter
def said(sentence: str) -> str:
    """A sentence or label of the core in the reader's language; empty stays empty."""
    return gettext(sentence) if sentence else ""


@register.filter
def masked(number: str) -> str:
    """An identity number for a screen."""
    return identity.mask(number or "")


@register.filter
def masked_phone(phone: str) -> str:
    """A phone number for a screen."""
    return mask_phone(phone or "")


@register.filter
def at(mapping: dict[str, Any], key: str) -> Any:
    """`mapping[key]`, or nothing."""
    return mapping.get(key, "") if mapping else ""


@register.filter
def last_day(deadline: datetime | None) -> datetime | None:
    """A moment of a limit's last day: a limit ends at 24:00, which a clock shows as 0:00 of the day after."""
    return deadline - timedelta(microseconds=1) if deadline else None
