"""Pages as the files of an OFD package (GB/T 33190-2016), with the fonts they need within."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dangqiao.adapters.ofd import layout
from dangqiao.adapters.ofd.fonts import Subset
from dangqiao.adapters.ofd.layout import element, text
from dangqiao.adapters.ofd.page import Colour, Image, Letter, Page, SealPlace, Shape, Text
from dangqiao.adapters.pdf.glyphs import characters
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.wording import title

UPRIGHT = (1.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Draft:
    """A package without its seal.

    Attributes:
        files: by name, all that the seal has to cover.
        seals: where the seal is to be drawn: the page's ID and the place on it.
    """

    files: dict[str, bytes]
    seals: tuple[tuple[int, SealPlace], ...]


def write(pages: Sequence[Page], content: FrozenContent, fonts: Sequence[Path]) -> Draft:
    """The pages as an OFD package.

    Args:
        fonts: in the order in which they are tried for a character, as in typesetting.

    Raises:
        ValueError: a character is in none of the fonts.
    """
    ids = itertools.count(1)
    page_ids = [next(ids) for _ in pages]
    chosen = _Fonts(fonts, (letter.character for letter in _letters(pages)), ids)
    images: dict[int, tuple[str, bytes]] = {}
    contents: dict[str, bytes] = {}
    for number, page in enumerate(pages):
        layer = element("Layer", *_objects(page, chosen, images, ids), ID=next(ids), Type="Body")
        contents[layout.page_file(number)] = layout.file("Page", _area(page), element("Content", layer))
    resources = {layout.resource(subset.file_name): subset.data for subset in chosen.subsets}
    resources |= {layout.resource(name): data for name, data in images.values()}
    files = {
        layout.ROOT: _root(content),
        layout.DOCUMENT: _document(pages, page_ids, next(ids)),
        layout.RESOURCES: _resources(chosen, images),
        **resources,
        **contents,
    }
    seals = tuple((number, place) for number, page in zip(page_ids, pages, strict=True) for place in page.seals)
    return Draft(files, seals)


class _Fonts:
    """The fonts of a document, each with an ID."""

    def __init__(self, paths: Sequence[Path], wanted: Iterable[str], ids: Iterator[int]) -> None:
        by_font: dict[int, list[str]] = {}
        for character in sorted(set(wanted)):
            index = next((n for n, path in enumerate(paths) if ord(character) in characters(path)), None)
            if index is None:
                raise ValueError(f"no font has U+{ord(character):04X}")
            by_font.setdefault(index, []).append(character)
        self.subsets = [Subset(paths[index], found) for index, found in sorted(by_font.items())]
        self.ids = [next(ids) for _ in self.subsets]
        self._of = {
            character: number for number, (_, found) in enumerate(sorted(by_font.items())) for character in found
        }

    def id(self, character: str) -> int:
        return self.ids[self._of[character]]

    def glyph(self, character: str) -> int:
        return self.subsets[self._of[character]].glyph(character)


def _letters(pages: Iterable[Page]) -> Iterator[Letter]:
    for page in pages:
        for thing in page.things:
            if isinstance(thing, Text):
                yield from thing.letters


def _root(content: FrozenContent) -> bytes:
    info = element(
        "DocInfo",
        text("DocID", content.digest()[:32]),
        text("Title", f"{title(content.kind)} {content.serial}"),
        text("Author", content.archive_name),
        text("CreationDate", content.issued_on.isoformat()),
        element("Keywords", text("Keyword", content.claim().keyword())),
        text("Creator", "dangqiao"),
    )
    body = element("DocBody", info, text("DocRoot", layout.DOCUMENT), text("Signatures", layout.SIGNATURES))
    return layout.file("OFD", body, Version="1.0", DocType="OFD")


def _area(page: Page) -> str:
    return element("Area", text("PhysicalBox", f"0 0 {_number(page.width)} {_number(page.height)}"))


def _document(pages: Sequence[Page], ids: Sequence[int], highest: int) -> bytes:
    box = f"0 0 {_number(pages[0].width)} {_number(pages[0].height)}"
    common = element(
        "CommonData",
        text("MaxUnitID", highest),
        element("PageArea", text("PhysicalBox", box)),
        text("PublicRes", layout.RESOURCES.partition("/")[2]),
    )
    listed = (
        element("Page", ID=number, BaseLoc=layout.page_file(index).partition("/")[2])
        for index, number in enumerate(ids)
    )
    return layout.file("Document", common, element("Pages", *listed))


def _resources(fonts: _Fonts, images: dict[int, tuple[str, bytes]]) -> bytes:
    faces = (
        element("Font", text("FontFile", subset.file_name), ID=number, FontName=subset.family, FamilyName=subset.family)
        for number, subset in zip(fonts.ids, fonts.subsets, strict=True)
    )
    parts = [element("Fonts", *faces)]
    if images:
        media = (
            element("MultiMedia", text("MediaFile", name), ID=number, Type="Image", Format=name[-3:].upper())
            for number, (name, _) in images.items()
        )
        parts.append(element("MultiMedias", *media))
    return layout.file("Res", *parts, BaseLoc="Res")


def _objects(page: Page, fonts: _Fonts, images: dict[int, tuple[str, bytes]], ids: Iterator[int]) -> Iterator[str]:
    for thing in _joined(page.things):
        if isinstance(thing, Text):
            yield from _text_objects(thing, fonts, ids)
        elif isinstance(thing, Shape):
            yield _path_object(thing, next(ids))
        else:
            number = next(ids)
            images[number] = (f"image-{number}.{thing.suffix}", thing.data)
            box = f"{_number(thing.x)} {_number(thing.y)} {_number(thing.width)} {_number(thing.height)}"
            matrix = f"{_number(thing.width)} 0 0 {_number(thing.height)} 0 0"
            yield element("ImageObject", ID=next(ids), Boundary=box, ResourceID=number, CTM=matrix)


def _joined(things: Iterable[Text | Shape | Image]) -> Iterator[Text | Shape | Image]:
    """The same things, neighbours of one look as one: the dark runs of a QR code, the letters of a line."""
    last: Text | Shape | Image | None = None
    for thing in things:
        if last is not None and (both := _join(last, thing)):
            last = both
            continue
        if last is not None:
            yield last
        last = thing
    if last is not None:
        yield last


def _join(one: Text | Shape | Image, other: Text | Shape | Image) -> Text | Shape | None:
    if isinstance(one, Shape) and isinstance(other, Shape):
        if one.fill == other.fill and one.stroke is None and other.stroke is None:
            return replace(one, steps=one.steps + other.steps)
    elif isinstance(one, Text) and isinstance(other, Text):
        end, start = one.letters[-1], other.letters[0]
        alike = replace(one, letters=()) == replace(other, letters=()) and _upright(one)
        if alike and abs(end.y - start.y) < 0.01 and 0 < start.x - end.x < 1.5 * one.size:
            return replace(one, letters=one.letters + other.letters)
    return None


def _upright(words: Text) -> bool:
    return all(abs(found - wanted) < 1e-4 for found, wanted in zip(words.turn, UPRIGHT, strict=True))


def _text_objects(words: Text, fonts: _Fonts, ids: Iterator[int]) -> Iterator[str]:
    """One object for what has one font and baseline; one for each turned or rare letter.

    A character above U+FFFF names its glyph (CGTransform, §11.4): readers that count in 16-bit units lose it else.
    """

    def kind(letter: Letter) -> tuple[int, float, float]:
        alone = not _upright(words) or ord(letter.character) > 0xFFFF
        return fonts.id(letter.character), round(letter.y, 3), letter.x if alone else -1

    for (font, _, _), group in itertools.groupby(words.letters, kind):
        run = _stripped(list(group))
        if not run:
            continue
        room = words.size  # letters may reach beyond the line by so much; readers cut at the boundary
        left, top = run[0].x - room, run[0].y - 1.5 * room
        box = (left, top, run[-1].x - run[0].x + 3 * room, 2.5 * room)
        attributes: dict[str, object] = {"ID": next(ids), "Boundary": _numbers(box), "Font": font}
        attributes["Size"] = _number(words.size)
        x, y = run[0].x - left, run[0].y - top
        if not _upright(words):
            attributes["CTM"] = _numbers((*words.turn, x, y))
            x = y = 0.0
        parts = [_colour("FillColor", words.fill)]
        if words.outline:
            colour, width = words.outline
            attributes |= {"Stroke": "true", "LineWidth": _number(width)}
            parts.append(_colour("StrokeColor", colour))
        if ord(run[0].character) > 0xFFFF:
            glyph = text("Glyphs", fonts.glyph(run[0].character))
            parts.append(element("CGTransform", glyph, CodePosition=0, CodeCount=1, GlyphCount=1))
        code: dict[str, object] = {"X": _number(x), "Y": _number(y)}
        if len(run) > 1:
            code["DeltaX"] = _deltas([letter.x for letter in run])
        parts.append(text("TextCode", "".join(letter.character for letter in run), **code))
        yield element("TextObject", *parts, **attributes)


def _stripped(letters: list[Letter]) -> list[Letter]:
    """Without blanks at either end: readers drop them, and would put the other letters in their places."""
    while letters and letters[0].character.isspace():
        letters = letters[1:]
    while letters and letters[-1].character.isspace():
        letters = letters[:-1]
    return letters


def _deltas(places: Sequence[float]) -> str:
    """Steps between places, `g n d` for n equal ones (§11.3). Rounding does not add up."""
    rounded = [round(place, 3) for place in places]
    steps = [_number(after - before) for before, after in itertools.pairwise(rounded)]
    groups = ((step, len(list(group))) for step, group in itertools.groupby(steps))
    return " ".join(f"g {count} {step}" if count > 2 else " ".join([step] * count) for step, count in groups)


def _path_object(shape: Shape, number: int) -> str:
    xs, ys = ([value for _, points in shape.steps for value in points[axis::2]] for axis in (0, 1))
    room = shape.stroke[1] if shape.stroke else 0.0
    left, top = min(xs) - room, min(ys) - room
    box = (left, top, max(xs) - left + room, max(ys) - top + room)
    words = []
    for step, points in shape.steps:
        moved = (value - (top if axis % 2 else left) for axis, value in enumerate(points))
        words.append(" ".join((step, *map(_number, moved))))
    attributes: dict[str, object] = {"ID": number, "Boundary": _numbers(box)}
    attributes |= {"Fill": str(bool(shape.fill)).lower(), "Stroke": str(bool(shape.stroke)).lower()}
    parts = []
    if shape.stroke:
        attributes["LineWidth"] = _number(shape.stroke[1])
        parts.append(_colour("StrokeColor", shape.stroke[0]))
    if shape.fill:
        parts.insert(0, _colour("FillColor", shape.fill))
    return element("PathObject", *parts, text("AbbreviatedData", " ".join(words)), **attributes)


def _colour(name: str, colour: Colour) -> str:
    return element(name, Value=" ".join(map(str, colour)))


def _numbers(values: Iterable[float]) -> str:
    return " ".join(map(_number, values))


def _number(value: float) -> str:
    """Micrometres are enough; no exponent, no minus zero."""
    rounded = round(value, 3)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
