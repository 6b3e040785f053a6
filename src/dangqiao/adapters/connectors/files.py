"""Files dropped in a folder or by SFTP: CSV or XLSX, each taken in once, each answered with a receipt.

    DROP/2024-01.csv            put there by the platform (under another name first, then renamed)
    DROP/taken/2024-01.csv      being taken in
    DROP/done/<sha256>-….csv    taken in; the same content again is answered "duplicate" and not read
    DROP/receipts/….json .csv   what became of it, and each rejected row with column, code and reason

A process that is killed leaves the file in `taken`: the next harvest begins with it, and rows that were taken in change
nothing.
"""

import csv
import hashlib
import io
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Literal
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import Field, model_validator

from dangqiao.adapters.connectors.drop import Drop, Entry, FolderDrop
from dangqiao.adapters.connectors.surroundings import Limited, Part, Surroundings, text
from dangqiao.core.connectors import (
    Answer,
    Batch,
    Capability,
    Mapping,
    Question,
    Receipt,
    Record,
    Rejection,
    cannot,
)

TAKEN, DONE, RECEIPTS = "taken", "done", "receipts"
LONGEST_CELL = 1 << 14
_HASH = 64


class Sftp(Part):
    """`[files.sftp]`. `secret`: file with the password or the private key."""

    host: str
    port: int = Field(22, ge=1, le=65535)
    user: str
    secret: str
    host_key: str


class FilesSection(Part):
    """`[files]`. `folder`: absolute; at the SFTP server if there is one. `settle`: seconds for which a file must not
    have changed before it is taken, for platforms that cannot rename."""

    folder: str
    pattern: str = "*"
    encoding: Literal["utf-8", "gb18030", "gbk"] = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)
    settle: float = Field(2.0, ge=0, le=60)
    largest: int = Field(4 << 30, ge=1)
    """Bytes of one file."""
    sftp: Sftp | None = None

    @model_validator(mode="after")
    def _absolute(self) -> "FilesSection":
        if not self.folder.startswith("/"):
            raise ValueError("folder: give the whole path, from / on")
        return self


class FilesConnector(Limited):
    """`core.connectors.Connector` on a place for files."""

    Section = FilesSection

    def __init__(self, mapping: Mapping, section: FilesSection, surroundings: Surroundings) -> None:
        super().__init__(mapping)
        self._section = section
        self._drop = _drop(mapping.name, section, surroundings)

    def close(self) -> None:
        """Closes the connection."""
        self._drop.close()

    def check(self) -> str:
        """Lists the folder."""
        waiting = len(self._waiting())
        where = f"sftp://{self._section.sftp.host}" if self._section.sftp else ""
        return f"files: {where}{self._section.folder}, {waiting} waiting"

    def harvest(self, mark: str) -> Iterator[Batch]:
        """One batch a file; what waits is the mark. Files that were taken and not settled come first."""
        self._need(Capability.HARVEST)
        for entry in self._drop.listed(TAKEN):
            yield from self._batch(entry)
        for entry in self._settled():
            if self._drop.move(entry.name, f"{TAKEN}/{entry.name}"):
                yield from self._batch(entry)

    def settled(self, batch: Batch, receipt: Receipt) -> None:
        """Writes the receipt, then moves the file away: killed between the two, both are done again."""
        digest, name = batch.source[:_HASH], batch.source[_HASH + 1 :]
        self._answer(name, digest, "taken_in", receipt)
        self._drop.move(f"{TAKEN}/{name}", f"{DONE}/{batch.source}")

    def search(self, question: Question) -> tuple[Record, ...]:
        """Files answer nothing."""
        raise cannot(self.mapping.name, Capability.SEARCH)

    def hand_over(self, key: str, question: Question) -> str:
        """Files answer nothing."""
        raise cannot(self.mapping.name, Capability.HAND_OVER)

    def poll(self, ticket: str) -> Answer:
        """Files answer nothing."""
        raise cannot(self.mapping.name, Capability.HAND_OVER)

    def _waiting(self) -> list[Entry]:
        return [one for one in self._drop.listed() if fnmatchcase(one.name, self._section.pattern)]

    def _settled(self) -> list[Entry]:
        """Those that did not change while we looked."""
        waiting = self._waiting()
        if not waiting or not self._section.settle:
            return waiting
        time.sleep(self._section.settle)
        later = set(self._waiting())
        return [one for one in waiting if one in later]

    def _batch(self, entry: Entry) -> Iterator[Batch]:
        name, taken = entry.name, f"{TAKEN}/{entry.name}"
        if entry.size > self._section.largest:
            self._refuse(entry.name, "", f"more than {self._section.largest} bytes")
            return
        with tempfile.TemporaryFile() as content:
            self._drop.fetch(taken, content)
            digest = _digest(content)
            if before := self._done(digest):
                self._answer(name, digest, "duplicate", Receipt(0, 0), of=before)
                self._drop.move(taken, f"{DONE}/{digest}-{name}")
                return
            try:
                with _rows(content, self._section) as rows:
                    for _row in rows:  # to its end, before anything of it is taken in
                        pass
            except _Unreadable as problem:
                self._refuse(name, digest, str(problem))
                return
            with _rows(content, self._section) as rows:
                yield Batch(_records(rows), "", f"{digest}-{name}")

    def _refuse(self, name: str, digest: str, problem: str) -> None:
        """A file that cannot be read is answered and put aside, so that it does not hold up the others."""
        rejection = Rejection(name, "", "connector.content", problem)
        self._answer(name, digest, "refused", Receipt(0, 0, rejections=(rejection,)))
        self._drop.move(f"{TAKEN}/{name}", f"refused/{name}")

    def _done(self, digest: str) -> str:
        names = (one.name for one in self._drop.listed(DONE))
        return next((name[_HASH + 1 :] for name in names if name[:_HASH] == digest), "")

    def _answer(self, name: str, digest: str, fate: str, receipt: Receipt, of: str = "") -> None:
        said: dict[str, Any] = {"file": name, "sha256": digest, "fate": fate, "duplicate_of": of, **asdict(receipt)}
        said["rejected"] = len(said.pop("rejections"))
        stem = f"{RECEIPTS}/{name}.{digest[:8]}"
        if receipt.rejections:
            table = io.StringIO()
            writer = csv.writer(table)
            writer.writerow(("record", "columns", "code", "reason"))
            writer.writerows((one.record, one.columns, one.code, one.sentence) for one in receipt.rejections)
            self._drop.put(f"{stem}.rejected.csv", b"\xef\xbb\xbf" + table.getvalue().encode())
        self._drop.put(f"{stem}.json", json.dumps(said, ensure_ascii=False, indent=1).encode())


class _Unreadable(Exception):
    """What is wrong with a file as a whole; never quotes it."""


def _drop(name: str, section: FilesSection, surroundings: Surroundings) -> Drop:
    if section.sftp is None:
        return FolderDrop(name, Path(section.folder))
    sftp = import_module("dangqiao.adapters.connectors.sftp")  # a folder needs no paramiko
    about = section.sftp
    account = sftp.Account(
        about.host, about.port, about.user, about.host_key, surroundings.secret(about.secret), section.folder
    )
    drop: Drop = sftp.SftpDrop(name, account)
    return drop


def _digest(content: IO[bytes]) -> str:
    content.seek(0)
    return hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]


@contextmanager
def _rows(content: IO[bytes], section: FilesSection) -> Iterator[Iterator[list[str]]]:
    """Rows of cells, the header first. Raises _Unreadable, at once or while they are read."""
    content.seek(0)
    try:
        if content.read(4) == b"PK\x03\x04":
            content.seek(0)
            book = load_workbook(content, read_only=True, data_only=True)
            try:
                sheet = book.worksheets[0]
                sheet.reset_dimensions()
                yield ([text(cell) for cell in row] for row in sheet.iter_rows(values_only=True))
            finally:
                book.close()
            return
        content.seek(0)
        encoding = "utf-8-sig" if section.encoding == "utf-8" else section.encoding
        csv.field_size_limit(LONGEST_CELL)
        stream = io.TextIOWrapper(content, encoding=encoding, newline="")
        try:
            yield csv.reader(stream, delimiter=section.delimiter, strict=True)
        finally:
            stream.detach()
    except UnicodeDecodeError:
        raise _Unreadable(f"not {section.encoding}") from None
    except (csv.Error, BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise _Unreadable(type(error).__name__) from None


def _records(rows: Iterator[list[str]]) -> Iterator[Record]:
    header = [name.strip() for name in next(rows, [])]
    for row in rows:
        if any(row):
            yield Record(dict(zip(header, row, strict=False)))
