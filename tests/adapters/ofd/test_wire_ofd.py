"""A node makes OFD unless told not to, believes its own, and lets the federation know who made the seals."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from dangqiao.adapters import wiring
from dangqiao.adapters.status.wiring import NodeVerifier
from dangqiao.adapters.verifying import verify_file
from dangqiao.cli import cli
from dangqiao.core.configuration import Configuration, parse
from dangqiao.core.sealing.verdict import Outcome
from tests.adapters.ofd.bureau import Bureau
from tests.core.sealing.samples import CERTIFICATE

WITH_OFD = b'[node]\nplatform = "310000"\ntest = true\n'
WITHOUT = WITH_OFD + b'[adapters]\nofd_sealer = ""\n'


def made(folder: Path, configuration: Configuration) -> bytes:
    page = wiring.configured("typesetter", folder, configuration).typeset(CERTIFICATE, {}.__getitem__)
    document = wiring.configured("ofd_sealer", folder, configuration).issue(CERTIFICATE, page)
    assert isinstance(document, bytes)
    return document


def test_a_node_believes_its_own_ofd(tmp_path: Path) -> None:
    configuration = parse(WITH_OFD)
    document = made(tmp_path, configuration)
    verify = NodeVerifier(folder=tmp_path, configuration=configuration)
    verdict = verify(document, datetime.now(UTC) + timedelta(seconds=1))
    assert (verdict.outcome, verdict.sealed_by) == (Outcome.VALID, CERTIFICATE.archive_name)


def test_the_directory_learns_of_the_authority(tmp_path: Path) -> None:
    configuration = parse(WITH_OFD)
    authority = wiring.electronic_seals(folder=tmp_path, configuration=configuration).authority()
    public = wiring.key_store(folder=tmp_path, configuration=configuration).public(datetime.now(UTC))
    assert authority in [one.der for one in public.seal_authorities]


def test_a_node_without_ofd_has_no_sm2_keys(tmp_path: Path) -> None:
    configuration = parse(WITHOUT)
    wiring.key_store(folder=tmp_path, configuration=configuration).public(datetime.now(UTC))
    NodeVerifier(folder=tmp_path, configuration=configuration)(b"", datetime.now(UTC))
    assert not list((tmp_path / "secrets").glob("gm-*"))


def test_the_offline_command_judges_both_formats(
    tmp_path: Path, issued: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.ofd").write_bytes(issued)
    Path("altered.ofd").write_bytes(issued.replace("1987年5月".encode(), "1988年5月".encode()))
    told = CliRunner().invoke(cli, ["verify", "--json", "good.ofd", "altered.ofd"], env={"DANGQIAO_NODE": "none"})
    found = {one["file"]: (one["outcome"], one["reasons"][0]["code"]) for one in json.loads(told.stdout)}
    assert told.exit_code == 1
    assert found == {
        "good.ofd": ("indeterminate", "no_trust_list"),
        "altered.ofd": ("invalid", "document_altered"),
    }


def test_formats_are_told_apart(bureau: Bureau, issued: bytes) -> None:
    now = bureau.clock()
    for document in (issued, bureau.issue(CERTIFICATE)):
        assert verify_file(document, bureau.both, now).outcome is Outcome.VALID
