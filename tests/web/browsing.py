"""A Chromium for the tests of the pages: windows of a phone and of a desk, and what must hold of every page."""

import shutil
import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from dangqiao.apps.work import services as work
from tools.judge_ofd import FLAGS

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
SERIOUS = {"serious", "critical"}
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}

NEEDED = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    # Playwright's own loop runs in this thread; Django would take it for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as player, player.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as running:
        yield running


def drain() -> None:
    """Runs what waits, in a thread of its own: here Playwright's loop runs, and sealing needs one too."""

    def drained() -> None:
        work.drain()
        connections.close_all()

    worker = threading.Thread(target=drained)
    worker.start()
    worker.join()


def window(browser: Browser, server: LiveServer, size: dict[str, int], *, scripts: bool) -> Page:
    context = browser.new_context(
        viewport=size,
        java_script_enabled=scripts,
        locale="zh-CN",
        base_url=server.url,  # type: ignore[arg-type]
    )
    return context.new_page()


def sound(page: Page) -> None:
    """Nothing serious for axe, and nothing wider than the screen."""
    found = Axe().run(page).response["violations"]
    serious = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in SERIOUS]
    assert not serious, page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is wider than the screen"


def press(page: Page, selector: str) -> None:
    """Clicks what leads to another page, and waits until that page is there: a click alone waits for nothing."""
    with page.expect_navigation():
        page.click(selector)
