"""Anybody verifies a document, by file or by code; who lacks the name learns nothing."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dangqiao.apps.deliverables.models import Deliverable, VerificationRecord
from dangqiao.apps.lookups.models import Referral
from dangqiao.apps.work import services as work
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.vocabulary.actor import Role, ScopeKind
from tests.web.conftest import ZHANG, apply, form_of, staff


@pytest.fixture
def document(catalogue: Path, zhang: Client) -> bytes:
    """A certificate that was issued to Zhang."""
    apply(zhang, use={"purpose_of_use": "housing", "kind_wanted": "certificate", "mode_wanted": "download"})
    handler = staff("handler", Role.HANDLER, ScopeKind.ARCHIVE, "310101")
    page = f"/workbench/{Referral.objects.get().id}/"
    handler.post(page, form_of(handler.get(page).content.decode(), "accept"))
    decided = {"decide-outcome": "provided", "decide-entries": "310101/marriage/3001-1987-001/1@1"}
    handler.post(page, {**form_of(handler.get(page).content.decode(), "decide"), **decided})
    work.drain()
    answer = zhang.get(f"/documents/{Deliverable.objects.get().id}/")
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def _upload(content: bytes, name: str = "a.pdf") -> str:
    return Client().post("/verify/", {"document": SimpleUploadedFile(name, content)}).content.decode()


def test_a_genuine_document_is_valid_and_said_to_be_a_test(document: bytes) -> None:
    page = _upload(document)
    assert 'data-outcome="valid"' in page and "test_seal" in page
    assert VerificationRecord.objects.get().verdict == "valid"


def test_one_byte_changed_is_invalid(document: bytes) -> None:
    middle = document.index(b"stream") + 40
    altered = document[:middle] + bytes([document[middle] ^ 1]) + document[middle + 1 :]
    page = _upload(altered)
    assert 'data-outcome="invalid"' in page


@pytest.mark.parametrize("content", [b"no document", b"%PDF-1.7 nothing in it", b"\x00" * 100])
def test_what_is_no_document_is_invalid(node: Path, content: bytes) -> None:
    assert 'data-outcome="invalid"' in _upload(content)


def test_the_code_shows_what_is_certified_only_to_who_knows_the_name(document: bytes) -> None:
    code = Deliverable.objects.get().verification_code
    page = Client().get(f"/verify/{code}/").content.decode()
    assert "310101-" in page and "李建国" not in page
    assert "李建国" not in Client().post(f"/verify/{code}/", {"name": "别人"}).content.decode()
    page = Client().post(f"/verify/{code}/", {"name": ZHANG["name"]}).content.decode()
    assert 'data-outcome="valid"' in page and "李建国" in page


def test_a_code_typed_with_blanks_and_small_letters_is_found(document: bytes) -> None:
    code = Deliverable.objects.get().verification_code
    typed = " ".join([code[:4], code[4:8], code[8:]]).lower()
    answer = Client().post("/verify/", {"code": typed})
    assert answer.headers["Location"] == f"/verify/{code.replace('-', '')}/"


def test_a_code_that_does_not_exist_is_invalid(node: Path, client: Client) -> None:
    page = client.get("/verify/31CDEFGH23456789/").content.decode()
    assert "unknown_code" in page and 'data-outcome="invalid"' in page
    assert VerificationRecord.objects.get().reasons == ["unknown_code"]


def test_guessing_is_stopped(node: Path, client: Client) -> None:
    statuses = [client.get(f"/verify/31CDEFGH2345{number:04d}/").status_code for number in range(31)]
    assert statuses[0] == 200 and statuses[-1] == 429


def test_programs_verify_by_the_interface(document: bytes) -> None:
    answer = Client().post("/api/v1/verify", {"document": SimpleUploadedFile("a.pdf", document)}).json()
    assert (answer["outcome"], answer["archive"]) == ("valid", "310101")
    assert [reason["code"] for reason in answer["reasons"]] == ["sealed_and_unaltered", "test_seal"]


def test_the_node_says_that_it_lives(node: Path, client: Client) -> None:
    assert client.get("/api/v1/health").json()["platform"] == "310000"


def test_the_node_answers_head(node: Path, client: Client) -> None:
    assert client.head("/api/v1/health").status_code == 200


def _asked(address: str, **body: str) -> dict[str, object]:
    answer = Client().post(f"/api/v1/verify/{address}", body, content_type="application/json")
    return {**answer.json(), "status": answer.status_code}


def test_programs_ask_for_a_code_and_get_the_content_only_with_the_name(document: bytes) -> None:
    code = Deliverable.objects.get().verification_code
    without, wrong = _asked("code", code=code), _asked("code", code=code, name="别人")
    assert (without["outcome"], without["content"]) == ("indeterminate", None)
    assert (wrong["outcome"], wrong["content"]) == ("invalid", None)
    said = _asked("code", code=f"{code[:4]} {code[4:].lower()}", name=ZHANG["name"])
    assert said["outcome"] == "valid" and said["serial"] == Deliverable.objects.get().serial
    assert "李建国" in str(said["content"])
    [reason] = said["reasons"]  # type: ignore[misc]
    assert reason["code"] == "registered" and "出具过" in reason["sentence_zh"]


def test_programs_check_a_square_pattern(document: bytes) -> None:
    content = FrozenContent.from_canonical(Deliverable.objects.get().frozen_content.encode())
    said = _asked("statement", text=content.qr_text(), name=ZHANG["name"])
    assert (said["outcome"], said["kind"], said["copy_number"]) == ("valid", "certificate", 1)
    assert said["status_as_of"] and said["trust_as_of"]
    assert _asked("statement", text="https://example.cn/")["outcome"] == "invalid"
    assert VerificationRecord.objects.filter(way="api").count() == 2


def test_a_pattern_that_was_scanned_elsewhere_is_pasted(document: bytes) -> None:
    content = FrozenContent.from_canonical(Deliverable.objects.get().frozen_content.encode())
    page = Client().post("/verify/", {"text": content.qr_text(), "name": ""}).content.decode()
    assert 'data-outcome="valid"' in page and content.serial in page and ZHANG["name"] not in page
    forged = content.qr_text()[:-9] + ("A" if content.statement[-9] != "A" else "B") + content.qr_text()[-8:]
    assert 'data-outcome="invalid"' in Client().post("/verify/", {"text": forged}).content.decode()


def test_nothing_personal_is_kept_of_a_verification(document: bytes) -> None:
    row = Deliverable.objects.get()
    Client().post(f"/verify/{row.verification_code}/", {"name": ZHANG["name"]})
    kept = str(list(VerificationRecord.objects.values()))
    assert ZHANG["name"] not in kept and row.verification_code not in kept and row.serial not in kept


def test_the_keys_that_a_browser_needs_hold_no_secret(node: Path, client: Client) -> None:
    said = client.get("/verify/keys.json").json()
    [key] = said["keys"]["310000"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "from", "until"}
    assert said["archives"]["310101"][1] == "310000"
