"""Reads: own requests, own counter, own archive; audited; with few queries however long the lists are."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.lookups import queries, services
from dangqiao.apps.lookups.forms import MaterialShown, WorklistFilter
from dangqiao.apps.lookups.queries.paging import SIZE
from dangqiao.core.errors import BadInput, NotThere
from dangqiao.core.lookup.states import Act
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.world import VAGUE, World

pytestmark = pytest.mark.django_db
H = Purpose.HANDLING


def queries_of(call: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_applicants_see_their_own_requests_only(world: World) -> None:
    request = world.submit()
    other = world.account("别人", "1")
    assert [line.number for line in queries.my_requests(world.citizen).items] == [request.number]
    assert queries.my_requests(other).items == ()
    with pytest.raises(NotThere, match=r"lookups\.request_unknown"):
        queries.request_for_applicant(other, H, request.number)


def test_a_counter_sees_what_it_received_and_nothing_from_the_portal(world: World) -> None:
    world.submit()
    received = world.at_counter()
    [line] = queries.point_requests(world.clerk, H).items
    assert (line.number, line.applicant) == (received.number, "李秀英")
    assert queries.request_for_applicant(world.clerk, H, received.number).applicant.name == "李秀英"
    assert queries.point_requests(world.handler, H).items == ()


def test_the_worklist_is_the_archives_own_and_the_most_urgent_comes_first(world: World) -> None:
    accepted = world.accepted(query=VAGUE)
    waiting = world.delivered(query=VAGUE)
    lines = queries.worklist(world.handler, H, WorklistFilter()).items
    assert [line.id for line in lines] == [waiting.id, accepted.id]
    assert (lines[0].days_left, lines[0].warning, lines[0].applicant) == (1, True, "李秀英")
    assert queries.worklist(world.stranger, H, WorklistFilter()).items == ()
    assert [line.id for line in queries.worklist(world.handler, H, WorklistFilter(("accepted",))).items] == [
        accepted.id
    ]
    assert queries.worklist(world.handler, H, WorklistFilter(category="only-child")).items == ()
    assert queries.worklist(world.handler, H, WorklistFilter(overdue=True)).items == ()


def test_long_lists_come_in_pages_with_the_same_number_of_queries(world: World) -> None:
    world.delivered(query=VAGUE)
    few = queries_of(lambda: queries.worklist(world.handler, H, WorklistFilter()))
    mine = queries_of(lambda: queries.my_requests(world.citizen))
    for _ in range(SIZE + 2):
        world.delivered(query=VAGUE)
    assert queries_of(lambda: queries.worklist(world.handler, H, WorklistFilter())) == few <= 3
    assert queries_of(lambda: queries.my_requests(world.citizen)) == mine <= 3
    first = queries.worklist(world.handler, H, WorklistFilter())
    second = queries.worklist(world.handler, H, WorklistFilter(), first.after)
    assert (len(first.items), len(second.items), second.after) == (SIZE, 3, "")
    assert not {line.id for line in first.items} & {line.id for line in second.items}
    newest = queries.my_requests(world.citizen)
    rest = queries.my_requests(world.citizen, newest.after)
    assert len({line.number for line in (*newest.items, *rest.items)}) == SIZE + 3


def test_a_cursor_that_was_tampered_with_is_named(world: World) -> None:
    with pytest.raises(BadInput, match=r"lookups\.cursor_unreadable"):
        queries.my_requests(world.citizen, "nonsense")


def test_one_request_is_read_with_few_queries(world: World) -> None:
    row = world.accepted(query=VAGUE)
    assert queries_of(lambda: queries.request_for_applicant(world.citizen, H, row.request.number)) <= 8
    assert queries_of(lambda: queries.referral_for_handler(world.handler, H, row.id)) <= 16


def test_the_handler_sees_candidates_with_reasons_entry_and_possible_acts(world: World) -> None:
    row = world.delivered(query=VAGUE)
    view = queries.referral_for_handler(world.handler, H, row.id)
    search = view.searches[0]
    best = search.candidates[0]
    assert best.record is not None
    assert {party.name for party in best.record.parties} == {"李秀英", "张建国"}
    assert {reason.field for reason in best.reasons} >= {"name", "event"}
    assert best.reasons[0].sentence.format(**best.reasons[0].facts)
    assert "The search did not give exactly one certain match." in search.must_look
    assert set(view.acts) == {Act.ACCEPT, Act.NOT_ACCEPT, Act.ASK_SUPPLEMENT, Act.TRANSFER}
    assert view.masked_number.startswith("310***")
    with pytest.raises(NotThere):
        queries.referral_for_handler(world.stranger, H, row.id)
    with pytest.raises(NotThere):
        queries.referral_for_handler(world.handler, H, uuid4())


def test_every_read_of_a_persons_data_is_audited_with_actor_and_purpose(world: World) -> None:
    row = world.delivered(query=VAGUE)
    AuditRecord.objects.all().delete()
    queries.worklist(world.handler, H, WorklistFilter())
    queries.referral_for_handler(world.handler, H, row.id)
    queries.request_for_applicant(world.citizen, Purpose.HOUSING, row.request.number)
    found = set(AuditRecord.objects.values_list("event", "actor", "purpose"))
    assert {
        ("referrals.listed", world.handler.id, "handling"),
        ("referral.read", world.handler.id, "handling"),
        ("holdings.entry_read", world.handler.id, "handling"),
        ("request.read", world.citizen.id, "housing"),
    } <= found


def test_an_issued_document_opens_for_the_applicant_and_the_archive_only(world: World) -> None:
    from dangqiao.apps.deliverables.models import Deliverable, DeliverableFile
    from dangqiao.apps.ports import port

    world.ready_for_instant()
    row = world.delivered()
    document = Deliverable.objects.get()
    with pytest.raises(NotThere, match=r"lookups\.document_unknown"):
        queries.deliverable_file(world.citizen, H, document.id)
    world.seal(row)
    name = port("storage").put(b"%PDF-1.7")
    DeliverableFile.objects.update(storage_name=name)
    for actor in (world.citizen, world.handler):
        file = queries.deliverable_file(actor, H, document.id)
        assert (b"".join(file.chunks), file.media_type) == (b"%PDF-1.7", "application/pdf")
    for actor in (world.stranger, world.account("别人", "1")):
        with pytest.raises(NotThere, match=r"lookups\.document_unknown"):
            queries.deliverable_file(actor, H, document.id)


def test_an_uploaded_material_opens_for_who_brought_it_and_who_works_on_it(world: World) -> None:
    shown = MaterialShown("identity_document", "a.jpg", "image/jpeg", b"scan")
    row = world.delivered(query=VAGUE, materials=(shown,))
    material = row.request.materials.get()
    for actor in (world.citizen, world.handler):
        assert b"".join(queries.material_file(actor, H, material.id).chunks) == b"scan"
    with pytest.raises(NotThere, match=r"lookups\.material_not_there"):
        queries.material_file(world.stranger, H, material.id)


def test_policies_have_a_history_and_referrals_keep_the_one_they_pinned(world: World) -> None:
    from tests.apps.lookups.test_handle_a_referral import set_level

    before = world.delivered(query=VAGUE)
    set_level("reviewer")
    after = world.delivered(query=VAGUE)
    levels = [services.accept(world.handler, H, row.id, world.key()).policy_level for row in (before, after)]
    assert levels == ["handler", "reviewer"]
    assert before.policy_digest != after.policy_digest
