"""The weights that this node searches by: the program's, or its own file (`[matching] parameters`)."""

import tomllib
from functools import cache

from django.conf import settings

from dangqiao.core.errors import N_, Misconfigured
from dangqiao.core.matching import SHIPPED, Parameters, load


def text() -> str:
    """The file.

    Raises:
        Misconfigured: `matching.parameters_unreadable`.
    """
    path = settings.MATCHING_PARAMETERS
    if path is None:
        return SHIPPED
    try:
        return str(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path) from error


@cache
def parameters() -> Parameters:
    """The weights, read once in a process.

    Raises:
        Misconfigured: `matching.parameters_unreadable`.
    """
    try:
        return load(text())
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(settings.MATCHING_PARAMETERS) from error


def _unreadable(path: object) -> Misconfigured:
    return Misconfigured(
        "matching.parameters_unreadable",
        N_("The file {path} cannot be read as weights of the search."),
        N_("Make it anew with `dangqiao matching train`, or leave `parameters` under [matching] empty."),
        path=str(path),
    )
