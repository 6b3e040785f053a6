"""What is frozen stands on the page, all of it and nothing else."""

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from dangqiao.core.errors import BadInput
from dangqiao.core.sealing.content import DeliverableKind, Fact, FrozenContent, Mask, PageImage, Release
from tests.adapters.pdf.judges import ask
from tests.adapters.pdf.office import TYPESETTER
from tests.core.sealing.samples import CERTIFICATE, certificate, notice

INK = 17
"""The grey of everything drawn on the invented scans."""


def scan(kind: str = "PNG", mode: str = "L", **saving: object) -> tuple[str, bytes]:
    out = io.BytesIO()
    Image.new(mode, (600, 800), INK if mode == "L" else (INK, INK, INK)).save(out, kind, **saving)
    return hashlib.sha256(out.getvalue()).hexdigest(), out.getvalue()


def copy_of(*pages: PageImage) -> FrozenContent:
    return certificate(kind=DeliverableKind.COPY, pages=pages)


def typeset(content: FrozenContent, pictures: dict[str, bytes] | None = None) -> bytes:
    return TYPESETTER.typeset(content, (pictures or {}).__getitem__)


def text_of(document: bytes, folder: Path, *options: str) -> str:
    path = folder / "document.pdf"
    path.write_bytes(document)
    return "".join(ask("pdftotext", *options, path, "-").stdout.split())


@pytest.mark.parametrize(
    "content",
    [CERTIFICATE, notice(), certificate(kind=DeliverableKind.EXTRACT), certificate(test=False, copy_number=2)],
)
def test_the_page_says_what_was_frozen(content: FrozenContent, tmp_path: Path) -> None:
    document = typeset(content)
    said = text_of(document, tmp_path, "-layout")
    for words in (content.archive_name, content.serial, *content.opening, *content.statements, "2026年3月5日"):
        assert "".join(words.split()) in said
    for fact in content.facts:
        assert fact.label + (fact.value or "未著录") in said
    assert "7KQ2M9PXW4HT3RNB" in said
    assert ("测试件" in said) is content.test
    assert ("第2份" in said) is (content.copy_number == 2)
    assert ask("qpdf", "--check", tmp_path / "document.pdf").returncode == 0


def test_the_same_content_gives_the_same_bytes() -> None:
    digest, picture = scan()
    content = copy_of(PageImage(digest, 3), PageImage(digest, 4, Release.MASKED, (Mask(10, 10, 50, 50),)))
    assert typeset(content, {digest: picture}) == typeset(content, {digest: picture})


def test_it_is_archival_and_carries_its_claim(tmp_path: Path) -> None:
    document = typeset(CERTIFICATE)
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in document
    (tmp_path / "document.pdf").write_bytes(document)
    assert CERTIFICATE.claim().keyword() in ask("pdfinfo", tmp_path / "document.pdf").stdout


def test_the_square_leads_to_the_verification_page(tmp_path: Path) -> None:
    (tmp_path / "document.pdf").write_bytes(typeset(CERTIFICATE))
    ask("pdftoppm", "-r", "150", "-png", tmp_path / "document.pdf", tmp_path / "page")
    found = ask("zbarimg", "-q", "--raw", next(tmp_path.glob("page*.png"))).stdout.strip()
    assert found == CERTIFICATE.verification_url


@pytest.mark.parametrize("name", ["赵䶮", "王𬸚", "古丽·买买提", "王氏", "李㛃", "司马", "阿卜杜" * 20, "Wolfe" * 12])
def test_every_name_is_printed_as_it_is(name: str, tmp_path: Path) -> None:
    said = text_of(typeset(certificate(facts=(Fact("姓名", name),))), tmp_path, "-raw")
    assert name in said  # and nothing invisible within


@pytest.mark.parametrize(
    ("name", "code_point"), [("王\U000323af", "U+323AF"), ("王\ue000", "U+E000"), ("王\u202e", "U+202E")]
)
def test_a_character_without_a_glyph_is_refused(name: str, code_point: str) -> None:
    assert TYPESETTER.unprintable(name) == name[1]
    with pytest.raises(BadInput) as caught:
        typeset(certificate(facts=(Fact("姓名", name),)))
    assert caught.value.code == "deliverable.glyph_missing"
    assert caught.value.facts["code_point"] == code_point


@pytest.mark.parametrize("words", ["#panic()", "$x^2$", "*strong* _em_", "\\#", "<label> @ref", "// no comment", '"'])
def test_nobody_writes_commands_into_the_page(words: str, tmp_path: Path) -> None:
    content = certificate(facts=(Fact("备注", words),), applicant=words, serial=words)
    assert "".join(words.split()) in text_of(typeset(content), tmp_path)


def test_many_facts_go_on_to_further_pages(tmp_path: Path) -> None:
    facts = tuple(Fact(f"项目{number}", f"内容{number}") for number in range(60))
    said = text_of(typeset(certificate(facts=facts)), tmp_path)
    assert "内容59" in said
    assert "—3/3—" in said


@pytest.mark.parametrize(("kind", "mode", "saving"), [("PNG", "L", {}), ("JPEG", "RGB", {}), ("TIFF", "1", {})])
def test_what_is_masked_is_gone_from_the_pixels(
    kind: str, mode: str, saving: dict[str, object], tmp_path: Path
) -> None:
    out = io.BytesIO()
    Image.new(mode, (600, 800), 0).save(out, kind, **saving)
    digest = hashlib.sha256(out.getvalue()).hexdigest()
    content = copy_of(PageImage(digest, 1, Release.MASKED, (Mask(100, 200, 300, 50),)))
    (tmp_path / "document.pdf").write_bytes(typeset(content, {digest: out.getvalue()}))
    assert ask("pdfimages", "-png", tmp_path / "document.pdf", tmp_path / "picture").returncode == 0
    pictures = [Image.open(path).convert("L") for path in tmp_path.glob("picture*.png")]
    (picture,) = [picture for picture in pictures if picture.size == (600, 800)]
    assert {picture.getpixel(at) for at in ((101, 201), (250, 225), (398, 248))} == {214}
    assert picture.getpixel((50, 50)) == 0


def test_a_page_released_whole_keeps_its_quality(tmp_path: Path) -> None:
    digest, picture = scan("JPEG", quality=95)
    (tmp_path / "document.pdf").write_bytes(typeset(copy_of(PageImage(digest, 1)), {digest: picture}))
    assert ask("pdfimages", "-j", tmp_path / "document.pdf", tmp_path / "picture").returncode == 0
    assert picture in [path.read_bytes() for path in tmp_path.glob("picture*.jpg")]


def test_a_thumbnail_of_the_whole_page_does_not_leave() -> None:
    exif = Image.Exif()
    exif[0x010E] = "what the mask hides"
    digest, picture = scan("JPEG", exif=exif)
    assert b"what the mask hides" in picture
    assert b"what the mask hides" not in typeset(copy_of(PageImage(digest, 1)), {digest: picture})


def refusal(page: PageImage, pictures: dict[str, bytes]) -> str:
    with pytest.raises(BadInput) as caught:
        typeset(copy_of(page), pictures)
    return caught.value.code


def test_pictures_that_cannot_be_used_are_refused() -> None:
    digest, picture = scan()
    junk = b"no picture"
    junk_digest = hashlib.sha256(junk).hexdigest()
    masked = PageImage(digest, 1, Release.MASKED, (Mask(500, 0, 200, 10),))
    empty = PageImage(digest, 1, Release.MASKED, (Mask(0, 0, 10, 0),))
    assert refusal(PageImage(digest, 1), {digest: picture + b"0"}) == "deliverable.page_image_changed"
    assert refusal(PageImage(junk_digest, 1), {junk_digest: junk}) == "deliverable.page_image_unreadable"
    assert refusal(masked, {digest: picture}) == "deliverable.mask_outside"
    assert refusal(empty, {digest: picture}) == "deliverable.mask_outside"
