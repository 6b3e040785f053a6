"""A citizen applies: one page after another, checked, sent once."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dangqiao.apps.lookups.models import LookupRequest
from dangqiao.apps.lookups.records import sought_of
from dangqiao.core.vocabulary.actor import Role, ScopeKind
from tests.web.conftest import ANSWERS, ZHANG, fill, staff

WHO = ANSWERS["who"]
RECORD = {**ANSWERS["record"], "party_b-former_names": "张小丽、张晓莉"}
USE = ANSWERS["use"]
SENT = {"applicant_kind": "sent_by_party", "role": "party_b"}


def test_an_application_reaches_the_archive_with_what_was_proved(zhang: Client) -> None:
    key = fill(zhang, record=RECORD)
    answer = zhang.post("/apply/marriage/check/", {"key": key})
    request = LookupRequest.objects.get()
    assert answer.headers["Location"] == f"/requests/{request.number}/"
    first, second = sought_of(request).persons
    assert (first.name, first.role, first.identity_number) == (ZHANG["name"], "party_b", ZHANG["identity_number"])
    assert first.former_names == ("张小丽", "张晓莉")
    assert (second.name, second.role, second.sex) == ("李建国", "party_a", "male")
    assert request.routing == {"chosen": "310101"}


def test_a_double_click_is_one_application(zhang: Client) -> None:
    key = fill(zhang)
    first = zhang.post("/apply/marriage/check/", {"key": key})
    second = zhang.post("/apply/marriage/check/", {"key": key})
    assert first.headers["Location"] == second.headers["Location"]
    assert LookupRequest.objects.count() == 1


def test_without_a_real_name_nobody_applies(citizen: Client) -> None:
    answer = citizen.get("/apply/marriage/who/")
    assert answer.headers["Location"] == "/accounts/real-name/?next=%2Fapply%2Fmarriage%2Fwho%2F"


def test_no_page_can_be_left_out(zhang: Client) -> None:
    assert zhang.get("/apply/marriage/check/").headers["Location"] == "/apply/marriage/who/"


def test_what_was_typed_stays_when_coming_back(zhang: Client) -> None:
    fill(zhang)
    assert 'value="李建国"' in zhang.get("/apply/marriage/record/").content.decode()


def test_changing_one_answer_leads_back_to_the_summary(zhang: Client) -> None:
    fill(zhang)
    answer = zhang.post("/apply/marriage/use/", {**USE, "purpose_of_use": "pension"})
    assert answer.headers["Location"] == "/apply/marriage/check/"


@pytest.mark.parametrize(
    ("step", "answers", "field"),
    [
        ("who", {"applicant_kind": "party"}, "id_role_0"),
        ("who", {"applicant_kind": "burglar"}, "id_applicant_kind_0"),
    ],
)
def test_a_mistake_is_named_with_a_link_to_it(zhang: Client, step: str, answers: dict[str, str], field: str) -> None:
    page = zhang.post(f"/apply/marriage/{step}/", answers).content.decode()
    assert f'href="#{field}"' in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"purpose_of_use": "other"}, "id_purpose_note"),
        ({"mode_wanted": "post"}, "id_postal_address"),
    ],
)
def test_what_an_answer_makes_necessary_is_asked_for(zhang: Client, wrong: dict[str, str], field: str) -> None:
    fill(zhang)
    page = zhang.post("/apply/marriage/use/", {**USE, **wrong}).content.decode()
    assert f'href="#{field}"' in page


def test_an_impossible_date_is_said_in_words(zhang: Client) -> None:
    zhang.post("/apply/marriage/who/", WHO)
    page = zhang.post("/apply/marriage/record/", {**RECORD, "event_date": "1987-13-05"}).content.decode()
    assert 'href="#id_event_date"' in page


def test_somebody_sent_uploads_what_they_must_show(zhang: Client) -> None:
    key = fill(zhang, who=SENT)
    page = zhang.post("/apply/marriage/check/", {"key": key}).content.decode()
    assert 'href="#id_notarised_mandate-file"' in page
    assert not LookupRequest.objects.exists()


def test_a_file_that_only_has_the_right_name_is_refused(zhang: Client) -> None:
    key = fill(zhang, who=SENT)
    files = {
        "notarised_mandate-file": SimpleUploadedFile("a.pdf", b"MZ\x90 no document"),
        "identity_document_of_party-file": SimpleUploadedFile("b.pdf", b"%PDF-1.7 a document"),
    }
    page = zhang.post("/apply/marriage/check/", {"key": key, "notarised_mandate-kind": "notarised_mandate", **files})
    assert "id_notarised_mandate-file" in page.content.decode()
    assert not LookupRequest.objects.exists()


def test_nobody_else_sees_the_draft(zhang: Client) -> None:
    fill(zhang)
    zhang.post("/accounts/logout/")
    assert not any(name.startswith("draft") for name in list(zhang.session.keys()))


def test_a_receptionist_receives_for_somebody_at_the_counter(node: Path) -> None:
    clerk = staff("clerk", Role.RECEPTIONIST, ScopeKind.ACCEPTANCE_POINT, "310101-001")
    who = {"applicant_kind": "party", "role": "party_b", "identity_kind": "identity_card", **ZHANG}
    key = fill(clerk, "/counter/310101-001/apply/marriage/", who=who, use={**USE, "mode_wanted": "counter"})
    page = clerk.post("/counter/310101-001/apply/marriage/check/", {"key": key}).content.decode()
    assert 'href="#id_identity_document-seen"' in page, "the original must be looked at"
    seen = {"key": key, "identity_document-seen": "on"}
    clerk.post("/counter/310101-001/apply/marriage/check/", seen)
    request = LookupRequest.objects.get()
    assert (request.channel, request.acceptance_point) == ("counter", "310101-001")
    assert request.materials.get().seen_by == request.received_by


def test_a_receptionist_of_another_point_may_not_receive_here(node: Path) -> None:
    clerk = staff("clerk", Role.RECEPTIONIST, ScopeKind.ACCEPTANCE_POINT, "310104-001")
    assert clerk.get("/counter/310101-001/apply/marriage/who/").status_code == 403


def test_the_next_person_at_the_counter_does_not_see_the_one_before(node: Path) -> None:
    clerk = staff("clerk", Role.RECEPTIONIST, ScopeKind.ACCEPTANCE_POINT, "310101-001")
    who = {**WHO, "name": "前一位", "identity_kind": "passport", "identity_number": "E1234567"}
    clerk.post("/counter/310101-001/apply/marriage/who/", who)
    assert "前一位" in clerk.get("/counter/310101-001/apply/marriage/who/").content.decode()
    assert "/counter/310101-001/apply/marriage/who/?new=1" in clerk.get("/counter/310101-001/").content.decode()
    page = clerk.get("/counter/310101-001/apply/marriage/who/?new=1", follow=True)
    assert page.redirect_chain == [("/counter/310101-001/apply/marriage/who/", 302)]
    assert "前一位" not in page.content.decode()


def test_what_the_document_need_not_show_is_chosen_read_again_and_seen_by_the_archive(zhang: Client) -> None:
    wish = {"kind_wanted": "certificate", "left_out": ["party_a.identity_number", "party_a.birth_date"]}
    key = fill(zhang, use={**USE, **wish})
    assert "男方出生日期、男方身份证件号" in zhang.get("/apply/marriage/check/").content.decode()
    zhang.post("/apply/marriage/check/", {"key": key})
    request = LookupRequest.objects.get()
    assert request.left_out == ["party_a.birth_date", "party_a.identity_number"]
    assert "男方身份证件号" in zhang.get(f"/requests/{request.number}/").content.decode()


def test_nothing_can_be_left_out_of_a_copy(zhang: Client) -> None:
    fill(zhang)
    wrong = {**USE, "kind_wanted": "copy", "left_out": ["party_a.birth_date"]}
    assert 'href="#id_left_out_0"' in zhang.post("/apply/marriage/use/", wrong).content.decode()


def test_who_says_that_the_divorce_is_meant_reads_it_again(zhang: Client) -> None:
    key = fill(zhang, record={**RECORD, "act": "离婚"})
    assert "查询事项" in (shown := zhang.get("/apply/marriage/check/").content.decode()) and "离婚" in shown
    zhang.post("/apply/marriage/check/", {"key": key})
    request = LookupRequest.objects.get()
    assert sought_of(request).act == "离婚"
    assert re.search("查询事项</dt><dd>离婚<", zhang.get(f"/requests/{request.number}/").content.decode())


def test_who_does_not_know_which_is_meant_says_nothing(zhang: Client) -> None:
    key = fill(zhang, record={**RECORD, "act": ""})
    assert "查询事项" not in zhang.get("/apply/marriage/check/").content.decode()
    zhang.post("/apply/marriage/check/", {"key": key})
    request = LookupRequest.objects.get()
    assert sought_of(request).act == ""
    assert "查询事项" not in zhang.get(f"/requests/{request.number}/").content.decode()


def test_a_kind_that_is_not_offered_is_refused(zhang: Client) -> None:
    zhang.post("/apply/marriage/who/", WHO)
    page = zhang.post("/apply/marriage/record/", {**RECORD, "act": "分手"}).content.decode()
    assert 'href="#id_act_0"' in page


@pytest.mark.parametrize(
    ("category", "who", "offered"),
    [
        ("marriage", WHO, ["", "结婚", "离婚"]),
        ("educated-youth", {"applicant_kind": "party"}, ["", "下乡", "返城"]),
        ("only-child", {"applicant_kind": "party", "role": "child"}, []),
    ],
)
def test_only_where_one_ends_the_other_is_the_kind_asked(
    zhang: Client, category: str, who: dict[str, str], offered: list[str]
) -> None:
    zhang.post(f"/apply/{category}/who/", who)
    page = zhang.get(f"/apply/{category}/record/").content.decode()
    assert re.findall(r'name="act" value="(.*?)"', page) == offered
