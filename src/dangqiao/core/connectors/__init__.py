"""Connectors: how a node answers from, or keeps in step with, a platform that exists already.

`contract` says what every connector can do and how it fails; `mapping` is the file in which an operator says, as data,
what the platform calls things; `translate` turns one record of the platform into a row of the category's catalogue.
"""

from dangqiao.core.connectors.contract import (
    Answer,
    AnswerState,
    Batch,
    Capability,
    Connector,
    ContentUnreadable,
    PlatformRefused,
    PlatformUnreachable,
    Question,
    Receipt,
    Record,
    Rejection,
    cannot,
)
from dangqiao.core.connectors.mapping import Mapping, parse
from dangqiao.core.connectors.translate import Translated, Translator, asked

__all__ = [
    "Answer",
    "AnswerState",
    "Batch",
    "Capability",
    "Connector",
    "ContentUnreadable",
    "Mapping",
    "PlatformRefused",
    "PlatformUnreachable",
    "Question",
    "Receipt",
    "Record",
    "Rejection",
    "Translated",
    "Translator",
    "asked",
    "cannot",
    "parse",
]
