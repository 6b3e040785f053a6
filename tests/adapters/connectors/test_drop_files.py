"""Files that are dropped: taken once, answered with a receipt, and never half."""

import csv
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
from openpyxl import Workbook

from dangqiao.adapters.connectors.files import FilesConnector
from dangqiao.core.connectors import Batch, PlatformRefused, Receipt, Rejection, Translator
from dangqiao.core.errors import Misconfigured
from tests.adapters.connectors.platforms import FolderPlatform, SftpPlatform
from tests.adapters.connectors.words import MARRIAGES, cells, flat_row


@pytest.fixture(params=["folder", "sftp"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> FolderPlatform:
    return FolderPlatform(tmp_path) if request.param == "folder" else SftpPlatform(tmp_path)


def taken(platform: FolderPlatform, *rejections: Rejection) -> list[dict[str, str]]:
    """Takes everything in; the ids of each batch."""
    connector, found = platform.open(), []
    for batch in connector.harvest(""):
        translate = Translator(platform.mapping)
        rows = {one.id: "" for one in map(translate, batch.records)}
        found.append(rows)
        connector.settled(batch, Receipt(len(rows), len(rows) - len(rejections), rejections=rejections))
    connector.close()
    return found


def receipts(platform: FolderPlatform) -> list[dict[str, object]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted((platform.drop / "receipts").glob("*.json"))]


def test_a_file_is_taken_once_and_answered(platform: FolderPlatform) -> None:
    platform.put(MARRIAGES)
    rejected = Rejection("ZJ0002", "女方姓名", "import.required", "不得为空")
    assert len(taken(platform, rejected)) == 1
    assert taken(platform) == []
    (receipt,) = receipts(platform)
    assert (receipt["file"], receipt["fate"], receipt["received"], receipt["accepted"], receipt["rejected"]) == (
        "1.csv", "taken_in", 3, 2, 1,
    )  # fmt: skip
    (table,) = (platform.drop / "receipts").glob("*.rejected.csv")
    with table.open(encoding="utf-8-sig") as stream:
        assert list(csv.DictReader(stream)) == [
            {"record": "ZJ0002", "columns": "女方姓名", "code": "import.required", "reason": "不得为空"}
        ]
    assert [path.name for path in platform.drop.glob("*.csv")] == []
    assert [path.name[65:] for path in (platform.drop / "done").iterdir()] == ["1.csv"]


def test_the_same_content_under_another_name_is_a_duplicate(platform: FolderPlatform) -> None:
    platform.put(MARRIAGES)
    platform.put(MARRIAGES)
    assert len(taken(platform)) == 1
    assert [(one["file"], one["fate"], one["duplicate_of"]) for one in receipts(platform)] == [
        ("1.csv", "taken_in", ""),
        ("2.csv", "duplicate", "1.csv"),
    ]


def test_killed_before_the_receipt_the_file_is_done_again(platform: FolderPlatform) -> None:
    platform.put(MARRIAGES)
    platform.put(MARRIAGES[:1])
    batches: Iterator[Batch] = platform.open().harvest("")
    list(next(batches).records)
    assert [path.name for path in (platform.drop / "taken").iterdir()] == ["1.csv"]
    assert [len(one) for one in taken(platform)] == [3, 1]


def test_a_file_in_another_encoding_is_answered_and_holds_up_nobody(platform: FolderPlatform) -> None:
    (platform.drop / "0.csv").write_bytes("jlbh,dh\n1,档".encode() + b"\xff\xff\n")
    platform.put(MARRIAGES)
    assert [len(one) for one in taken(platform)] == [3]
    fates = {one["file"]: one["fate"] for one in receipts(platform)}
    assert fates == {"0.csv": "refused", "1.csv": "taken_in"}
    assert (platform.drop / "refused" / "0.csv").exists()


def test_a_damaged_workbook_is_refused(platform: FolderPlatform) -> None:
    (platform.drop / "0.csv").write_bytes(b"PK\x03\x04 and then nothing")
    assert taken(platform) == []
    assert receipts(platform)[0]["fate"] == "refused"


def test_a_workbook_is_read_like_a_table(tmp_path: Path) -> None:
    platform = FolderPlatform(tmp_path)
    book = Workbook()
    rows = [flat_row(one) for one in MARRIAGES]
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(platform.drop / "x.csv")  # whatever it is called
    translate = Translator(platform.mapping)
    found = {one.id: one.cells for batch in platform.open().harvest("") for one in map(translate, batch.records)}
    assert found == {one["id"]: cells(one) for one in MARRIAGES}


def test_a_file_that_still_grows_is_left(tmp_path: Path) -> None:
    platform = FolderPlatform(tmp_path)
    source = platform.folder / "connectors" / "legacy.toml"
    source.write_text(source.read_text("utf-8").replace("settle = 0", "settle = 0.3"), "utf-8")
    platform.put(MARRIAGES)
    finished = threading.Event()

    def grow() -> None:
        with (platform.drop / "1.csv").open("ab", buffering=0) as stream:
            while not finished.wait(0.01):
                stream.write(b"\n")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert list(platform.open().harvest("")) == []
    finally:
        finished.set()
        writer.join()
    assert len(list(platform.open().harvest(""))) == 1


def test_one_that_is_too_large_is_refused_unread(platform: FolderPlatform) -> None:
    source = platform.folder / "connectors" / "legacy.toml"
    source.write_text(source.read_text("utf-8").replace("settle = 0", "settle = 0\nlargest = 10"), "utf-8")
    platform.put(MARRIAGES)
    assert taken(platform) == []
    assert receipts(platform)[0]["fate"] == "refused"


def test_hidden_files_links_and_other_names_are_nobodys_business(tmp_path: Path) -> None:
    platform = FolderPlatform(tmp_path)
    (platform.drop / ".secret.csv").write_text("x")
    (platform.drop / "notes.txt").write_text("x")
    (platform.drop / "link.csv").symlink_to("/etc/hostname")
    (platform.drop / "folder.csv").mkdir()
    assert list(platform.open().harvest("")) == []


def test_another_host_key_is_not_believed(tmp_path: Path) -> None:
    platform = SftpPlatform(tmp_path)
    source = platform.folder / "connectors" / "legacy.toml"
    text = source.read_text("utf-8")
    other = paramiko.ECDSAKey.generate()
    key = text.partition('host_key = "')[2].partition('"')[0]
    source.write_text(text.replace(key, f"{other.get_name()} {other.get_base64()}"), "utf-8")
    with pytest.raises(PlatformRefused):
        platform.open().check()
    source.write_text(text.replace(key, "ssh-ed25519 AAAA"), "utf-8")
    with pytest.raises(Misconfigured, match=r"connector\.host_key"):
        platform.open().check()


def test_a_folder_must_be_named_whole() -> None:
    with pytest.raises(ValueError, match="whole path"):
        FilesConnector.Section.model_validate({"folder": "drop"})
