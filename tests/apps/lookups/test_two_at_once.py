"""N in parallel, exactly one: submit, decide, deliver. On whatever database the suite runs."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django.db import connections, transaction

from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.lookups import inbox, routing, services
from dangqiao.apps.lookups.forms import DecisionForm
from dangqiao.apps.lookups.models import Decision, LookupRequest, Referral, ReferralEvent
from dangqiao.core.errors import Conflict
from dangqiao.core.lookup.states import Outcome
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.world import ENTRY, FORM, VAGUE, Anhui, World, stage

pytestmark = pytest.mark.django_db(transaction=True)
H = Purpose.HANDLING
AT_ONCE = 5


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Runs the calls in threads that start together; results or errors in order."""
    barrier, results = threading.Barrier(len(calls)), [object()] * len(calls)

    def run(number: int, call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results[number] = call()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def conflicts(results: list[object]) -> Iterator[object]:
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, Conflict)], results
    return (each for each in results if isinstance(each, Conflict))


def test_a_form_sent_many_times_at_once_is_one_request_and_goes_out_once(shared_world: World) -> None:
    citizen = shared_world.citizen
    results = at_once(*[lambda: services.submit(citizen, Purpose.HOUSING, FORM, "key")] * AT_ONCE)
    assert {str(getattr(each, "id", each)) for each in results} == {str(LookupRequest.objects.get().id)}
    request = LookupRequest.objects.get()
    at_once(*[lambda: routing.start(request.id)] * AT_ONCE)
    assert Referral.objects.count() == 1


def test_of_handlers_who_decide_at_once_one_wins_and_one_document_is_reserved(shared_world: World) -> None:
    world = shared_world
    world.ready_for_instant()
    row = world.accepted(query=VAGUE)
    form = DecisionForm(Outcome.PROVIDED, entries=ENTRY)
    actors = [replace(world.handler, id=f"{world.handler.id[:-1]}{number}") for number in range(AT_ONCE)]
    results = at_once(*[lambda actor=actor: services.decide(actor, H, row.id, form, "key") for actor in actors])
    assert len(list(conflicts(results))) == AT_ONCE - 1
    assert (Decision.objects.count(), Deliverable.objects.count(), stage(row)) == (1, 1, "sealing")


def test_one_handler_who_clicks_many_times_decides_once_and_sees_no_error(shared_world: World) -> None:
    world = shared_world
    world.ready_for_instant()
    row = world.accepted(query=VAGUE)
    form = DecisionForm(Outcome.PROVIDED, entries=ENTRY)
    results = at_once(*[lambda: services.decide(world.handler, H, row.id, form, "key")] * AT_ONCE)
    assert not list(conflicts(results))
    assert (Decision.objects.count(), Deliverable.objects.count()) == (1, 1)


def test_accepting_and_asking_for_a_supplement_at_once_is_one_after_the_other(shared_world: World) -> None:
    world = shared_world
    row = world.delivered(query=VAGUE)
    results = at_once(
        lambda: services.not_accept(world.handler, H, row.id, "outside_holdings", "", "a"),
        lambda: services.accept(world.colleague, H, row.id, "b"),
        lambda: services.transfer(world.handler, H, row.id, "310101", "held_elsewhere", "", "c"),
    )
    assert len(list(conflicts(results))) >= 1
    sequences = list(ReferralEvent.objects.filter(referral=row).values_list("sequence", flat=True))
    assert sequences == list(range(1, len(sequences) + 1))


def test_a_message_that_is_processed_at_once_by_several_workers_makes_one_referral(shared_world: World) -> None:
    anhui = Anhui()
    payload = anhui.submitted(VAGUE)

    def take_in() -> None:
        with transaction.atomic():
            anhui.says(inbox.referral_submitted, payload)

    at_once(*[take_in] * AT_ONCE)
    assert (Referral.objects.count(), LookupRequest.objects.count(), ReferralEvent.objects.count()) == (1, 1, 1)


def test_double_clicks_on_withdrawal_ask_once(shared_world: World) -> None:
    world = shared_world
    row = world.delivered(query=VAGUE)
    number = row.request.number
    results = at_once(*[lambda: services.request_withdrawal(world.citizen, H, number, "", "key")] * AT_ONCE)
    assert not list(conflicts(results))
