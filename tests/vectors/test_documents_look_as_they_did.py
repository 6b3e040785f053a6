"""Every category's documents look as they did, and say the same as PDF and as OFD."""

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from dangqiao.adapters.ofd import layout
from dangqiao.core import categories
from dangqiao.core.sealing.content import DeliverableKind
from dangqiao.core.sealing.wording import check
from tests.adapters.pdf.judges import ask
from tests.vectors.layouts import FOLDER, OFD, content_of, draft_of, golden, page_of

CATEGORIES = tuple(categories.shipped())


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_document_looks_as_it_did(category: str) -> None:
    assert golden(category) == (FOLDER / f"{category}.txt").read_text(encoding="utf-8")


def test_each_category_has_its_file_and_no_other_has() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(CATEGORIES)


@pytest.mark.parametrize("kind", DeliverableKind)
@pytest.mark.parametrize("category", CATEGORIES)
def test_pdf_and_ofd_say_the_same_on_every_page(category: str, kind: DeliverableKind, tmp_path: Path) -> None:
    content = content_of(categories.get(category), kind)
    check(content)
    in_pdf, in_ofd = of_pdf(page_of(category, kind), tmp_path), of_ofd(draft_of(category, kind).files)
    assert len(in_pdf) == len(in_ofd)
    # The seal is drawn by the reader of OFD: its letters are in the PDF only, on a copy once more at the edge.
    seal = Counter((content.archive_name + "测试") * 2)
    for pdf, ofd in zip(in_pdf, in_ofd, strict=True):
        assert not ofd - pdf
        assert pdf - ofd <= seal
    assert all(letter in sum(in_ofd, Counter()) for fact in content.facts for letter in fact.value)


def of_pdf(document: bytes, folder: Path) -> list[Counter[str]]:
    """The letters on each page as poppler reads them, without blanks."""
    (folder / "document.pdf").write_bytes(document)
    said = ask("pdftotext", "-raw", folder / "document.pdf", "-").stdout
    return [Counter("".join(page.split())) for page in said.split("\f")[:-1]]


def of_ofd(files: dict[str, bytes]) -> list[Counter[str]]:
    """The same of the OFD."""
    found = []
    while (name := layout.page_file(len(found))) in files:
        codes = ET.fromstring(files[name]).findall(".//ofd:TextCode", OFD)
        found.append(Counter("".join("".join(code.text or "" for code in codes).split())))
    return found
