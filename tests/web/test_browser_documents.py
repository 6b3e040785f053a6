"""In Chromium: documents are copied, handed out on paper and revoked; a phone checks a pattern without network."""

from pathlib import Path

from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.vocabulary.actor import Role
from tests.web.browsing import DESK, NEEDED, PHONE, browser, drain, press, sound, window
from tests.web.conftest import PASSWORD, ZHANG, staff
from tests.web.test_documents import HUANGPU, handler

__all__ = ["browser", "handler"]
pytestmark = NEEDED


def _look(page: Page, folder: Path, name: str) -> None:
    """Sound at both sizes; pictures for a person to look at."""
    for size in (DESK, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        sound(page)
        page.screenshot(path=folder / f"{name}-{size['width']}.png", full_page=True)


def _pattern(server: LiveServer) -> str:
    """What the square pattern holds, at the address of the test's server."""
    content = FrozenContent.from_canonical(Deliverable.objects.get(copy_number=1).frozen_content.encode())
    return f"{server.url}/verify/{content.code}/#{content.statement}".replace("127.0.0.1", "localhost")


def test_a_reviewer_orders_paper_hands_it_over_and_revokes(
    handler: Client, transactional_db: None, live_server: LiveServer, browser: Browser, tmp_path: Path
) -> None:
    staff("reviewer", Role.REVIEWER, *HUANGPU)
    row = Deliverable.objects.get()
    page = window(browser, live_server, DESK, scripts=True)
    page.goto("/accounts/staff/")
    page.fill("#id_login", "reviewer")
    page.fill("#id_password", PASSWORD)
    press(page, "form.card button")
    page.goto(f"/workbench/documents/{row.id}/")
    page.click("summary:has-text('增发一份')")
    press(page, "button:has-text('增发')")
    drain()
    page.goto(f"/workbench/documents/{row.id}/")
    page.click("summary:has-text('登记交付')")
    _look(page, tmp_path, "document")
    page.fill("input[name=recipient]", ZHANG["name"])
    page.check("input[name=signed_for]")
    press(page, "button:has-text('登记')")
    expect(page.locator("main")).to_contain_text("已签收")
    press(page, "a:has-text('撤销文书')")
    page.select_option("select[name=reason]", "wrong_content")
    page.fill("textarea[name=note]", "登记日期录入有误，已另行出具。")
    _look(page, tmp_path, "revoke-1")
    press(page, "button:has-text('下一步')")
    page.fill("input[name=serial]", row.serial)
    _look(page, tmp_path, "revoke-2")
    press(page, "button:has-text('确认撤销')")
    _look(page, tmp_path, "revoked")
    expect(page.locator("main")).to_contain_text("已撤销")


def test_a_bank_clerk_checks_the_code_and_then_the_name(
    handler: Client, transactional_db: None, live_server: LiveServer, browser: Browser, tmp_path: Path
) -> None:
    page = window(browser, live_server, DESK, scripts=True)
    page.goto("/verify/")
    page.click("summary:has-text('用其他设备扫描')")
    _look(page, tmp_path, "start")
    page.fill("#id_code", Deliverable.objects.get().verification_code)
    press(page, "button:has-text('核验')  >> nth=1")
    _look(page, tmp_path, "code")
    page.fill("#id_name", ZHANG["name"])
    press(page, "button:has-text('显示'), form.card button")
    _look(page, tmp_path, "name")
    expect(page.locator("main")).to_contain_text("李建国")
    page.goto("/verify/")
    page.click("summary:has-text('用其他设备扫描')")
    page.fill("#id_text", _pattern(live_server))
    press(page, "details button")
    _look(page, tmp_path, "scan")
    page.goto("/verify/32CDEFGH23456789/")
    _look(page, tmp_path, "nowhere")


def test_a_phone_checks_the_pattern_by_itself_also_without_network(
    handler: Client, transactional_db: None, live_server: LiveServer, browser: Browser, tmp_path: Path
) -> None:
    page = window(browser, live_server, PHONE, scripts=True)
    address = _pattern(live_server)
    page.goto(address)
    box = page.locator("#statement")
    expect(box).to_contain_text("其编号与下列一致")
    _look(page, tmp_path, "online")
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()  # now the worker answers, and has what it needs
    page.context.set_offline(True)
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("main")).to_contain_text("当前没有网络")
    expect(box).to_contain_text(Deliverable.objects.get().serial)
    page.fill("#statement-name", "张 晓丽")
    page.click("#statement button")
    expect(box).to_contain_text("姓名与文书申请人一致")
    page.screenshot(path=tmp_path / "offline-360.png", full_page=True)
    page.fill("#statement-name", "别人")
    page.click("#statement button")
    expect(box).to_contain_text("申请人不是此人")
    last = address[-8]
    page.goto("about:blank")
    page.goto(address[:-8] + ("A" if last != "A" else "B") + address[-7:])
    expect(box).to_contain_text("签名不成立")
