"""An issued PDF is lengthened in the background and renewed in time; the register knows all its forms."""

import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from dangqiao.apps.deliverables import jobs, queries, renewal, seals, services
from dangqiao.apps.deliverables.models import Deliverable, DeliverableFile, EarlierForm, Kind
from dangqiao.apps.directory.services import seed_province
from dangqiao.apps.fields import now
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.ports import port
from dangqiao.apps.work import services as work
from dangqiao.apps.work.models import Job
from dangqiao.core.errors import Conflict
from dangqiao.core.sealing.content import Fact
from dangqiao.core.sealing.verdict import Outcome
from dangqiao.core.vocabulary.actor import node, operator
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.deliverables.test_issue_a_document import when_registered

US, WHY = node("310000"), Purpose.OPERATION
ARCHIVE = "310114"


@pytest.fixture(autouse=True)
def _node(db: None, settings: Any) -> None:
    settings.DELIVERABLE_REGISTERED = f"{when_registered.__module__}.{when_registered.__name__}"
    seed_province(operator("test", "310000"))


def reserve() -> Deliverable:
    draft = services.Draft(
        referral=uuid4(), round=1, archive=ARCHIVE, category="marriage", kind=Kind.CERTIFICATE, applicant="测试人甲",
        purpose="购房", reference_codes=("C001-1987-0012",), facts=(Fact("登记日期", "1987年3月"),),
    )  # fmt: skip
    with transaction.atomic():
        return services.reserve(US, Purpose.HANDLING, draft)


@pytest.fixture
def issued() -> DeliverableFile:
    row = reserve()
    jobs.seal({"deliverable": str(row.id)})
    return row.files.get(format="pdf")


def test_an_issued_document_is_lengthened_a_little_later(issued: DeliverableFile) -> None:
    job = Job.objects.get(kind="deliverables.lengthen")
    assert (job.payload, job.run_after > now()) == ({"file": issued.pk}, True)
    Job.objects.filter(pk=job.pk).update(run_after=now())
    assert work.drain() > 0
    file = DeliverableFile.objects.get(pk=issued.pk)
    assert file.sha256 != issued.sha256 and file.size > issued.size
    assert file.stamp_until and file.stamp_until - now() > timedelta(days=3000)
    assert queries.judge(port("storage").get(file.storage_name)).outcome is Outcome.VALID
    kinds = [one.kind for one in ledger.about(f"deliverable:{file.deliverable_id}")]
    assert kinds.count("deliverable.lengthened") == 1


def test_the_register_knows_every_form(issued: DeliverableFile) -> None:
    digests = {issued.sha256}
    for _ in range(2):
        renewal.lengthen(US, WHY, DeliverableFile.objects.get(pk=issued.pk))
        digests.add(DeliverableFile.objects.get(pk=issued.pk).sha256)
    assert len(digests) == 3
    ofd = DeliverableFile.objects.get(deliverable=issued.deliverable, format="ofd")
    assert renewal.digests_of(issued.deliverable) == digests | {ofd.sha256}
    for digest in digests:
        found = renewal.file_by_digest(digest)
        assert found and found.pk == issued.pk
        assert port("storage").get(digest)
    assert renewal.file_by_digest("0" * 64) is None


def test_the_job_again_changes_nothing(issued: DeliverableFile) -> None:
    for _ in range(3):
        renewal.lengthen_job({"file": issued.pk})
    assert EarlierForm.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_workers_that_lengthen_at_once_do_it_once(issued: DeliverableFile) -> None:
    done: list[bool] = []

    def run() -> None:
        try:
            done.append(renewal.lengthen(US, WHY, issued))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True]
    assert EarlierForm.objects.count() == 1


def aging(file: DeliverableFile, until: datetime | None) -> None:
    DeliverableFile.objects.filter(pk=file.pk).update(stamp_until=until)


def test_stamps_are_renewed_before_they_age(issued: DeliverableFile) -> None:
    renewal.lengthen(US, WHY, issued)
    renewal.renew_job({})
    assert EarlierForm.objects.count() == 1, "the stamp is young"
    aging(issued, now() + renewal.RENEW_BEFORE - timedelta(days=1))
    renewal.renew_job({})
    renewal.renew_job({})
    assert EarlierForm.objects.count() == 2
    renewed = DeliverableFile.objects.get(pk=issued.pk)
    assert renewed.stamp_until and renewed.stamp_until > now() + timedelta(days=3000)


def test_a_file_that_cannot_be_read_does_not_hold_up_the_others(issued: DeliverableFile) -> None:
    second = reserve()
    jobs.seal({"deliverable": str(second.id)})
    DeliverableFile.objects.filter(pk=issued.pk).update(storage_name="0" * 64, stamp_until=now())
    aging(second.files.get(format="pdf"), now() + timedelta(days=1))
    renewal.renew_job({})
    assert [one.file.deliverable_id for one in EarlierForm.objects.all()] == [second.id]


def test_a_forgotten_document_is_found(issued: DeliverableFile) -> None:
    assert list(renewal.due(now() + renewal.RENEW_BEFORE)) == [], "its job is on the way"
    Deliverable.objects.filter(pk=issued.deliverable_id).update(registered_at=now() - timedelta(days=2))
    assert [file.pk for file in renewal.due(now() + renewal.RENEW_BEFORE)] == [issued.pk]


def test_documents_of_others_and_paper_are_left_alone(issued: DeliverableFile) -> None:
    aging(issued, now())
    Deliverable.objects.filter(pk=issued.deliverable_id).update(issuer_platform="320000")
    assert list(renewal.due(now())) == []
    Deliverable.objects.filter(pk=issued.deliverable_id).update(issuer_platform="310000")
    DeliverableFile.objects.filter(pk=issued.pk).update(seal_fingerprint="")
    assert list(renewal.due(now() + timedelta(days=1))) == []


def test_a_seal_that_is_suspended_while_it_seals_registers_nothing() -> None:
    row = reserve()
    seal = seals.in_force(ARCHIVE)
    seals.suspend(operator("test", "310000"), WHY, seal.key_reference)
    stored = jobs._stored(services.Format.PDF, b"sealed a moment ago", seal.fingerprint)
    with pytest.raises(Conflict) as caught:
        services.register(row.id, [stored])
    assert caught.value.code == "seal.none_active"
    row.refresh_from_db()
    assert row.state == "reserved"
    seals.activate(operator("test", "310000"), WHY, seal.key_reference)
    jobs.seal({"deliverable": str(row.id)})
    row.refresh_from_db()
    assert row.state == "registered"
