"""A catalogue to import into, and files to import."""

import csv
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from dangqiao.apps import ports
from dangqiao.apps.directory.models import Archive, Platform
from dangqiao.apps.holdings import services
from dangqiao.apps.holdings.importing.run import ImportResult
from dangqiao.core.vocabulary.actor import Actor, operator
from dangqiao.core.vocabulary.purpose import Purpose

ARCHIVE = "310115"
HEADER = (
    "档号,全宗号,年度,业务类型,证件字号,登记日期,登记机关,男方姓名,男方出生日期,男方身份证件号,"
    "女方姓名,女方出生日期,女方身份证件号,页数,备注"
)
COUPLE = {
    "档号": "3001-1987-001",
    "全宗号": "3001",
    "年度": "1987",
    "业务类型": "结婚",
    "证件字号": "沪浦结字第870001号",
    "登记日期": "1987-03-05",
    "登记机关": "上海市浦东新区民政局",
    "男方姓名": "张建国",
    "男方出生日期": "1962-01-02",
    "男方身份证件号": "310115196201020015",
    "女方姓名": "李秀英",
    "女方出生日期": "1963年4月",
    "女方身份证件号": "",
    "页数": "3",
    "备注": "",
}

WriteCsv = Callable[..., Path]
Importing = Callable[..., ImportResult]


@pytest.fixture
def clerk() -> Actor:
    return operator("test", "310000")


@pytest.fixture
def archive(db: None) -> str:
    platform = Platform.objects.create(code="310000", name="上海市")
    Archive.objects.create(code=ARCHIVE, platform=platform, name="上海市浦东新区档案馆")
    return ARCHIVE


@pytest.fixture
def choose_index(settings) -> Iterator[Callable[[str], None]]:
    """Lets a test choose the index: `sql` or `segment`. Its files go away with the test."""
    paths = {"sql": "dangqiao.adapters.index.sql.SqlIndex", "segment": "dangqiao.adapters.index.segments.SegmentIndex"}

    def choose(kind: str) -> None:
        settings.ADAPTERS = settings.ADAPTERS | {"index": paths[kind]}
        ports.port.cache_clear()

    yield choose
    ports.port.cache_clear()
    shutil.rmtree(settings.NODE_FOLDER / "index", ignore_errors=True)


@pytest.fixture
def couples(tmp_path: Path) -> WriteCsv:
    """Writes couples, each given by what differs from COUPLE, as a CSV file."""

    def write(
        *rows: dict[str, str], name: str = "file.csv", encoding: str = "utf-8", columns: Iterable[str] = ()
    ) -> Path:
        path = tmp_path / name
        header = [*HEADER.split(","), *columns]
        with path.open("w", encoding=encoding, newline="") as stream:
            writer = csv.DictWriter(stream, header)
            writer.writeheader()
            writer.writerows(COUPLE | row for row in rows)
        return path

    return write


@pytest.fixture
def take_in(clerk: Actor, archive: str) -> Importing:
    def run(path: Path, category: str = "marriage", update: bool = False, archive_code: str = archive) -> ImportResult:
        return services.import_file(
            clerk, Purpose.CATALOGUING, path, category=category, archive_code=archive_code, update=update
        )

    return run


def report_rows(result: ImportResult) -> list[dict[str, str]]:
    return csv_rows(result.report)


def csv_rows(path: Path | None) -> list[dict[str, str]]:
    assert path is not None
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def key_rows() -> list[tuple[int, str, int]]:
    """Key, archive and entry of all that the index *sql* finds, from wherever the database keeps it."""
    together = "SELECT unnest(keys), archive_code, entry FROM holdings_packedentry"
    apart = "SELECT key, archive_code, entry FROM holdings_entrykey"
    with connection.cursor() as cursor:
        cursor.execute(together if connection.vendor == "postgresql" else apart)
        return sorted(cursor.fetchall())
