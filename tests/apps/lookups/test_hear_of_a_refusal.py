"""An application that an archive's platform cannot take is not shown as on its way for ever."""

from datetime import timedelta
from uuid import UUID

import pytest

from dangqiao.apps.fields import now
from dangqiao.apps.lookups import jobs, once, queries, refusals, routing
from dangqiao.apps.lookups.models import DoneCall, Inquiry, LookupRequest, Referral
from dangqiao.apps.lookups.referrals import remember, state_of
from dangqiao.apps.work import services as work
from dangqiao.apps.work.models import Job
from dangqiao.apps.work.services import Later
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.test_ask_another_platform import SOMEWHERE, SUSONG
from tests.apps.lookups.world import ANHUI, World

pytestmark = pytest.mark.django_db


def _told() -> list[str]:
    return [job.payload["what"] for job in Job.objects.filter(kind="lookups.tell")]


def test_it_is_shown_with_its_code_and_the_applicant_is_told_once(world: World) -> None:
    request = world.submit(query=SUSONG)
    work.drain()
    row = Referral.objects.get(request=request)
    for _ in range(2):
        refusals.submission_refused(str(row.id), ANHUI, "lookups.not_our_archive")
    view = queries.request_for_applicant(world.citizen, Purpose.HANDLING, request.number)
    assert [(part.stage.value, part.refused) for part in view.referrals] == [("sent", "lookups.not_our_archive")]
    assert _told().count("refused") == 1
    refusals.submission_refused(str(row.id), "330000", "exchange.not_yours")
    assert LookupRequest.objects.get().routing["refused"] == {"340826": "lookups.not_our_archive"}


def test_a_platform_that_will_not_answer_an_inquiry_is_not_waited_for(world: World) -> None:
    request = world.submit(query=SOMEWHERE, inquiry_consent=True)
    work.drain()
    for inquiry in Inquiry.objects.filter(request=request):
        refusals.inquiry_refused(str(inquiry.id), inquiry.platform, "lookups.inquiry_forbidden")
    request = LookupRequest.objects.get()
    assert request.routing_state == "done" and request.routing["inquiries_refused"]


def test_a_transfer_to_an_archive_that_is_not_known_yet_waits_and_asks_for_the_directory(world: World) -> None:
    request = world.submit(query=SUSONG)
    work.drain()
    row = Referral.objects.get(request=request)
    state = state_of(row)
    remember(row, type(state).from_dict(state.as_dict() | {"stage": "transferred", "transferred_to": "340999"}))
    row.save()
    routing.enqueue_transfer(row)
    job = Job.objects.get(kind="lookups.transfer")
    with pytest.raises(Later):
        jobs.transfer(job.payload)
    Job.objects.filter(id=job.id).update(attempts=99)
    work.run([Job.objects.get(id=job.id)])
    assert Job.objects.get(id=job.id).state != "dead"
    assert Job.objects.filter(kind="directory.update").exists()


def test_calls_of_long_ago_are_forgotten(world: World) -> None:
    DoneCall.objects.create(key="a" * 64, at=now() - once.REMEMBERED - timedelta(days=1))
    DoneCall.objects.create(key="b" * 64)
    jobs.tidy({})
    assert list(DoneCall.objects.values_list("key", flat=True)) == ["b" * 64]


def test_ids_are_uuids(world: World) -> None:
    refusals.inquiry_refused(str(UUID(int=1)), ANHUI, "exchange.not_yours")
    refusals.submission_refused(str(UUID(int=1)), ANHUI, "exchange.not_yours")
