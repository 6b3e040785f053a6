"""The file before its first row: what kind it is, how it is encoded, its digest. Read once, as a stream.

UTF-8 and GB18030 are read. Every other encoding is named and refused: taken for GB18030 it would give wrong names
without any error (Big5 nearly always decodes). The header decides, because its words are known; then the whole file is
decoded strictly, before a row is written.
"""

import codecs
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

import opencc

from dangqiao.core.categories.headings import MOST_ABOVE, plain
from dangqiao.core.errors import N_, ImportRefused

CHUNK = 1 << 20
LONGEST_HEADER = 1 << 16
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_READ = {"utf-8": "UTF-8", "gb18030": "GB18030"}
_NAMED = {
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
    "big5hkscs": "Big5",
    "shift_jis_2004": "Shift-JIS",
    "euc_jis_2004": "EUC-JP",
    "euc_kr": "EUC-KR",
    "hz": "HZ",
    "utf-7": "UTF-7",
}
"""Python's codec -> the name by which people know it."""
DBASE_MARK = 29
"""The byte of a dBase table that names its code page."""
_DBASE = frozenset(b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\x8c\x8e\xcb\xf5\xfb")
"""First byte of a table: dBase II to 7, FoxPro, Visual FoxPro, with and without a memo file."""
_DBASE_NAMED = {0x4F: "Big5", 0x78: "Big5", 0x13: "Shift-JIS", 0x7B: "Shift-JIS", 0x4E: "EUC-KR", 0x79: "EUC-KR"}


class Form(StrEnum):
    """What kind of file it is."""

    CSV = "csv"
    WORKBOOK = "xlsx"
    DBASE = "dbf"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be read. `encoding`: of CSV, empty for others."""

    path: Path
    form: Form
    encoding: str
    sha256: str
    size: int


def inspect(path: Path, columns: Iterable[str], progress: Callable[[int], None] = lambda _bytes: None) -> Source:
    """Recognises the file and checks that all of it can be decoded.

    Args:
        columns: words that may stand in the header.
        progress: told the number of bytes read so far.

    Raises:
        ImportRefused: `import.unreadable_file`, `import.empty_file`, `import.kind_unknown`, `import.encoding`,
            `import.encoding_unknown`, `import.encoding_damaged`.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(LONGEST_HEADER)
            form = _form(head)
            encoding = _encoding(head, frozenset(columns)) if form is Form.CSV else ""
            stream.seek(0)
            return _read_through(path, form, iter(lambda: stream.read(CHUNK), b""), encoding, progress)
    except OSError as error:
        raise ImportRefused(
            "import.unreadable_file", N_("The file cannot be read: {problem}."), problem=error.strerror
        ) from error


def _read_through(
    path: Path, form: Form, chunks: Iterable[bytes], encoding: str, progress: Callable[[int], None]
) -> Source:
    digest, size, lines = hashlib.sha256(), 0, 1
    decoder = codecs.getincrementaldecoder(encoding)() if encoding else None
    for chunk in chunks:
        digest.update(chunk)
        if decoder:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise _damaged(encoding, lines + chunk.count(b"\n", 0, error.start)) from error
            lines += chunk.count(b"\n")
        size += len(chunk)
        progress(size)
    if decoder:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise _damaged(encoding, lines) from error
    return Source(path, form, encoding, digest.hexdigest(), size)


def _damaged(encoding: str, line: int) -> ImportRefused:
    return ImportRefused(
        "import.encoding_damaged",
        N_("The file is {encoding}, but line {line} has bytes that do not belong to it."),
        N_("Open it in the program that made it and save it as UTF-8."),
        encoding=_READ[encoding],
        line=line,
    )


def _form(head: bytes) -> Form:
    if not head.strip(b"\r\n\t \xef\xbb\xbf"):
        raise ImportRefused("import.empty_file", N_("The file is empty."))
    if head.startswith(b"PK\x03\x04"):
        return Form.WORKBOOK
    if _is_dbase(head):
        if named := _DBASE_NAMED.get(head[DBASE_MARK]):
            raise _other_encoding(named)
        return Form.DBASE
    if head.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf", b"<html", b"<?xml")):
        raise ImportRefused(
            "import.kind_unknown",
            N_("The file is neither CSV nor XLSX nor DBF."),
            N_("Open it in a spreadsheet program and save it as XLSX, or as CSV in UTF-8."),
        )
    return Form.CSV


def _is_dbase(head: bytes) -> bool:
    """A version, a date (year, month, day) and, after some fields of 32 bytes, the end of their list."""
    if len(head) <= 64 or head[0] not in _DBASE or head[2] > 12 or head[3] > 31:
        return False
    size = int.from_bytes(head[8:10], "little")
    return 0x0D in head[64 : min(size, len(head)) : 32]


def _encoding(head: bytes, columns: frozenset[str]) -> str:
    """The codec of a CSV file."""
    for mark, codec in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return codec if codec in _READ else _refuse(codec)
    best = max((*_READ, *_NAMED), key=lambda codec: _known_words(head, codec, columns))
    if not _known_words(head, best, columns):
        return _by_validity(head)
    return best if best in _READ else _refuse(best)


def _known_words(head: bytes, codec: str, columns: frozenset[str]) -> int:
    """How many of the header's cells are known words when it is read by this codec."""
    try:
        text = codecs.getincrementaldecoder(codec)().decode(head)
    except UnicodeError as error:
        text = head[: getattr(error, "start", 0)].decode(codec, "ignore")
    first = islice(text.splitlines(), MOST_ABOVE)
    cells = {plain(cell.strip(' "\ufeff\r\t')) for line in first for cell in line.split(",")}
    found = len(cells & columns)
    if codec == "big5hkscs" and not found:  # Big5 has no simplified characters: its headers are traditional
        found = len({opencc.OpenCC("t2s").convert(cell) for cell in cells} & columns)
    return found


def _by_validity(head: bytes) -> str:
    """No known word in the header: its columns will be reported missing, if it can be read at all."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        raise ImportRefused(
            "import.encoding_unknown",
            N_("The encoding of the file cannot be recognised."),
            N_("Save it as UTF-8 or GB18030."),
        ) from None
    return "utf-8"


def _refuse(codec: str) -> str:
    raise _other_encoding(_NAMED[codec])


def _other_encoding(name: str) -> ImportRefused:
    return ImportRefused(
        "import.encoding",
        N_("The file is encoded in {encoding}; UTF-8 and GB18030 can be read."),
        N_("Save it as UTF-8 or GB18030."),
        encoding=name,
    )
