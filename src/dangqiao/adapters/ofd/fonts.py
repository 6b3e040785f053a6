"""TrueType fonts with only the glyphs a document needs, whatever the outlines of the font they come from.

Some readers of OFD draw boxes for fonts with PostScript outlines (CFF), so cubic curves become quadratic ones here, to
within a thousandth of the em. A glyph is converted once in the life of the process.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import uharfbuzz as hb
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

_TOLERANCE = 0.001
"""Of the em: at the largest size on our pages, 53 mm, a twentieth of a millimetre."""

_EPOCH = 2_082_844_800
"""1970, in seconds since 1904: what a font has to say of when it was made."""


class Subset:
    """A font reduced to some characters.

    Attributes:
        family: its name, as OFD and the font itself give it.
        data: the TrueType file.
    """

    def __init__(self, path: Path, characters: Iterable[str]) -> None:
        source = _source(path)
        self._order = sorted(set(characters))
        names = [".notdef", *(f"u{ord(character):04X}" for character in self._order)]
        glyphs = [_glyph(path, 0), *(_glyph(path, source.glyph(character)) for character in self._order)]
        extents = source.font.get_font_extents("ltr")
        self.family = source.family
        builder = FontBuilder(source.units, isTTF=True)
        builder.font.recalcBBoxes = False  # nothing is measured twice
        builder.setupGlyphOrder(names)
        builder.setupCharacterMap(
            {ord(character): name for character, name in zip(self._order, names[1:], strict=True)}
        )
        builder.setupGlyf({})  # which wants them decoded
        builder.font["glyf"].glyphs = {name: one.outline for name, one in zip(names, glyphs, strict=True)}
        builder.setupHorizontalMetrics(
            {name: (one.advance, one.box[0]) for name, one in zip(names, glyphs, strict=True)}
        )
        left, bottom, right, top = (
            edge(one.box[axis] for one in glyphs) for axis, edge in enumerate((min, min, max, max))
        )
        builder.updateHead(created=_EPOCH, modified=_EPOCH, xMin=left, yMin=bottom, xMax=right, yMax=top)
        builder.setupHorizontalHeader(
            ascent=extents.ascender,
            descent=extents.descender,
            advanceWidthMax=max(one.advance for one in glyphs),
            minLeftSideBearing=left,
            minRightSideBearing=min(one.advance - one.box[2] for one in glyphs),
            xMaxExtent=right,
        )
        builder.setupMaxp()
        builder.font["maxp"].maxPoints = max(one.points for one in glyphs)
        builder.font["maxp"].maxContours = max(one.contours for one in glyphs)
        builder.setupNameTable({"familyName": self.family, "styleName": "Regular", "psName": self.file_name[:-4]})
        builder.setupOS2(sTypoAscender=extents.ascender, usWinAscent=extents.ascender, usWinDescent=-extents.descender)
        builder.setupPost(keepGlyphNames=False)
        out = io.BytesIO()
        builder.save(out)
        self.data = out.getvalue()

    @property
    def file_name(self) -> str:
        """`NotoSerifSC.ttf`."""
        return ("".join(letter for letter in self.family if letter.isascii() and letter.isalnum()) or "Font") + ".ttf"

    def glyph(self, character: str) -> int:
        """The number of a character's glyph in this font."""
        return self._order.index(character) + 1


class _Source:
    """A font as HarfBuzz reads it."""

    def __init__(self, path: Path) -> None:
        face = hb.Face(hb.Blob.from_file_path(str(path)))
        self.font, self.units = hb.Font(face), face.upem
        self.family = face.get_name(hb.OTNameIdPredefined.FONT_FAMILY) or path.stem

    def glyph(self, character: str) -> int:
        number = self.font.get_nominal_glyph(ord(character))
        if not number:
            raise ValueError(f"no glyph for U+{ord(character):04X}")
        return int(number)


@lru_cache(maxsize=16)
def _source(path: Path) -> _Source:
    return _Source(path)


@dataclass(frozen=True, slots=True)
class _Glyph:
    """A glyph with quadratic outlines, encoded; measures in units of the font."""

    outline: Glyph
    advance: int
    box: tuple[int, int, int, int]
    points: int
    contours: int


@lru_cache(maxsize=8192)
def _glyph(path: Path, number: int) -> _Glyph:
    source = _source(path)
    drawn = TTGlyphPen(None)
    source.font.draw_glyph_with_pen(number, Cu2QuPen(drawn, source.units * _TOLERANCE, reverse_direction=True))
    glyph = drawn.glyph()
    glyph.recalcBounds(None)
    contours = max(glyph.numberOfContours, 0)
    return _Glyph(
        Glyph(glyph.compile(None, recalcBBoxes=False)),
        source.font.get_glyph_h_advance(number),
        (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax),
        len(glyph.coordinates) if contours else 0,
        contours,
    )
