"""From the form to a sealed PDF that verifies, with the node's real typesetter, seal and time stamp."""

import io

import pytest
from PIL import Image

from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.deliverables.queries import judge
from dangqiao.apps.holdings.models import EntryPage, PageImage
from dangqiao.apps.lookups import queries
from dangqiao.apps.lookups.models import Referral
from dangqiao.apps.ports import port
from dangqiao.apps.work import services as work
from dangqiao.core.sealing.content import FrozenContent, Mask
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.world import ENTRY, NOWHERE, VAGUE, World, fresh

pytestmark = pytest.mark.django_db


def scanned_page(world: World) -> None:
    world.ready_for_instant()
    picture = io.BytesIO()
    Image.new("RGB", (600, 850), "white").save(picture, "PNG")
    name = port("storage").put(picture.getvalue())
    PageImage.objects.update(sha256=name, size=len(picture.getvalue()))


def opened(world: World, row: Referral) -> bytes:
    view = queries.request_for_applicant(world.citizen, Purpose.HANDLING, row.request.number)
    [document] = view.referrals[0].documents
    return b"".join(queries.deliverable_file(world.citizen, Purpose.HANDLING, document.id).chunks)


def test_a_copy_goes_out_without_a_person_and_verifies(world: World) -> None:
    scanned_page(world)
    row = world.delivered()
    assert (fresh(row).state, fresh(row).outcome, fresh(row).pages_copied) == ("closed", "provided", 1)
    verdict = judge(opened(world, row))
    assert verdict.outcome == "valid", verdict


@pytest.mark.parametrize("kind", ["certificate", "extract"])
def test_what_a_handler_decides_is_sealed(world: World, kind: str) -> None:
    row = world.accepted(query=VAGUE)
    world.decide(row, "provided", entries=ENTRY, kind=kind)
    work.drain()
    assert judge(opened(world, row)).outcome == "valid"
    assert fresh(row).certificates_issued == (kind == "certificate")


def test_a_notice_of_not_found_is_sealed_too(world: World) -> None:
    row = world.accepted(query=NOWHERE)
    world.decide(row, "not_found")
    work.drain()
    assert judge(opened(world, row)).outcome == "valid"


def test_what_must_not_leave_the_archive_is_removed_from_the_copy_wherever_it_is_on_the_page(world: World) -> None:
    scanned_page(world)
    EntryPage.objects.update(release="masked", masks=[[300, 0, 200, 85]])
    row = world.accepted()
    world.decide(row, "provided", entries=ENTRY)
    content = FrozenContent.from_canonical(Deliverable.objects.get().frozen_content.encode())
    assert content.pages[0].masks == (Mask(300, 0, 200, 85),)
    work.drain()
    assert judge(opened(world, row)).outcome == "valid"


def test_a_broken_page_image_brings_the_referral_back_to_a_person(world: World) -> None:
    scanned_page(world)
    PageImage.objects.update(sha256=port("storage").put(b"not a picture"))
    row = world.delivered()
    assert (fresh(row).state, EntryPage.objects.count()) == ("accepted", 1)
    assert Deliverable.objects.get().state == "reserved"
