"""A citizen follows an application: who has it, what is asked, what came out."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dangqiao.apps.deliverables.models import Deliverable, Delivery
from dangqiao.apps.lookups.models import LookupRequest, Referral, RequestMaterial
from dangqiao.apps.work import services as work
from dangqiao.core.vocabulary.actor import Role, ScopeKind
from tests.web.conftest import ZHANG, apply, fill, form_of, log_in_citizen, staff


@pytest.fixture
def handler(node: Path) -> Client:
    return staff("handler", Role.HANDLER, ScopeKind.ARCHIVE, "310101")


def _act(handler: Client, act: str, **said: object) -> None:
    page = f"/workbench/{Referral.objects.get().id}/"
    hidden = form_of(handler.get(page).content.decode(), act)
    answer = handler.post(page, {**hidden, **{f"{act}-{name}": value for name, value in said.items()}})
    assert answer.status_code == 302, answer.content.decode()
    work.drain()


def test_the_page_says_who_has_it_and_what_comes_next(catalogue: Path, zhang: Client) -> None:
    page = zhang.get(apply(zhang)).content.decode()
    assert "上海市黄浦区档案馆 · 承办人" in page
    assert "档案馆审查申请材料是否齐全" in page
    assert "310***********0029" in page and ZHANG["identity_number"] not in page


def test_the_list_has_it_and_nobody_else_s(catalogue: Path, zhang: Client) -> None:
    number = apply(zhang).strip("/").split("/")[1]
    assert number in zhang.get("/requests/").content.decode()
    stranger = Client()
    log_in_citizen(stranger, "13900139000")
    assert number not in stranger.get("/requests/").content.decode()
    assert stranger.get(f"/requests/{number}/").status_code == 404


def test_a_supplement_that_was_asked_for_is_uploaded(catalogue: Path, zhang: Client, handler: Client) -> None:
    address = apply(zhang)
    _act(handler, "ask_supplement", materials=["purpose_proof"], note="请补充购房合同")
    page = zhang.get(address).content.decode()
    assert "请补充购房合同" in page
    referral = Referral.objects.get()
    prefix = referral.id.hex[:8]
    empty = {"action": "supplement", "referral": str(referral.id), f"{prefix}-key": uuid4().hex}
    assert "请上传材料或填写说明" in zhang.post(address, empty).content.decode()
    file = SimpleUploadedFile("合同.pdf", b"%PDF-1.7 invented")
    assert zhang.post(address, {**empty, f"{prefix}-purpose_proof-file": file}).status_code == 302
    work.drain()
    referral.refresh_from_db()
    assert referral.state == "delivered"
    material = RequestMaterial.objects.get(kind="purpose_proof")
    answer = handler.get(f"/materials/{material.id}/")
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 invented"  # type: ignore[attr-defined]


def test_taking_it_back_shows_as_withdrawn(catalogue: Path, zhang: Client) -> None:
    address = apply(zhang)
    zhang.post(address, {"action": "withdraw", "key": uuid4().hex, "reason": ""})
    work.drain()
    assert Referral.objects.get().state == "withdrawn"
    assert "申请已撤回" in zhang.get(address).content.decode()


def test_the_sealed_document_is_downloaded_and_that_is_recorded(
    catalogue: Path, zhang: Client, handler: Client
) -> None:
    address = apply(zhang)
    _act(handler, "accept")
    _act(handler, "decide", outcome="provided", entries=["310101/marriage/3001-1987-001/1@1"])
    document = Deliverable.objects.get()
    page = zhang.get(address).content.decode()
    assert all(f'href="/documents/{document.id}/{name}/"' in page for name in ("pdf", "ofd"))
    assert "OFD" in page and "国密" in page
    for name, beginning in (("", b"%PDF-"), ("pdf/", b"%PDF-"), ("ofd/", b"PK")):
        answer = zhang.get(f"/documents/{document.id}/{name}")
        assert b"".join(answer.streaming_content).startswith(beginning)  # type: ignore[attr-defined]
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert Delivery.objects.get().mode == "download"
    stranger = Client()
    log_in_citizen(stranger, "13900139000")
    for name in ("", "pdf/", "ofd/"):
        assert stranger.get(f"/documents/{document.id}/{name}").status_code == 404
    assert zhang.get(f"/documents/{document.id}/exe/").status_code == 404


def test_a_counter_hands_the_document_over(catalogue: Path, handler: Client) -> None:
    clerk = staff("clerk", Role.RECEPTIONIST, ScopeKind.ACCEPTANCE_POINT, "310104-001")
    base = "/counter/310104-001/"
    who = {"applicant_kind": "party", "role": "party_b", "identity_kind": "identity_card", **ZHANG}
    use = {"purpose_of_use": "housing", "kind_wanted": "certificate", "mode_wanted": "counter"}
    key = fill(clerk, f"{base}apply/marriage/", who=who, use=use)
    address = clerk.post(f"{base}apply/marriage/check/", {"key": key, "identity_document-seen": "on"}).headers[
        "Location"
    ]
    work.drain()
    _act(handler, "accept")
    _act(handler, "decide", outcome="provided", entries=["310101/marriage/3001-1987-001/1@1"])
    assert LookupRequest.objects.get().number in clerk.get(base).content.decode()
    document = Deliverable.objects.get()
    said = {"document": str(document.id), "key": uuid4().hex, "recipient": ZHANG["name"], "signed_for": "on"}
    for _ in range(2):
        assert clerk.post(f"{address}hand-over/", said).status_code == 302
    delivery = Delivery.objects.get()
    assert (delivery.mode, delivery.recipient, delivery.signed_for) == ("counter", ZHANG["name"], True)
    assert re.search(rf"由\s*{ZHANG['name']}\s*领取", clerk.get(address).content.decode())


def test_a_counter_does_not_see_what_another_received(catalogue: Path, zhang: Client) -> None:
    number = apply(zhang).strip("/").split("/")[1]
    clerk = staff("clerk", Role.RECEPTIONIST, ScopeKind.ACCEPTANCE_POINT, "310104-001")
    assert clerk.get(f"/counter/310104-001/requests/{number}/").status_code == 404
