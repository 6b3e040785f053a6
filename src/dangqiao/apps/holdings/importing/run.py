"""One import from beginning to end: resumable after any kill, safe beside another import of the same file.

`ImportRun.rows_done` is the last row that is settled; it moves in the transaction that settles a batch. Whoever starts
the same file again goes on after it. Two processes on one run take turns: each batch first looks how far the run is.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.fields import now
from dangqiao.apps.holdings import bulk, index
from dangqiao.apps.holdings.importing import source, store, workers
from dangqiao.apps.holdings.importing.layout import REPORT_COLUMNS, Layout, Rejected
from dangqiao.apps.holdings.importing.preparing import Chunk, Identity, Prepared, Recipe
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.report import Report
from dangqiao.apps.holdings.importing.rows import Row, Rows, opened
from dangqiao.apps.holdings.models import ImportRun
from dangqiao.apps.work.services import named_number
from dangqiao.core.categories import Category
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose

BATCH = 4000
"""Rows in one transaction: a fifth of a second or so during which nobody else writes on SQLite."""
PAUSE = 0.002
"""Seconds between batches on SQLite, whose write lock is not fair: others wait for as long as nobody pauses."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How an import ended. Counts are of the whole run, earlier starts included.

    Attributes:
        report: CSV of the rejected rows, or None if there are none.
        unknown_columns: columns of the file that were not taken in.
        resumed_after: number of the row after which this start went on; 0 for a new run.
    """

    run: str
    rows: int
    added: int
    updated: int
    skipped: int
    rejected: int
    report: Path | None
    unknown_columns: tuple[str, ...]
    resumed_after: int
    encoding: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an import is: the part of the file that is done (0..1), rows settled by this start, rows rejected."""

    done: float
    rows: int
    rejected: int


def lock_name(archive_code: str) -> str:
    """The named lock under which an archive's entries change and get their ids."""
    return f"holdings.entries.{archive_code}"


def import_file(
    path: Path,
    category: Category,
    archive_code: str,
    *,
    update: bool,
    actor: Actor,
    purpose: Purpose,
    progress: Callable[[Progress], None],
) -> ImportResult:
    """Takes in a file. The caller has checked archive and permission.

    Raises:
        ImportRefused: the file as a whole cannot be taken in; see `source.inspect`, `rows.opened`, `Layout`.
    """
    words = {field.column for field in category.all_fields()} | set(REPORT_COLUMNS)
    file = source.inspect(path, words)
    with opened(file) as rows:
        recipe = Recipe(category, archive_code, rows.header, now().year, update)
        layout = Layout(category, recipe.header, recipe.this_year)
        run = _begin(file, category, archive_code, update, actor, purpose)
        importer = _Importer(run, layout, category, archive_code, update, actor)
        resumed_after = run.rows_done
        tasks = importer.tasks(_batches(rows, run.rows_done))
        chunks = workers.prepared(recipe, tasks, workers.useful(file.size))
        with bulk.loading(), closing(chunks):
            for pause, (batch, chunk) in enumerate(chunks):
                if pause and connection.vendor == "sqlite":
                    time.sleep(PAUSE)
                importer.settle(batch, chunk)
                index.tidy()
                progress(Progress(rows.done(), importer.settled, importer.run.rejected))
        run = importer.finish(actor, purpose)
        index.tidy(finished=True)
    return ImportResult(
        run=str(run.id),
        rows=run.added + run.updated + run.skipped + run.rejected,
        added=run.added,
        updated=run.updated,
        skipped=run.skipped,
        rejected=run.rejected,
        report=settings.NODE_FOLDER / run.report if run.rejected else None,
        unknown_columns=tuple(layout.unknown),
        resumed_after=resumed_after,
        encoding=file.encoding,
    )


def _begin(
    file: source.Source, category: Category, archive_code: str, update: bool, actor: Actor, purpose: Purpose
) -> ImportRun:
    """The unfinished run of the same file, or a new one."""
    same = {"archive_code": archive_code, "category": category.id, "file_sha256": file.sha256, "update": update}
    with transaction.atomic():
        named_number(lock_name(archive_code), 0)
        run = ImportRun.objects.filter(**same, state=ImportRun.State.RUNNING).order_by("started_at").first()
        if run is None:
            run = ImportRun(**same, file_name=file.path.name[:200], actor=actor.id)
            run.report = f"reports/import-{run.id}.csv"
            run.save()
        audit.record(
            "holdings.import_started",
            actor,
            purpose=purpose,
            subject=f"import:{run.id}",
            archive_code=archive_code,
            category=category.id,
            file_sha256=file.sha256,
            after_row=run.rows_done,
        )
    return run


def _batches(rows: Rows, after: int) -> Iterator[list[Row]]:
    waiting = (row for row in rows if row.number > after)
    while batch := list(islice(waiting, BATCH)):
        yield batch


class _Importer:
    """Settles the batches of one file one after another."""

    def __init__(
        self, run: ImportRun, layout: Layout, category: Category, archive_code: str, update: bool, actor: Actor
    ) -> None:
        self.run = run
        self.settled = 0
        self._layout = layout
        self._target = store.Target(category, archive_code, update, run.started_at, actor.id)
        self._report = Report(settings.NODE_FOLDER / run.report, layout.header)
        self._report_is_mine = False
        self._some_known = True
        """Whether entries of the last batch were known already: then it pays to ask before preparing."""

    def tasks(self, batches: Iterator[list[Row]]) -> Iterator[workers.Task]:
        """Batches with the digests of their entries that are known already."""
        target = self._target
        for batch in batches:
            known: dict[Identity, str] = {}
            if self._some_known:
                codes = self._layout.reference_codes(batch)
                there = store.known(target.archive_code, target.category.id, codes)
                known = {identity: before.digest for identity, before in there.items()}
            yield batch, known

    def settle(self, batch: list[Row], chunk: Chunk) -> None:
        """Writes a batch in one transaction."""
        target = self._target
        with transaction.atomic():
            first_id = named_number(lock_name(target.archive_code), len(batch))
            run = ImportRun.objects.select_for_update().get(pk=self.run.pk)
            waiting: dict[int, Prepared] = {}
            rejected: list[Rejected] = []
            for place, (row, one) in enumerate(zip(batch, chunk.drafts, strict=True)):
                if row.number > run.rows_done:
                    if isinstance(one, Rejected):
                        rejected.append(one)
                    else:
                        waiting[place] = one
            fates = store.write(target, chunk, waiting, first_id, now())
            conflicts = (place for place, fate in fates.items() if fate is store.Fate.CONFLICT)
            rejected += [Rejected(batch[place], (Problem(store.Fate.CONFLICT.value, "档号"),)) for place in conflicts]
            self._write_report(run, rejected)
            count = Counter(fates.values())
            run.added += count[store.Fate.ADDED]
            run.updated += count[store.Fate.UPDATED]
            run.skipped += count[store.Fate.SKIPPED]
            run.rejected += len(rejected)
            run.rows_done = max(run.rows_done, batch[-1].number)
            run.save()
        self.run = run
        self.settled += len(batch)
        self._some_known = count[store.Fate.ADDED] < len(fates)

    def _write_report(self, run: ImportRun, rejected: list[Rejected]) -> None:
        if not self._report_is_mine:
            self._report.cut(after=run.rows_done)
            self._report_is_mine = True
        self._report.add(sorted(rejected, key=lambda one: one.row.number))

    def finish(self, actor: Actor, purpose: Purpose) -> ImportRun:
        """Closes the run, once."""
        with transaction.atomic():
            run = ImportRun.objects.select_for_update().get(pk=self.run.pk)
            if run.state == ImportRun.State.RUNNING:
                run.state, run.finished_at = ImportRun.State.FINISHED, now()
                run.save()
                audit.record(
                    "holdings.import_finished",
                    actor,
                    purpose=purpose,
                    subject=f"import:{run.id}",
                    archive_code=run.archive_code,
                    count=run.added + run.updated,
                    category=run.category,
                    added=run.added,
                    updated=run.updated,
                    skipped=run.skipped,
                    rejected=run.rejected,
                )
        return run
