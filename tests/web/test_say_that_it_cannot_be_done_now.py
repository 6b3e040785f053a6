"""When the machine or the database cannot do its part, people read so, and programs are told when to try again."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from dangqiao.web.broken import broken

PAGE = "/verify/31CDEFGH23456789/"
"""Verifying by a code: each one is noted."""


@contextmanager
def nothing_can_be_written() -> Iterator[None]:
    """The real database refuses to write, as on a disk that is full or read-only."""
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON" if sqlite else "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "PRAGMA query_only = OFF" if sqlite else "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"
            )


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.django_db(transaction=True)
def test_people_are_told_that_nothing_was_saved_and_when_to_come_again(client: Client) -> None:
    with nothing_can_be_written():
        answer = client.post(PAGE, {"name": "王样例"})
    assert answer.status_code == 503 and answer["Retry-After"] == "30"
    assert "没有保存" in answer.content.decode() and "readonly" not in answer.content.decode()
    assert client.post(PAGE, {"name": "王样例"}).status_code == 200, "and then it goes on"


@pytest.mark.django_db(transaction=True)
def test_programs_get_a_code(client: Client) -> None:
    with nothing_can_be_written():
        answer = client.post("/api/v1/verify/code", {"code": "31CDEFGH23456789"}, content_type="application/json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer.json()["error"]["code"] == "node.cannot_now"


def test_a_fault_of_ours_is_no_wait(rf: RequestFactory) -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        answer = broken(rf.get("/"))
    assert answer.status_code == 500 and "Retry-After" not in answer.headers
