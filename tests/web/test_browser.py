"""A citizen applies and a handler decides in Chromium: on a phone, without JavaScript, and without axe complaining."""

from pathlib import Path

from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from dangqiao.core.vocabulary.actor import Role, ScopeKind
from tests.web.browsing import DESK, NEEDED, PHONE, browser, drain, press, sound, window
from tests.web.conftest import PASSWORD, ZHANG, staff

__all__ = ["browser"]
pytestmark = NEEDED


def _log_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("#id_phone", "13800138000")
    press(page, "form.card button")
    page.fill("#id_code", page.inner_text("#test-code"))
    press(page, "form.card button")
    page.fill("#id_name", ZHANG["name"])
    page.fill("#id_identity_number", ZHANG["identity_number"])
    press(page, "form.card button")


def _apply(page: Page, look: bool = False) -> str:
    """All steps; the address of the request. `look`: axe looks at each page."""
    press(page, "a:has-text('婚姻登记')")
    steps = (
        lambda: page.check("#id_role_1"),
        lambda: (page.fill("#id_party_a-name", "李建国"), page.fill("#id_event_date", "1987")),
        lambda: page.check("input[value='310101']"),
        lambda: page.check("#id_purpose_of_use_0"),
        lambda: None,
    )
    for answer in steps:
        if look:
            sound(page)
        answer()
        press(page, "form[data-once] button.button")
    return page.url


def test_a_citizen_logs_in_and_applies_on_a_phone_without_scripts(
    catalogue: Path, transactional_db: None, live_server: LiveServer, browser: Browser
) -> None:
    page = window(browser, live_server, PHONE, scripts=False)
    _log_in(page)
    address = _apply(page)
    assert "/requests/310000-" in address
    drain()
    page.goto(address)
    assert "上海市黄浦区档案馆" in page.inner_text("main")


def test_axe_finds_nothing_serious_on_the_way_of_citizen_and_handler(
    catalogue: Path, transactional_db: None, live_server: LiveServer, browser: Browser
) -> None:
    page = window(browser, live_server, PHONE, scripts=True)
    for address in ("/", "/verify/", "/accounts/login/", "/nowhere/"):
        page.goto(address)
        sound(page)
    _log_in(page)
    address = _apply(page, look=True)
    drain()
    page.goto(address)
    sound(page)
    press(page, ".tools button:has-text('大字版')")
    sound(page)
    staff("handler", Role.HANDLER, ScopeKind.ARCHIVE, "310101")
    desk = window(browser, live_server, DESK, scripts=True)
    desk.goto("/accounts/staff/")
    desk.fill("#id_login", "handler")
    desk.fill("#id_password", PASSWORD)
    press(desk, "form.card button")
    sound(desk)
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/workbench/*-*/")
    sound(desk)
    press(desk, "form:has(input[value=accept]) button")
    desk.check("#id_decide-outcome_0")
    desk.check("#id_decide-entries_0")
    sound(desk)
    press(desk, "form:has(input[value=decide]) button")
    drain()
    page.goto(address)
    with page.expect_download() as download:
        page.click("a.button:has-text('下载')")
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    upload = window(browser, live_server, PHONE, scripts=False)
    upload.goto("/verify/")
    upload.set_input_files("#id_document", download.value.path())
    press(upload, "text=核验文件")
    assert upload.get_attribute("section.verdict", "data-outcome") == "valid"
    assert Client().get("/api/v1/health").status_code == 200
