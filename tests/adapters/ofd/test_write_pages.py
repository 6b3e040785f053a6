"""The OFD says the same as the PDF, with fonts that every reader can draw."""

import hashlib
import io
import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from dangqiao.adapters.ofd import layout
from dangqiao.adapters.ofd.reading import pages
from dangqiao.adapters.ofd.writing import Draft, write
from dangqiao.adapters.pdf.glyphs import characters
from dangqiao.core.errors import BadInput
from dangqiao.core.sealing.content import DeliverableKind, Fact, FrozenContent, Mask, PageImage, Release
from tests.adapters.pdf.judges import ask
from tests.adapters.pdf.office import TYPESETTER
from tests.core.sealing.samples import CERTIFICATE, certificate, notice

OFD = {"ofd": layout.NAMESPACE}


def drafted(content: FrozenContent, pictures: dict[str, bytes] | None = None) -> Draft:
    document = TYPESETTER.typeset(content, (pictures or {}).__getitem__)
    return write(pages(document), content, TYPESETTER.paths)


def objects(draft: Draft, kind: str, page: int = 0) -> list[Any]:
    return ET.fromstring(draft.files[layout.page_file(page)]).findall(f".//ofd:{kind}", OFD)


def words(draft: Draft, page: int = 0) -> str:
    return "".join(code.text or "" for code in objects(draft, "TextCode", page))


def scan(shade: int = 128, kind: str = "JPEG") -> tuple[str, bytes]:
    out = io.BytesIO()
    Image.new("L", (300, 400), shade).save(out, kind)
    return hashlib.sha256(out.getvalue()).hexdigest(), out.getvalue()


LONG_NAME = "古丽·买买提" * 10
CONTENTS = [
    CERTIFICATE,
    notice(),
    certificate(kind=DeliverableKind.EXTRACT),
    certificate(facts=tuple(Fact(f"项目{number}", f"内容{number}") for number in range(60))),
    certificate(applicant=LONG_NAME, facts=(Fact("姓名", LONG_NAME), Fact("Name", "Fitzgerald office 0086-" * 12))),
    certificate(facts=(Fact("备注", '<a href="x">&amp;\'</a> ]]>'),)),
]


@pytest.mark.parametrize("content", CONTENTS, ids=range(len(CONTENTS)))
def test_both_formats_say_the_same(content: FrozenContent, tmp_path: Path) -> None:
    draft = drafted(content)
    in_pdf = letters_of_pdf(TYPESETTER.typeset(content, {}.__getitem__), tmp_path)
    seal = Counter(content.archive_name + "测试")
    for number, letters in enumerate(in_pdf):
        letters -= seal if number == len(in_pdf) - 1 else Counter()
        assert letters == Counter("".join(words(draft, number).split()))
    assert layout.page_file(len(in_pdf)) not in draft.files


def letters_of_pdf(document: bytes, folder: Path) -> list[Counter[str]]:
    """The letters on each page as poppler reads them, without blanks."""
    (folder / "document.pdf").write_bytes(document)
    said = ask("pdftotext", "-raw", folder / "document.pdf", "-").stdout
    return [Counter("".join(page.split())) for page in said.split("\f")[:-1]]


def test_unknown_stays_unknown_and_dates_stay_partial() -> None:
    said = words(drafted(CERTIFICATE))
    assert "男方身份证件号未著录" in said
    assert "登记日期1987年5月男方姓名" in said


def test_letters_stand_where_the_pdf_has_them() -> None:
    draft = drafted(CERTIFICATE)
    (wanted,) = (
        thing.letters
        for thing in pages(TYPESETTER.typeset(CERTIFICATE, {}.__getitem__))[0].things
        if "".join(letter.character for letter in getattr(thing, "letters", ())) == "古丽·买买提"
    )
    (found,) = (thing for thing in objects(draft, "TextObject") if "".join(thing.itertext()) == "古丽·买买提")
    code = found.find("ofd:TextCode", OFD)
    left, top, _, _ = map(float, found.get("Boundary").split())
    steps = [float(step) for step in code.get("DeltaX").split()]
    places = [left + float(code.get("X")) + sum(steps[:n]) for n in range(len(wanted))]
    assert places == pytest.approx([letter.x for letter in wanted], abs=0.003)
    assert top + float(code.get("Y")) == pytest.approx(wanted[0].y, abs=0.003)


def test_fonts_are_truetype_with_just_the_letters_used() -> None:
    draft = drafted(CERTIFICATE)
    font = TTFont(io.BytesIO(draft.files["Doc_0/Res/NotoSerifSC.ttf"]))
    assert "glyf" in font and "CFF " not in font
    assert set(font.getBestCmap()) == set(map(ord, words(draft)))
    assert font["head"].modified == font["head"].created == 2_082_844_800  # no time of day


def rare() -> str:
    """A character above U+FFFF that the font of the page has."""
    return chr(max(code for code in characters(TYPESETTER.paths[0]) if 0x20000 <= code < 0x2A6E0))


def test_a_rare_character_names_its_glyph() -> None:
    draft = drafted(certificate(applicant=f"王{rare()}例", facts=(Fact("姓名", rare()),)))
    assert words(draft).count(rare()) == 2
    font = TTFont(io.BytesIO(draft.files["Doc_0/Res/NotoSerifSC.ttf"]))
    alone = [thing for thing in objects(draft, "TextObject") if rare() in "".join(thing.itertext())]
    for thing in alone:
        assert thing.find("ofd:TextCode", OFD).text == rare()
        glyph = int(thing.find("ofd:CGTransform/ofd:Glyphs", OFD).text)
        assert font.getGlyphName(glyph) == font.getBestCmap()[ord(rare())]


def test_a_character_without_a_glyph_is_refused() -> None:
    with pytest.raises(BadInput) as caught:
        drafted(certificate(facts=(Fact("姓名", "王\ue000"),)))
    assert caught.value.code == "deliverable.glyph_missing"


def copy_of(*released: PageImage) -> FrozenContent:
    return certificate(kind=DeliverableKind.COPY, pages=released)


def test_a_copy_carries_its_pages_and_a_slice_of_the_seal_on_each() -> None:
    grey, black = scan(), scan(0, "PNG")
    draft = drafted(copy_of(PageImage(grey[0], 1), PageImage(black[0], 2)), dict([grey, black]))
    assert grey[1] in draft.files.values()
    pictures = [data for name, data in draft.files.items() if name.endswith(".png")]
    qr, *scans = [Image.open(io.BytesIO(data)).convert("L").getextrema() for data in pictures]
    assert (qr, scans) == ((0, 255), [(0, 0)])
    assert [(page, place.part, place.parts) for page, place in draft.seals] == [
        (1, 0, 1),
        (1, 0, 3),
        (2, 1, 3),
        (3, 2, 3),
    ]
    for _, place in draft.seals:
        if place.parts > 1:  # the slice in sight ends at the edge of the sheet
            assert place.x + (place.part + 1) * place.width / place.parts == pytest.approx(210, abs=0.01)


def test_what_is_masked_is_gone_from_the_file() -> None:
    digest, picture = scan(0)
    draft = drafted(copy_of(PageImage(digest, 1, Release.MASKED, (Mask(100, 100, 100, 100),))), {digest: picture})
    (data,) = (data for name, data in draft.files.items() if name.endswith(".jpg"))
    assert Image.open(io.BytesIO(data)).getpixel((150, 150)) == 214
    assert picture not in draft.files.values()


def test_identifiers_are_never_used_twice() -> None:
    draft = drafted(CONTENTS[3])
    everything = b"".join(data for name, data in draft.files.items() if name.endswith(".xml")).decode()
    identifiers = re.findall(r' ID="(\d+)"', everything)
    assert len(identifiers) == len(set(identifiers))
    highest = re.search(r"<ofd:MaxUnitID>(\d+)<", everything)
    assert highest and max(map(int, identifiers)) <= int(highest[1])


def test_the_same_content_gives_the_same_files() -> None:
    assert drafted(CERTIFICATE) == drafted(CERTIFICATE)
