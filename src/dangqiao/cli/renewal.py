"""`dangqiao deliverable renew`: further time stamps for documents, before the ones that they have age."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import click

from dangqiao.apps.deliverables import renewal
from dangqiao.apps.fields import now
from dangqiao.cli.operator import local_operator
from dangqiao.cli.words import local, say, words_of
from dangqiao.core.errors import N_, DangqiaoError
from dangqiao.core.vocabulary.purpose import Purpose


@click.command()
@click.option(
    "--before",
    metavar="YYYY-MM-DD",
    help="Renew stamps whose authority's certificate ends before this day; by default within a year.",
)
@click.option("--dry-run", is_flag=True, help="Only show which.")
@click.option("--actor", default="", help="Who does it; by default the local user. Goes into the audit trail.")
def renew(before: str | None, dry_run: bool, actor: str) -> None:
    """Give issued PDFs a further time stamp where the newest one ages. A running node does so by itself every hour."""
    limit = _moment(before) if before else now() + renewal.RENEW_BEFORE
    seen: set[int] = set()
    renewed = failed = 0
    while files := [file for file in renewal.due(limit) if file.pk not in seen]:
        seen |= {file.pk for file in files}
        for file in files:
            ends = local(file.stamp_until) if file.stamp_until else "–"
            if dry_run:
                click.echo(f"{file.deliverable.serial}  {ends}")
                continue
            try:
                renewed += renewal.lengthen(local_operator(actor), Purpose.OPERATION, file)
            except DangqiaoError as error:
                failed += 1
                click.echo(f"{file.deliverable.serial}: {words_of(error)}", err=True)
    if dry_run:
        say(N_("{count} documents would be renewed."), count=len(seen))
    else:
        say(N_("Renewed: {renewed}. Failed: {failed}."), renewed=renewed, failed=failed)
    if failed:
        raise SystemExit(1)


def _moment(day: str) -> datetime:
    try:
        midnight = datetime.combine(date.fromisoformat(day), time(), ZoneInfo("Asia/Shanghai"))
    except ValueError as error:
        raise click.BadParameter(day) from error
    return midnight.astimezone(UTC)
