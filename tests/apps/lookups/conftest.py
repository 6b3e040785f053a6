"""A node of Shanghai with a catalogue, people who work there, and Anhui's node as messages made by hand."""

import csv
from pathlib import Path

import pytest

from dangqiao.apps.directory.models import AcceptancePoint, Archive, Platform
from dangqiao.apps.holdings import services as holdings
from dangqiao.core.vocabulary.actor import operator
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.world import ARCHIVE, COUPLES, HEADER, World

SERVED = ["marriage", "only-child", "educated-youth"]


def build_world(folder: Path) -> World:
    shanghai = Platform.objects.create(code="310000", name="上海市")
    anhui = Platform.objects.create(code="340000", name="安徽省")
    for code, platform, name in (
        (ARCHIVE, shanghai, "上海市浦东新区档案馆"),
        ("310101", shanghai, "上海市黄浦区档案馆"),
        ("340826", anhui, "宿松县档案馆"),
    ):
        Archive.objects.create(code=code, platform=platform, name=name, categories=SERVED, complaint_body="档案局")
    AcceptancePoint.objects.create(
        code="310115-01", platform=shanghai, archive_id=ARCHIVE, division_code=ARCHIVE, name="浦东新区服务中心"
    )
    path = folder / "marriage.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER.split(","))
        writer.writeheader()
        writer.writerows(COUPLES)
    holdings.import_file(
        operator("test", "310000"), Purpose.CATALOGUING, path, category="marriage", archive_code=ARCHIVE
    )
    return World()


@pytest.fixture
def world(db: None, tmp_path: Path) -> World:
    return build_world(tmp_path)


@pytest.fixture
def shared_world(transactional_db: None, tmp_path: Path) -> World:
    """For tests with threads: everything is committed."""
    return build_world(tmp_path)
