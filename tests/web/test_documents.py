"""A document has further copies, goes out on paper, and is taken back; whoever checks it learns that it was."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.deliverables.models import Deliverable, Delivery, VerificationRecord
from dangqiao.apps.directory.models import AcceptancePoint
from dangqiao.apps.ledger.models import Evidence
from dangqiao.apps.lookups.models import Referral
from dangqiao.apps.work import services as work
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.vocabulary.actor import Role, ScopeKind
from tests.web.conftest import ZHANG, apply, form_of, staff

HUANGPU = (ScopeKind.ARCHIVE, "310101")


@pytest.fixture
def handler(catalogue: Path, zhang: Client) -> Client:
    """Who issued a certificate to Zhang."""
    apply(zhang, use={"purpose_of_use": "housing", "kind_wanted": "certificate", "mode_wanted": "download"})
    handler = staff("handler", Role.HANDLER, *HUANGPU)
    page = f"/workbench/{Referral.objects.get().id}/"
    handler.post(page, form_of(handler.get(page).content.decode(), "accept"))
    decided = {"decide-outcome": "provided", "decide-entries": "310101/marriage/3001-1987-001/1@1"}
    handler.post(page, {**form_of(handler.get(page).content.decode(), "decide"), **decided})
    work.drain()
    return handler


@pytest.fixture
def page(handler: Client) -> str:
    """The address of the document at the workbench."""
    return f"/workbench/documents/{Deliverable.objects.get().id}/"


@pytest.fixture
def reviewer(page: str) -> Client:
    return staff("reviewer", Role.REVIEWER, *HUANGPU)


def _key(shown: str) -> str:
    found = re.findall(r'name="key" value="(\w+)"', shown)
    assert found
    return str(found[-1])


def order(client: Client, page: str, medium: str) -> Deliverable:
    """A further copy, made."""
    answer = client.post(page, {"key": _key(client.get(page).content.decode()), "medium": medium})
    assert answer.status_code == 302, answer.content.decode()
    work.drain()
    return Deliverable.objects.order_by("copy_number").last()  # type: ignore[return-value]


def test_a_further_copy_has_the_serial_of_the_first_and_marks_of_its_own(handler: Client, page: str) -> None:
    first = Deliverable.objects.get()
    second = order(handler, page, "file")
    assert (second.serial, second.copy_number, second.state) == (first.serial, 2, "registered")
    assert second.verification_code != first.verification_code and second.status_index != first.status_index
    content = FrozenContent.from_canonical(second.frozen_content.encode())
    assert (content.facts, content.copy_number) == (
        FrozenContent.from_canonical(first.frozen_content.encode()).facts,
        2,
    )
    assert Referral.objects.get().state == "closed"
    assert "第 2 份" in Client().get(f"/verify/{second.verification_code}/").content.decode()


def test_a_double_click_orders_one_copy(handler: Client, page: str) -> None:
    form = {"key": _key(handler.get(page).content.decode()), "medium": "file"}
    assert [handler.post(page, form).status_code for _ in range(2)] == [302, 302]
    assert Deliverable.objects.count() == 2


def test_paper_is_printed_without_electronic_seal_and_only_by_the_archive(
    handler: Client, page: str, zhang: Client
) -> None:
    paper = order(handler, page, "paper")
    [file] = paper.files.all()
    assert (paper.paper, file.format, file.seal_fingerprint) == (True, "pdf", "")
    address = f"/documents/{paper.id}/pdf/"
    sheet = b"".join(handler.get(address).streaming_content)  # type: ignore[attr-defined]
    assert b"/ByteRange" not in sheet and sheet.startswith(b"%PDF")
    assert zhang.get(address).status_code == 404
    shown = zhang.get(f"/requests/{Referral.objects.get().request.number}/").content.decode()
    assert "纸质件，由档案馆交付" in shown and address not in shown


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"mode": "counter", "recipient": "张晓丽", "signed_for": "on"}, 302),
        ({"mode": "counter", "recipient": "张晓丽"}, 422),
        ({"mode": "post", "recipient": "张晓丽", "address": "上海市某路1号", "tracking_number": "EX1"}, 302),
        ({"mode": "post", "recipient": "张晓丽", "address": "上海市某路1号"}, 422),
    ],
)
def test_paper_is_handed_over_with_a_receipt_or_a_tracking_number(
    handler: Client, page: str, said: dict[str, str], status: int
) -> None:
    paper = order(handler, page, "paper")
    form = {"copy": str(paper.id), "key": "abc", **said}
    assert handler.post(page, form).status_code == status
    assert Delivery.objects.filter(deliverable=paper).count() == (1 if status == 302 else 0)
    if status == 302:
        assert handler.post(page, form).status_code == 302
        assert Delivery.objects.get(deliverable=paper).place == "310101"
        assert said.get("tracking_number", "已签收") in handler.get(page).content.decode()


def test_paper_is_verified_by_its_code_and_the_reader_told_to_look_for_the_stamp(handler: Client, page: str) -> None:
    paper = order(handler, page, "paper")
    shown = Client().post(f"/verify/{paper.verification_code}/", {"name": ZHANG["name"]}).content.decode()
    assert 'data-outcome="valid"' in shown and "打印的印章图样无效" in shown and "李建国" in shown


def revoke(client: Client, page: str, serial: str = "", reason: str = "wrong_content") -> int:
    """Both steps."""
    form = {"reason": reason, "note": "姓名有误"}
    second = client.post(f"{page}revoke/", form)
    assert second.status_code == 200 and "不能恢复" in second.content.decode()
    assert Deliverable.objects.filter(state="revoked").count() == 0
    confirmed = {**form, "confirm": "1", "serial": serial or Deliverable.objects.all()[0].serial}
    return client.post(f"{page}revoke/", confirmed).status_code


def test_revoking_takes_two_steps_and_takes_back_all_copies(handler: Client, reviewer: Client, page: str) -> None:
    order(handler, page, "paper")
    assert revoke(reviewer, page) == 302
    assert set(Deliverable.objects.values_list("state", "revocation_reason")) == {("revoked", "wrong_content")}
    assert Evidence.objects.filter(kind="deliverable.revoked").count() == 2
    assert AuditRecord.objects.get(event="deliverable.revoked").facts["reason"] == "wrong_content"
    assert "已撤销" in handler.get(page).content.decode()


def test_the_wrong_serial_revokes_nothing(reviewer: Client, page: str) -> None:
    assert revoke(reviewer, page, serial="310101-2026-A000099") == 422
    assert Deliverable.objects.get().state == "registered"


def test_the_handler_alone_may_not_revoke(handler: Client, page: str) -> None:
    assert "撤销文书" not in handler.get(page).content.decode()
    assert handler.get(f"{page}revoke/").status_code == 403


def test_a_reviewer_of_another_archive_sees_no_document(page: str) -> None:
    other = staff("other", Role.REVIEWER, ScopeKind.ARCHIVE, "310104")
    assert other.get(page).status_code == 404 and other.get(f"{page}revoke/").status_code == 404


def test_a_reason_of_its_own_must_be_explained(reviewer: Client, page: str) -> None:
    assert reviewer.post(f"{page}revoke/", {"reason": "other", "note": " "}).status_code == 422


def test_everybody_is_told_of_a_revocation(reviewer: Client, page: str, zhang: Client) -> None:
    row = Deliverable.objects.get()
    pdf, ofd = (
        b"".join(reviewer.get(f"/documents/{row.id}/{kind}/").streaming_content)  # type: ignore[attr-defined]
        for kind in ("pdf", "ofd")
    )
    statement = FrozenContent.from_canonical(row.frozen_content.encode()).qr_text()
    revoke(reviewer, page)
    work.drain()
    shown = zhang.get(f"/requests/{Referral.objects.get().request.number}/").content.decode()
    assert "不再有效" in shown and "姓名有误" in shown and "文书内容与档案记载不符" in shown
    assert zhang.get(f"/documents/{row.id}/pdf/").status_code == 404
    log = (Path(settings.NODE_FOLDER) / "messages.log").read_text(encoding="utf-8")
    assert "已撤销所出具的文书" in log
    for answer in (
        Client().get(f"/verify/{row.verification_code}/"),
        Client().post("/verify/", {"document": _file(pdf)}),
        Client().post("/verify/", {"document": _file(ofd)}),
        Client().post("/verify/", {"text": statement, "name": ""}),
    ):
        assert 'data-outcome="invalid"' in answer.content.decode() and "[revoked]" in answer.content.decode()
    assert {"revoked"} <= {reason for record in VerificationRecord.objects.all() for reason in record.reasons}


def test_the_published_list_has_the_revoked_document_and_no_other(reviewer: Client, page: str, client: Client) -> None:
    before = client.get("/status/v1/0")
    assert before.headers["Content-Type"] == "application/vc+jwt"
    revoke(reviewer, page)
    after = client.get("/status/v1/0")
    assert after.content != before.content
    assert client.get("/status/v1/1").status_code == 404


def test_a_counter_orders_a_further_file_and_no_paper(page: str, zhang: Client) -> None:
    row = Deliverable.objects.get()
    request = Referral.objects.get().request
    code = AcceptancePoint.objects.filter(archive="310101").values_list("code", flat=True)[0]
    request.channel, request.acceptance_point = "counter", code
    request.save()
    clerk = staff("clerk", Role.RECEPTIONIST, ScopeKind.ACCEPTANCE_POINT, code)
    page = f"/counter/{code}/requests/{request.number}/"
    assert "增发一份" in clerk.get(page).content.decode()
    for _ in range(2):
        answer = clerk.post(f"{page}copy/", {"document": str(row.id), "key": "one"})
        assert answer.status_code == 302
    work.drain()
    assert sorted(Deliverable.objects.values_list("copy_number", "paper", "state")) == [
        (1, False, "registered"),
        (2, False, "registered"),
    ]


def _file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.pdf", content)
