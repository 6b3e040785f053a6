"""An operator leads a seal through its life, and renews the stamps of documents."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.deliverables.models import DeliverableFile, EarlierForm, Seal
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.directory.services import seed_province
from dangqiao.apps.fields import now
from dangqiao.cli.deliverable import deliverable
from dangqiao.cli.seal import seal
from dangqiao.core.errors import Conflict
from dangqiao.core.vocabulary.actor import operator
from tests.apps.deliverables.test_make_documents_last import _node, issued  # noqa: F401  (fixtures)
from tests.apps.peers import federation

pytestmark = pytest.mark.django_db
ARCHIVE = "310115"


@pytest.fixture
def _archives(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("COLUMNS", "160")
    seed_province(operator("test", "310000"))


def run(command: Any, *words: object) -> str:
    result = CliRunner().invoke(command, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_a_seal_is_led_through_its_life(_archives: None) -> None:
    assert f"Made: {ARCHIVE}, 上海市浦东新区档案馆, a test seal" in run(seal, "make", ARCHIVE)
    assert f"{ARCHIVE}: in use." in run(seal, "activate", ARCHIVE, "--actor", "wang")
    assert "suspended" in run(seal, "suspend", ARCHIVE)
    run(seal, "make", ARCHIVE)
    assert "replaced" in run(seal, "replace", ARCHIVE, f"{ARCHIVE}-2", "--lost")
    listed = run(seal, "list", "--archive", ARCHIVE)
    assert "replaced" in listed and "in use" in listed and f"{ARCHIVE}-2" in listed
    assert AuditRecord.objects.get(event="seal.active", actor="operator:wang").archive_code == ARCHIVE
    with pytest.raises(Conflict):
        run(seal, "activate", ARCHIVE)


def test_a_seal_can_be_looked_at(_archives: None, tmp_path: Path) -> None:
    run(seal, "picture", ARCHIVE, tmp_path / "test.png")
    run(seal, "picture", ARCHIVE, tmp_path / "real.png", "--real")
    test, real = ((tmp_path / f"{name}.png").read_bytes() for name in ("test", "real"))
    assert test != real and test[:4] == real[:4] == b"\x89PNG"


def test_what_changed_is_published(_archives: None, tmp_path: Any, settings: Any) -> None:
    with federation(tmp_path):
        run(seal, "make", ARCHIVE)
        assert "Published" in run(seal, "activate", ARCHIVE)
        row = directory.required().archive(ARCHIVE)
        known = Seal.objects.get(key_reference=ARCHIVE)
        assert row and {one.certificate.fingerprint for one in row.seals} == {known.fingerprint, known.gm_fingerprint}
        assert all(one.periods for one in row.seals)


def test_stamps_are_renewed_by_hand(_archives: None, issued: DeliverableFile) -> None:  # noqa: F811
    assert "0 documents" in run(deliverable, "renew", "--dry-run")
    DeliverableFile.objects.filter(pk=issued.pk).update(stamp_until=now() + timedelta(days=700))
    assert "0 documents" in run(deliverable, "renew", "--dry-run")
    day = f"{now() + timedelta(days=800):%Y-%m-%d}"
    told = run(deliverable, "renew", "--dry-run", "--before", day)
    assert "1 documents" in told and issued.deliverable.serial in told
    assert "Renewed: 1. Failed: 0." in run(deliverable, "renew", "--before", day)
    assert EarlierForm.objects.count() == 1
    assert "Renewed: 0" in run(deliverable, "renew", "--before", day)


def test_a_day_that_is_none_is_told(_archives: None) -> None:
    assert "Invalid value" in run(deliverable, "renew", "--before", "soon")
