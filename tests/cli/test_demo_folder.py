"""The demo removes only what it made, and one at a time uses a folder."""

from pathlib import Path

import pytest

from dangqiao.cli.demo import nodes
from dangqiao.core.errors import Conflict


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "310000").mkdir()
    (tmp_path / "310000" / "dangqiao.toml").write_text("[node]\n")
    with pytest.raises(Conflict) as told, nodes.claimed(tmp_path):
        pass
    assert told.value.code == "demo.other_folder"
    assert (tmp_path / "310000" / "dangqiao.toml").exists()


def test_a_folder_that_is_new_or_was_made_by_the_demo_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "demo"
    for _ in range(2):
        with nodes.claimed(folder):
            (folder / "310000").mkdir(exist_ok=True)
    with nodes.claimed(folder):
        nodes.clean(folder)
    assert not folder.exists()


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    with nodes.claimed(tmp_path), pytest.raises(Conflict) as told, nodes.claimed(tmp_path):
        pass
    assert told.value.code == "demo.running"
