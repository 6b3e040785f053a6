"""Tables of dBase and FoxPro are taken in, as old cataloguing programs wrote them."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dbf
import pytest

from dangqiao.apps.holdings.models import CatalogueEntry
from dangqiao.core.errors import ImportRefused
from tests.apps.holdings.conftest import COUPLE, report_rows

pytestmark = pytest.mark.django_db

TEN_BYTES = {"男方出生日期": "男方出生日", "男方身份证件号": "男方身份证", "女方出生日期": "女方出生日"} | {
    "女方身份证件号": "女方身份证"
}
"""What a name of ten bytes leaves of a column."""
TYPES = {"登记日期": "D", "页数": "N(5,0)", "年度": "N(4,0)", "备注": "M"}
WIDTH = 40

WriteTable = Callable[..., Path]


@pytest.fixture
def tables(tmp_path: Path) -> WriteTable:
    """Writes couples as a table. Names of fields and text go in as bytes of GB18030, which the writer does not know."""

    def write(*rows: dict[str, Any], kind: str = "db3", mark: int = 0) -> Path:
        path = tmp_path / "file.dbf"
        names = [TEN_BYTES.get(name, name) for name in COUPLE]
        fields = ";".join(f"F{place} {TYPES.get(name, f'C({WIDTH})')}" for place, name in enumerate(COUPLE))
        table = dbf.Table(str(path), fields, codepage="cp936", dbf_type=kind)
        table.open(dbf.READ_WRITE)
        patches: dict[bytes, bytes] = {}
        for number, row in enumerate(rows):
            values: list[Any] = []
            for name, text in (COUPLE | {"登记日期": datetime.date(1987, 3, 5)} | row).items():
                if TYPES.get(name, "C").startswith("C"):
                    key = f"@{number}.{len(values)}@".encode().ljust(WIDTH)
                    patches[key] = (text if isinstance(text, bytes) else text.encode("gb18030")).ljust(WIDTH)
                    text = key.decode()
                values.append(int(text) if name in ("页数", "年度") and text else text)
            table.append(tuple(values))
        table.close()
        content = path.read_bytes()
        for key, text in patches.items():
            content = content.replace(key, text)
        for place, name in enumerate(names):
            content = content.replace(f"F{place}".encode().ljust(11, b"\0"), name.encode("gb18030").ljust(11, b"\0"), 1)
        path.write_bytes(content[:29] + bytes([mark]) + content[30:])
        return path

    return write


@pytest.mark.parametrize(("kind", "mark"), [("db3", 0), ("db3", 0x4D), ("vfp", 0x7A), ("vfp", 0x03)])
def test_a_table_is_read_with_its_names_dates_and_memos(take_in, tables, kind, mark):
    result = take_in(tables({"备注": "长备注\n第二行"}, {"档号": "A-2"}, kind=kind, mark=mark))
    assert (result.added, result.rejected, result.unknown_columns) == (2, 0, ())
    entry = CatalogueEntry.objects.get(reference_code=COUPLE["档号"])
    assert (entry.event_date, entry.year, entry.pages) == ("1987-03-05", 1987, 3)
    man, woman = entry.content["parties"]
    assert (man["name"], man["birth_date"]["iso"], woman["name"]) == ("张建国", "1962-01-02", "李秀英")
    assert man["identity_number"].startswith("1|")
    assert entry.content["fields"]["remarks"] == "长备注\n第二行"


def test_rare_characters_of_gb18030_and_private_ones_are_what_they_are(take_in, tables):
    # 4-byte code of 𬸚; FE59, which was private until 2022; and a vertical mark that stays a mark.
    take_in(tables({"女方姓名": "莫𬸚".encode("gb18030") + b"\xfe\x59"}))
    assert CatalogueEntry.objects.get().content["parties"][1]["name"] == "莫𬸚\u9fb4"


def test_private_characters_of_csv_are_what_they_are_too(take_in, couples):
    path = couples({"女方姓名": "莫\ue81e"}, encoding="gb18030")
    take_in(path)
    assert CatalogueEntry.objects.get().content["parties"][1]["name"] == "莫\u9fb4"


def test_deleted_records_are_left_out(take_in, tables):
    path = tables({}, {"档号": "A-2"}, {"档号": "A-3"})
    content = bytearray(path.read_bytes())
    first, size = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    content[first + size] = ord("*")
    path.write_bytes(content)
    assert take_in(path).added == 2
    assert not CatalogueEntry.objects.filter(reference_code="A-2").exists()


def test_a_text_that_was_cut_in_the_middle_of_a_character_rejects_its_row_only(take_in, tables):
    result = take_in(tables({}, {"档号": "A-2", "登记机关": "上海市浦东新区".encode("gb18030")[:-1]}))
    assert (result.added, result.rejected) == (1, 1)
    (row,) = report_rows(result)
    assert (row["行号"], row["错误列"], row["错误代码"], row["档号"]) == ("3", "登记机关", "import.damaged_text", "A-2")


def test_a_table_in_another_encoding_is_named(take_in, tables):
    with pytest.raises(ImportRefused) as caught:
        take_in(tables({}, mark=0x78))
    assert (caught.value.code, caught.value.facts["encoding"]) == ("import.encoding", "Big5")


def test_a_table_without_its_memo_file_is_refused(take_in, tables):
    path = tables({"备注": "x"})
    path.with_suffix(".dbt").unlink()
    with pytest.raises(ImportRefused) as caught:
        take_in(path)
    assert caught.value.code == "import.table_unreadable"


@pytest.mark.parametrize("first", ["C", "0", "c", "1"])
def test_text_that_begins_as_a_table_does_is_text(take_in, couples, first):
    path = couples({}, columns=[f"{first}olumn"])
    lines = [",".join([*reversed(line.split(","))]) for line in path.read_text("utf-8").splitlines()]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert take_in(path).added == 1
