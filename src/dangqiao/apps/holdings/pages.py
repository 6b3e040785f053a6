"""Page images: into the object store first, then to their entries. One page may belong to several entries."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from PIL import Image

from dangqiao.apps.audit import services as audit
from dangqiao.apps.holdings.models import CatalogueEntry, Digitisation, EntryPage, PageImage
from dangqiao.apps.holdings.records import Citation
from dangqiao.apps.ports import port
from dangqiao.core.errors import N_, BadInput, NotThere
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose

MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}
"""Formats that a copy can carry."""
LARGEST_PAGE = 32 * 1024 * 1024
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page to attach. `masks`: rectangles (left, top, width, height) in pixels, for the release rule `masked`."""

    citation: Citation
    number: int
    content: bytes
    release: str = EntryPage.Release.WHOLE
    masks: tuple[tuple[int, int, int, int], ...] = ()
    label: str = ""


def attach(actor: Actor, purpose: Purpose, pages: Iterable[NewPage]) -> int:
    """Attaches pages; how many. Attaching the same again changes nothing.

    Raises:
        NotThere: `holdings.entry_unknown`. BadInput: `holdings.page_unfit`, `holdings.page_masks`.
    """
    waiting, done = iter(pages), 0
    while some := list(islice(waiting, _AT_ONCE)):
        images = [_put(page) for page in some]
        with transaction.atomic():
            for page, image in zip(some, images, strict=True):
                _attach(page, image)
            for citation in {page.citation for page in some}:
                _note_digitisation(citation)
            audit.record(
                "holdings.pages_attached",
                actor,
                purpose=purpose,
                archive_code=some[0].citation.archive,
                count=len(some),
                entries=sorted({str(page.citation) for page in some}),
            )
        done += len(some)
    return done


def _put(page: NewPage) -> PageImage:
    """The picture, checked and stored; its row is not saved yet."""
    unfit = BadInput(
        "holdings.page_unfit",
        N_("Page {number} of {entry} is not a picture that can be used."),
        N_("Use JPEG or PNG of at most 32 MB."),
        number=page.number,
        entry=page.citation.reference_code,
    )
    if len(page.content) > LARGEST_PAGE:
        raise unfit
    try:
        with Image.open(io.BytesIO(page.content), formats=list(MEDIA_TYPES)) as picture:
            size, kind = picture.size, picture.format or ""
            picture.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise unfit from error
    _check_masks(page, size)
    return PageImage(
        archive_code=page.citation.archive,
        sha256=port("storage").put(page.content),
        media_type=MEDIA_TYPES[kind],
        size=len(page.content),
        label=page.label[:60],
    )


def _check_masks(page: NewPage, size: tuple[int, int]) -> None:
    width, height = size
    inside = all(
        left >= 0 and top >= 0 and wide > 0 and high > 0 and left + wide <= width and top + high <= height
        for left, top, wide, high in page.masks
    )
    known = page.release in EntryPage.Release.values
    if not (inside and known) or (page.release == EntryPage.Release.MASKED) != bool(page.masks):
        raise BadInput(
            "holdings.page_masks",
            N_("The release rule of page {number} of {entry} does not fit its masks or the picture."),
            N_("Masks are left,top,width,height in pixels, and belong to pages that are released masked."),
            number=page.number,
            entry=page.citation.reference_code,
        )


def identity_of(citation: Citation) -> dict[str, Any]:
    """The columns that cite an entry."""
    return {
        "archive_code": citation.archive,
        "category": citation.category,
        "reference_code": citation.reference_code,
        "item_number": citation.item_number,
    }


def _attach(page: NewPage, image: PageImage) -> None:
    if not CatalogueEntry.objects.filter(**identity_of(page.citation), deleted=False).exists():
        raise NotThere(
            "holdings.page_without_entry",
            N_("There is no entry {entry} to attach a page to."),
            N_("Import the catalogue first."),
            entry=page.citation.reference_code,
        )
    PageImage.objects.bulk_create([image], ignore_conflicts=True)
    stored = PageImage.objects.get(archive_code=image.archive_code, sha256=image.sha256)
    EntryPage.objects.update_or_create(
        **identity_of(page.citation),
        number=page.number,
        defaults={"image": stored, "release": page.release, "masks": [list(mask) for mask in page.masks]},
    )


def _note_digitisation(citation: Citation) -> None:
    """An entry with all its pages as images is digitised in full, one with some in part."""
    images = EntryPage.objects.filter(**identity_of(citation)).count()
    for row in CatalogueEntry.objects.filter(**identity_of(citation)).values("archive_code", "id", "pages"):
        state = Digitisation.FULL if images >= (row["pages"] or 1) else Digitisation.PART
        CatalogueEntry.objects.filter(archive_code=row["archive_code"], id=row["id"]).update(digitisation=state)


_FULL_WIDTH = str.maketrans("\uff1b\uff0c", ";,")


def masks_from(text: str) -> tuple[tuple[int, int, int, int], ...]:
    """`left,top,width,height;…` Raises ValueError."""
    found: list[tuple[int, int, int, int]] = []
    for part in filter(None, text.translate(_FULL_WIDTH).split(";")):
        left, top, width, height = map(int, part.split(","))
        found.append((left, top, width, height))
    return tuple(found)
