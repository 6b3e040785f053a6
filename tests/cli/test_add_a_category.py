"""A node takes a category from its own folder: no code, one line in dangqiao.toml. Real processes, as an operator
runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

GRAIN = Path(__file__).parents[1] / "vectors" / "categories" / "grain-ration.toml"
TABLE = "档号,转移类别,转移证编号,转移日期,发证粮管所,姓名,出生日期\n3-1979-7,迁入,沪粮12,1979.8,上海市,诸葛明远,1956\n"


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LC_ALL": "en_US.UTF-8"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "dangqiao", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def node(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    made = run("node", "init", folder, "--platform", "310000")
    assert made.returncode == 0, made.stderr
    (folder / "ours").mkdir()
    (folder / "ours" / GRAIN.name).write_bytes(GRAIN.read_bytes())
    with (folder / "dangqiao.toml").open("a", encoding="utf-8") as stream:
        stream.write('\n[categories]\nfolders = ["ours"]\n')
    return folder


def test_a_category_of_the_node_is_imported_like_any_other(node: Path, tmp_path: Path) -> None:
    checked = run("category", "check", GRAIN)
    assert checked.returncode == 0 and "转移证编号" in checked.stdout
    table = tmp_path / "table.csv"
    table.write_text(TABLE, encoding="utf-8")
    take_in = ("--node", node, "holdings", "import", table, "--category", "grain-ration", "--archive", "310115")
    done = run(*take_in, "--quiet")
    assert done.returncode == 0 and "1 added" in done.stdout, done.stderr
    (node / "ours" / "wrong.toml").write_text("id =", encoding="utf-8")
    refused = run(*take_in)
    assert refused.returncode == 2
    assert "wrong.toml" in refused.stderr and "category.file_unfit" in refused.stderr


def test_wording_that_concludes_does_not_pass_the_check(tmp_path: Path) -> None:
    file = tmp_path / "concludes.toml"
    file.write_text(GRAIN.read_text(encoding="utf-8").replace("记载如下", "兹证明如下"), encoding="utf-8")
    refused = run("category", "check", file)
    assert refused.returncode == 2 and "deliverable.wording_concludes" in refused.stderr
