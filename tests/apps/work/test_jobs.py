"""Jobs: once per key, repeated after a kill, never lost, dead when hopeless."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from dangqiao.apps.fields import now
from dangqiao.apps.work import bell, queries, services, worker
from dangqiao.apps.work.models import Job

calls: list[dict[str, object]] = []


def handler(payload: dict[str, object]) -> None:
    """The test's job."""
    calls.append(payload)
    match payload.get("do"):
        case "later":
            raise services.Later("the peer does not answer", seconds=0)
        case "give up":
            raise services.GiveUp("the peer refused for good")
        case "break":
            raise RuntimeError("secret words of a person")


def several(payloads: list[dict[str, object]]) -> list[Exception | None]:
    """The test's job that takes several; it gets no further than a payload that says so."""
    ends: list[Exception | None] = []
    for payload in payloads:
        if payload.get("do") == "stop":
            break
        try:
            handler(payload)
            ends.append(None)
        except Exception as error:
            ends.append(error)
    return ends


@pytest.fixture(autouse=True)
def _kinds(settings: object) -> None:
    calls.clear()
    settings.JOB_HANDLERS = {"test": f"{__name__}.handler", "several": f"{__name__}.several"}  # type: ignore[attr-defined]
    settings.SEVERAL_AT_ONCE = {"several"}  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_the_same_key_twice_is_one_job() -> None:
    services.enqueue("test", key="a", payload={"n": 1})
    services.enqueue("test", key="a", payload={"n": 2})
    assert services.drain() == 1
    assert calls == [{"n": 1}]


@pytest.mark.django_db
def test_a_job_of_a_rolled_back_transaction_does_not_exist() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.enqueue("test", key="a")
        raise ZeroDivisionError
    assert services.drain() == 0


@pytest.mark.django_db
def test_a_killed_workers_job_is_run_again_and_the_late_worker_changes_nothing() -> None:
    services.enqueue("test", key="a")
    [first] = services.claim("killed")
    assert services.claim("other") == []
    Job.objects.update(lease_until=now() - timedelta(seconds=1))
    [second] = services.claim("other")
    assert second.id == first.id
    services.run([second])
    services.run([first])
    job = Job.objects.get()
    assert (job.state, job.attempts) == ("done", 2)


@pytest.mark.django_db
def test_a_failing_job_waits_longer_each_time_and_says_why_without_personal_data() -> None:
    services.enqueue("test", key="a", payload={"do": "break"})
    services.drain()
    job = Job.objects.get()
    assert job.state == "ready"
    assert job.run_after > now()
    assert job.last_error == "RuntimeError"


@pytest.mark.django_db
def test_a_hopeless_job_is_dead_named_and_can_be_replayed() -> None:
    services.enqueue("test", key="a", payload={"do": "give up"})
    services.drain()
    [stuck] = queries.stuck()
    assert stuck.last_error == "the peer refused for good"
    Job.objects.update(payload={})
    services.replay(stuck.id)
    assert services.drain() == 1
    assert queries.stuck() == []


@pytest.mark.django_db
def test_a_busy_lane_is_passed_over() -> None:
    services.enqueue("test", key="a1", lane="slow peer")
    services.enqueue("test", key="a2", lane="slow peer")
    services.enqueue("test", key="b1", lane="quick peer")
    claimed = [services.claim("one"), services.claim("two"), services.claim("three")]
    assert [[job.key for job in jobs] for jobs in claimed] == [["a1"], ["b1"], []]


@pytest.mark.django_db
def test_several_of_a_lane_are_taken_together_in_their_order_and_each_ends_by_itself() -> None:
    for number, do in enumerate(("", "break", "later", "give up", "", "stop", "")):
        services.enqueue("several", key=str(number), payload={"n": number, "do": do}, lane="one")
    services.enqueue("several", key="elsewhere", lane="two")
    services.enqueue("test", key="another kind", lane="one")
    jobs = services.claim("worker")
    assert [job.key for job in jobs] == list("0123456")
    assert [job.key for job in services.claim("other")] == ["elsewhere"], "the lane is busy"
    services.run(jobs)
    assert [call["n"] for call in calls] == [0, 1, 2, 3, 4]
    ended = Job.objects.filter(key__in="0123456").order_by("key").values_list("state", "attempts", "last_error")
    assert list(ended) == [
        ("done", 1, ""),
        ("ready", 1, "RuntimeError"),
        ("ready", 1, "the peer does not answer"),
        ("dead", 1, "the peer refused for good"),
        ("done", 1, ""),
        ("ready", 0, ""),
        ("ready", 0, ""),
    ], "what was not begun is given back as it was"


@pytest.mark.django_db
def test_no_more_are_taken_together_than_a_lease_can_bear() -> None:
    for number in range(services.MOST_AT_ONCE + 1):
        services.enqueue("several", key=str(number), lane="one")
    assert len(services.claim("worker")) == services.MOST_AT_ONCE


@pytest.mark.django_db
def test_one_that_makes_the_handler_of_several_break_down_holds_up_none_of_the_others() -> None:
    for number in range(3):
        services.enqueue("several", key=str(number), lane="one")
    Job.objects.filter(key="1").update(payload=[])
    services.run(services.claim("worker"))
    ended = Job.objects.order_by("key").values_list("state", "last_error")
    assert list(ended) == [("done", ""), ("ready", "AttributeError"), ("done", "")]


@pytest.mark.django_db
def test_a_job_of_a_kind_that_this_version_does_not_know_waits(settings: object) -> None:
    services.enqueue("test", key="a")
    Job.objects.update(kind="of a later version")
    assert services.drain() == 1
    assert Job.objects.values_list("state", "last_error").get() == ("ready", "KeyError")


def test_nobody_is_woken_for_a_lane_that_is_being_served() -> None:
    bell.wait(0)
    with bell.serving("peer:340000"):
        bell.ring("peer:340000")
        assert not bell.wait(0)
        bell.ring("peer:320000")
        assert bell.wait(0)
    bell.ring("peer:340000")
    assert bell.wait(0)


@pytest.mark.django_db(transaction=True)
def test_one_lane_is_served_by_one_worker_however_many_want_it() -> None:
    for number in range(40):
        services.enqueue("several", key=str(number), lane=f"lane {number % 2}")
    start, taken = threading.Barrier(6), list[tuple[str, ...]]()

    def take() -> None:
        try:
            start.wait()
            taken.append(tuple({job.lane for job in services.claim(threading.current_thread().name)}))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(lanes for lanes in taken if lanes) == [("lane 0",), ("lane 1",)]


@pytest.mark.django_db(transaction=True)
def test_many_workers_run_each_job_once() -> None:
    for number in range(30):
        services.enqueue("test", key=str(number), payload={"n": number})

    def work() -> None:
        try:
            services.drain()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(call["n"]) for call in calls) == sorted(str(number) for number in range(30))


@pytest.mark.django_db(transaction=True)
def test_numbers_under_a_name_have_no_gap_and_no_double() -> None:
    numbers: list[int] = []

    def take(fail: bool) -> None:
        try:
            with transaction.atomic():
                number = services.named_number("serial")
                if fail:
                    raise ZeroDivisionError
                numbers.append(number)
        except ZeroDivisionError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(index % 5 == 0,)) for index in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 17))


@pytest.mark.django_db
def test_a_job_that_waits_for_another_node_does_not_die() -> None:
    services.enqueue("test", key="a", payload={"do": "later"})
    Job.objects.update(attempts=services.MAX_ATTEMPTS + 5)
    assert services.drain(max_jobs=3) == 3
    job = Job.objects.get()
    assert (job.state, job.last_error) == ("ready", "the peer does not answer")


@pytest.mark.django_db
def test_jobs_of_workers_that_are_gone_are_taken_up_at_once() -> None:
    services.enqueue("test", key="a")
    services.enqueue("test", key="b")
    assert services.claim("gone") and services.claim("at work")
    assert services.let_go(lambda owner: owner == "at work") == 1
    [again] = services.claim("new")
    assert again.key == "a"
    assert services.claim("new") == []


@pytest.mark.django_db
def test_finished_jobs_are_forgotten_and_periodic_ones_sooner() -> None:
    for key in ("a", f"{services.PERIODIC}b", f"{services.PERIODIC}c"):
        services.enqueue("test", key=key)
    services.drain(max_jobs=2)
    Job.objects.filter(state="done").update(finished_at=now() - timedelta(hours=2))
    assert services.forget_done() == 1
    assert set(Job.objects.values_list("key", flat=True)) == {"a", f"{services.PERIODIC}c"}


@pytest.mark.django_db
def test_what_a_wrong_clock_put_off_runs_as_soon_as_the_clock_is_right() -> None:
    for key in ("put off", "begun", "later today"):
        services.enqueue("test", key=key, payload={"key": key})
    ahead = now() + timedelta(hours=3)
    Job.objects.filter(key="put off").update(run_after=ahead)
    Job.objects.filter(key="begun").update(state="running", lease_owner="gone", lease_until=ahead)
    Job.objects.filter(key="later today").update(run_after=now() + timedelta(minutes=50))
    assert services.drain() == 2
    assert sorted(str(call["key"]) for call in calls) == ["begun", "put off"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_database_was_away_goes_on_and_its_job_does_not_wait_for_the_lease(
    monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    settings.PERIODIC_JOBS = {}  # type: ignore[attr-defined]
    stop, away = threading.Event(), {"let_go", "_done"}

    def away_once(name: str, then: Callable[[], object]) -> None:
        original = getattr(services, name)

        def act(*values: object) -> None:
            if name in away:
                away.remove(name)
                raise OperationalError("database or disk is full")
            original(*values)
            then()

        monkeypatch.setattr(services, name, act)

    away_once("let_go", lambda: None)  # when the worker starts
    away_once("_done", stop.set)  # when the end of the job is to be noted
    monkeypatch.setattr(stop, "wait", lambda _seconds: None)
    services.enqueue("test", key="a")
    began = now()
    worker.serve(stop)
    assert (Job.objects.get().state, len(calls), away) == ("done", 2, set())
    assert now() - began < services.LEASE / 2
