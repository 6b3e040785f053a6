"""Reading by pdfium what stands on the pages of a PDF that typst set.

The seal is left out, because readers of OFD draw it themselves; its places are kept. PDF counts points from the lower
left corner. pdfium keeps one state in the process: documents are read one at a time.
"""

import ctypes
import io
from threading import Lock
from typing import Any, TypeGuard

import PIL.Image
import pypdfium2
import pypdfium2.raw as pdfium

from dangqiao.adapters.ofd.page import Colour, Image, Letter, Page, SealPlace, Shape, Text

MM = 25.4 / 72
"""Millimetres to the point."""
SEAL_INK: Colour = (0xD4, 0x00, 0x1A)
"""The colour of the seal (`ink` in templates/seal.typ). Nothing else on our pages has it."""
EDGE = 1.0
"""Millimetres: a seal that comes so near to the right edge runs over the edges of all sheets."""
_ONE = Lock()


def pages(document: bytes) -> tuple[Page, ...]:
    """The pages of a PDF.

    Raises:
        ValueError: something that our templates never make is on a page (a form, a shading, a turned picture).
    """
    with _ONE:
        opened = pypdfium2.PdfDocument(document)
        try:
            return tuple(_page(opened, number, len(opened)) for number in range(len(opened)))
        finally:
            opened.close()


def _page(document: pypdfium2.PdfDocument, number: int, parts: int) -> Page:
    page = document[number]
    width, height = page.get_width() * MM, page.get_height()
    letters = _letters(page, height)
    things: list[Text | Shape | Image] = []
    for thing in page.get_objects(max_depth=1):
        if thing.type == pdfium.FPDF_PAGEOBJ_TEXT:
            if found := letters.get(_address(thing.raw)):
                things.append(_text(thing, tuple(found)))
        elif thing.type == pdfium.FPDF_PAGEOBJ_PATH:
            things.append(_shape(thing, height))
        elif thing.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            things.append(_image(thing, height))
        else:
            raise ValueError(f"object of type {thing.type} on page {number + 1}")
    seals = tuple(_seal_place(thing, width, number, parts) for thing in things if _is_ring(thing))
    return Page(width, height * MM, tuple(thing for thing in things if not _of_the_seal(thing)), seals)


def _address(pointer: Any) -> int:
    return ctypes.addressof(pointer.contents)


def _letters(page: pypdfium2.PdfPage, height: float) -> dict[int, list[Letter]]:
    """Letters by the address of the text object they belong to."""
    found: dict[int, list[Letter]] = {}
    high = 0  # the first half of a character above U+FFFF: pdfium counts in 16-bit units
    text = page.get_textpage()
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(text.count_chars()):
        owner = pdfium.FPDFText_GetTextObject(text.raw, index)
        if not owner:
            continue  # pdfium's own blanks and line ends
        code = pdfium.FPDFText_GetUnicode(text.raw, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00
        pdfium.FPDFText_GetCharOrigin(text.raw, index, x, y)
        # pdfium gives a hyphen at the end of a line as U+0002.
        letter = Letter("-" if code == 2 else chr(code), x.value * MM, (height - y.value) * MM)
        found.setdefault(_address(owner), []).append(letter)
    text.close()
    return found


def _text(thing: pypdfium2.PdfObject, letters: tuple[Letter, ...]) -> Text:
    a, b, c, d, _, _ = thing.get_matrix().get()
    size = ctypes.c_float()
    pdfium.FPDFTextObj_GetFontSize(thing.raw, size)
    scale = (a * a + b * b) ** 0.5
    mode = pdfium.FPDFTextObj_GetTextRenderMode(thing.raw)
    outlined = mode == pdfium.FPDF_TEXTRENDERMODE_FILL_STROKE
    return Text(
        letters,
        size.value * scale * MM,
        (a / scale, -b / scale, -c / scale, d / scale),  # both y axes now point down
        _colour(pdfium.FPDFPageObj_GetFillColor, thing),
        (_colour(pdfium.FPDFPageObj_GetStrokeColor, thing), _width(thing, scale)) if outlined else None,
    )


def _shape(thing: pypdfium2.PdfObject, height: float) -> Shape:
    a, b, c, d, e, f = thing.get_matrix().get()
    fill, stroked = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(thing.raw, fill, stroked)
    x, y = ctypes.c_float(), ctypes.c_float()
    steps: list[tuple[str, tuple[float, ...]]] = []
    curve: list[float] = []
    for index in range(pdfium.FPDFPath_CountSegments(thing.raw)):
        segment = pdfium.FPDFPath_GetPathSegment(thing.raw, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = ((a * x.value + c * y.value + e) * MM, (height - b * x.value - d * y.value - f) * MM)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_BEZIERTO:
            curve += point
            if len(curve) == 6:
                steps.append(("B", tuple(curve)))
                curve = []
        else:
            steps.append(("M" if kind == pdfium.FPDF_SEGMENT_MOVETO else "L", point))
        if pdfium.FPDFPathSegment_GetClose(segment):
            steps.append(("C", ()))
    scale = abs(a * d - b * c) ** 0.5
    return Shape(
        tuple(steps),
        _colour(pdfium.FPDFPageObj_GetFillColor, thing) if fill.value else None,
        (_colour(pdfium.FPDFPageObj_GetStrokeColor, thing), _width(thing, scale)) if stroked.value else None,
    )


def _image(thing: Any, height: float) -> Image:
    a, b, c, d, e, f = thing.get_matrix().get()
    if b or c or a <= 0 or d <= 0:
        raise ValueError("a turned picture")
    if thing.get_filters() == ["DCTDecode"]:
        suffix, data = "jpg", bytes(thing.get_data())
    else:
        out = io.BytesIO()
        _picture(thing).save(out, "PNG")
        suffix, data = "png", out.getvalue()
    return Image(e * MM, (height - f - d) * MM, a * MM, d * MM, suffix, data)


def _picture(thing: Any) -> PIL.Image.Image:
    """The picture with as few bits to the dot as it needs; pdfium would draw it in colour, whatever it is."""
    size, samples = thing.get_px_size(), bytes(thing.get_data(decode_simple=True))
    mode = {1: "L", 3: "RGB"}.get(len(samples) / (size[0] * size[1]))
    picture: PIL.Image.Image = PIL.Image.frombytes(mode, size, samples) if mode else thing.get_bitmap().to_pil()
    shades = picture.getcolors(2) if mode == "L" else None
    return picture.convert("1") if shades and {shade for _, shade in shades} <= {0, 255} else picture


def _of_the_seal(thing: Text | Shape | Image) -> bool:
    if isinstance(thing, Image):
        return False
    stroke = thing.outline if isinstance(thing, Text) else thing.stroke
    return (thing.fill or (stroke and stroke[0])) == SEAL_INK


def _is_ring(thing: Text | Shape | Image) -> TypeGuard[Shape]:
    return isinstance(thing, Shape) and not thing.fill and _of_the_seal(thing)


def _seal_place(ring: Shape, page_width: float, number: int, parts: int) -> SealPlace:
    """Where the seal with this outermost ring stands: its Bézier points lie on the square around its middle line."""
    assert ring.stroke
    xs, ys = ([value for _, points in ring.steps for value in points[axis::2]] for axis in (0, 1))
    left, top = min(xs) - ring.stroke[1] / 2, min(ys) - ring.stroke[1] / 2
    width, height = max(xs) - min(xs) + ring.stroke[1], max(ys) - min(ys) + ring.stroke[1]
    over_edges = left + width > page_width - EDGE
    return SealPlace(left, top, width, height, *((number, parts) if over_edges else (0, 1)))


def _colour(ask: Any, thing: pypdfium2.PdfObject) -> Colour:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    ask(thing.raw, red, green, blue, alpha)
    return red.value, green.value, blue.value


def _width(thing: pypdfium2.PdfObject, scale: float) -> float:
    width = ctypes.c_float()
    pdfium.FPDFPageObj_GetStrokeWidth(thing.raw, width)
    return width.value * scale * MM
