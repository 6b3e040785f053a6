"""A citizen applies and a handler decides in Chromium: on a phone, without JavaScript, and without axe complaining."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from dangqiao.apps.work import services as work
from dangqiao.core.vocabulary.actor import Role, ScopeKind
from tests.web.conftest import PASSWORD, ZHANG, staff

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SERIOUS = {"serious", "critical"}
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    # Playwright's own loop runs in this thread; Django would take it for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as player, player.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as running:
        yield running


def _work() -> None:
    """Runs what waits, in a thread of its own: here Playwright's loop runs, and sealing needs one too."""

    def drain() -> None:
        work.drain()
        connections.close_all()

    worker = threading.Thread(target=drain)
    worker.start()
    worker.join()


def _open(browser: Browser, server: LiveServer, size: dict[str, int], *, scripts: bool) -> Page:
    context = browser.new_context(
        viewport=size,
        java_script_enabled=scripts,
        locale="zh-CN",
        base_url=server.url,  # type: ignore[arg-type]
    )
    return context.new_page()


def _sound(page: Page) -> None:
    """Nothing serious for axe, and nothing wider than the screen."""
    found = Axe().run(page).response["violations"]
    serious = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in SERIOUS]
    assert not serious, page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is wider than the screen"


def _log_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("#id_phone", "13800138000")
    page.click("form.card button")
    page.fill("#id_code", page.inner_text("#test-code"))
    page.click("form.card button")
    page.fill("#id_name", ZHANG["name"])
    page.fill("#id_identity_number", ZHANG["identity_number"])
    page.click("form.card button")


def _apply(page: Page, look: bool = False) -> str:
    """All steps; the address of the request. `look`: axe looks at each page."""
    page.click("a:has-text('婚姻登记')")
    steps = (
        lambda: page.check("#id_role_1"),
        lambda: (page.fill("#id_party_a-name", "李建国"), page.fill("#id_event_date", "1987")),
        lambda: page.check("input[value='310101']"),
        lambda: page.check("#id_purpose_of_use_0"),
        lambda: None,
    )
    for answer in steps:
        if look:
            _sound(page)
        answer()
        page.click("form[data-once] button.button")
    return page.url


def test_a_citizen_logs_in_and_applies_on_a_phone_without_scripts(
    catalogue: Path, transactional_db: None, live_server: LiveServer, browser: Browser
) -> None:
    page = _open(browser, live_server, PHONE, scripts=False)
    _log_in(page)
    address = _apply(page)
    assert "/requests/310000-" in address
    _work()
    page.goto(address)
    assert "上海市黄浦区档案馆" in page.inner_text("main")


def test_axe_finds_nothing_serious_on_the_way_of_citizen_and_handler(
    catalogue: Path, transactional_db: None, live_server: LiveServer, browser: Browser
) -> None:
    page = _open(browser, live_server, PHONE, scripts=True)
    for address in ("/", "/verify/", "/accounts/login/", "/nowhere/"):
        page.goto(address)
        _sound(page)
    _log_in(page)
    address = _apply(page, look=True)
    _work()
    page.goto(address)
    _sound(page)
    page.click(".tools button:has-text('大字版')")
    _sound(page)
    staff("handler", Role.HANDLER, ScopeKind.ARCHIVE, "310101")
    desk = _open(browser, live_server, DESK, scripts=True)
    desk.goto("/accounts/staff/")
    desk.fill("#id_login", "handler")
    desk.fill("#id_password", PASSWORD)
    desk.click("form.card button")
    _sound(desk)
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/workbench/*-*/")
    _sound(desk)
    desk.click("form:has(input[value=accept]) button")
    desk.check("#id_decide-outcome_0")
    desk.check("#id_decide-entries_0")
    _sound(desk)
    desk.click("form:has(input[value=decide]) button")
    _work()
    page.goto(address)
    with page.expect_download() as download:
        page.click("a.button:has-text('下载')")
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    upload = _open(browser, live_server, PHONE, scripts=False)
    upload.goto("/verify/")
    upload.set_input_files("#id_document", download.value.path())
    upload.click("text=核验文件")
    assert upload.get_attribute("section.verdict", "data-outcome") == "valid"
    assert Client().get("/api/v1/health").status_code == 200
