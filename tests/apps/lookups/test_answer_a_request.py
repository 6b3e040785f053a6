"""One node asks itself: from the form to the document, with and without a person."""

import pytest

from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.holdings.models import CatalogueEntry
from dangqiao.apps.lookups.models import LookupRequest, Referral, ReferralEvent, Search
from dangqiao.apps.work import services as work
from dangqiao.core.sealing.content import FrozenContent
from tests.apps.lookups.world import ENTRY, VAGUE, World, fresh, stage

pytestmark = pytest.mark.django_db


def test_submit_routes_by_coverage_and_delivers_to_the_archive_of_the_place(world: World) -> None:
    request = world.submit()
    assert request.number.startswith("310000-")
    work.drain()
    referral = Referral.objects.get(request=request)
    assert (referral.archive_code, stage(referral)) == ("310115", "delivered")
    assert LookupRequest.objects.get().routing["reasons"] == ["custodian_known"]
    assert len(referral.policy_digest) == len(referral.category_digest) == 64


def test_the_machine_searches_and_says_why_a_person_must_look(world: World) -> None:
    referral = world.delivered()
    search = Search.objects.get(referral=referral)
    assert (search.outcome, search.must_look) == ("match", ["entry_not_checked", "no_images", "pages_not_released"])
    assert search.candidates[0]["citation"] == "310115/marriage/3001-1987-001/1"
    assert "李秀英" not in str(search.candidates)


def test_an_own_record_that_was_checked_is_answered_without_a_person(world: World) -> None:
    world.ready_for_instant()
    referral = world.delivered()
    assert stage(referral) == "sealing"
    assert list(referral.events.values_list("act", flat=True)) == ["deliver", "accept", "decide"]
    document = Deliverable.objects.get(referral_id=referral.id)
    content = FrozenContent.from_canonical(document.frozen_content.encode())
    assert (content.applicant, content.reference_codes, len(content.pages)) == ("李秀英", ("3001-1987-001",), 1)
    closed = world.seal(referral)
    assert (closed.state, closed.outcome) == ("closed", "provided")
    assert (closed.files_used, closed.pages_copied, closed.certificates_issued) == (1, 1, 0)


@pytest.mark.parametrize("name", ["", "不详", "□□"])
def test_an_entry_that_does_not_name_the_husband_waits_for_a_person(world: World, name: str) -> None:
    world.ready_for_instant()
    entry = CatalogueEntry.objects.get(reference_code="3001-1987-001")
    husband = next(party for party in entry.content["parties"] if party["role"] == "party_a")
    husband["name"] = name
    entry.save()
    assert stage(world.delivered()) == "delivered"
    search = Search.objects.get()
    assert (search.outcome, search.must_look) == ("match", ["party_not_named"])


def test_a_handler_accepts_decides_and_the_document_is_reserved(world: World) -> None:
    world.ready_for_instant()
    referral = world.accepted(query=VAGUE)
    assert stage(referral) == "accepted"
    world.decide(referral, entries=ENTRY, kind="certificate", note="已核对原件")
    assert stage(referral) == "sealing"
    closed = world.seal(referral)
    assert (closed.outcome, closed.certificates_issued) == ("provided", 1)
    assert fresh(referral).state_data["told"]["note"] == "已核对原件"
    assert ReferralEvent.objects.filter(referral=referral).count() == closed.sequence
