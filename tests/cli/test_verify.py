"""`dangqiao verify`: offline, without a node, in two languages; the exit code is the verdict."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dangqiao.adapters.directory.membership import found
from dangqiao.cli import cli
from dangqiao.core.federation.listing import ArchiveListing, Members, certificate
from tests.adapters.directory.federation import PLATFORMS, listing, member, private_pem
from tests.adapters.pdf.office import Office, flipped
from tests.core.sealing.samples import CERTIFICATE


@dataclass(frozen=True)
class Desk:
    """A folder with a good document, an altered one, one of another archive's seal, and trust lists."""

    folder: Path

    def verify(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["verify", *arguments], env={"LANG": "C.UTF-8", "LC_ALL": "", "LC_MESSAGES": ""})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    now = datetime.now(UTC)
    office = Office(folder / "secrets")
    office.clock.now = office.stamp_clock.now = now
    good = office.issue(CERTIFICATE)
    (folder / "good.pdf").write_bytes(good)
    (folder / "altered.pdf").write_bytes(flipped(good, 3000))
    other = office.keys.seal("310104", "测试市邻近区档案馆")
    (folder / "other.pdf").write_bytes(office.issue(CERTIFICATE, key=other))
    root = certificate(office.keys.authority().certificate)
    ours = replace(
        listing("310000"),
        archives=(ArchiveListing(CERTIFICATE.archive, CERTIFICATE.archive_name),),
        seal_authorities=(root,),
        time_authorities=(root,),
    )
    listings = {code: listing(code) for code in PLATFORMS} | {"310000": ours}
    roots, online = ({code: private_pem() for code in PLATFORMS} for _ in range(2))
    members = Members(tuple(member(code, roots[code], online[code]) for code in PLATFORMS))
    found(folder / "good-trust", members, roots, online, listings, {}, now)
    found(folder / "old-trust", members, roots, online, listings, {}, now - timedelta(days=4000))
    return folder


@pytest.fixture
def desk(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DANGQIAO_NODE", raising=False)
    for name in ("good.pdf", "altered.pdf", "other.pdf"):
        (tmp_path / name).write_bytes((prepared / name).read_bytes())
    for name in ("good-trust", "old-trust"):
        (tmp_path / name).symlink_to(prepared / name)
    yield Desk(tmp_path)


def test_a_good_document(desk: Desk) -> None:
    result = desk.verify("good.pdf", "--trust", "good-trust", "--language", "en")
    assert result.exit_code == 0
    assert "VALID" in result.output
    assert "[sealed_and_unaltered]" in result.output
    assert "✗" not in result.output


@pytest.mark.parametrize(
    ("name", "trust", "code", "reason"),
    [
        ("altered.pdf", ("--trust", "good-trust"), 1, "document_altered"),
        ("altered.pdf", (), 1, "document_altered"),
        ("other.pdf", ("--trust", "good-trust"), 1, "seal_of_another_archive"),
        ("good.pdf", (), 2, "no_trust_list"),
        ("good.pdf", ("--trust", "old-trust"), 2, "trust_list_expired"),
    ],
)
def test_what_is_not_valid_says_why(desk: Desk, name: str, trust: tuple[str, ...], code: int, reason: str) -> None:
    result = desk.verify(name, *trust)
    assert result.exit_code == code
    assert f"[{reason}]" in result.output


def test_the_trust_list_of_the_current_folder_is_taken(desk: Desk) -> None:
    (desk.folder / "trust").symlink_to(desk.folder / "good-trust")
    assert desk.verify("good.pdf").exit_code == 0


def test_the_trust_list_of_the_node_is_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    node = desk.folder / "node"
    node.mkdir()
    (node / "trust").symlink_to(desk.folder / "good-trust")
    monkeypatch.setenv("DANGQIAO_NODE", str(node))
    assert desk.verify("good.pdf").exit_code == 0


def test_a_forged_trust_list_is_not_believed(desk: Desk) -> None:
    (desk.folder / "forged" / "metadata").mkdir(parents=True)
    (desk.folder / "forged" / "metadata" / "1.root.json").write_text("{}")
    result = desk.verify("good.pdf", "--trust", "forged")
    assert result.exit_code == 2
    assert "[no_trust_list]" in result.output
    assert "[directory." in result.stderr


def test_the_worst_of_several_decides(desk: Desk) -> None:
    assert desk.verify("good.pdf", "altered.pdf").exit_code == 1


def test_machines_get_json(desk: Desk) -> None:
    result = desk.verify("good.pdf", "altered.pdf", "--json", "--trust", "good-trust", "--language", "en")
    good, altered = json.loads(result.stdout)
    assert (good["outcome"], good["claim"]["serial"]) == ("valid", CERTIFICATE.serial)
    assert good["sealed_by"] == CERTIFICATE.archive_name
    assert [check["subject"] for check in good["checks"] if check["state"] != "passed"] == [
        "The archive has not revoked it"
    ]
    assert [reason["code"] for reason in altered["reasons"]] == ["document_altered"]
    assert altered["claim"] is None


@pytest.mark.parametrize("arguments", [(), ("missing.pdf",), ("good.pdf", "--trust", "missing"), ("good.pdf", "--bad")])
def test_wrong_usage_is_no_verdict(desk: Desk, arguments: tuple[str, ...]) -> None:
    assert desk.verify(*arguments).exit_code == 3


def test_it_never_loads_django(desk: Desk) -> None:
    program = "import sys; from dangqiao.cli import main; sys.argv = ['dangqiao', 'verify', 'good.pdf']\ntry: main()\n"
    program += "except SystemExit as end: print(end.code, 'django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "2 False"
