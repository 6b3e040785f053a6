"""Takes the pictures of the READMEs from four running nodes: one request, from the phone to the verdict.

Usage: python tools/screenshots.py [FOLDER]
FOLDER is a demo's folder, made if there is none (default: a temporary one). Pictures go to docs/pictures.
Needs Chromium, pdftoppm and fonts with Chinese characters (Debian: chromium, poppler-utils, fonts-noto-cjk).
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from dangqiao.cli.demo import making, nodes, playing

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PHONE, DESK = (390, 900), (1180, 900)
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
NEEDED = {"chromium": "chromium", "pdftoppm": "poppler-utils", "fc-list": "fontconfig"}
ENTRIES = 2_000
"""Sample entries a node: enough for a picture, quick to import."""
COLOURS = 96
PHONE_NUMBER = "13900000088"


def main() -> None:
    """Prepares the nodes, plays the request, writes the pictures."""
    if missing := [package for program, package in NEEDED.items() if not shutil.which(program)]:
        sys.exit(f"Missing: install {' '.join(missing)}")
    if not subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=True).stdout.strip():
        sys.exit("No font has Chinese characters: install fonts-noto-cjk")
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as temporary:
        members = nodes.nodes(Path(sys.argv[1] if len(sys.argv) > 1 else temporary).resolve())
        making.make(members, ENTRIES, "intl", lambda _chinese, english: print(english))
        with nodes.running(members), sync_playwright() as player:
            browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            journey(browser, {node.platform: node for node in members}, Path(temporary))
            browser.close()
    for path in sorted(PICTURES.glob("*.png")):
        print(f"{path.name}: {path.stat().st_size // 1024} kB")


def journey(browser: Browser, members: Mapping[str, nodes.DemoNode], folder: Path) -> None:
    """A citizen in Jiangsu asks, a handler in Shanghai decides, a bank in Zhejiang verifies."""
    asking, holding, verifying = (members[platform].url for platform in ("320000", "310000", "330000"))
    someone = playing.people(members["320000"])["handler"]
    record = someone["records"][0]
    holding_platform = f"{record['archive'][:2]}0000"

    citizen = window(browser, PHONE)
    citizen.goto(f"{asking}/accounts/login/")
    send(citizen, {"phone": PHONE_NUMBER})
    send(citizen, {"code": citizen.inner_text("#test-code")})
    citizen.goto(f"{asking}/accounts/real-name/")
    if citizen.locator("[name=identity_number]").count():  # once is enough for ever
        send(citizen, {"name": someone["name"], "identity_number": someone["identity_number"]})
    citizen.goto(f"{asking}/apply/marriage/who/")
    send(citizen, {"applicant_kind": "party", "role": "party_b"})
    sought = {"party_a-name": someone["spouse"], "act": "结婚", "event_date": record["year"], "place": "上海市徐汇区"}
    send(citizen, sought)
    send(citizen, {"platform": holding_platform}, within="form[method=get]")
    send(citizen, {"archive_code": record["archive"]})
    send(citizen, {"purpose_of_use": "pension", "kind_wanted": "certificate"})
    take(citizen, "1-apply")
    send(citizen, {})
    number = citizen.url.rstrip("/").rsplit("/", 1)[-1]

    handler = window(browser, DESK)
    handler.goto(f"{holding}/accounts/staff/")
    send(handler, {"login": "handler", "password": making.PASSWORD})
    until(handler, f"{holding}/workbench/", f"text={number}")
    handler.click(f"text={number}")
    send(handler, {}, within='form:has(input[value="accept"])')
    until(handler, handler.url, ".candidates")
    take(handler, "2-workbench", top=".desk", bottom=".candidates")
    chosen = handler.locator("[name=decide-entries]").first.get_attribute("value") or ""
    decision = {"decide-outcome": "provided", "decide-entries": chosen, "decide-kind": "certificate"}
    send(handler, decision, within='form:has(input[value="decide"])')

    until(citizen, citizen.url, "a[href*='/documents/']")
    take(citizen, "3-follow")
    with citizen.expect_download() as waiting:
        citizen.click("a[href*='/documents/']")
    document = folder / "certificate.pdf"
    waiting.value.save_as(document)
    subprocess.run(
        ["pdftoppm", "-scale-to", str(PHONE[1]), "-singlefile", "-png", document, PICTURES / "4-certificate"],
        check=True,
    )
    slim("4-certificate")

    bank = window(browser, PHONE)
    bank.goto(f"{verifying}/verify/")
    bank.set_input_files("[type=file]", document)
    send(bank, {}, within="form:has([type=file])")
    take(bank, "5-verdict")


def window(browser: Browser, size: tuple[int, int]) -> Page:
    """A window of somebody's own, without anybody else's cookies."""
    width, height = size
    return browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN").new_page()


def fill(page: Page, answers: Mapping[str, str], within: str = "main form[method=post]") -> None:
    """Answers the questions by the names of their fields."""
    form = page.locator(within).first
    for name, value in answers.items():
        field = form.locator(f'[name="{name}"]')
        choice = form.locator(f'[name="{name}"][value="{value}"]')
        if field.first.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        elif choice.count() and choice.get_attribute("type") in ("radio", "checkbox"):
            choice.check()
        elif field.count() and field.first.get_attribute("type") != "hidden":
            field.fill(value)


def send(page: Page, answers: Mapping[str, str], within: str = "main form[method=post]") -> None:
    """Answers and presses the form's first button."""
    fill(page, answers, within)
    page.locator(within).first.locator("button").first.click()
    page.wait_for_load_state()


def until(page: Page, url: str, seen: str) -> None:
    """Loads a page again and again, at most a minute, until it shows something."""
    for _ in range(120):
        page.goto(url)
        if page.locator(seen).count():
            return
        page.wait_for_timeout(500)
    sys.exit(f"{url} does not show {seen}: {page.inner_text('main')[:1000]}")


def take(page: Page, name: str, top: str = "", bottom: str = "") -> None:
    """A picture of what the window shows, or of the page from the top of one element to the end of another."""
    path = PICTURES / f"{name}.png"
    first, last = (page.locator(each).first.bounding_box() if each else None for each in (top, bottom))
    if first and last:
        width = page.evaluate("document.documentElement.clientWidth")
        height = last["y"] + last["height"] - first["y"]
        page.screenshot(path=path, full_page=True, clip={"x": 0, "y": first["y"], "width": width, "height": height})
    else:
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=path)
    slim(name)


def slim(name: str) -> None:
    """Fewer colours: a fraction of the bytes, and no difference that a reader sees."""
    path = PICTURES / f"{name}.png"
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
