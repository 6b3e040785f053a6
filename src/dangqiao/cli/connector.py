"""`dangqiao connector`: platforms that exist already, behind the mapping files in the node's folder `connectors/`."""

from contextlib import closing
from pathlib import Path

import click

from dangqiao.apps.connectors import queries, services
from dangqiao.apps.connectors.models import HarvestRun
from dangqiao.apps.connectors.taking import Taken
from dangqiao.apps.ports import port
from dangqiao.cli.operator import local_operator
from dangqiao.cli.words import local, say
from dangqiao.core.connectors import Mapping
from dangqiao.core.errors import N_
from dangqiao.core.vocabulary.purpose import Purpose

_name = click.argument("name")


@click.group()
def connector() -> None:
    """Platforms that exist already: check a mapping file, harvest, see how they are."""


@connector.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reach", is_flag=True, help="Also reach the platform. No person's data is read.")
def check(file: Path, reach: bool) -> None:
    """Judge the mapping FILE: every mistake with its line, then what it does."""
    mapping: Mapping = port("connectors").read(file.stem, file.read_bytes())
    about = mapping.connector
    click.echo(f"{mapping.name}: {about.title}, {about.kind}, {about.category}, {', '.join(about.can)}")
    say(
        N_("{columns:,} columns from {fields:,} fields, {tables:,} tables of codes."),
        columns=len(mapping.fields),
        fields=len(mapping.sources),
        tables=len(mapping.codes),
    )
    if reach:
        with closing(port("connectors").open(mapping)) as opened:
            say(N_("Reached: {what}"), what=opened.check())


@connector.command("list")
def list_() -> None:
    """Show every connector: what it is, its last harvest, what is waited for, what is wrong."""
    for line in queries.overview():
        click.echo(f"{line.name}  {line.title}  {line.kind}  {line.category}  {', '.join(line.can)}")
        if run := line.last:
            click.echo(f"    {local(run.started_at)} ", nl=False)
            _say(run)
        if line.waiting:
            say(N_("    {number:,} questions wait for the platform's people."), number=line.waiting)
        if line.problem:
            click.echo(f"    {line.problem}")


@connector.command()
@_name
@click.option("--full", is_flag=True, help="From the very beginning, not since the last time.")
@click.option("--actor", default="", help="Who does it; by default the local user. Goes into the audit trail.")
@click.option("--quiet", is_flag=True, help="No progress.")
def harvest(name: str, full: bool, actor: str, quiet: bool) -> None:
    """Take in what the platform behind the connector NAME has changed since the last time."""

    def tell(taken: Taken) -> None:
        if not quiet:
            say(N_("{number:,} records"), number=taken.received, err=True)

    done = services.harvest(local_operator(actor), Purpose.CATALOGUING, name, full=full, tell=tell)
    _say(done.run)
    if done.run.report:
        say(N_("Rejected records with reasons: {report}"), report=done.run.report, err=True)


def _say(run: HarvestRun) -> None:
    say(
        N_(
            "{received:,} records: {added:,} added, {updated:,} updated, {unchanged:,} unchanged, "
            "{withdrawn:,} withdrawn, {rejected:,} rejected."
        ),
        received=run.received,
        added=run.added,
        updated=run.updated,
        unchanged=run.unchanged,
        withdrawn=run.withdrawn,
        rejected=run.rejected,
    )


@connector.command()
def run() -> None:
    """Do once what the worker does every minute: harvest what is due, hear answers that were waited for."""
    services.harvest_what_is_due()
    heard = services.hear()
    say(N_("{number:,} answers heard."), number=heard)
    for line in queries.overview():
        if line.problem:
            click.echo(f"{line.name}: {line.problem}", err=True)
