"""Every page says who may open it, and means it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from dangqiao.core.vocabulary.actor import Role, ScopeKind
from dangqiao.web.guards import PUBLIC
from tests.web.conftest import staff

PUBLIC_PAGES = {
    "account_confirm_login_code",
    "account_login",
    "account_logout",
    "account_request_login_code",
    "api-root",
    "directory_file",
    "display",
    "exchange_messages",
    "exchange_log",
    "exchange_objects",
    "exchange_summary",
    "health",
    "home",
    "oai",
    "openapi-json",
    "set_language",
    "staff_login",
    "verify",
    "verify_code",
    "verify_keys",
    "verify_offline",
    "verify_statement",
    "verify_worker",
    "status_list",
    "exchange_look_ups",
}


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern)
        else:
            yield pattern


def test_every_address_is_guarded_or_listed_as_public() -> None:
    marks = {pattern.name: getattr(pattern.callback, "guard", None) for pattern in _patterns(get_resolver())}
    assert not [name for name, mark in marks.items() if not mark], "marked neither @public nor @needs"
    assert {name for name, mark in marks.items() if mark == PUBLIC} == PUBLIC_PAGES


@pytest.mark.parametrize("address", ["/requests/", "/apply/", "/apply/marriage/who/"])
def test_a_citizen_s_page_leads_to_the_log_in_by_phone(node: Path, client: Client, address: str) -> None:
    assert client.get(address).headers["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("address", ["/workbench/", "/counter/"])
def test_a_desk_leads_to_the_log_in_of_staff(node: Path, client: Client, address: str) -> None:
    assert client.get(address).headers["Location"].startswith("/accounts/staff/?next=")


def test_a_citizen_opens_no_desk(zhang: Client) -> None:
    assert zhang.get("/workbench/").status_code == 403
    assert zhang.get("/counter/").status_code == 403


def test_an_auditor_opens_neither_desk_nor_request(node: Path) -> None:
    auditor = staff("auditor", Role.AUDITOR, ScopeKind.PLATFORM, "310000")
    assert auditor.get("/workbench/").status_code == 403
    assert auditor.get("/requests/").status_code == 403


def test_pages_behind_a_log_in_are_kept_in_no_cache(zhang: Client) -> None:
    assert zhang.get("/requests/").headers["Cache-Control"] == "no-store, private"


def test_pages_run_only_our_own_scripts(node: Path, client: Client) -> None:
    assert "default-src 'self'" in client.get("/").headers["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/verify/", "/accounts/login/", "/accounts/staff/"])
def test_a_monitor_asks_for_the_head_of_a_page(client: Client, address: str) -> None:
    assert client.head(address).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/directory/metadata/%00",
        "/verify/%00/",
        "/requests/%00/",
        "/requests/find/?number=%00",
        "/workbench/?after=a%00b",
    ],
)
def test_an_address_with_a_null_byte_is_no_address(client: Client, address: str) -> None:
    assert client.get(address).status_code == 400
