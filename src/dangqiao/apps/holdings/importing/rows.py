"""Rows of cells. What is wrong with a row is said in the row, and the file goes on."""

from typing import NamedTuple

from dangqiao.apps.holdings.importing.problems import Problem


class Row(NamedTuple):
    """One row as it stands in the file. The header is row 1, as spreadsheet programs count."""

    number: int
    cells: list[str]
    problem: Problem | None = None
