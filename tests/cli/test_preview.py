"""Staff look at a document before anybody gets one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.conf import settings

from dangqiao.adapters.ofd.package import unpack
from dangqiao.adapters.verifying import verify_file
from dangqiao.apps.directory.services import seed_province
from dangqiao.cli.deliverable import deliverable
from dangqiao.core.sealing.verdict import Outcome
from dangqiao.core.vocabulary.actor import operator
from tests.adapters.pdf.judges import ask


@pytest.fixture(autouse=True)
def _archives(db: None) -> None:
    seed_province(operator("test", "310000"))


def preview(*arguments: str | Path) -> Result:
    return CliRunner().invoke(deliverable, ["preview", *map(str, arguments)])


@pytest.mark.parametrize(("kind", "sheets"), [("certificate", 2), ("extract", 2), ("copy", 4), ("not_found_notice", 1)])
def test_a_sample_comes_as_pdf_ofd_and_pictures_and_says_so(kind: str, sheets: int, tmp_path: Path) -> None:
    told = preview("marriage", "--kind", kind, "--archive", "310115", "--out", tmp_path)
    assert told.exit_code == 0, told.output
    name = f"marriage-{kind}"
    pictures = {f"{name}-{number}.png" for number in range(1, sheets + 1)}
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.pdf", f"{name}.ofd", *pictures}
    said = ask("pdftotext", tmp_path / f"{name}.pdf", "-").stdout
    assert "样张 · 不具法律效力" in said and "上海市浦东新区档案馆" in said
    files = unpack((tmp_path / f"{name}.ofd").read_bytes())
    assert files and "样张 · 不具法律效力" in files["Doc_0/Pages/Page_0/Content.xml"].decode()


def test_nobody_calls_a_sample_valid(tmp_path: Path) -> None:
    preview("marriage", "--out", tmp_path)
    for name in ("marriage-certificate.pdf", "marriage-certificate.ofd"):
        assert verify_file((tmp_path / name).read_bytes(), None, datetime.now(UTC)).outcome is not Outcome.VALID


def test_own_words_are_seen(tmp_path: Path) -> None:
    wording = tmp_path / "words.toml"
    wording.write_text('[categories.marriage]\ncaution = "仅供样例之用。"\n', encoding="utf-8")
    assert preview("marriage", "--wording", wording, "--out", tmp_path).exit_code == 0
    assert "仅供样例之用。" in ask("pdftotext", tmp_path / "marriage-certificate.pdf", "-").stdout


def test_the_nodes_own_words_are_used_without_being_named(tmp_path: Path) -> None:
    wording = Path(settings.NODE_FOLDER) / "wording.toml"
    wording.write_text('[archives.310115.marriage]\ncaution = "浦东样例。"\n', encoding="utf-8")
    try:
        for archive, own in (("310115", True), ("310101", False)):
            preview("marriage", "--archive", archive, "--out", tmp_path)
            assert ("浦东样例。" in ask("pdftotext", tmp_path / "marriage-certificate.pdf", "-").stdout) is own
    finally:
        wording.unlink()


def test_words_that_may_not_be_used_leave_nothing_behind(tmp_path: Path) -> None:
    wording = tmp_path / "words.toml"
    wording.write_text('[categories.marriage]\ncaution = "特此证明。"\n', encoding="utf-8")
    told = preview("marriage", "--wording", wording, "--out", tmp_path / "out")
    assert getattr(told.exception, "code", "") == "deliverable.wording_concludes"
    assert not (tmp_path / "out").exists()
