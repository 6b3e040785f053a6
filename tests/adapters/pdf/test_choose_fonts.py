"""Rare characters, long names, many pages; fonts for what the main one lacks come from the configuration."""

import hashlib
import io
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

from dangqiao.adapters import wiring
from dangqiao.adapters.ofd.package import unpack
from dangqiao.adapters.ofd.reading import pages
from dangqiao.adapters.ofd.writing import write
from dangqiao.adapters.pdf import TypstTypesetter
from dangqiao.core.configuration import parse
from dangqiao.core.errors import BadInput, Misconfigured
from dangqiao.core.sealing.content import DeliverableKind, Fact, FrozenContent, Mask, PageImage, Release
from tests.adapters.ofd.bureau import Bureau
from tests.adapters.pdf.judges import ask
from tests.adapters.pdf.office import TYPESETTER
from tests.core.sealing.samples import certificate

NOWHERE = "\U000323af"
"""A character that no font has."""


def font(path: Path, family: str = "Rare") -> Path:
    """A font with one glyph: a square for NOWHERE."""
    pen = TTGlyphPen(None)
    for step, point in (("moveTo", (100, 0)), ("lineTo", (100, 800)), ("lineTo", (900, 800)), ("lineTo", (900, 0))):
        getattr(pen, step)(point)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "rare"])
    builder.setupCharacterMap({ord(NOWHERE): "rare"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "rare": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "rare": (1000, 100)})
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family})
    builder.setupOS2(sTypoAscender=900, sTypoDescender=-100)
    builder.setupPost(keepGlyphNames=False)
    path.parent.mkdir(exist_ok=True)
    builder.save(path)
    return path


def configured(folder: Path, *fonts: str) -> TypstTypesetter:
    source = f'[node]\nplatform = "310000"\n[typesetting]\nfallback_fonts = {list(fonts)}\n'.replace("'", '"')
    return wiring.typesetter(folder=folder, configuration=parse(source.encode()))


def test_a_font_that_is_configured_prints_what_was_refused_before(tmp_path: Path) -> None:
    content = certificate(facts=(Fact("姓名", f"王{NOWHERE}"),))
    with pytest.raises(BadInput) as caught:
        TYPESETTER.typeset(content, {}.__getitem__)
    assert caught.value.facts["code_point"] == "U+323AF"
    font(tmp_path / "fonts" / "rare.ttf")
    typesetter = configured(tmp_path, "fonts/rare.ttf")
    document = typesetter.typeset(content, {}.__getitem__)
    (tmp_path / "document.pdf").write_bytes(document)
    assert f"王{NOWHERE}" in ask("pdftotext", "-raw", tmp_path / "document.pdf", "-").stdout
    files = write(pages(document), content, typesetter.paths).files
    assert {"Doc_0/Res/NotoSerifSC.ttf", "Doc_0/Res/Rare.ttf"} <= files.keys()


def test_a_font_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "text.ttf").write_bytes(b"no font at all")
    for name, code in (("missing.ttf", "typesetting.font_missing"), ("text.ttf", "typesetting.font_unfit")):
        with pytest.raises(Misconfigured) as caught:
            configured(tmp_path, name)
        assert caught.value.code == code


NAMES = ["赵䶮", "王𬸚", "古丽·买买提", "阿卜杜" * 20, "Wolfeschlegelstein " * 3 + "Jr."]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_the_same_in_both_formats(name: str, tmp_path: Path) -> None:
    content = certificate(applicant=name, facts=(Fact("姓名", name), Fact("出生日期", "")))
    document = TYPESETTER.typeset(content, {}.__getitem__)
    (tmp_path / "document.pdf").write_bytes(document)
    in_pdf = "".join(ask("pdftotext", "-raw", tmp_path / "document.pdf", "-").stdout.split())
    page = write(pages(document), content, TYPESETTER.paths).files["Doc_0/Pages/Page_0/Content.xml"].decode()
    wanted = "".join(name.split())
    assert in_pdf.count(wanted) == 2 and "未著录" in in_pdf and "未著录" in page
    letters = "".join(piece.partition("<")[0] for piece in page.split('">') if "</ofd:TextCode>" in piece)
    assert "".join(letters.split()).count(wanted) == 2


def thirty_pages() -> tuple[FrozenContent, dict[str, bytes]]:
    """Thirty scans, every tenth with something removed."""
    pictures, released = {}, []
    for number in range(1, 31):
        out = io.BytesIO()
        Image.effect_noise((620, 877), 40 + number).save(out, "JPEG", quality=60)
        digest = hashlib.sha256(out.getvalue()).hexdigest()
        pictures[digest] = out.getvalue()
        masks = (Mask(50, 50, 200, 40),) if number % 10 == 0 else ()
        released.append(PageImage(digest, number, Release.MASKED if masks else Release.WHOLE, masks))
    return certificate(kind=DeliverableKind.COPY, pages=tuple(released)), pictures


def test_thirty_scanned_pages_are_all_there_and_valid(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path)
    content, pictures = thirty_pages()
    ofd = unpack(bureau.issue_ofd(content, pictures))
    (tmp_path / "document.pdf").write_bytes(TYPESETTER.typeset(content, pictures.__getitem__))
    said = ask("pdftotext", tmp_path / "document.pdf", "-").stdout
    assert "本复制件第 30 页\uff0c共 30 页" in said and "— 31 / 31 —" in said
    assert ofd is not None
    untouched = [page.sha256 for page in content.pages if not page.masks]
    kept = {hashlib.sha256(data).hexdigest() for data in ofd.values()}
    assert set(untouched) <= kept
    assert not {page.sha256 for page in content.pages if page.masks} & kept
    seals = ofd["Doc_0/Signs/Sign_0/Signature.xml"].decode().count("<ofd:StampAnnot")
    assert seals == 32  # one in sight, and a slice on each of 31 sheets
