"""Every page in both languages: nothing is left in the other one."""

import re
from pathlib import Path

import pytest
from django.test import Client

from dangqiao.apps.lookups.models import Referral
from dangqiao.core.vocabulary.actor import Role, ScopeKind
from tests.web.conftest import apply, staff

OURS = re.compile(r"<(script|style|title)\b.*?</\1>|<(\w+)[^>]*lang=\"zh-CN\">.*?</\2>|<[^>]*>", re.DOTALL)
"""What is not text of the page, or said to be Chinese (a law that is cited)."""
HAN = re.compile(r"[\u4e00-\u9fff]+")
WORD = re.compile(r"[A-Za-z]{3,}(?: [A-Za-z]{2,})+")
NAMES = ("中文", "测试", "年", "月", "张", "李", "王", "农历", "上海", "黄浦", "婚姻登记档案管理办法", "馆")


def _text(page: str) -> str:
    return OURS.sub("\n", page.split("<body", 1)[1])


def _both(client: Client, address: str) -> tuple[str, str]:
    pages = []
    for language in ("zh-hans", "en"):
        client.post("/language/", {"language": language, "next": "/"})
        answer = client.get(address)
        assert answer.status_code == 200, address
        pages.append(_text(answer.content.decode()))
    return pages[0], pages[1]


def _check(client: Client, address: str, english_may_hold: str = "") -> None:
    chinese, english = _both(client, address)
    left = [match for match in WORD.findall(chinese) if match not in english_may_hold]
    assert not left, f"{address}: English on the Chinese page"
    foreign = [match for match in HAN.findall(english) if not any(name in match for name in NAMES)]
    assert not foreign, f"{address}: Chinese on the English page"


@pytest.mark.parametrize("address", ["/", "/verify/", "/accounts/login/", "/accounts/staff/"])
def test_public_pages(node: Path, client: Client, address: str) -> None:
    _check(client, address)


def test_the_pages_of_a_citizen(catalogue: Path, zhang: Client) -> None:
    address = apply(zhang)
    for page in ("/apply/", "/apply/only-child/who/", "/requests/", address):
        _check(zhang, page)


def test_each_step_of_an_application(node: Path, zhang: Client) -> None:
    for category, role, name in (
        ("marriage", "party_b", "party_a-name"),
        ("only-child", "child", "father-name"),
        ("educated-youth", "youth", ""),
    ):
        base = f"/apply/{category}/"
        zhang.post(f"{base}who/", {"applicant_kind": "party", "role": role})
        _check(zhang, f"{base}record/")
        zhang.post(f"{base}record/", {name: "李建国", "event_date": "1987"} if name else {"event_date": "1970"})
        _check(zhang, f"{base}archive/?platform=310000")
        zhang.post(f"{base}archive/", {"archive_code": "", "inquiry_consent": "on"})
        _check(zhang, f"{base}use/")
        zhang.post(f"{base}use/", {"purpose_of_use": "pension", "kind_wanted": "copy", "mode_wanted": "download"})
        _check(zhang, f"{base}check/")


def test_the_desks(catalogue: Path, zhang: Client) -> None:
    apply(zhang)
    handler = staff("handler", Role.HANDLER, ScopeKind.ARCHIVE, "310101")
    _check(handler, "/workbench/")
    clerk = staff("clerk", Role.RECEPTIONIST, ScopeKind.ACCEPTANCE_POINT, "310104-001")
    _check(clerk, "/counter/310104-001/")
    _check(clerk, "/counter/310104-001/apply/marriage/who/")
    chinese, english = _both(handler, f"/workbench/{Referral.objects.get().id}/")
    assert "张小丽，与张晓丽同音" in chinese and "sounds like" in english


def test_an_error_says_what_to_do_in_both(node: Path, client: Client) -> None:
    for language, words in (("zh-hans", "没有这个页面"), ("en", "There is no such page")):
        client.post("/language/", {"language": language, "next": "/"})
        assert words in client.get("/nowhere/").content.decode()
