"""A deployment adds a category by a file in a folder that its dangqiao.toml names."""

from pathlib import Path

import pytest

from dangqiao.adapters import category_files
from dangqiao.core import categories
from dangqiao.core.configuration import Configuration, parse
from dangqiao.core.errors import Conflict, Misconfigured, NotThere
from dangqiao.core.federation import seeding

pytestmark = pytest.mark.usefixtures("only_shipped")


def configuration(more: str = 'folders = ["categories"]') -> Configuration:
    return parse(f'[node]\nplatform = "310000"\n[categories]\n{more}\n'.encode())


@pytest.fixture
def folder(tmp_path: Path, grain: bytes) -> Path:
    """A node's folder with one category of its own."""
    (tmp_path / "categories").mkdir()
    (tmp_path / "categories" / "grain-ration.toml").write_bytes(grain)
    return tmp_path


def test_an_added_category_is_known_after_the_shipped_ones(folder: Path) -> None:
    category_files.load(folder, configuration())
    assert list(categories.known())[-1] == "grain-ration" and len(categories.known()) == 24
    assert categories.get("grain-ration").name.zh == "粮油关系转移"
    assert "grain-ration" not in categories.shipped()
    with pytest.raises(NotThere):
        categories.get("unheard-of")


def test_a_platform_lists_what_it_serves(folder: Path) -> None:
    category_files.load(folder, configuration('folders = ["categories"]\nserved = ["marriage", "grain-ration"]'))
    listing = seeding.seed_listing("310000", ids=("marriage", "grain-ration"))
    assert [one.id for one in listing.categories] == ["marriage", "grain-ration"]
    assert listing.categories[1].sha256 == categories.digest(categories.get("grain-ration"))
    assert all(one.categories == ("marriage", "grain-ration") for one in listing.archives)


def test_a_platform_that_says_nothing_serves_the_first_three() -> None:
    assert tuple(one.id for one in seeding.served()) == categories.first()


def test_loading_again_is_harmless(folder: Path) -> None:
    for _again in range(2):
        category_files.load(folder, configuration())
    assert len(categories.known()) == 24


def test_two_rules_under_one_name_are_refused(folder: Path, grain: bytes) -> None:
    other = grain.decode().replace("version = 1", "version = 2").replace('"grain-ration"', '"marriage"')
    with pytest.raises(Conflict) as caught:
        categories.add(categories.parse(other.encode()))
    assert caught.value.code == "category.id_taken"
    (folder / "categories" / "marriage.toml").write_text(other, encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"marriage\.toml"):
        category_files.load(folder, configuration())


@pytest.mark.parametrize(
    ("old", "new"), [("id = ", "ID = "), ("记载如下", "特此证明"), ('kind = "date"', 'kind = "day"')]
)
def test_a_file_that_is_wrong_is_named(folder: Path, grain: bytes, old: str, new: str) -> None:
    (folder / "categories" / "wrong.toml").write_text(grain.decode().replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"wrong\.toml") as caught:
        category_files.load(folder, configuration())
    assert caught.value.code == "category.file_unfit"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="categories"):
        category_files.load(tmp_path, configuration())


def test_what_is_served_must_be_defined(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="unheard-of") as caught:
        category_files.load(tmp_path, configuration('served = ["marriage", "unheard-of"]'))
    assert caught.value.code == "category.served_unknown"


def test_a_new_key_of_the_schema_leaves_older_digests_as_they_are(grain: bytes) -> None:
    """A digest is taken of what the file says: what stands for something unsaid is not part of it."""
    before = categories.parse(grain)
    said = categories.parse(grain.replace(b'pack = "city"', b'pack = "city"\nblind_inquiry = true'))
    assert categories.digest(before) != categories.digest(said)
    assert '"secluded"' not in before.model_dump_json(exclude_unset=True)
