"""A decision becomes one sealed, registered document, whoever is killed and however often the job runs."""

import threading
from uuid import uuid4

import pytest
from django.db import connection, transaction

from dangqiao.apps.deliverables import jobs, queries, services
from dangqiao.apps.deliverables.models import Deliverable, Kind, Seal
from dangqiao.apps.directory.services import seed_province
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.ports import port
from dangqiao.apps.work.models import Job
from dangqiao.core.errors import BadInput
from dangqiao.core.sealing.content import Fact
from dangqiao.core.sealing.verdict import Outcome
from dangqiao.core.vocabulary.actor import node, operator
from dangqiao.core.vocabulary.purpose import Purpose

registered: list[str] = []
impossible: list[str] = []


def when_registered(row: Deliverable) -> None:
    """Stands in for the lookups app."""
    registered.append(row.serial)


def when_impossible(row: Deliverable, why: str) -> None:
    """Stands in for the lookups app."""
    impossible.append(why)


@pytest.fixture(autouse=True)
def _hooks(settings, db) -> None:  # type: ignore[no-untyped-def]
    registered.clear()
    impossible.clear()
    settings.DELIVERABLE_REGISTERED = f"{__name__}.when_registered"
    settings.DELIVERABLE_IMPOSSIBLE = f"{__name__}.when_impossible"
    seed_province(operator("test", "310000"))


def draft(**changes: object) -> services.Draft:
    values: dict[str, object] = {
        "referral": uuid4(),
        "round": 1,
        "archive": "310101",
        "category": "marriage",
        "kind": Kind.CERTIFICATE,
        "applicant": "测试人甲",
        "purpose": "购房、房产过户",
        "reference_codes": ("C001-1987-0012",),
        "facts": (Fact("登记日期", "1987年3月"), Fact("男方姓名", "测试人甲"), Fact("女方姓名", "")),
    }
    return services.Draft(**(values | changes))  # type: ignore[arg-type]


def reserve(**changes: object) -> Deliverable:
    with transaction.atomic():
        return services.reserve(node("310000"), Purpose.HANDLING, draft(**changes))


def test_a_certificate_is_sealed_registered_evidenced_and_valid() -> None:
    row = reserve()
    jobs.seal({"deliverable": str(row.id)})
    row.refresh_from_db()
    assert (row.state, registered) == ("registered", [row.serial])
    for file in services.files_of(row):
        verdict = queries.judge(port("storage").get(file.sha256))
        assert verdict.outcome is Outcome.VALID, verdict.reasons
        assert verdict.claim and verdict.claim.serial == row.serial
    assert [evidence.kind for evidence in ledger.about(f"deliverable:{row.id}")] == ["deliverable.registered"] * 2
    found = queries.by_code(row.verification_code.lower())
    assert found is not None
    assert found.content is not None
    assert found.content.facts[0].value == "1987年3月"


def test_pdf_and_ofd_are_both_registered_with_the_certificates_of_the_one_seal() -> None:
    row = reserve()
    jobs.seal({"deliverable": str(row.id)})
    pdf, ofd = services.files_of(row)
    assert (pdf.format, ofd.format) == ("pdf", "ofd")
    seal = Seal.objects.get(archive_code="310101")
    assert (pdf.seal_fingerprint, ofd.seal_fingerprint) == (seal.fingerprint, seal.gm_fingerprint)
    assert "BEGIN CERTIFICATE" in seal.gm_certificate


def test_a_node_that_makes_no_ofd_registers_the_pdf_alone(settings) -> None:  # type: ignore[no-untyped-def]
    settings.ADAPTERS = {name: path for name, path in settings.ADAPTERS.items() if name != "ofd_sealer"}
    row = reserve()
    jobs.seal({"deliverable": str(row.id)})
    assert [file.format for file in services.files_of(row)] == ["pdf"]
    assert Seal.objects.get(archive_code="310101").gm_fingerprint == ""


def test_the_job_may_run_again_and_registers_once() -> None:
    row = reserve()
    for _ in range(3):
        jobs.seal({"deliverable": str(row.id)})
    assert registered == [row.serial]
    assert Seal.objects.filter(archive_code="310101", state="active").count() == 1


def test_the_same_decision_twice_is_one_document_with_one_serial() -> None:
    referral = uuid4()
    first, second = reserve(referral=referral), reserve(referral=referral)
    assert first.id == second.id
    assert Job.objects.filter(kind="deliverables.seal").count() == 1


def test_serials_count_on_by_archive_and_kind_without_gap_after_a_roll_back() -> None:
    assert reserve().serial.endswith("A000001")
    with pytest.raises(BadInput, match="wording"):
        reserve(
            kind=Kind.NOT_FOUND_NOTICE,
            reference_codes=(),
            facts=(),
            archive="310104",
            range_searched="兹证明甲与乙系夫妻",
        )
    assert reserve().serial.endswith("A000002")
    assert reserve(archive="310104").serial.endswith("A000001")
    notice = reserve(
        archive="310104", kind=Kind.NOT_FOUND_NOTICE, reference_codes=(), facts=(), range_searched="1980—1990年"
    )
    assert notice.serial.endswith("N000001")


def test_a_character_without_glyph_sends_the_decision_back() -> None:
    row = reserve(facts=(Fact("男方姓名", "王\U000e0fff"),))
    job = Job.objects.get(kind="deliverables.seal")
    assert job.payload == {"deliverable": str(row.id)}
    with pytest.raises(Exception, match="glyph_missing"):
        jobs.seal(job.payload)
    assert len(impossible) == 1
    row.refresh_from_db()
    assert row.state == "reserved"


@pytest.mark.parametrize("code", ["", "AAAAAAAAAAAAAAAA", "' OR 1=1 --"])
def test_a_code_that_was_never_given_out_finds_nothing(code: str) -> None:
    reserve()
    assert queries.by_code(code) is None


@pytest.mark.django_db(transaction=True)
def test_many_reservations_at_once_give_every_serial_once() -> None:
    serials: list[str] = []

    def work() -> None:
        try:
            serials.append(reserve().serial)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(serial[-6:] for serial in serials) == [f"{number:06d}" for number in range(1, 9)]
