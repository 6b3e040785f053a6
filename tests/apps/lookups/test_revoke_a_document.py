"""A document that Anhui asked for is revoked here: Anhui hears it once, and marks its own copies when it is told."""

import pytest

from dangqiao.apps.deliverables import revoking, seals
from dangqiao.apps.deliverables import services as deliverables
from dangqiao.apps.deliverables.models import Deliverable, Format
from dangqiao.apps.lookups import inbox
from dangqiao.apps.lookups.models import Referral
from dangqiao.apps.lookups.services import documents
from dangqiao.apps.work import services as work
from dangqiao.apps.work.models import Job
from dangqiao.core.errors import BadInput, Conflict, NotThere, Refused
from dangqiao.core.federation import messages
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.world import Anhui, World

pytestmark = pytest.mark.django_db
H = Purpose.HANDLING


@pytest.fixture
def anhui(world: World) -> Anhui:
    return Anhui()


@pytest.fixture
def document(world: World, anhui: Anhui) -> Deliverable:
    """Registered here, announced to Anhui."""
    world.ready_for_instant()
    anhui.says(inbox.referral_submitted, anhui.submitted())
    work.drain()
    world.seal(Referral.objects.get(id=anhui.referral))
    return Deliverable.objects.get()


def revoke(world: World, row: Deliverable, **changes: str) -> None:
    said = {"reason": "record_corrected", "note": "见说明", "serial": row.serial} | changes
    revoking.revoke(world.reviewer, H, row.id, **said)  # type: ignore[arg-type]


def test_the_asking_node_is_told_once_with_reason_and_note(world: World, anhui: Anhui, document: Deliverable) -> None:
    for _ in range(2):
        revoke(world, document)
    told = [data for kind, data in anhui.heard() if kind == "deliverable.revoked.v1"]
    assert [(one["serial"], one["reason"], one["note"]) for one in told] == [
        (document.serial, "record_corrected", "见说明")
    ]
    assert Job.objects.filter(kind="deliverables.status", key=f"status:{document.id}").count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": "no such reason"}, "revocation_unfit"),
        ({"reason": "other", "note": " "}, "revocation_unfit"),
        ({"note": "长" * 501}, "revocation_unfit"),
        ({"serial": "310115-2026-A999999"}, "serial_differs"),
    ],
)
def test_what_is_not_meant_revokes_nothing(
    world: World, document: Deliverable, changes: dict[str, str], code: str
) -> None:
    with pytest.raises(BadInput, match=code):
        revoke(world, document, **changes)
    document.refresh_from_db()
    assert document.state == "registered"


def test_only_a_reviewer_or_signatory_of_the_archive_revokes(world: World, document: Deliverable) -> None:
    for actor in (world.handler, world.citizen):
        with pytest.raises(Refused, match=r"permission\.missing"):
            revoking.revoke(actor, H, document.id, reason="other", note="x", serial=document.serial)
    revoking.revoke(world.signatory, H, document.id, reason="ordered", note="", serial=document.serial)


def test_another_platform_s_document_is_not_ours_to_revoke(world: World, document: Deliverable) -> None:
    Deliverable.objects.update(issuer_platform="340000")
    with pytest.raises(NotThere):
        revoke(world, document)


def test_a_further_file_is_announced_with_its_number_and_paper_is_not(
    world: World, anhui: Anhui, document: Deliverable
) -> None:
    documents.order_copy(world.handler, H, document.id, paper=False, idempotency_key="a")
    documents.order_copy(world.handler, H, document.id, paper=True, idempotency_key="b")
    for copy in Deliverable.objects.filter(state="reserved"):
        seal = "" if copy.paper else seals.in_force(copy.archive_code).fingerprint
        made = deliverables.Stored(Format.PDF, f"{copy.copy_number:064d}", 100, "stored", seal)
        deliverables.register(copy.id, [made])
    issued = [data for kind, data in anhui.heard() if kind == "deliverable.issued.v1"]
    assert [one.get("copy_number", 1) for one in issued] == [1, 2]
    assert len({one["verification_code"] for one in issued}) == 2
    assert {one["serial"] for one in issued} == {document.serial}


def test_of_a_revoked_document_there_are_no_further_copies(world: World, document: Deliverable) -> None:
    revoke(world, document)
    with pytest.raises(Conflict, match="does_not_stand"):
        documents.order_copy(world.handler, H, document.id, paper=True, idempotency_key="a")


def test_only_the_holder_revokes_what_we_asked_for(anhui: Anhui, document: Deliverable) -> None:
    told = messages.DeliverableRevoked(
        referral=str(document.referral_id),
        serial=document.serial,
        archive=document.archive_code,
        revoked_at=document.reserved_at,
        reason="ordered",
    )
    with pytest.raises(Refused, match=r"lookups\.not_the_holder"):
        anhui.says(inbox.deliverable_revoked, told)
    document.refresh_from_db()
    assert document.state == "registered"
