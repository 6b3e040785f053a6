"""TrueType fonts with only the glyphs a document needs, whatever the outlines of the font they come from.

Some readers of OFD draw boxes for fonts with PostScript outlines (CFF), so cubic curves become quadratic ones here, to
within a thousandth of the em. A glyph is converted once in the life of the process.
"""

import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import uharfbuzz as hb
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

_TOLERANCE = 0.001
"""Of the em: at the largest size on our pages, 53 mm, a twentieth of a millimetre."""


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
        converted = [_glyph(path, 0), *(_glyph(path, source.glyph(character)) for character in self._order)]
        extents = source.font.get_font_extents("ltr")
        self.family = source.family
        builder = FontBuilder(source.units, isTTF=True)
        builder.font.recalcTimestamp = False
        builder.setupGlyphOrder(names)
        builder.setupCharacterMap(
            {ord(character): name for character, name in zip(self._order, names[1:], strict=True)}
        )
        glyphs = {name: glyph for name, (glyph, _) in zip(names, converted, strict=True)}
        builder.setupGlyf(glyphs)
        builder.setupHorizontalMetrics(
            {
                name: (advance, getattr(glyph, "xMin", 0))
                for name, (glyph, advance) in zip(names, converted, strict=True)
            }
        )
        builder.setupHorizontalHeader(ascent=extents.ascender, descent=extents.descender)
        builder.setupNameTable({"familyName": self.family, "styleName": "Regular", "psName": self.file_name[:-4]})
        builder.setupOS2(sTypoAscender=extents.ascender, usWinAscent=extents.ascender, usWinDescent=-extents.descender)
        builder.setupPost(keepGlyphNames=False)
        out = io.BytesIO()
        builder.save(out)
        self.data = out.getvalue()

    @property
    def file_name(self) -> str:
        """`NotoSerifSC.ttf`."""
        return "".join(letter for letter in self.family if letter.isascii() and letter.isalnum()) + ".ttf"

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


@lru_cache(maxsize=8192)
def _glyph(path: Path, number: int) -> tuple[Glyph, int]:
    """A glyph with quadratic outlines, and its advance, in units of the font."""
    source = _source(path)
    drawn = TTGlyphPen(None)
    source.font.draw_glyph_with_pen(number, Cu2QuPen(drawn, source.units * _TOLERANCE, reverse_direction=True))
    return drawn.glyph(), source.font.get_glyph_h_advance(number)
