"""What a check of `dangqiao node doctor` finds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from dangqiao.cli.words import translate
from dangqiao.core.errors import DangqiaoError


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """Works today, will not for ever."""
    PROBLEM = "problem"
    """Something does not work now."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an operator should know. `sentence` and `remedy` are msgids with places for the facts."""

    level: Level
    code: str
    sentence: str
    remedy: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """The sentence in the language of the terminal."""
        return translate(self.sentence).format(**self.facts)

    @property
    def to_do(self) -> str:
        """What to do, in the language of the terminal."""
        return translate(self.remedy).format(**self.facts)


def warning(code: str, sentence: str, remedy: str = "", **facts: Any) -> Finding:
    """A finding that can wait."""
    return Finding(Level.WARNING, code, sentence, remedy, facts)


def problem(code: str, sentence: str, remedy: str = "", **facts: Any) -> Finding:
    """A finding that cannot."""
    return Finding(Level.PROBLEM, code, sentence, remedy, facts)


def found_by(error: DangqiaoError, level: Level = Level.PROBLEM) -> Finding:
    """An error of ours as a finding."""
    return Finding(level, error.code, error.sentence, error.remedy, error.facts)


Check = Callable[[datetime], Iterator[Finding]]
"""Looks at one thing as of now; yields nothing where all is well."""
