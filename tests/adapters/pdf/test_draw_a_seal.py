"""The picture of a seal: everything apart from everything else, however long the name; 测试 where it is a test."""

import io
import math
from itertools import pairwise

import pytest
from PIL import Image, ImageDraw

from dangqiao.adapters.pdf import TypstTypesetter
from dangqiao.core.errors import BadInput
from tests.adapters.pdf.office import TYPESETTER

BARE = TypstTypesetter(fallbacks=(), star=False)
FRAME = "囗"
"""One closed line that fills its square: what a letter takes at most."""


def mask(picture: bytes) -> Image.Image:
    """Where there is ink: 255."""
    alpha = Image.open(io.BytesIO(picture)).convert("RGBA").getchannel("A")
    return alpha.point(lambda strength: 255 if strength > 60 else 0)


def pieces(picture: bytes) -> list[tuple[int, int, int, int]]:
    """The boxes of what hangs together, biggest first."""
    ink, found = mask(picture), []
    while box := ink.getbbox():
        row = ink.crop((box[0], box[1], box[2], box[1] + 1)).getbbox()
        assert row
        before = ink.copy()
        ImageDraw.floodfill(ink, (box[0] + row[0], box[1]), 0)
        gone = Image.composite(before, Image.new("L", before.size), ink.point(lambda left: 255 - left))
        found.append(gone.getbbox() or box)
    return sorted(found, key=lambda one: (one[0] - one[2]) * (one[3] - one[1]))


@pytest.mark.parametrize("length", range(4, 25))
def test_letters_keep_apart_from_each_other_and_from_the_ring(length: int) -> None:
    """Eight ways to be joined are one: a single pixel between two letters is enough to count them."""
    assert len(pieces(BARE.seal_picture(FRAME * length, False))) == 1 + length
    assert len(pieces(TYPESETTER.seal_picture(FRAME * length, False))) == 1 + length + 1


@pytest.mark.parametrize("length", [4, 10, 24])
def test_the_name_is_spread_evenly_on_both_sides(length: int) -> None:
    ring, *letters = pieces(BARE.seal_picture(FRAME * length, False))
    middle = ((ring[0] + ring[2]) / 2, (ring[1] + ring[3]) / 2)
    angles = sorted(
        math.degrees(math.atan2((one[0] + one[2]) / 2 - middle[0], middle[1] - (one[1] + one[3]) / 2))
        for one in letters
    )
    assert angles[0] == pytest.approx(-angles[-1], abs=2)
    steps = [after - before for before, after in pairwise(angles)]
    assert max(steps) - min(steps) < 2
    assert angles[-1] - angles[0] < 285


def test_the_star_is_in_the_middle() -> None:
    ring, *rest = pieces(TYPESETTER.seal_picture(FRAME * 8, False))
    star = rest[0]
    assert abs((star[0] + star[2]) / 2 - (ring[0] + ring[2]) / 2) < 4
    assert (
        abs((star[1] + star[3]) / 2 - (ring[1] + ring[3]) / 2) < 36
    )  # above the middle, where nothing is printed over it


def test_a_test_seal_says_so_instead_of_a_star() -> None:
    real, bare, test = (
        maker.seal_picture("样例市样例区档案馆", is_test)
        for maker, is_test in ((TYPESETTER, False), (BARE, False), (TYPESETTER, True))
    )
    assert BARE.seal_picture("样例市样例区档案馆", True) == test
    size = Image.open(io.BytesIO(test)).size
    middle = tuple(
        round(side * part) for part, side in ((0.26, size[0]), (0.36, size[1]), (0.74, size[0]), (0.64, size[1]))
    )
    inked = [sum(mask(one).crop(middle).histogram()[255:]) for one in (bare, real, test)]
    assert inked[0] == 0 < inked[1] != inked[2] > 0


@pytest.mark.parametrize("name", ["档案馆", "", "一" * 25])
def test_a_name_too_short_or_too_long_is_refused(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        TYPESETTER.seal_picture(name, True)
    assert caught.value.code == "seal.name_length"
