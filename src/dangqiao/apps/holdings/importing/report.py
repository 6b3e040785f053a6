"""A report of rows, rejected or to be looked at again: a CSV that can be corrected and imported again.

Rows are written before the transaction that settles them is committed. A process that was killed in between leaves
rows that the resumed import meets again: `cut` removes them first, so that each stands in the report once.
"""

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from dangqiao.apps.holdings.importing.layout import REPORT_COLUMNS, Complaint


class Report:
    """One report. Its folder is made when it is needed."""

    def __init__(self, path: Path, header: list[str]) -> None:
        self.path = path
        self._header = [name for name in header if name not in REPORT_COLUMNS]
        self._kept = [position for position, name in enumerate(header) if name not in REPORT_COLUMNS]

    def cut(self, after: int) -> None:
        """Leaves out rows whose number is above `after`."""
        if not self.path.exists():
            return
        beside = self.path.with_suffix(".part")
        number = len(self._header)
        with (
            self.path.open(encoding="utf-8-sig", newline="") as old,
            beside.open("w", encoding="utf-8-sig", newline="") as new,
        ):
            reader, writer = csv.reader(old), csv.writer(new)
            writer.writerow(next(reader, []))
            writer.writerows(row for row in reader if len(row) == number + 4 and int(row[number]) <= after)
        beside.replace(self.path)

    def add(self, complaints: Iterable[Complaint]) -> None:
        """Appends rows and makes sure that they are on the disk. In UTF-8 with a mark, so that spreadsheets see it."""
        lines = [self._line(one) for one in complaints]
        if not lines:
            return
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lines.insert(0, [*self._header, *REPORT_COLUMNS])
            self._write(lines, "utf-8-sig")
        else:
            self._write(lines, "utf-8")

    def _line(self, one: Complaint) -> list[str]:
        cells = one.row.cells
        row = [cells[position] if position < len(cells) else "" for position in self._kept]
        problems = one.problems
        return [
            *row,
            str(one.row.number),
            ";".join(problem.column for problem in problems),
            ";".join(problem.code for problem in problems),
            ";".join(str(problem) for problem in problems),
        ]

    def _write(self, lines: list[list[str]], encoding: str) -> None:
        with self.path.open("a", encoding=encoding, newline="") as stream:
            csv.writer(stream).writerows(lines)
            stream.flush()
            os.fsync(stream.fileno())
