"""`dangqiao deliverable preview`: what a document will look like, before anybody gets one."""

import hashlib
import tempfile
from itertools import count
from pathlib import Path
from random import Random

import click
from django.conf import settings

from dangqiao.adapters.gm.keys import GmKeyStore
from dangqiao.adapters.keys import SoftKeyStore
from dangqiao.adapters.ofd.sealing import OfdIssuer
from dangqiao.adapters.sampling.forms import page as scanned_page
from dangqiao.adapters.timestamp import LocalTimeStamper
from dangqiao.apps.deliverables.services import SHANGHAI
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.fields import now
from dangqiao.apps.ports import port
from dangqiao.cli.words import say
from dangqiao.core import categories
from dangqiao.core.categories import Category
from dangqiao.core.errors import N_
from dangqiao.core.sealing import own_wording
from dangqiao.core.sealing.content import DeliverableKind, FrozenContent, Mask, PageImage, Release
from dangqiao.core.sealing.specimen import specimen

KINDS = [kind.value for kind in DeliverableKind]


@click.command()
@click.argument("category")
@click.option("--kind", type=click.Choice(KINDS), default=DeliverableKind.CERTIFICATE.value, show_default=True)
@click.option(
    "--wording",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the archive's own words; by default wording.toml in the node's folder.",
)
@click.option("--archive", default="", help="Code of the archive; by default the platform's first.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where the files go; by default here.",
)
def preview(category: str, kind: str, wording: Path | None, archive: str, out: Path) -> None:
    """Set a sample document of CATEGORY in type, marked 样张: as PDF, as OFD and page by page as PNG.

    The wording is checked first. Nothing is registered, no real seal is used, and nobody would call the files valid.
    """
    own = own_wording.parse(wording.read_bytes()) if wording else port("wording")()
    issuer = directory.archive(archive) if archive else directory.archives_of(settings.PLATFORM_CODE)[0]
    pictures = _pictures(categories.get(category)) if kind == DeliverableKind.COPY else {}
    content = specimen(
        own.applied(categories.get(category), issuer.code),
        DeliverableKind(kind),
        archive=issuer.code,
        archive_name=issuer.name,
        platform=settings.PLATFORM_CODE,
        verification_url=f"{settings.PUBLIC_URL}/verify/ABCD2345EFGH6789/",
        today=now().astimezone(SHANGHAI).date(),
        pages=tuple(pictures),
    )
    by_digest = {page.sha256: picture for page, picture in pictures.items()}
    document, images = port("typesetter").specimen(content, by_digest.__getitem__)
    name = f"{category}-{kind}"
    files = {f"{name}.pdf": document, f"{name}.ofd": _as_ofd(content, document)}
    files |= {f"{name}-{number}.png": image for number, image in enumerate(images, 1)}
    out.mkdir(parents=True, exist_ok=True)
    for file, data in files.items():
        (out / file).write_bytes(data)
        click.echo(out / file)
    say(N_("Samples (样张), sealed by nobody. The wording can be used."))


def _pictures(category: Category) -> dict[PageImage, bytes]:
    """Two sheets as a scanner would give them, one of them with something removed."""
    found = {}
    for number, masks in ((1, ()), (2, (Mask(280, 190, 400, 62),))):
        dice = Random(number)  # noqa: S311  (specks of dust)
        sheet = scanned_page(category.event.zh, (("样例", "样例"), ("样例", "样例")), "样例市样例区", dice)
        release = Release.MASKED if masks else Release.WHOLE
        found[PageImage(hashlib.sha256(sheet).hexdigest(), number, release, masks)] = sheet
    return found


def _as_ofd(content: FrozenContent, document: bytes) -> bytes:
    """Sealed by keys that are thrown away, because readers show the seal only where there is a signature."""
    typesetter = port("typesetter")
    with tempfile.TemporaryDirectory() as folder:
        keys = SoftKeyStore(Path(folder), content.platform, "样例")
        seals = GmKeyStore(Path(folder), content.platform, "样例", lambda name: typesetter.seal_picture(name, True))
        stamper = LocalTimeStamper(keys.time_authority(), count(1).__next__)
        return OfdIssuer(typesetter.paths, seals, stamper).issue(content, document)
