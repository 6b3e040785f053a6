"""One import from beginning to end: resumable after any kill, safe beside another import of the same file.

`ImportRun.rows_done` is the last row that is settled; it moves in the transaction that settles a piece of the file.
Whoever starts the same file again goes on after it. Two processes on one run take turns: each piece first looks how far
the run is.
"""

import gc
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.fields import now
from dangqiao.apps.holdings import counting, index
from dangqiao.apps.holdings.importing import source, store, workers
from dangqiao.apps.holdings.importing.csvfile import Block
from dangqiao.apps.holdings.importing.layout import REPORT_COLUMNS, Complaint, Layout
from dangqiao.apps.holdings.importing.loading import loading
from dangqiao.apps.holdings.importing.pieces import cut
from dangqiao.apps.holdings.importing.preparing import Chunk, Recipe
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.report import Report
from dangqiao.apps.holdings.importing.rows import Piece, Pieces
from dangqiao.apps.holdings.models import ImportRun
from dangqiao.apps.work.services import named_number
from dangqiao.core.categories import Category, headings
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How an import ended. Counts are of the whole run, earlier starts included.

    Attributes:
        report: CSV of the rejected rows, or None if there are none.
        notices: CSV of the rows that were taken in and should be looked at, or None.
        noticed: how often what was noticed, by code, in rows read by this start; see `problems.SENTENCES`.
        unknown_columns: columns of the file that were not taken in.
        lacking_columns: columns that every such file should have, and this one has not.
        resumed_after: number of the row after which this start went on; 0 for a new run.
        left_out: names of the sheets of a workbook that were not read.
    """

    run: str
    rows: int
    added: int
    updated: int
    skipped: int
    rejected: int
    report: Path | None
    notices: Path | None
    noticed: Mapping[str, int]
    unknown_columns: tuple[str, ...]
    lacking_columns: tuple[str, ...]
    resumed_after: int
    encoding: str
    left_out: tuple[str, ...]


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
    words = {**headings.of_catalogue(category), **{column: column for column in REPORT_COLUMNS}}
    with ExitStack() as open_now:
        crew = open_now.enter_context(workers.Crew(workers.useful(_size(path))))
        file = source.inspect(path, words)
        pieces = open_now.enter_context(cut(file, words))
        recipe = Recipe(category, archive_code, pieces.header, now().year, path, file.encoding)
        layout = Layout(category, recipe.header, recipe.this_year)
        run = _begin(file, category, archive_code, update, actor, purpose)
        resumed_after = run.rows_done
        pieces.begin(run.rows_done, run.position)
        crew.begin(recipe, pieces)
        importer = _Importer(
            run, layout, pieces, store.Target(category, archive_code, update, run.started_at, actor.id)
        )
        with loading() as between, _few_cycles():
            uncounted = 0
            for result in crew.results():
                if isinstance(result, workers.AddedUp):
                    counting.bring_together(*result)
                    continue
                between()
                importer.settle(*result)
                uncounted += len(result.chunk.numbers)
                if uncounted >= counting.ENOUGH:
                    crew.add_up(counting.kept())
                    uncounted = 0
                index.tidy()
                progress(Progress(pieces.done(result.chunk.stop), importer.settled, importer.run.rejected))
            crew.add_up(counting.kept())
            index.tidy(finished=True)  # while the names are added up
            while not all(
                counting.bring_together(*done) for done in crew.results() if isinstance(done, workers.AddedUp)
            ):
                crew.add_up(counting.kept())  # another import was quicker with some of them
        run = importer.finish(actor, purpose)
    return ImportResult(
        run=str(run.id),
        rows=run.added + run.updated + run.skipped + run.rejected,
        added=run.added,
        updated=run.updated,
        skipped=run.skipped,
        rejected=run.rejected,
        report=settings.NODE_FOLDER / run.report if run.rejected else None,
        notices=importer.notices.path if importer.notices.path.exists() else None,
        noticed=importer.noticed,
        unknown_columns=tuple(layout.unknown),
        lacking_columns=tuple(layout.lacking),
        resumed_after=resumed_after,
        encoding=file.encoding,
        left_out=tuple(pieces.left_out),
    )


@contextmanager
def _few_cycles() -> Iterator[None]:
    """What comes from the workers makes no cycles: looking for some in it costs as much as reading it."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


def _size(path: Path) -> int:
    """Bytes; 0 of what cannot be looked at: `source.inspect` says so."""
    with suppress(OSError):
        return path.stat().st_size
    return 0


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


class _Importer:
    """Settles the pieces of one file one after another."""

    def __init__(self, run: ImportRun, layout: Layout, pieces: Pieces, target: store.Target) -> None:
        self.run = run
        self.settled = 0
        self.noticed: Counter[str] = Counter()
        self._target, self._pieces = target, pieces
        self._before = pieces.first_row
        path = settings.NODE_FOLDER / run.report
        self._report = Report(path, layout.header)
        self.notices = Report(path.with_stem(f"{path.stem}-notices"), layout.header)
        self._reports_are_mine = False
        self._all_new = True
        """Whether all entries of the last piece were new: then it pays not to ask for each of the next ones."""

    def settle(self, piece: Piece, chunk: Chunk) -> None:
        """Writes a piece in one transaction."""
        target, moment = self._target, now()
        before = self._before if isinstance(piece, Block) else 0
        last = before + chunk.last
        with transaction.atomic():
            first_id = named_number(lock_name(target.archive_code), len(chunk.numbers))
            run = ImportRun.objects.select_for_update().get(pk=self.run.pk)
            first = bisect_right(chunk.numbers, run.rows_done - before)
            rejected, noticed = (_after(run.rows_done, before, some) for some in (chunk.rejected, chunk.noticed))
            if self._all_new and not first and store.write_new(target, chunk, first_id, moment):
                count = Counter({store.Fate.ADDED: len(chunk.numbers)})
            else:
                fates = store.write(target, chunk, first, first_id, moment)
                count = Counter(fates.values())
                conflicts = {place for place, fate in fates.items() if fate is store.Fate.CONFLICT}
                rejected += self._conflicts(piece, chunk, conflicts, before) if conflicts else []
            outside = {one.row.number for one in rejected}
            noticed = [one for one in noticed if one.row.number not in outside]
            self._write_reports(run, rejected, noticed)
            run.added += count[store.Fate.ADDED]
            run.updated += count[store.Fate.UPDATED]
            run.skipped += count[store.Fate.SKIPPED]
            run.rejected += len(rejected)
            if last > run.rows_done:
                run.rows_done, run.position = last, chunk.stop
            run.save()
        self.run = run
        self._before = last
        self.settled += len(chunk.numbers) + len(chunk.rejected)
        self.noticed.update(problem.code for one in noticed for problem in one.problems)
        self._all_new = count[store.Fate.ADDED] == len(chunk.numbers) - first

    def _conflicts(self, piece: Piece, chunk: Chunk, places: set[int], before: int) -> list[Complaint]:
        """The rows at these places, as they stand in the file."""
        problem = (Problem(store.Fate.CONFLICT.value, "档号"),)
        numbers = {chunk.numbers[place] for place in places}
        return [
            Complaint(row._replace(number=before + row.number), problem)
            for row in self._pieces.rows(piece)[0]
            if row.number in numbers
        ]

    def _write_reports(self, run: ImportRun, rejected: list[Complaint], noticed: list[Complaint]) -> None:
        for report, complaints in ((self._report, rejected), (self.notices, noticed)):
            if not self._reports_are_mine:
                report.cut(after=run.rows_done)
            report.add(sorted(complaints, key=lambda one: one.row.number))
        self._reports_are_mine = True

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


def _after(row: int, before: int, complaints: Iterable[Complaint]) -> list[Complaint]:
    """Those about rows behind `row`; `before`: number of the row before the piece."""
    return [
        Complaint(one.row._replace(number=before + one.row.number), one.problems)
        for one in complaints
        if before + one.row.number > row
    ]
