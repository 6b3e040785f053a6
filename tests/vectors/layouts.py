"""How a document of each category looks: every line of text with its place, from samples (`core.sealing.specimen`).

    python -m tests.vectors.layouts        writes tests/vectors/layouts/*.txt

The test `test_documents_look_as_they_did.py` fails when what is committed differs: then look at the documents with
`dangqiao deliverable preview`, and write the files anew if that is how they should look. One file a category: the
certificate, the notice of not found, and those lines of a copy and an extract that the certificate does not have.
"""

import hashlib
import io
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from PIL import Image

from dangqiao.adapters.ofd import layout
from dangqiao.adapters.ofd.reading import pages
from dangqiao.adapters.ofd.writing import Draft, write
from dangqiao.core import categories
from dangqiao.core.categories import Category
from dangqiao.core.sealing.content import DeliverableKind, FrozenContent, PageImage
from dangqiao.core.sealing.specimen import specimen
from tests.adapters.pdf.office import TYPESETTER

FOLDER = Path(__file__).parent / "layouts"
OFD = {"ofd": layout.NAMESPACE}
URL = "https://verify.example.cn/verify/ABCD2345EFGH6789/"
_OUT = io.BytesIO()
Image.new("L", (420, 594), 200).save(_OUT, "PNG")
SHEET = _OUT.getvalue()
SHEET_DIGEST = hashlib.sha256(SHEET).hexdigest()


def content_of(category: Category, kind: DeliverableKind) -> FrozenContent:
    """The sample of a kind."""
    return specimen(
        category,
        kind,
        archive="310101",
        archive_name="样例市样例区档案馆",
        platform="310000",
        verification_url=URL,
        today=date(2026, 3, 5),
        pages=(PageImage(SHEET_DIGEST, 1),) if kind is DeliverableKind.COPY else (),
    )


@cache
def page_of(category: str, kind: DeliverableKind) -> bytes:
    """The sample set in type."""
    return TYPESETTER.typeset(content_of(categories.get(category), kind), {SHEET_DIGEST: SHEET}.__getitem__)


def draft_of(category: str, kind: DeliverableKind) -> Draft:
    """The same as OFD, not yet sealed."""
    content = content_of(categories.get(category), kind)
    return write(pages(page_of(category, kind)), content, TYPESETTER.paths)


def lines(draft: Draft) -> Iterator[str]:
    """`page left top size text` of each text object, to a tenth of a millimetre; places of pictures and seals."""
    number = 0
    while (name := layout.page_file(number)) in draft.files:
        number += 1
        root = ET.fromstring(draft.files[name])
        for thing in root.findall(".//ofd:TextObject", OFD):
            left, top, *_ = map(float, thing.get("Boundary", "").split())
            code = thing.find("ofd:TextCode", OFD)
            assert code is not None
            x, y = left + float(code.get("X", "0")), top + float(code.get("Y", "0"))
            yield f"{number} {x:.1f} {y:.1f} {float(thing.get('Size', '0')):.1f} {code.text}"
        for thing in root.findall(".//ofd:ImageObject", OFD):
            yield f"{number} picture {' '.join(f'{float(one):.1f}' for one in thing.get('Boundary', '').split())}"
    for page, place in draft.seals:
        yield f"seal on {page} {place.x:.1f} {place.y:.1f} {place.width:.1f} {place.part + 1}/{place.parts}"


def golden(category: str) -> str:
    """The file of a category."""
    certificate = list(lines(draft_of(category, DeliverableKind.CERTIFICATE)))
    parts = ["== certificate", *certificate]
    for kind in (DeliverableKind.EXTRACT, DeliverableKind.COPY, DeliverableKind.NOT_FOUND_NOTICE):
        parts += [f"== {kind}", *(line for line in lines(draft_of(category, kind)) if line not in certificate)]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for one in categories.shipped():
        (FOLDER / f"{one}.txt").write_text(golden(one), encoding="utf-8")
