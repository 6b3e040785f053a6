"""Merged cells of a sheet: the value stands in the first of them, and is meant for all."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import IO
from zipfile import ZipFile

from openpyxl.utils import column_index_from_string

_CHUNK = 1 << 20
_BEGIN, _END = b"<mergeCells", b"</mergeCells>"
_MOST = 1 << 25
"""Bytes of the list of merged cells: half a million of them."""
_REFERENCE = re.compile(rb'ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')


class Merged:
    """Cells of one column that are merged over several rows of a sheet."""

    def __init__(self, workbook: str, part: str) -> None:
        self._until: dict[int, dict[int, int]] = {}
        """Row and place where they begin -> the last row."""
        with ZipFile(workbook) as parts, parts.open(part) as sheet:
            for left, top, right, bottom in _REFERENCE.findall(_list(sheet)):
                if left == right and int(bottom) > int(top):
                    self._until.setdefault(int(top), {})[column_index_from_string(left.decode()) - 1] = int(bottom)
        self._held: dict[int, tuple[int, str]] = {}

    def filled(self, row: int, texts: list[str]) -> list[str]:
        """The cells of a row, with what merged cells above say; rows are given in their order."""
        for place, last in self._until.get(row, {}).items():
            if place < len(texts):
                self._held[place] = (last, texts[place])
        for place, (last, text) in list(self._held.items()):
            if row > last:
                del self._held[place]
            elif place < len(texts) and not texts[place]:
                texts[place] = text
        return texts


def _list(sheet: IO[bytes]) -> bytes:
    """What a sheet's part says of merged cells, behind its rows."""
    found = b""
    for before, after in pairwise(_chunks(sheet)):
        if found:
            found += after
        elif (place := (before + after).find(_BEGIN)) >= 0:
            found = (before + after)[place:]
        if _END in found or len(found) > _MOST:
            break
    return found.partition(_END)[0]


def _chunks(sheet: IO[bytes]) -> Iterator[bytes]:
    yield b""
    yield from iter(lambda: sheet.read(_CHUNK), b"")
