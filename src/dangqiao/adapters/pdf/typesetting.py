"""Frozen content set in type by typst: one template a kind, the content as one JSON value, PDF/A-2b out."""

import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import segno
import typst
from PIL import Image
from pylopdf_fonts_zh_cn import serif_path

from dangqiao.adapters.pdf.glyphs import characters
from dangqiao.adapters.pdf.pictures import prepared
from dangqiao.core.errors import N_, BadInput, Misconfigured
from dangqiao.core.sealing.content import FrozenContent, Release, grouped
from dangqiao.core.sealing.picture import check_name
from dangqiao.core.sealing.wording import title

RARE_CHARACTER_FONTS = ("BabelStoneHan*.ttf", "HanaMin*.ttf")
"""Files of Debian's fonts-babelstone-han and fonts-hanazono, taken where they are installed."""

SPECIMEN_PPI = 110
SEAL_PPI = 300
"""Sharp in print, and small enough for readers that unpack it on the stack."""

_TEMPLATES = files("dangqiao.adapters.pdf") / "templates"
_MAIN_FAMILY = "Noto Serif SC"
_LAYOUT = {" ", "\n"}
_TEST, _SPECIMEN = "测试", "样张"
"""Marks across a page that has no legal force."""
_QR = "qr.png"
_DOTS = 4
"""Dots to the module: sharp edges, whatever the reader makes of the picture."""


def installed_fallbacks(root: Path = Path("/usr/share/fonts")) -> tuple[Path, ...]:
    """Fonts for rare characters found on this machine."""
    return tuple(sorted(path for pattern in RARE_CHARACTER_FONTS for path in root.rglob(pattern)))


def _checked(path: Path) -> Path:
    """A configured font. Raises Misconfigured (`typesetting.font_missing`, `typesetting.font_unfit`)."""
    try:
        characters(path)
    except OSError as error:
        raise Misconfigured(
            "typesetting.font_missing",
            N_("The font {path} that dangqiao.toml names is not there."),
            N_("Install it, or correct fallback_fonts in the section [typesetting]."),
            path=path,
        ) from error
    except ValueError as error:
        raise _unfit(path) from error
    return path


def _unfit(path: Path) -> Misconfigured:
    return Misconfigured(
        "typesetting.font_unfit",
        N_("The font {path} that dangqiao.toml names cannot be used."),
        N_("It must be a TrueType or OpenType file with names and a table of Unicode characters."),
        path=path,
    )


class TypstTypesetter:
    """Sets content in type. Made once and shared: it holds the fonts.

    Args:
        fallbacks: fonts to try after Noto Serif SC, in order; None: `installed_fallbacks()`.
        star: whether seals have a star in the middle.

    Attributes:
        paths: all fonts, in the order in which they are tried.
    """

    def __init__(self, fallbacks: Sequence[Path] | None = None, star: bool = True) -> None:
        main = serif_path()
        paths = (main, *(installed_fallbacks() if fallbacks is None else map(_checked, fallbacks)))
        self._fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=sorted({str(path.parent) for path in paths}),
        )
        families = {Path(font.path).name: font.family for font in self._fonts.fonts() if font.path}
        if unknown := [path for path in paths[1:] if path.name not in families]:
            raise _unfit(unknown[0])
        self._families = list(dict.fromkeys([_MAIN_FAMILY, *(families[path.name] for path in paths[1:])]))
        self.paths, self._star = paths, star

    def unprintable(self, text: str) -> str:
        """The characters of `text` that no font has, each once, in order. Empty: all can be printed."""
        return "".join(
            dict.fromkeys(
                letter
                for letter in text
                if letter not in _LAYOUT and not any(ord(letter) in characters(path) for path in self.paths)
            )
        )

    def typeset(self, content: FrozenContent, picture: Callable[[str], bytes]) -> bytes:
        """The unsealed PDF/A-2b; see `core.sealing.ports.Typesetter`."""
        mark = _TEST if content.test else ""
        (document,) = self._set(content, picture, mark, format="pdf", pdf_standards=["a-2b"])
        return document

    def specimen(self, content: FrozenContent, picture: Callable[[str], bytes]) -> tuple[bytes, list[bytes]]:
        """The same marked 样张 all over, to look at before anything is issued: as PDF, and each page as PNG."""
        (document,) = self._set(content, picture, _SPECIMEN, format="pdf")
        return document, self._set(content, picture, _SPECIMEN, format="png", ppi=SPECIMEN_PPI)

    def _set(self, content: FrozenContent, picture: Callable[[str], bytes], mark: str, **options: Any) -> list[bytes]:
        data = _data(content, self._families) | {"star": self._star, "mark": mark}
        self._refuse_unprintable("".join(_strings(data)))
        pictures = {_QR: _qr(content.qr_text())}
        for entry, page in zip(data["pages"], content.pages, strict=True):
            suffix, source = prepared(page, picture)
            entry["file"] = f"page-{page.page}.{suffix}"
            pictures[entry["file"]] = source
        return self._compile(content.kind.value, data, pictures, **options)

    def seal_picture(self, archive_name: str, test: bool) -> bytes:
        """The seal alone as PNG, transparent, `SEAL_PPI` dots to the inch.

        Raises:
            BadInput: `seal.name_length`; `deliverable.glyph_missing`.
        """
        check_name(archive_name)
        self._refuse_unprintable(archive_name)
        data = {"archive_name": archive_name, "test": test, "star": self._star, "fonts": self._families}
        (drawn,) = self._compile("seal_picture", data, {}, format="png", ppi=SEAL_PPI)
        image = Image.open(io.BytesIO(drawn))
        out = io.BytesIO()  # one ink in 32 strengths is all there is: a quarter of the size
        image.quantize(32, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
        return out.getvalue()

    def _refuse_unprintable(self, text: str) -> None:
        if missing := self.unprintable(text):
            raise BadInput(
                "deliverable.glyph_missing",
                N_("The character {character} ({code_point}) is in none of the fonts and cannot be printed."),
                N_("Install a font that has it and name it in the configuration, or issue on paper by hand."),
                character=missing[0],
                code_point=f"U+{ord(missing[0]):04X}",
            )

    def _compile(
        self, template: str, data: dict[str, Any], pictures: Mapping[str, bytes], **options: Any
    ) -> list[bytes]:
        """One file; for formats of single pages one a page."""
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            for part in ("seal", "base", template):
                (root / f"{part}.typ").write_bytes((_TEMPLATES / f"{part}.typ").read_bytes())
            for file, source in pictures.items():
                (root / file).write_bytes(source)
            compiler = typst.Compiler(str(root / f"{template}.typ"), root=name, font_paths=self._fonts)
            document = compiler.compile(sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, **options)
        assert document is not None  # only where a file is named to write to
        return document if isinstance(document, list) else [document]


def _data(content: FrozenContent, families: list[str]) -> dict[str, Any]:
    """What the templates read."""
    day = content.issued_on
    return {
        "title": title(content.kind),
        "archive_name": content.archive_name,
        "serial": content.serial,
        "code": grouped(content.code),
        "url": content.verification_url,
        "copy_number": content.copy_number,
        "opening": content.opening,
        "applicant": content.applicant,
        "purpose": content.purpose,
        "facts": [{"label": fact.label, "value": fact.value} for fact in content.facts],
        "statements": content.statements,
        "reference_codes": content.reference_codes,
        "issued_on": f"{day.year}年{day.month}月{day.day}日",
        "date": [day.year, day.month, day.day],
        "test": content.test,
        "keyword": content.claim().keyword(),
        "fonts": families,
        "qr": _QR,
        "paper": content.paper,
        "pages": [{"page": page.page, "masked": page.release is Release.MASKED} for page in content.pages],
    }


def _qr(text: str) -> bytes:
    """A QR code (ISO/IEC 18004, level M) as PNG in black and white, quiet zone left out.

    The mask is given: the search for the best of the eight takes longer than all else on the page, and every reader
    reads every mask (§7.8).
    """
    rows = segno.make_qr(text, error="m", mask=2).matrix
    side = len(rows)
    modules = Image.frombytes("L", (side, side), bytes(0 if dark else 255 for row in rows for dark in row))
    out = io.BytesIO()
    modules.resize((side * _DOTS, side * _DOTS), Image.Resampling.NEAREST).convert("1").save(out, "PNG")
    return out.getvalue()


def _strings(value: object) -> Iterator[str]:
    """Every string within."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))
    elif isinstance(value, Iterable):
        for item in value:
            yield from _strings(item)
