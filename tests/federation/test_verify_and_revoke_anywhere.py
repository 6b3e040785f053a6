"""A certificate of Zhejiang for a citizen of Jiangsu is verified in Shanghai and Anhui, with Zhejiang up and down, and
revoked."""

import subprocess
from pathlib import Path
from shutil import which
from uuid import UUID

import pytest

from dangqiao.cli.demo.browser import Page
from dangqiao.cli.demo.people import Person
from tests.federation.acts import accepted, at_home, decide, genuine, zh
from tests.federation.data import CHILD, of_child
from tests.federation.world import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, World, eventually

UNREACHABLE = "[issuer_unreachable]"
REFRESH = "from dangqiao.apps.deliverables import status\nstatus.refresh({})"


def scanned(document: bytes, folder: Path) -> str:
    """What a phone reads on the printed page."""
    (folder / "page.pdf").write_bytes(document)
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", folder / "page.pdf", folder / "page"], check=True)
    read = subprocess.run(["zbarimg", "-q", "--raw", folder / "page.png"], capture_output=True, text=True, check=True)
    return read.stdout.strip()


def by_code(anybody: Person, code: str, name: str = "") -> Page:
    """The page of a code at a node; with the name, what the document says."""
    page = anybody.browser.open(f"/verify/{code}/")
    return anybody.browser.submit(page, page.form("name"), {"name": name}) if name else page


def by_file(anybody: Person, document: bytes) -> Page:
    page = anybody.browser.open("/verify/")
    files = {"document": ("a.pdf", document, "application/pdf")}
    [upload] = [form for form in page.forms if form.enctype == "multipart/form-data"]
    return anybody.browser.submit(page, upload, files=files)


def by_pattern(anybody: Person, text: str) -> Page:
    page = anybody.browser.open("/verify/")
    return anybody.browser.submit(page, page.form("text"), {"text": text, "name": CHILD.child.name})


@pytest.mark.skipif(not which("zbarimg") or not which("pdftoppm"), reason="zbarimg (zbar-tools) and poppler-utils")
def test_a_certificate_is_verified_at_nodes_that_had_no_part_in_it_and_revoked(world: World, tmp_path: Path) -> None:
    asked = at_home(world, JIANGSU, CHILD.child, "only-child", of_child(CHILD))
    handler, reviewer = world.staff(ZHEJIANG, "handler"), world.staff(ZHEJIANG, "reviewer")
    decide(handler, accepted(handler, asked.number))
    [document] = asked.documents()
    code = genuine(document, world[SHANGHAI]).code
    text = scanned(document, tmp_path)
    bank, school = Person(world[SHANGHAI].url), Person(world[ANHUI].url)

    assert "[name_not_given]" in by_code(bank, code).text and CHILD.father.name not in by_code(bank, code).text
    assert "[name_differs]" in by_code(bank, code, "别人").text
    assert CHILD.father.name in by_code(bank, code, CHILD.child.name).text
    assert "[sealed_and_unaltered]" in by_file(bank, document).text
    assert "[statement_signed]" in by_pattern(school, text).text

    world[ANHUI].inside(REFRESH)
    with world.without(ZHEJIANG):
        assert UNREACHABLE in by_code(school, code).text
        assert "[sealed_and_unaltered]" in by_file(school, document).text
        page = by_pattern(school, text)
        assert "[statement_signed]" in page.text and "[revocation_unknown]" not in page.text
        told = by_code(Person(world[JIANGSU].url), code).text  # which was handed the document
        assert UNREACHABLE in told and code not in told

    [[row]] = world[ZHEJIANG].rows(
        "SELECT id FROM deliverables_deliverable WHERE state = 'registered' AND serial = ?",
        genuine(document, world[SHANGHAI]).serial,
    )
    page = reviewer.browser.open(f"/workbench/documents/{UUID(row)}/revoke/")
    page = reviewer.browser.submit(page, page.form("reason"), {"reason": "wrong_content", "note": "姓名有误"})
    serial = genuine(document, world[SHANGHAI]).serial
    page = reviewer.browser.submit(page, page.form("serial"), {"serial": serial})
    assert zh("The document is revoked. The applicant is told.") in page.text

    asked.shows("不再有效", "姓名有误")
    assert "[revoked]" in by_code(bank, code).text
    for node, anybody in ((world[SHANGHAI], bank), (world[ANHUI], school)):
        node.inside(REFRESH)
        eventually(lambda who=anybody: "[revoked]" in by_file(who, document).text, f"{node.platform} knows")
        assert "[revoked]" in by_pattern(anybody, text).text
