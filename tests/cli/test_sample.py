"""`dangqiao sample`: invented, seeded, and as wrong as old files are."""

import csv
import json
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from PIL import Image

from dangqiao.adapters.sampling import Sample, write_sample
from dangqiao.adapters.sampling.curated import curated
from dangqiao.adapters.sampling.entries import GENERATORS, Place
from dangqiao.adapters.sampling.people import Names
from dangqiao.cli import cli
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.archives import ARCHIVES


def made(folder: Path, **changes) -> dict[str, bytes]:
    write_sample(
        Sample(**({"platform": "310000", "entries": 600, "images": 2, "queries": 20} | changes)), folder, print
    )
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(content.decode().splitlines()))


def test_the_same_seed_gives_the_same_files(tmp_path):
    assert made(tmp_path / "a") == made(tmp_path / "b")
    assert made(tmp_path / "a", queries=0, images=0) != made(tmp_path / "c", queries=0, images=0, seed=2)


def test_every_archive_and_category_has_entries_and_coverage(tmp_path):
    files = made(tmp_path)
    codes = {one.code for one in ARCHIVES if one.platform == "310000"}
    assert {name[:6] for name in files if name.endswith("-marriage.csv") and name[0] == "3"} == codes
    catalogues = [name for name in files if name[0] == "3" and name.count(".") == 1]
    assert sum(len(rows(files[name])) for name in catalogues) == 600 + 6
    assert {row["档案馆"] for row in rows(files["coverage.csv"])} == codes


@pytest.mark.parametrize("category", list(GENERATORS))
def test_people_are_seen_to_be_invented_and_their_numbers_check(category):
    archive = next(one for one in ARCHIVES if one.code == "330106")
    generated = GENERATORS[category](Place.of(archive), Random(3), Names(Random(3)))
    for _number in range(500):
        for person in next(generated).people.values():
            assert identity.check(person.number).valid
            assert 900 <= int(identity.parts(person.number).sequence) <= 989
            assert identity.birth_date(person.number).iso() == person.birth


def test_old_entries_are_wrong_as_old_entries_are(tmp_path):
    files = made(tmp_path, entries=20_000, categories=("marriage",), archives=("310115",), images=0)
    entries = rows(files["310115-marriage.csv"])
    early = [row for row in entries if int(row["年度"]) < 1960]
    text = "".join(row["男方姓名"] + row["女方姓名"] for row in entries)
    assert any(row["女方姓名"].endswith("氏") for row in early)
    assert any(row["男方出生日期"].startswith("民国") for row in early)
    assert any(row["男方出生日期"].startswith("农历") for row in early)
    assert not any(row["男方身份证件号"] for row in early if row["档号"] > "0115")
    assert "□" in text
    assert any(character in text for character in "劉陳張")
    assert any(row["业务类型"] == "补领" for row in entries)
    assert {len(row["男方身份证件号"]) for row in entries} == {0, 15, 18}


def test_the_truth_knows_what_the_query_asks(tmp_path):
    files = made(tmp_path, entries=3000, queries=40)
    queries, truth = rows(files["queries-marriage.csv"]), rows(files["truth-marriage.csv"])
    assert [row["查询号"] for row in queries] == [row["查询号"] for row in truth]
    assert sum(not row["档号"] for row in truth) == 8
    held = {
        row["档号"] for name in files if name.endswith("-marriage.csv") and name[0] == "3" for row in rows(files[name])
    }
    assert {row["档号"] for row in truth if row["档号"]} <= held


def test_people_of_the_demonstration_are_on_every_platform(tmp_path):
    people = json.loads(made(tmp_path)["people.json"])
    assert {person["use"] for person in people} >= {"instant", "handler", "two-marriages", "only-child", "not-found"}
    assert all(identity.check(person["identity_number"]).valid for person in people)
    assert len({person["identity_number"] for person in people}) == len(people) == len(curated())


def test_pages_are_pictures_of_old_forms(tmp_path):
    files = made(tmp_path)
    (page,) = [row for row in rows(files["310115-marriage.pages.csv"]) if row["档号"] == "0115-1987-婚-0317"][:1]
    with Image.open(tmp_path / page["文件"]) as picture:
        assert (picture.format, picture.size) == ("JPEG", (827, 1169))
    assert 40_000 < len(files[page["文件"]]) < 160_000
    assert {"档号": "0115-1987-婚-0317", "件内序号": "1"} in rows(files["310115-marriage.checked.csv"])


def test_the_command_needs_no_node(tmp_path):
    done = CliRunner().invoke(
        cli, ["sample", str(tmp_path), "--platform", "340000", "--entries", "300", "--images", "0"]
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / "340826-educated-youth.csv").exists()
