"""Pictures of old forms: yellowed paper, printed lines, handwriting that wavers, a red stamp, dust. All say 样本."""

import io
from collections.abc import Sequence
from functools import cache
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont
from pylopdf_fonts_zh_cn import serif_path

WIDTH, HEIGHT = 827, 1169
"""A4 at 100 dots an inch."""
_PAPER, _INK, _PRINT, _STAMP = (236, 224, 196), (38, 44, 92), (70, 60, 50), (186, 42, 36)
_QUALITY = 72

_STAR = [
    (90 + radius * sin(pi * corner / 5), 84 - radius * cos(pi * corner / 5))
    for corner in range(10)
    for radius in ((26, 10)[corner % 2],)
]

Line = tuple[str, str]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(serif_path()), size)


def page(title: str, lines: Sequence[Line], stamp: str, rng: Random) -> bytes:
    """One form as JPEG: a title, labelled lines filled in by hand, and the stamp of an office."""
    picture = _paper(rng)
    draw = ImageDraw.Draw(picture)
    draw.text((WIDTH / 2, 110), title, font=_font(40), fill=_PRINT, anchor="mm")
    top = 190
    for label, value in lines:
        draw.rectangle((80, top, WIDTH - 80, top + 62), outline=_PRINT)
        draw.line((260, top, 260, top + 62), fill=_PRINT)
        draw.text((96, top + 31), label, font=_font(24), fill=_PRINT, anchor="lm")
        _write(picture, value, 280, top + 12, rng)
        top += 62
    _stamp(picture, stamp, WIDTH - 250, min(top + 60, HEIGHT - 250), rng)
    draw.text((WIDTH / 2, HEIGHT - 40), "样本 · 虚构资料 · SAMPLE", font=_font(18), fill=(150, 130, 110), anchor="mm")
    turned = picture.rotate(rng.uniform(-0.7, 0.7), resample=Image.Resampling.BILINEAR, fillcolor=_PAPER)
    stream = io.BytesIO()
    turned.save(stream, "JPEG", quality=_QUALITY, dpi=(100, 100))
    return stream.getvalue()


def _paper(rng: Random) -> Image.Image:
    """Paper with grain, darker edges and a few spots."""
    grain = Image.frombytes("L", (WIDTH // 4, HEIGHT // 4), rng.randbytes((WIDTH // 4) * (HEIGHT // 4)))
    grain = grain.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).point(lambda value: 232 + value // 12)
    paper = ImageChops.multiply(Image.new("RGB", (WIDTH, HEIGHT), _PAPER), Image.merge("RGB", [grain] * 3))
    draw = ImageDraw.Draw(paper)
    for _spot in range(rng.randrange(4, 14)):
        x, y, size = rng.randrange(WIDTH), rng.randrange(HEIGHT), rng.randrange(2, 14)
        draw.ellipse((x, y, x + size, y + size), fill=(214, 196, 160))
    edge = Image.new("L", (WIDTH, HEIGHT), 214)
    ImageDraw.Draw(edge).rectangle((18, 18, WIDTH - 18, HEIGHT - 18), fill=255)
    edge = edge.filter(ImageFilter.GaussianBlur(14))
    return ImageChops.multiply(paper, Image.merge("RGB", [edge] * 3))


def _write(picture: Image.Image, text: str, left: int, top: int, rng: Random) -> None:
    """Each character a little turned, raised and sized differently, as a hand does."""
    slant = rng.uniform(-4, 4)
    for character in text[:22]:
        size = rng.randrange(27, 33)
        glyph = Image.new("L", (size + 14, size + 18))
        ImageDraw.Draw(glyph).text((6, 2), character, font=_font(size), fill=255)
        glyph = glyph.rotate(slant + rng.uniform(-5, 5), resample=Image.Resampling.BILINEAR)
        picture.paste(_INK, (left, top + rng.randrange(-3, 4)), glyph.point(lambda value: value * 9 // 10))
        left += round(size * (0.62 if character.isascii() else 0.98)) + rng.randrange(-1, 2)


def _stamp(picture: Image.Image, words: str, left: int, top: int, rng: Random) -> None:
    """A round stamp, unevenly inked."""
    stamp = Image.new("L", (180, 180))
    draw = ImageDraw.Draw(stamp)
    draw.ellipse((6, 6, 174, 174), outline=255, width=5)
    draw.polygon(_STAR, fill=255)
    for row, start in enumerate(range(0, min(len(words), 16), 8)):
        draw.text((90, 126 + row * 20), words[start : start + 8], font=_font(18), fill=255, anchor="mm")
    ink = Image.frombytes("L", (45, 45), rng.randbytes(45 * 45)).resize((180, 180)).point(lambda v: 120 + v // 2)
    picture.paste(_STAMP, (left, top), ImageChops.multiply(stamp.rotate(rng.uniform(-25, 25)), ink))
