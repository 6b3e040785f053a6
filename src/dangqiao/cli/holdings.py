"""`dangqiao holdings`: take in a catalogue and its page images, and search it. Needs no running node."""

import gc
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from django.conf import settings

from dangqiao.apps.holdings import batch, services, tables
from dangqiao.apps.holdings.importing.loading import loading
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.run import ImportResult, Progress
from dangqiao.cli.acts import act_option, known_act
from dangqiao.cli.holdings_index import index_commands
from dangqiao.cli.operator import local_operator
from dangqiao.cli.progress import shown
from dangqiao.cli.words import say, translate
from dangqiao.core import categories
from dangqiao.core.errors import N_
from dangqiao.core.vocabulary.purpose import Purpose

_CATALOGUE = re.compile(r"[0-9]{6}-[a-z0-9-]+")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _NewFile(click.Path):
    """A file to write, in a folder that is there: said before the work is done, not after."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(str(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(translate(N_("There is no folder {folder}.")).format(folder=path.parent), param, ctx)
        return path


_NEW_FILE = _NewFile()
_category = click.option(
    "--category", required=True, type=click.Choice(list(categories.known())), help="What kind of records."
)
_actor = click.option("--actor", default="", help="Who does it; by default the local user. Goes into the audit trail.")
_quiet = click.option("--quiet", is_flag=True, help="No progress.")


def _purpose(default: Purpose) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        "--purpose",
        type=click.Choice([purpose.value for purpose in Purpose]),
        default=default.value,
        show_default=True,
        help="Why. Goes into the audit trail.",
    )


@click.group()
def holdings() -> None:
    """The catalogue of this node's archives."""
    # Batches leave no cycles behind; looking for some every 700 objects takes half of an import's time (measured).
    gc.set_threshold(200_000, 20, 100)


holdings.add_command(index_commands)

_archive = click.option(
    "--archive", "archive_code", required=True, metavar="CODE", help="Whose entries: the archive's six digits."
)


@holdings.command("import")
@click.argument("file", type=_FILE)
@_category
@click.option(
    "--archive", "archive_code", required=True, metavar="CODE", help="Whose entries: the archive's six digits."
)
@click.option("--update", is_flag=True, help="Other content under a known reference code becomes a new revision.")
@click.option("--report", type=_NEW_FILE, help="Where to put the CSV of rejected rows as well.")
@_actor
@_purpose(Purpose.CATALOGUING)
@_quiet
def import_(
    file: Path,
    category: str,
    archive_code: str,
    update: bool,
    report: Path | None,
    actor: str,
    purpose: str,
    quiet: bool,
) -> None:
    """Take in FILE: CSV (UTF-8 or GB18030), XLSX or DBF, with the columns of the category.

    A row that cannot be taken in stands in the report with column, code and reason; correct it there and import the
    report. An import that was stopped goes on where it was when it is started again.
    """
    with shown(file.name, quiet=quiet) as tell:

        def progress(now: Progress) -> None:
            tell(
                now.done,
                now.rows,
                translate(N_("{count:,} rejected")).format(count=now.rejected) if now.rejected else "",
            )

        result = services.import_file(
            local_operator(actor),
            Purpose(purpose),
            file,
            category=category,
            archive_code=archive_code,
            update=update,
            progress=progress,
        )
    if report and result.report:
        shutil.copyfile(result.report, report)
    _say(result, report or result.report)


_NOTICES = {
    "import.not_named": N_(
        "{count:,} persons have no name in the file. Their rows were taken in and are found by the other name; nothing "
        "is issued from them before somebody has looked at the original."
    ),
    "import.spoilt": N_(
        "{count:,} cells have a number that a spreadsheet has rounded (3.1E+17, …000), or an error (#N/A) instead of a "
        "value: it is taken as illegible. Where the old file still has it, format the column as text, save it again "
        "and import it with --update."
    ),
}
"""What `problems.NOTICES` mean for whoever imports."""


def _say(result: ImportResult, report: Path | None) -> None:
    if result.resumed_after:
        say(N_("Went on after row {row:,}."), row=result.resumed_after)
    _say_left_out(result)
    for column in result.lacking_columns:
        say(N_("Column not in the file, so that nothing is known by it: {column}"), err=True, column=column)
    say(
        N_("{rows:,} rows: {added:,} added, {updated:,} updated, {skipped:,} already there, {rejected:,} rejected."),
        rows=result.rows,
        added=result.added,
        updated=result.updated,
        skipped=result.skipped,
        rejected=result.rejected,
    )
    for code, often in sorted(result.noticed.items()):
        say(_NOTICES[code], err=True, count=often)
    if result.notices:
        say(
            N_("These rows; correct them there and import that file with --update: {report}"),
            err=True,
            report=result.notices,
        )
    if result.rejected:
        say(N_("Rejected rows with reasons: {report}"), err=True, report=report)


def _say_left_out(result: ImportResult | batch.BatchResult) -> None:
    for column in result.unknown_columns:
        say(N_("Column not taken in: {column}"), err=True, column=column)
    for sheet in result.left_out:
        say(N_("Sheet not read, because it is hidden or has other headings: {sheet}"), err=True, sheet=sheet)


@holdings.command()
@click.argument("queries", type=_FILE)
@_category
@click.option("--out", required=True, type=_NEW_FILE, help="The CSV to write.")
@act_option
@click.option("--archive", "archive_codes", multiple=True, metavar="CODE", help="Only this archive; may be repeated.")
@_actor
@_purpose(Purpose.BATCH_LOOKUP)
@_quiet
def match(
    queries: Path,
    category: str,
    out: Path,
    act: str,
    archive_codes: tuple[str, ...],
    actor: str,
    purpose: str,
    quiet: bool,
) -> None:
    """Answer each query of the file QUERIES with at most five entries.

    Columns: 查询号,姓名,性别,出生日期,身份证件号,配偶姓名,登记年份,登记地, or those of the category
    (子女姓名,父亲姓名,发证日期 and so on); all but the number and a name may be empty.
    A row that cannot be read is named on standard error and answered `review`, never `none`.
    """
    for code in archive_codes:
        services.require_archive(code)

    def complain(row: int, number: str, problem: Problem) -> None:
        click.echo(f"{queries.name}:{row}: {number}: {problem.column} {problem} [{problem.code}]", err=True)

    with shown(queries.name, quiet=quiet) as tell:
        result = batch.match_file(
            local_operator(actor),
            Purpose(purpose),
            queries,
            out,
            category=category,
            act=known_act(category, act),
            archive_codes=archive_codes or None,
            progress=tell,
            complain=complain,
        )
    _say_left_out(result)
    if result.unsaid:
        say(
            N_(
                "{count:,} queries do not say which kind of act they mean: whatever there is of the person answers "
                "them. If all mean the same, say it with --act ({kind})."
            ),
            err=True,
            count=result.unsaid,
            kind=next(iter(categories.get(category).acts)),
        )
    say(
        N_(
            "{queries:,} queries: {match:,} match, {review:,} review, {none:,} none; "
            "{unreadable:,} not readable in full. {out}"
        ),
        queries=result.queries,
        match=result.match,
        review=result.review,
        none=result.none,
        unreadable=result.unreadable,
        out=out,
    )


@holdings.command()
@click.argument("table", type=_FILE)
@_category
@_archive
@_actor
@_purpose(Purpose.CATALOGUING)
def pages(table: Path, category: str, archive_code: str, actor: str, purpose: str) -> None:
    """Attach page images to entries, as TABLE says.

    Columns: 档号,件内序号,页码,文件,公开规则,遮盖. Files (JPEG, PNG) lie in the table's folder.
    公开规则: 全部公开, 遮盖后公开 or 仅供摘录; 遮盖: left,top,width,height;… in pixels.
    """
    new = tables.pages(table, archive_code, category)
    count = services.attach_pages(local_operator(actor), Purpose(purpose), archive_code, new)
    say(N_("{count:,} pages attached."), count=count)


@holdings.command()
@click.argument("table", type=_FILE)
@_category
@_archive
@_actor
@_purpose(Purpose.CATALOGUING)
def checked(table: Path, category: str, archive_code: str, actor: str, purpose: str) -> None:
    """Record that the entries of TABLE (档号,件内序号) were compared with their originals, by the actor."""
    named = tables.entries(table)
    count = services.mark_checked(local_operator(actor), Purpose(purpose), archive_code, category, named)
    say(N_("{count:,} entries marked as checked."), count=count)


@holdings.command()
@click.argument("table", type=_FILE)
@_actor
@_purpose(Purpose.CATALOGUING)
def coverage(table: Path, actor: str, purpose: str) -> None:
    """Enter what archives hold, as TABLE says; for each archive and category it replaces what was entered before.

    Columns: 档案馆,种类,行政区划,登记机关,起始年,终止年,状态,保管单位,备注.
    状态: 在馆, 未进馆, 已销毁, 未著录 or 未数字化.
    """
    rows = tables.coverage(table)
    for archive_code, one in rows.items():
        services.set_coverage(local_operator(actor), Purpose(purpose), archive_code, one)
    say(N_("{count:,} rows for {archives:,} archives."), count=sum(map(len, rows.values())), archives=len(rows))


@holdings.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_actor
@_purpose(Purpose.CATALOGUING)
@_quiet
def load(folder: Path, actor: str, purpose: str, quiet: bool) -> None:
    """Take in a whole FOLDER as `dangqiao sample` writes it: catalogues, pages, checked entries, coverage.

    Files: <archive>-<category>.csv with .pages.csv and .checked.csv beside it; coverage.csv. On a test node people.json
    becomes the register that names are checked with. Taken in again, nothing is changed.
    """
    who, why = local_operator(actor), Purpose(purpose)
    catalogues = {path.stem: path for path in sorted(folder.glob("*-*.csv")) if _CATALOGUE.fullmatch(path.stem)}
    added = rejected = done = 0
    with shown(folder.name, quiet=quiet) as tell, loading():
        for number, (stem, path) in enumerate(catalogues.items(), 1):
            archive_code, _, category = stem.partition("-")
            result = services.import_file(who, why, path, category=category, archive_code=archive_code)
            added, rejected, done = added + result.added, rejected + result.rejected, done + result.rows
            if (table := path.with_suffix(".pages.csv")).exists():
                services.attach_pages(who, why, archive_code, tables.pages(table, archive_code, category))
            if (table := path.with_suffix(".checked.csv")).exists():
                services.mark_checked(who, why, archive_code, category, tables.entries(table))
            tell(number / len(catalogues), done)
    if (table := folder / "coverage.csv").exists():
        for archive_code, rows in tables.coverage(table).items():
            services.set_coverage(who, why, archive_code, rows)
    if settings.NODE_IS_TEST and (people := folder / "people.json").exists():
        shutil.copyfile(people, settings.NODE_FOLDER / "register.json")
    say(
        N_("{count:,} catalogues: {added:,} entries added, {rejected:,} rows rejected."),
        count=len(catalogues),
        added=added,
        rejected=rejected,
    )
