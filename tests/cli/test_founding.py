"""Four nodes on one machine get a common directory in a moment, and keep it up to date."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dangqiao.adapters.directory.client import load
from dangqiao.adapters.pdf.trust import load_trust
from dangqiao.cli.founding import found
from dangqiao.core import categories
from dangqiao.core.vocabulary.archives import PLATFORMS

NOW = datetime.now(UTC) + timedelta(hours=3)
"""After the keys were made, however long the tests before take: a key cannot count from earlier than its file."""


@pytest.fixture
def nodes(tmp_path: Path) -> list[Path]:
    folders = [tmp_path / platform for platform in PLATFORMS]
    for number, folder in enumerate(folders):
        (folder / "secrets").mkdir(parents=True, mode=0o700)
        _configure(folder, 9000 + number)
    return folders


def _configure(folder: Path, port: int) -> None:
    (folder / "dangqiao.toml").write_text(f'[node]\nplatform = "{folder.name}"\n[web]\nport = {port}\n')


def test_all_nodes_have_the_same_directory_of_345_archives(nodes: list[Path]) -> None:
    found(nodes, NOW)
    seen = [load(folder / "trust", NOW) for folder in nodes]
    assert len({one.digest for one in seen}) == 1
    known = seen[0]
    assert [one.platform for one in known.members] == list(PLATFORMS) and known.notices == ()
    assert len(known.archives()) == 345
    assert set(known.categories) == set(categories.shipped_files())
    trust = load_trust(nodes[0] / "trust", NOW)
    assert set(trust.seal_authorities) == set(PLATFORMS) and len(trust.time_authorities) == 4


def test_again_changes_nothing_while_nothing_has_changed(nodes: list[Path]) -> None:
    found(nodes, NOW)
    before = load(nodes[0] / "trust", NOW).versions
    found(nodes, NOW + timedelta(hours=1))
    assert load(nodes[0] / "trust", NOW).versions == before


def test_a_node_that_moved_is_found_at_its_new_address(nodes: list[Path]) -> None:
    found(nodes, NOW)
    _configure(nodes[2], 9500)
    found(nodes, NOW)
    for folder in nodes:
        known = load(folder / "trust", NOW)
        member = known.member(PLATFORMS[2])
        assert member and member.endpoint == "http://127.0.0.1:9500"
        assert len(known.archives()) == 345


def test_a_directory_that_lay_for_months_is_renewed(nodes: list[Path]) -> None:
    found(nodes, NOW)
    later = NOW + timedelta(days=80)
    found(nodes, later)
    assert load(nodes[3] / "trust", later).as_of == later.replace(microsecond=0)
