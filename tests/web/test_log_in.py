"""Citizens log in by a code, staff by a password; what is known is never given away."""

import re
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from dangqiao.apps.identity.models import User
from dangqiao.core.vocabulary.actor import Assurance, Role, ScopeKind
from tests.web.conftest import PASSWORD, ZHANG, log_in_citizen, staff


def test_first_log_in_by_code_makes_the_account(node: Path, client: Client) -> None:
    log_in_citizen(client, "138 0013 8000")
    user = User.objects.get(is_staff_member=False)
    assert (user.phone, user.assurance) == ("+8613800138000", Assurance.NONE)
    assert user.phone_verified_at
    assert client.get("/accounts/welcome/").headers["Location"] == "/accounts/real-name/"


def test_logging_in_again_finds_the_same_account(node: Path) -> None:
    log_in_citizen(Client(), "13800138000")
    log_in_citizen(Client(), "+86 13800138000")
    assert User.objects.count() == 1


def test_a_known_and_an_unknown_phone_look_the_same(citizen: Client) -> None:
    answers = []
    for phone in ("13800138000", "13900139000"):
        other = Client()
        answer = other.post("/accounts/login/", {"phone": phone})
        page = other.get(answer.headers["Location"]).content.decode()
        answers.append((answer.status_code, answer.headers["Location"], "test-code" in page))
    assert answers[0] == answers[1]


def test_the_code_goes_to_the_phone_and_no_account_is_verified_without_it(node: Path, client: Client) -> None:
    client.post("/accounts/login/", {"phone": "13800138000"})
    assert "+8613800138000\t" in (node / "messages.log").read_text(encoding="utf-8")
    answer = client.post("/accounts/login/code/", {"action": "verify", "code": "000000x"})
    assert answer.status_code == 200 and "_auth_user_id" not in client.session


def test_five_wrong_codes_end_the_attempt(node: Path, client: Client) -> None:
    client.post("/accounts/login/", {"phone": "13800138000"})
    for _ in range(5):
        answer = client.post("/accounts/login/code/", {"action": "verify", "code": "wrong"})
    assert answer.headers["Location"] == "/accounts/login/"


def test_codes_for_one_phone_are_limited(node: Path) -> None:
    for _ in range(3):
        assert Client().post("/accounts/login/", {"phone": "13800138000"}).status_code == 302
    assert Client().post("/accounts/login/", {"phone": "13800138000"}).status_code == 200


def test_another_code_can_be_sent_and_replaces_the_first(node: Path, client: Client) -> None:
    client.post("/accounts/login/", {"phone": "13800138000"})
    client.post("/accounts/login/code/", {"action": "resend"})
    lines = (node / "messages.log").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2


@pytest.mark.parametrize("phone", ["", "12345", "abcdefghijk", "110"])
def test_what_is_no_phone_is_said_to_be_none(node: Path, client: Client, phone: str) -> None:
    answer = client.post("/accounts/login/", {"phone": phone})
    assert 'href="#id_phone"' in answer.content.decode()


def test_staff_log_in_by_password_and_land_at_their_desk(node: Path) -> None:
    handler = staff("handler", Role.HANDLER, ScopeKind.ARCHIVE, "310101")
    assert handler.get("/accounts/welcome/").headers["Location"] == "/workbench/"


def test_a_wrong_password_is_refused_and_limited(node: Path, client: Client) -> None:
    staff("handler", Role.HANDLER, ScopeKind.ARCHIVE, "310101")
    for _ in range(6):
        answer = client.post("/accounts/staff/", {"login": "handler", "password": "wrong-wrong"})
        assert answer.status_code == 200
    answer = client.post("/accounts/staff/", {"login": "handler", "password": PASSWORD})
    assert answer.status_code == 200, "even the right one has to wait now"
    cache.clear()
    assert client.post("/accounts/staff/", {"login": "handler", "password": PASSWORD}).status_code == 302


def test_a_phone_of_staff_opens_no_staff_account(node: Path, client: Client) -> None:
    staff("handler", Role.HANDLER, ScopeKind.ARCHIVE, "310101")
    log_in_citizen(client, "13800138000")
    assert User.objects.get(pk=client.session["_auth_user_id"]).is_staff_member is False


def test_logging_out_ends_the_session_and_clears_the_browser(citizen: Client) -> None:
    answer = citizen.post("/accounts/logout/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert citizen.get("/requests/").headers["Location"].startswith("/accounts/login/")


def test_logging_out_needs_a_click(citizen: Client) -> None:
    assert citizen.get("/accounts/logout/").status_code == 405


def test_a_citizen_proves_her_name_once(zhang: Client) -> None:
    user = User.objects.get(is_staff_member=False)
    assert (user.display_name, user.assurance) == (ZHANG["name"], Assurance.REAL_NAME)
    assert zhang.get("/accounts/real-name/").headers["Location"] == "/requests/"


def test_a_name_that_the_register_does_not_know_is_refused_with_a_way_on(citizen: Client) -> None:
    page = citizen.post("/accounts/real-name/", {**ZHANG, "name": "李四"}).content.decode()
    assert "4" in page and "受理点" in page
    assert User.objects.get().assurance == Assurance.NONE


def test_a_number_with_a_slip_of_the_pen_is_not_sent_to_the_register(citizen: Client) -> None:
    page = citizen.post("/accounts/real-name/", {**ZHANG, "identity_number": "310101196205010021"}).content.decode()
    assert 'href="#id_identity_number"' in page


def test_the_session_in_the_database_is_encrypted(citizen: Client) -> None:
    stored = Session.objects.values_list("session_data", flat=True)
    assert stored and all("|" in text and ":" not in text for text in stored)


def test_after_logging_in_one_comes_to_the_page_that_was_asked_for(node: Path, client: Client) -> None:
    asked = client.get("/apply/marriage/who/").headers["Location"]
    code_page = client.post(asked, {"phone": "13800138000", "next": "/apply/marriage/who/"}).headers["Location"]
    code = re.search(r'id="test-code">(\d{6})<', client.get(code_page).content.decode())
    assert code
    answer = client.post(code_page, {"action": "verify", "code": code[1], "next": "/apply/marriage/who/"})
    assert answer.headers["Location"] == "/apply/marriage/who/"


def test_a_form_that_is_out_of_date_says_so(node: Path) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/accounts/login/", {"phone": "13800138000"})
    assert answer.status_code == 403 and "表单已失效" in answer.content.decode()


def test_a_request_of_unheard_of_size_is_refused_unread(node: Path, client: Client) -> None:
    answer = client.post("/verify/", b"x", content_type="multipart/form-data; boundary=b", CONTENT_LENGTH=str(10**9))
    assert answer.status_code == 413


def test_a_page_after_log_in_never_leads_elsewhere(node: Path, client: Client) -> None:
    answer = client.post("/display/", {"large_print": "1", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"
