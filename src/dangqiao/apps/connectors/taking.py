"""Records of a platform into the catalogue: translated, judged by the import's own readers, cited with their origin.

A record takes the way of every row of an import file, so a fault is found and named as there. The database decides what
is new; taking the same in twice changes nothing.
"""

import csv
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from dangqiao.apps.connectors.models import Origin
from dangqiao.apps.fields import keyed_hash, now
from dangqiao.apps.holdings import services as holdings
from dangqiao.apps.holdings.importing.layout import REPORT_COLUMNS
from dangqiao.apps.holdings.records import Citation
from dangqiao.apps.holdings.withdrawing import withdraw
from dangqiao.core import categories
from dangqiao.core.categories import COMMON_FIELDS
from dangqiao.core.connectors import Mapping, Receipt, Record, Rejection, Translated, Translator
from dangqiao.core.errors import N_, NotThere
from dangqiao.core.vocabulary.actor import Actor, operator
from dangqiao.core.vocabulary.purpose import Purpose

AT_ONCE = 5000
"""Records that are taken in together: some seconds, and memory stays flat."""
MOST_NAMED = 10_000
"""Rejections of one batch that are kept in memory and told to the platform; the run's report has all of them."""
SENTENCES = {
    "connector.code_unknown": N_("The platform uses a code that the mapping file does not know."),
    "connector.no_id": N_("The record has no number."),
    "connector.archive_unknown": N_("The record belongs to no archive of this node."),
    "connector.same_code": N_("Another record of that platform has the same reference code and item number."),
}
_REFERENCE, _ITEM = (
    next(one.column for one in COMMON_FIELDS if one.key == key) for key in ("reference_code", "item_number")
)


@dataclass
class Taken:
    """What became of records."""

    received: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    rejected: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    """The first MOST_NAMED of them."""

    def add(self, other: "Taken") -> None:
        """Adds the figures of more records."""
        for name in ("received", "added", "updated", "unchanged", "withdrawn", "rejected"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.rejections += other.rejections[: MOST_NAMED - len(self.rejections)]

    def receipt(self) -> Receipt:
        """For the platform."""
        return Receipt(self.received, self.added + self.updated, self.unchanged, self.withdrawn, tuple(self.rejections))


def chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records in portions that can be taken in at once."""
    waiting = iter(records)
    while portion := list(islice(waiting, AT_ONCE)):
        yield portion


def take_in(mapping: Mapping, records: list[Record], *, first: int = 1) -> Taken:
    """Takes records in. Acts as the connector: `operator:connector-<name>` in the audit trail.

    Args:
        first: the place of the first record in its batch, for rejections of records that have no number.

    Raises:
        ImportRefused, Unavailable: as an import does; what was taken in before stays.
    """
    return _Taking(mapping, first).run(records)


class _Taking:
    def __init__(self, mapping: Mapping, first: int) -> None:
        self._mapping, self._first = mapping, first
        self._actor: Actor = operator(f"connector-{mapping.name}", settings.PLATFORM_CODE)
        self._translate = Translator(mapping)
        self._taken = Taken()
        self._archives: dict[str, bool] = {}

    def run(self, records: list[Record]) -> Taken:
        self._taken.received = len(records)
        rows: dict[str, Translated] = {}
        gone: list[Translated] = []
        for place, record in enumerate(records, self._first):
            row = self._translate(record)
            problems = row.problems or ((("connector.archive_unknown", "archive"),) if self._foreign(row) else ())
            if problems:
                self._reject(row.id or f"row {place}", problems)
            elif row.deleted:
                gone.append(row)
                rows.pop(row.id, None)
            else:
                rows[row.id] = row
        known = {one.record: one for one in self._origins(record__in=[*rows, *(row.id for row in gone)])}
        self._withdraw(gone, known)
        fresh = {
            number: row
            for number, row in rows.items()
            if number not in known or known[number].digest != self._digest(row)
        }
        self._taken.unchanged += len(rows) - len(fresh)
        self._reject_doubles(fresh)
        by_archive: dict[str, list[Translated]] = defaultdict(list)
        for row in fresh.values():
            by_archive[row.archive].append(row)
        for archive, some in by_archive.items():
            self._remember(self._import(archive, some), known)
        self._taken.rejected = len(self._taken.rejections)
        return self._taken

    def _foreign(self, row: Translated) -> bool:
        """Whether its archive is none of ours."""
        if not row.archive:
            return not row.deleted
        if row.archive not in self._archives:
            try:
                holdings.require_archive(row.archive)
                self._archives[row.archive] = True
            except NotThere:
                self._archives[row.archive] = False
        return not self._archives[row.archive]

    def _import(self, archive: str, rows: list[Translated]) -> list[Translated]:
        """Through the import; those that were not rejected."""
        folder = settings.NODE_FOLDER / "run"
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="connector-", dir=folder) as place:  # nobody else's to read
            path = Path(place) / f"{self._mapping.name}.csv"
            # All of the category's columns: a platform need not know each, and what it does not say is not known.
            category = categories.get(self._mapping.connector.category)
            columns = [field.column for field in category.all_fields()]
            with path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(columns)
                writer.writerows([row.cells.get(column, "") for column in columns] for row in rows)
            result = holdings.import_file(
                self._actor,
                Purpose.CATALOGUING,
                path,
                category=self._mapping.connector.category,
                archive_code=archive,
                update=True,
            )
        self._taken.added += result.added
        self._taken.updated += result.updated
        self._taken.unchanged += result.skipped
        rejected = self._rejected(result.report, rows)
        return [row for place, row in enumerate(rows) if place not in rejected]

    def _rejected(self, report: Path | None, rows: list[Translated]) -> set[int]:
        """Places of the rows that the import's report names."""
        if report is None:
            return set()
        places = set()
        number, columns, codes, sentences = REPORT_COLUMNS
        with report.open(encoding="utf-8-sig", newline="") as stream:
            for line in csv.DictReader(stream):
                place = int(line[number]) - 2  # the header is row 1
                places.add(place)
                self._taken.rejections.append(Rejection(rows[place].id, line[columns], line[codes], line[sentences]))
        return places

    def _reject(self, record: str, problems: Iterable[tuple[str, str]]) -> None:
        found = list(problems)
        self._taken.rejections.append(
            Rejection(
                record,
                ";".join(column for _code, column in found),
                ";".join(code for code, _column in found),
                ";".join(gettext(SENTENCES[code]) for code, _column in found),
            )
        )

    def _reject_doubles(self, fresh: dict[str, Translated]) -> None:
        """Two records under one reference code would overwrite each other at every harvest."""
        codes = {row.cells.get(_REFERENCE, "") for row in fresh.values()}
        taken = {
            (one.archive_code, one.reference_code, one.item_number): one.record
            for one in self._origins(category=self._mapping.connector.category, reference_code__in=codes)
        }
        for number, row in list(fresh.items()):
            owner = taken.setdefault((row.archive, row.cells.get(_REFERENCE, ""), _item(row)), number)
            if owner != number and owner not in fresh:
                self._reject(number, [("connector.same_code", _REFERENCE)])
                del fresh[number]

    def _remember(self, rows: list[Translated], known: dict[str, Origin]) -> None:
        """Origins of the entries; an entry that its record has left for another reference code is withdrawn."""
        moment = now()
        new = [
            Origin(
                connector=self._mapping.name,
                record=row.id[:200],
                archive_code=row.archive,
                category=self._mapping.connector.category,
                reference_code=row.cells[_REFERENCE],
                item_number=_item(row),
                digest=self._digest(row),
                read_at=moment,
            )
            for row in rows
        ]
        left = [
            _citation(before)
            for one in new
            if (before := known.get(one.record)) and _citation(before) != _citation(one)
        ]
        with transaction.atomic():
            Origin.objects.bulk_create(
                new,
                batch_size=500,
                update_conflicts=True,
                unique_fields=["connector", "record"],
                update_fields=["archive_code", "category", "reference_code", "item_number", "digest", "read_at"],
            )
        self._taken.withdrawn += withdraw(self._actor, Purpose.CATALOGUING, left, reason=self._mapping.name)

    def _withdraw(self, gone: list[Translated], known: dict[str, Origin]) -> None:
        cited = [_citation(known[row.id]) for row in gone if row.id in known]
        self._taken.withdrawn += withdraw(self._actor, Purpose.CATALOGUING, cited, reason=self._mapping.name)
        self._origins(record__in=[row.id for row in gone]).delete()
        self._taken.unchanged += sum(row.id not in known for row in gone)

    def _origins(self, **where: Any) -> QuerySet[Origin]:
        return Origin.objects.filter(connector=self._mapping.name, **where)

    def _digest(self, row: Translated) -> str:
        said = "\x1f".join(f"{column}={text}" for column, text in sorted(row.cells.items()))
        return keyed_hash(f"{row.archive}\x1f{said}", "content")


def _citation(one: Origin) -> Citation:
    return Citation(one.archive_code, one.category, one.reference_code, one.item_number)


def _item(row: Translated) -> int:
    text = row.cells.get(_ITEM, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 1
