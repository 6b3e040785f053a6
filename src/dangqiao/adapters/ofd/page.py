"""A page: letters with their places, outlines, pictures, places for seals.

Everything is in millimetres from the upper left corner, as OFD wants it (GB/T 33190-2016 §7.1).
"""

from dataclasses import dataclass

Colour = tuple[int, int, int]
Matrix = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Letter:
    """One character and its origin on the baseline."""

    character: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Text:
    """Letters of one size and colour.

    Attributes:
        turn: a, b, c, d of the matrix that turns and stretches them; (1, 0, 0, 1) for upright ones.
        outline: colour and width of the line around each letter, if it has one.
    """

    letters: tuple[Letter, ...]
    size: float
    turn: Matrix
    fill: Colour
    outline: tuple[Colour, float] | None


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline: `M`, `L`, `B` (Bézier), `C` (close) with their points, filled or stroked."""

    steps: tuple[tuple[str, tuple[float, ...]], ...]
    fill: Colour | None
    stroke: tuple[Colour, float] | None


@dataclass(frozen=True, slots=True)
class Image:
    """An upright picture; `suffix` is jpg or png."""

    x: float
    y: float
    width: float
    height: float
    suffix: str
    data: bytes


@dataclass(frozen=True, slots=True)
class SealPlace:
    """Where the reader draws the seal. Of a seal over the edges of `parts` sheets only slice `part` is to be seen."""

    x: float
    y: float
    width: float
    height: float
    part: int
    parts: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page; `things` lie one over the other in this order."""

    width: float
    height: float
    things: tuple[Text | Shape | Image, ...]
    seals: tuple[SealPlace, ...]
