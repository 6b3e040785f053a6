"""What commands print: in the language of the terminal, at the local time of the archives."""

import gettext
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text


class Worded(Protocol):
    """Anything with a sentence that has places for facts: errors and notices."""

    @property
    def code(self) -> str:
        """`room.what`."""

    @property
    def sentence(self) -> str:
        """An English msgid."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """For the places in it."""


@cache
def _translator(english: bool) -> Callable[[str], str]:
    folder = str(files("dangqiao") / "locale")
    return str if english else gettext.translation("django", folder, languages=["zh_Hans"], fallback=True).gettext


def translate(sentence: str) -> str:
    """A msgid in the language of the terminal: English where LC_ALL, LC_MESSAGES or LANG says so, else Chinese."""
    environment = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return _translator(environment.startswith("en"))(sentence)


def say(sentence: str, *, err: bool = False, **facts: Any) -> None:
    """Prints a msgid in the language of the terminal, with its facts."""
    click.echo(translate(sentence).format(**facts), err=err)


def words_of(what: Worded) -> str:
    """Its sentence and its code."""
    return f"{translate(what.sentence).format(**what.facts)} [{what.code}]"


def local(moment: datetime) -> str:
    """A moment as clerks read it."""
    return f"{moment.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}"


def show_table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Prints a table as wide as the terminal. Cells are plain text: brackets in them mean nothing."""
    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    Console().print(table)
