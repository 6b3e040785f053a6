"""A referral is answered from an old platform: at once, when it is back, or when its people have looked."""

from dataclasses import replace

import pytest
from django.utils import timezone

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.connectors import services as connectors
from dangqiao.apps.connectors.models import Handover
from dangqiao.apps.lookups import inbox, queries, services
from dangqiao.apps.lookups.forms import PersonSought, Sought
from dangqiao.apps.lookups.models import Referral
from dangqiao.apps.work import services as work
from dangqiao.apps.work.models import Job
from dangqiao.core.vocabulary.purpose import Purpose
from tests.adapters.connectors.words import MARRIAGES
from tests.apps.connectors.conftest import Legacy
from tests.apps.lookups.conftest import world  # noqa: F401  (a fixture)
from tests.apps.lookups.world import Anhui, World, stage

pytestmark = pytest.mark.django_db

SOUGHT = Sought((PersonSought("尤䶮", "party_a", birth_date="1966-01-01"),), event_date="1992-06", place="杭州市西湖区")


def asked(sought: Sought = SOUGHT) -> Referral:
    anhui = Anhui()
    anhui.says(inbox.referral_submitted, anhui.submitted(sought=sought))
    work.drain()
    return Referral.objects.get(id=anhui.referral)


def test_a_referral_is_answered_from_the_platform_and_the_handler_sees_whence(world: World, legacy: Legacy) -> None:  # noqa: F811
    legacy.put(MARRIAGES)
    row = asked()
    search = row.searches.get()
    assert search.candidates[0]["citation"] == "310115/marriage/X101-1992-0417/1"
    assert search.complete
    view = queries.referral_for_handler(world.handler, Purpose.HANDLING, row.id)
    (candidate,) = view.searches[0].candidates
    assert candidate.origin
    assert (candidate.origin.title, candidate.origin.record) == ("浙江婚姻登记档案系统", "ZJ0002")
    assert AuditRecord.objects.filter(event="connector.asked", subject=f"referral:{row.id}").count() == 1
    assert stage(row) == "delivered"  # unchecked, without images: a person must look


def test_a_silent_platform_is_never_not_found_and_is_asked_again(world: World, legacy: Legacy) -> None:  # noqa: F811
    legacy.stop()
    row = asked()
    search = row.searches.get()
    assert (search.outcome, search.complete) == ("review", False)
    assert "platform_silent" in search.must_look
    job = Job.objects.get(kind="lookups.search")
    assert (job.state, job.last_error) == ("ready", "connector.unreachable")
    legacy.start(MARRIAGES)
    Job.objects.update(run_after=timezone.now())
    work.drain()
    assert row.searches.count() == 2
    assert row.searches.latest("id").complete
    assert row.searches.latest("id").candidates


def test_a_platform_that_stays_silent_is_said_once(world: World, legacy: Legacy) -> None:  # noqa: F811
    legacy.stop()
    row = asked()
    for _ in range(2):
        Job.objects.filter(kind="lookups.search").update(run_after=timezone.now())
        work.drain()
    assert row.searches.count() == 1
    assert Job.objects.get(kind="lookups.search").state == "ready"


def test_a_person_who_searches_meanwhile_gets_what_is_known_here(world: World, legacy: Legacy) -> None:  # noqa: F811
    legacy.stop()
    row = asked()
    services.accept(world.handler, Purpose.HANDLING, row.id, world.key())
    found = services.search(world.handler, Purpose.HANDLING, row.id, None, world.key())
    assert (found.outcome, found.complete) == ("review", False)


def test_people_of_the_platform_look_and_the_referral_is_searched_again(world: World, desk: Legacy) -> None:  # noqa: F811
    desk.put(MARRIAGES)
    row = asked()
    assert not row.searches.get().complete
    assert Handover.objects.get().subject == f"referral:{row.id}"
    assert connectors.hear() == 0  # they are still looking
    Handover.objects.update(polled_at=None)
    assert connectors.hear() == 1
    work.drain()
    search = row.searches.latest("id")
    assert search.complete
    assert search.candidates[0]["citation"] == "310115/marriage/X101-1992-0417/1"


def test_people_who_find_nothing_make_not_found_possible(world: World, desk: Legacy) -> None:  # noqa: F811
    row = asked()
    for _ in range(2):
        Handover.objects.update(polled_at=None)
        connectors.hear()
    work.drain()
    search = row.searches.latest("id")
    assert (search.outcome, search.complete) == ("none", True)


def test_a_corrected_question_is_handed_over_anew(world: World, desk: Legacy) -> None:  # noqa: F811
    row = asked(replace(SOUGHT, event_date="1991"))
    for _ in range(2):
        Handover.objects.update(polled_at=None)
        connectors.hear()
    desk.put(MARRIAGES)
    services.accept(world.handler, Purpose.HANDLING, row.id, world.key())
    found = services.search(world.handler, Purpose.HANDLING, row.id, SOUGHT, world.key())
    assert not found.complete
    assert Handover.objects.count() == 2


def test_other_categories_and_archives_are_not_asked(world: World, legacy: Legacy) -> None:  # noqa: F811
    legacy.edit('archive = "310115"', 'archive = "310101"')
    assert asked().searches.get().complete
    assert not AuditRecord.objects.filter(event="connector.asked").exists()
