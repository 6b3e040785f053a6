"""Rows of cells, and pieces of files. What is wrong with a row is said in the row, and the file goes on."""

from typing import NamedTuple, Protocol

from dangqiao.apps.holdings.importing.csvfile import Block
from dangqiao.apps.holdings.importing.problems import Problem


class Row(NamedTuple):
    """One row as it stands in the file. The first row is 1, as spreadsheet programs count."""

    number: int
    cells: list[str]
    problem: Problem | None = None


Piece = Block | list[Row]
"""A part of a file that is prepared and written at once."""


class Pieces(Protocol):
    """An open file.

    Attributes:
        header: its columns' names.
        first_row: number of the row before the first piece; 0 where rows bring their own numbers.
        left_out: names of the sheets that are not read.
    """

    header: list[str]
    first_row: int
    left_out: list[str]

    def begin(self, after: int, position: int) -> None:
        """Goes to where an earlier import stopped: after this row, at this byte if it is known."""
        ...

    def next(self) -> Piece | None:
        """The next piece, or None."""
        ...

    def rows(self, piece: Piece) -> tuple[list[Row], int]:
        """The rows of a piece, and the byte after them. In a block of CSV the first row is 1."""
        ...

    def go_back(self, position: int) -> None:
        """The last row of a piece ended elsewhere than was thought: the next piece begins at this byte."""
        ...

    def done(self, position: int) -> float:
        """The part of the file that is done, 0..1, when rows were settled up to this byte."""
        ...
