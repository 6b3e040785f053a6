"""CSV (RFC 4180) by blocks: the importing process cuts the file, and whoever prepares a block reads it himself.

    cut -->  | block | block | block |      guesses: a row may go on over lines between quotation marks
    read -->  rows, and where the last of them really ended

Where quotation marks close, the guess is right. Where one does not, it spoils its own line only: the lines that were
swallowed after it are read again as rows, and the next block begins where the last row ended.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.core.categories.headings import MOST_ABOVE, heading_row
from dangqiao.core.vocabulary.private_use import unprivate

BLOCK = 3 << 18
"""Bytes read at once: some four thousand rows, a tenth of a second or so of writing in one transaction."""
LONGEST_LINE = 1 << 18
"""Characters of one line; a longer one is skipped without being held in memory."""
LONGEST_CELL = 1 << 14
LONGEST_HEADER = 1 << 16
"""Bytes that tell how lines end."""
_MARK = b"\xef\xbb\xbf"
_GUESSES = 100
"""Lines that may lie between quotation marks at a cut."""


class Block(NamedTuple):
    """A part of the file, in bytes. `stop` is where the last row is thought to end."""

    start: int
    stop: int


class Read(NamedTuple):
    """Rows of cells; a blank line is a row without cells. `problems`: of rows that could not be read, by their place.
    `stop`: the byte after the last row."""

    rows: list[list[str]]
    problems: dict[int, Problem]
    stop: int


class CsvFile:
    """An open file.

    Args:
        columns: names that its columns may have, and what they mean: above the headings a title may stand.

    Attributes:
        header: the headings; `header_row`: the number of their row; `first`: the byte after it.
    """

    def __init__(self, path: Path, encoding: str, columns: Mapping[str, str] = MappingProxyType({})) -> None:
        csv.field_size_limit(LONGEST_CELL)
        self._path, self._encoding = path, encoding
        self._stream = path.open("rb")
        head = self._stream.read(LONGEST_HEADER)
        self.size = path.stat().st_size
        self._newline = b"\n" if b"\n" in head else b"\r"
        lines = _Lines(path, encoding, len(_MARK) if head.startswith(_MARK) else 0)
        reader = csv.reader(lines, strict=True)
        rows: list[tuple[list[str], int]] = []
        with suppress(csv.Error):
            rows.extend((cells, lines.position) for cells in islice(reader, MOST_ABOVE))
        place, self.header = heading_row(columns, [cells for cells, _end in rows])
        self.first = rows[place][1] if rows else lines.position
        self.header_row = place + 1
        lines.close()

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()

    def blocks(self, start: int) -> Iterator[Block]:
        """Cuts the file from a byte on where a row begins."""
        while start < self.size:
            self._stream.seek(start)
            data = self._stream.read(BLOCK)
            stop = start + (self._cut(data) if start + len(data) < self.size else len(data))
            yield Block(start, stop)
            start = stop

    def _cut(self, data: bytes) -> int:
        """After the last line that is not between quotation marks, as it seems."""
        end = last = data.rfind(self._newline) + 1
        odd = data.count(b'"', 0, end) % 2
        for _ in range(_GUESSES):
            if not odd or not end:
                break
            before = data.rfind(self._newline, 0, end - 1) + 1
            odd ^= data.count(b'"', before, end) % 2
            end = before
        return end or last or len(data)

    def read(self, block: Block) -> Read:
        """The rows that begin in a block."""
        data = self._whole(block)
        rows = None if data is None else rows_of(data.decode(self._encoding))
        return Read(rows, {}, block.stop) if rows is not None else self._line_by_line(block)

    def bytes_of(self, block: Block) -> bytes | None:
        """A block in UTF-8; None if a line goes on after it."""
        data = self._whole(block)
        if data is None or self._encoding == "utf-8":
            return data
        return unprivate(data.decode(self._encoding)).encode()

    def _whole(self, block: Block) -> bytes | None:
        self._stream.seek(block.start)
        data = self._stream.read(block.stop - block.start)
        return data if data.endswith(self._newline) or block.stop >= self.size else None

    def _line_by_line(self, block: Block) -> Read:
        rows: list[list[str]] = []
        problems: dict[int, Problem] = {}
        lines = _Lines(self._path, self._encoding, block.start)
        reader = csv.reader(lines, strict=True)
        while lines.position < block.stop:
            lines.taken.clear()
            try:
                rows.append(next(reader))
            except StopIteration:
                break
            except csv.Error:
                first, *swallowed = lines.taken
                rows.append([first.text.rstrip("\r\n")[:LONGEST_CELL]])
                problems[len(rows) - 1] = Problem("import.quotes", facts={"limit": LONGEST_CELL})
                lines.give_back(swallowed)
                reader = csv.reader(lines, strict=True)
            else:
                if any(line.cut for line in lines.taken):
                    rows[-1] = rows[-1][:1]
                    problems[len(rows) - 1] = Problem("import.line_too_long", facts={"limit": LONGEST_LINE})
        lines.close()
        return Read(rows, problems, lines.position)


def rows_of(text: str) -> list[list[str]] | None:
    """The rows of a text if nothing is wrong with any of them."""
    lines = io.StringIO(unprivate(text), newline="").readlines()
    if max(map(len, lines), default=0) >= LONGEST_LINE:
        return None
    try:
        return list(csv.reader(lines, strict=True))
    except csv.Error:
        return None


class _Line(NamedTuple):
    """A line as it is read, the bytes that it has in the file, and whether only its beginning is here."""

    text: str
    size: int
    cut: bool


class _Lines:
    """Lines from a byte of the file on.

    Attributes:
        position: the byte after the last line that was taken and not given back.
        taken: lines taken since `clear`.
    """

    def __init__(self, path: Path, encoding: str, start: int) -> None:
        stream = path.open("rb")
        stream.seek(start)
        self._encoding = encoding
        self._text = io.TextIOWrapper(stream, encoding, newline="")
        self._returned: deque[_Line] = deque()
        self.position = start
        self.taken: list[_Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else self._read()
        if not line.size:
            raise StopIteration
        self.position += line.size
        self.taken.append(line)
        return line.text

    def _read(self) -> _Line:
        text = self._text.readline(LONGEST_LINE)
        size = len(text.encode(self._encoding))
        if len(text) < LONGEST_LINE or text.endswith(("\n", "\r")):
            return _Line(unprivate(text), size, False)
        while rest := self._text.readline(LONGEST_LINE):
            size += len(rest.encode(self._encoding))
            if rest.endswith(("\n", "\r")):
                break
        return _Line(text[:80].replace('"', "").replace(",", " ") + "\n", size, True)

    def give_back(self, lines: list[_Line]) -> None:
        """Takes back lines, the last ones taken."""
        self._returned.extendleft(reversed(lines))
        self.position -= sum(line.size for line in lines)

    def close(self) -> None:
        """Closes the file."""
        self._text.close()
