"""A handler finds what waits, sees why an entry may be the one, and decides; two at once are told."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.test import Client

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.lookups.models import Decision, LookupRequest, Referral, Search
from dangqiao.apps.lookups.records import sought_from_text, sought_of, sought_to_text
from dangqiao.core.vocabulary.actor import Role, ScopeKind
from tests.web.conftest import ANSWERS, apply, couple, form_of, staff, take_in

ENTRY = "310101/marriage/3001-1987-001/1@1"
HUANGPU = (ScopeKind.ARCHIVE, "310101")


@pytest.fixture
def handler(node: Path) -> Client:
    return staff("handler", Role.HANDLER, *HUANGPU)


@pytest.fixture
def page(catalogue: Path, zhang: Client) -> str:
    """The address of a referral that waits."""
    apply(zhang)
    return f"/workbench/{Referral.objects.get().id}/"


def _send(client: Client, page: str, act: str, expected: int = 302, **said: object) -> str:
    hidden = form_of(client.get(page).content.decode(), act)
    answer = client.post(page, {**hidden, **{f"{act}-{name}": value for name, value in said.items()}})
    assert answer.status_code == expected, answer.content.decode()
    return answer.content.decode()


def test_the_worklist_shows_what_waits(page: str, handler: Client) -> None:
    shown = handler.get("/workbench/").content.decode()
    assert page in shown and "张晓丽" in shown
    assert page not in handler.get("/workbench/?stage=review").content.decode()
    assert page in handler.get("/workbench/?category=marriage&archive=310101").content.decode()


def test_a_handler_of_another_archive_sees_nothing(page: str) -> None:
    other = staff("other", Role.HANDLER, ScopeKind.ARCHIVE, "310104")
    assert page not in other.get("/workbench/").content.decode()
    assert other.get(page).status_code == 404


def test_the_candidate_stands_with_its_reasons_and_its_image(page: str, handler: Client) -> None:
    shown = handler.get(page).content.decode()
    assert "张小丽，与张晓丽同音" in shown
    assert "未与原件核对" in shown
    image = f"{page}page/?{urlencode({'entry': '310101/marriage/3001-1987-001/1', 'number': 1})}"
    assert image.split("?")[0] in shown
    answer = handler.get(image)
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")  # type: ignore[attr-defined]
    assert AuditRecord.objects.filter(event="holdings.page_read").exists()
    assert handler.get(image.replace("/page/", "/sheet/")).status_code == 200


def test_an_entry_of_another_archive_shows_no_image(page: str) -> None:
    other = staff("other", Role.HANDLER, ScopeKind.ARCHIVE, "310104")
    query = urlencode({"entry": "310101/marriage/3001-1987-001/1", "number": 1})
    assert other.get(f"{page}page/?{query}").status_code == 404


@pytest.mark.parametrize("entry", ["", "rubbish", "a/b/c/d", "310101/marriage/none/1"])
def test_an_address_of_no_entry_is_no_page(page: str, handler: Client, entry: str) -> None:
    assert handler.get(f"{page}sheet/?{urlencode({'entry': entry, 'number': 1})}").status_code == 404


def test_accept_and_decide(page: str, handler: Client) -> None:
    _send(handler, page, "accept")
    _send(handler, page, "decide", outcome="provided", entries=[ENTRY], kind="certificate", note="")
    assert Decision.objects.get().outcome == "provided"
    assert Deliverable.objects.get().kind == "certificate"


def test_whoever_is_second_is_told_what_happened(page: str, handler: Client) -> None:
    _send(handler, page, "accept")
    colleague = staff("colleague", Role.HANDLER, *HUANGPU)
    late = form_of(colleague.get(page).content.decode(), "decide")
    _send(handler, page, "decide", outcome="provided", entries=[ENTRY])
    answer = colleague.post(page, {**late, "decide-outcome": "not_found"})
    shown = answer.content.decode()
    assert answer.status_code == 409 and "未办理" in shown and "第 1 次决定" in shown
    assert Decision.objects.count() == 1


def test_a_double_click_decides_once(page: str, handler: Client) -> None:
    _send(handler, page, "accept")
    form = {
        **form_of(handler.get(page).content.decode(), "decide"),
        "decide-outcome": "provided",
        "decide-entries": ENTRY,
    }
    assert [handler.post(page, form).status_code for _ in range(2)] == [302, 302]
    assert Decision.objects.count() == 1


def test_an_outcome_without_its_reason_is_asked_again(page: str, handler: Client) -> None:
    _send(handler, page, "accept")
    shown = _send(handler, page, "decide", 422, outcome="provided")
    assert "summary-errors" in shown and not Decision.objects.exists()


def test_not_accepting_gives_a_coded_reason(page: str, handler: Client, zhang: Client) -> None:
    shown = handler.get(page).content.decode()
    assert 'value="not_entitled"' in shown
    _send(handler, page, "not_accept", reason="not_entitled", note="")
    assert Referral.objects.get().state == "not_accepted"


def test_searching_again_with_another_writing_keeps_the_application(page: str, handler: Client) -> None:
    hidden = form_of(handler.get(page).content.decode(), "search")
    said = {"party_a-name": "赵铁柱", "party_b-name": "钱桂芳", "event_date": "1988", "place": ""}
    answer = handler.post(page, {**hidden, **{f"search-{name}": value for name, value in said.items()}})
    assert answer.status_code == 302, answer.content.decode()
    search = Search.objects.latest("id")
    assert "3001-1988-002" in str(search.candidates)
    assert "张晓丽" in handler.get(page).content.decode(), "the application itself is as it was"


def test_the_kind_that_is_meant_is_shown_and_may_be_changed(catalogue: Path, zhang: Client, handler: Client) -> None:
    apply(zhang, record={**ANSWERS["record"], "act": "离婚"})
    page = f"/workbench/{Referral.objects.get().id}/"
    shown = handler.get(page).content.decode()
    assert re.search("查询事项</dt><dd>离婚<", shown)
    assert re.search(r'name="search-act" value="离婚"[^>]* checked', shown)
    said = {"party_a-name": "李建国", "party_b-name": "张晓丽", "event_date": "1987", "place": "", "act": "结婚"}
    hidden = form_of(shown, "search")
    handler.post(page, {**hidden, **{f"search-{name}": value for name, value in said.items()}})
    assert [sought_from_text(each.query).act for each in Search.objects.order_by("id")] == ["离婚", "结婚"]


def test_another_word_of_another_platform_for_the_kind_stays(catalogue: Path, zhang: Client, handler: Client) -> None:
    apply(zhang)
    request = LookupRequest.objects.get()
    request.query = sought_to_text(replace(sought_of(request), act="复婚"))
    request.save()
    Search.objects.all().delete()
    shown = handler.get(f"/workbench/{Referral.objects.get().id}/").content.decode()
    assert re.search(r'name="search-act" value="复婚"[^>]* checked', shown)


def test_originals_are_fetched_and_arrive(page: str, handler: Client) -> None:
    _send(handler, page, "accept")
    _send(handler, page, "fetch_originals", note="三楼")
    _send(handler, page, "originals_arrived")
    assert Referral.objects.get().state == "accepted"


def test_transfer_to_another_archive(page: str, handler: Client) -> None:
    shown = handler.get(page).content.decode()
    reason = shown.split('name="transfer-reason"')[1].split('<option value="')[1].split('"')[0]
    _send(handler, page, "transfer", to_archive="310104", reason=reason, note="")
    assert Referral.objects.get(archive_code="310101").state == "transferred"


def test_a_reviewer_approves_and_a_handler_cannot(page: str, handler: Client) -> None:
    _send(handler, page, "accept")
    reason = "not_entitled"
    _send(handler, page, "decide", outcome="not_provided", reason_code=reason)
    assert Referral.objects.get().state == "review"
    assert 'value="approve_review"' not in handler.get(page).content.decode()
    reviewer = staff("reviewer", Role.REVIEWER, *HUANGPU)
    _send(reviewer, page, "return_for_rework", note="理由请再核")
    assert Referral.objects.get().state == "accepted"
    _send(handler, page, "decide", outcome="not_provided", reason_code=reason)
    _send(reviewer, page, "approve_review")
    assert Referral.objects.get().state == "closed"


def test_an_act_that_does_not_exist_is_refused(page: str, handler: Client) -> None:
    assert handler.post(page, {"act": "burn"}).status_code == 404


def test_where_several_fit_the_page_says_which_fact_to_ask_for(page: str, handler: Client, tmp_path: Path) -> None:
    namesakes = (("3001-1990-004", "孙玉兰", "1990-05-01"), ("3001-1992-005", "周小燕", "1992-10-01"))
    take_in(tmp_path / "more.csv", [couple(code, "赵铁柱", wife, "1966-01-01", day) for code, wife, day in namesakes])
    question = "如能提供另一方姓名"
    assert question not in handler.get(page).content.decode()
    _send(handler, page, "search", **{"party_a-name": "赵铁柱", "party_b-name": "", "event_date": "", "place": ""})
    assert question in handler.get(page).content.decode()


def test_a_candidate_that_does_not_name_the_wife_says_so(page: str, handler: Client, tmp_path: Path) -> None:
    take_in(tmp_path / "more.csv", [couple("3001-1990-004", "孙玉堂", "", "", "1990-05-01")])
    assert "有当事人未著录姓名" not in handler.get(page).content.decode()
    _send(handler, page, "search", **{"party_a-name": "孙玉堂", "party_b-name": "", "event_date": "1990", "place": ""})
    assert "有当事人未著录姓名" in handler.get(page).content.decode()
