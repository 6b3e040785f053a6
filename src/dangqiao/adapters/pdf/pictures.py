"""Page images on their way into a copy: what may not leave is taken out of the pixels, never covered."""

import hashlib
import io
from collections.abc import Callable

from PIL import Image, ImageDraw, UnidentifiedImageError

from dangqiao.core.errors import N_, BadInput
from dangqiao.core.sealing.content import PageImage, Release

REMOVED = (214, 214, 214)
"""The grey that stands where something was removed."""


def prepared(page: PageImage, picture: Callable[[str], bytes]) -> tuple[str, bytes]:
    """A page's picture for typesetting: file suffix and bytes.

    A page released whole keeps its bytes if it is a JPEG or PNG in grey or colour; anything else is drawn anew, so that
    neither masked pixels nor a thumbnail in its metadata survive.

    Raises:
        BadInput: `deliverable.page_image_changed`, the bytes are not those that were decided upon;
            `deliverable.page_image_unreadable`; `deliverable.mask_outside`, a mask does not lie within the picture.
    """
    source = picture(page.sha256)
    if hashlib.sha256(source).hexdigest() != page.sha256:
        raise BadInput(
            "deliverable.page_image_changed",
            N_("The picture of page {page} is not the one that was decided upon."),
            page=page.page,
        )
    try:
        image = Image.open(io.BytesIO(source))
        image.load()
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, ValueError) as error:
        raise BadInput(
            "deliverable.page_image_unreadable", N_("The picture of page {page} cannot be read."), page=page.page
        ) from error
    whole = page.release is Release.WHOLE
    if whole and image.format in ("JPEG", "PNG") and image.mode in ("L", "RGB") and not image.getexif():
        return image.format.lower(), source
    drawn = image.convert("L" if image.mode in ("1", "L") else "RGB")
    brush = ImageDraw.Draw(drawn)
    for mask in page.masks:
        right, bottom = mask.left + mask.width, mask.top + mask.height
        if not (0 <= mask.left < right <= drawn.width and 0 <= mask.top < bottom <= drawn.height):
            raise BadInput(
                "deliverable.mask_outside",
                N_("A mask does not lie within the picture of page {page}."),
                page=page.page,
            )
        brush.rectangle(
            (mask.left, mask.top, right - 1, bottom - 1), fill=REMOVED if drawn.mode == "RGB" else REMOVED[0]
        )
    out = io.BytesIO()
    if image.format == "JPEG":
        drawn.save(out, "JPEG", quality=90)
        return "jpeg", out.getvalue()
    drawn.save(out, "PNG")
    return "png", out.getvalue()
