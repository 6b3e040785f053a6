"""The demo's play: whole requests through the public pages, told step by step with times."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dangqiao.cli.demo import bridge
from dangqiao.cli.demo.browser import Page
from dangqiao.cli.demo.making import COUNTERS, PASSWORD
from dangqiao.cli.demo.nodes import DemoNode
from dangqiao.cli.demo.people import Person, unexpected
from dangqiao.core.errors import N_, Untrusted

Tell = Callable[[str, str], None]
DOCUMENT = "/documents/"


FORMATS = {"pdf": (b"%PDF-", "application/pdf"), "ofd": (b"PK", "application/ofd")}
"""The files of each document: how they begin, and their media type."""


@dataclass(frozen=True)
class Obtained:
    """A file of a document that somebody got: its name and bytes."""

    name: str
    content: bytes


def people(node: DemoNode) -> dict[str, dict[str, Any]]:
    """The demonstration's people by what they are good for."""
    listed = json.loads((node.folder / "register.json").read_text(encoding="utf-8"))
    return {one["use"]: one for one in listed}


def play(members: list[DemoNode], tell: Tell) -> list[Obtained]:
    """Plays the three stories; the documents that came back.

    Raises:
        PageProblem: a page was not as expected; Untrusted: a document does not verify.
    """
    nodes = {node.platform: node for node in members}
    return [*_counter_story(nodes, tell), *_phone_story(nodes, tell), *_bridge_story(nodes, tell)]


def instant(someone: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Where a clerk of Anhui begins an application, and what the pages are told: no person need look at the record."""
    record = someone["records"][0]
    return f"/counter/{COUNTERS['340000']}/apply/marriage/who/", {
        "name": someone["name"],
        "identity_kind": "identity_card",
        "identity_number": someone["identity_number"],
        "applicant_kind": "party",
        "role": "party_b",
        "party_a-name": someone["spouse"],
        "act": "结婚",
        "event_date": record["year"],
        "place": "上海市浦东新区",
        "archive_code": record["archive"],
        "purpose_of_use": "housing",
        "kind_wanted": "certificate",
    }


def _counter_story(nodes: dict[str, DemoNode], tell: Tell) -> list[Obtained]:
    """At a counter in Anhui, for a marriage in Shanghai; the entry is checked and has images: no person need look."""
    asking, someone = nodes["340000"], people(nodes["340000"])["instant"]
    tell(
        f"【一】{someone['name']}到安徽宿松县受理点，查上海浦东的婚姻登记",
        "[1] At a counter in Susong, Anhui, for a marriage registered in Pudong, Shanghai",
    )
    clerk = Person(asking.url)
    clerk.staff_login("clerk", PASSWORD)
    began = time.monotonic()
    start, answers = instant(someone)
    number = clerk.apply(start, answers, twice=True)
    tell(
        f"窗口收件，受理号 {number}（提交按钮按了两次，只有一件）",
        f"received at the counter as {number} (sent twice, received once)",
    )
    page = clerk.wait_for(f"/counter/{COUNTERS['340000']}/requests/{number}/", has_document)
    tell("上海市浦东新区档案馆核对无误，签章文件已送达安徽", "matched, sealed in Shanghai and delivered to Anhui")
    obtained = downloads(clerk, page, "marriage")
    tell(
        f"从提交到取得文件 {time.monotonic() - began:.1f} 秒",
        f"{time.monotonic() - began:.1f} s from sending to document",
    )
    _verify(nodes, obtained, tell)
    return obtained


def _phone_story(nodes: dict[str, DemoNode], tell: Tell) -> list[Obtained]:
    """By phone in Jiangsu; the entry was mis-typed and has no image: a handler in Shanghai must look."""
    asking, holding = nodes["320000"], nodes["310000"]
    someone = people(asking)["handler"]
    record = someone["records"][0]
    tell(
        f"【二】{someone['name']}在江苏用手机申请，目录里名字录错了一个字",
        "[2] By phone in Jiangsu; one character of her name was mis-typed in the catalogue",
    )
    citizen = Person(asking.url)
    citizen.phone_login(_phone(asking))
    citizen.prove_name(someone["name"], someone["identity_number"])
    tell("短信验证码登录，实名核验通过", "logged in by code, real name checked")
    number = citizen.apply(
        "/apply/marriage/who/",
        {
            "applicant_kind": "party",
            "role": "party_b",
            "party_a-name": someone["spouse"],
            "act": "结婚",
            "event_date": record["year"],
            "place": "上海市徐汇区",
            "archive_code": record["archive"],
            "purpose_of_use": "pension",
            "kind_wanted": "certificate",
        },
    )
    tell(f"申请已提交：{number}", f"application sent: {number}")
    handler = Person(holding.url)
    handler.staff_login("handler", PASSWORD)
    work = handler.act(handler.referral(number), "accept")
    tell("上海市徐汇区档案馆受理，系统列出候选条目和理由", "accepted in Shanghai; candidates are shown with reasons")
    entries = handler.offered(work, "decide").choices.get("decide-entries", [])
    if not entries:
        raise unexpected(work, "decide-entries")
    handler.act(work, "decide", {"outcome": "provided", "entries": [entries[0]], "kind": "certificate"})
    tell("承办人调阅原件后认定，签章中", "the handler decides after looking at the original; sealing")
    page = citizen.wait_for(f"/requests/{number}/", has_document)
    obtained = downloads(citizen, page, "marriage-by-phone")
    tell("手机上收到签章文件", "the sealed document is on the phone")
    _verify(nodes, obtained, tell)
    return obtained


def _bridge_story(nodes: dict[str, DemoNode], tell: Tell) -> list[Obtained]:
    """At a counter in Shanghai; the record is in an older platform of Zhejiang only, with a mistyped name."""
    point = COUNTERS["310000"]
    tell(
        f"【三】{bridge.WIFE}到上海受理点，查杭州西湖的婚姻登记；目录只在浙江的原有平台里，名字还录错了一个字",
        "[3] At a counter in Shanghai, for a marriage that only an older platform of Zhejiang has, mistyped",
    )
    clerk = Person(nodes["310000"].url)
    clerk.staff_login("clerk", PASSWORD)
    number = clerk.apply(
        f"/counter/{point}/apply/marriage/who/",
        {
            "name": bridge.WIFE,
            "identity_kind": "identity_card",
            "identity_number": bridge.WIFE_NUMBER,
            "applicant_kind": "party",
            "role": "party_b",
            "party_a-name": bridge.HUSBAND,
            "event_date": bridge.YEAR,
            "place": bridge.PLACE,
            "archive_code": bridge.ARCHIVE,
            "purpose_of_use": "inheritance",
            "kind_wanted": "certificate",
        },
    )
    handler = Person(nodes[bridge.PLATFORM].url)
    handler.staff_login("handler", PASSWORD)
    work = handler.wait_for_words(handler.referral(number), bridge.TITLE)
    tell(
        f"浙江节点通过连接器问了原有平台（按配偶姓名查到），承办人看到候选条目来自“{bridge.TITLE}”",
        "Zhejiang's node asked the older platform and found it by the husband; the handler sees where it came from",
    )
    work = handler.act(work, "accept")
    entries = handler.offered(work, "decide").choices.get("decide-entries", [])
    if not entries:
        raise unexpected(work, "decide-entries")
    handler.act(work, "decide", {"outcome": "provided", "entries": [entries[0]], "kind": "certificate"})
    page = clerk.wait_for(f"/counter/{point}/requests/{number}/", has_document)
    obtained = downloads(clerk, page, "marriage-from-older-platform")
    tell("杭州市西湖区档案馆签章的文件已到上海窗口", "the document sealed in Hangzhou is at the counter in Shanghai")
    return obtained


def _phone(node: DemoNode) -> str:
    """A number of an invented citizen: one person keeps one account, so every start uses the same."""
    return f"1390000{node.platform[:2]}01"


def has_document(page: Page) -> bool:
    """Whether a page offers a document."""
    return any(DOCUMENT in href for href, _words in page.links)


def downloads(person: Person, page: Page, name: str) -> list[Obtained]:
    """The document in every format."""
    obtained = []
    for suffix, (beginning, _media_type) in FORMATS.items():
        answer = person.browser.open(page.link(f"/{suffix}/"))
        if not answer.body.startswith(beginning):
            raise unexpected(answer, DOCUMENT)
        obtained.append(Obtained(f"{name}.{suffix}", answer.body))
    return obtained


def _verify(nodes: dict[str, DemoNode], obtained: list[Obtained], tell: Tell) -> None:
    """At the page of a node that had no part in it, without logging in, and offline with the trust list alone."""
    anybody = Person(nodes["330000"].url)
    paths = []
    for one in obtained:
        page = anybody.browser.open("/verify/")
        form = next(form for form in page.forms if "multipart" in form.enctype)
        file = {"document": (one.name, one.content, FORMATS[one.name.rsplit(".", 1)[-1]][1])}
        answer = anybody.browser.submit(page, form, files=file)
        if "sealed_and_unaltered" not in answer.body.decode():
            raise unexpected(answer, "sealed_and_unaltered")
        paths.append(nodes["330000"].folder / "run" / one.name)
        paths[-1].write_bytes(one.content)
    trust = nodes["330000"].folder / "trust"
    words = [sys.executable, "-m", "dangqiao", "verify", *map(str, paths), "--trust", str(trust)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Untrusted("demo.not_valid", N_("The document does not verify offline: {said}"), said=done.stdout.strip())
    tell(
        "浙江节点的核验页面与离线命令均判定：PDF、OFD 有效",
        "PDF and OFD valid by Zhejiang's verification page and by the offline command",
    )


def save(folder: Path, obtained: list[Obtained], node: DemoNode) -> None:
    """Writes the documents into a folder and the trust list beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in obtained:
        (folder / one.name).write_bytes(one.content)
    shutil.rmtree(folder / "trust", ignore_errors=True)
    shutil.copytree(node.folder / "trust", folder / "trust")
