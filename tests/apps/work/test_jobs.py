"""Jobs: once per key, repeated after a kill, never lost, dead when hopeless."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from dangqiao.apps.fields import now
from dangqiao.apps.work import queries, services
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


@pytest.fixture(autouse=True)
def _kinds(settings: object) -> None:
    calls.clear()
    settings.JOB_HANDLERS = {"test": f"{__name__}.handler"}  # type: ignore[attr-defined]


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
    first = services.claim("killed")
    assert first is not None
    assert services.claim("other") is None
    Job.objects.update(lease_until=now() - timedelta(seconds=1))
    second = services.claim("other")
    assert second is not None
    assert second.id == first.id
    services.run(second)
    services.run(first)
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
    assert [job.key if job else None for job in claimed] == ["a1", "b1", None]


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
    again = services.claim("new")
    assert again is not None and again.key == "a"
    assert services.claim("new") is None


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
