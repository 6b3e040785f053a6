"""`dangqiao connector`: platforms that exist already, behind the mapping files in the node's folder `connectors/`."""

from contextlib import closing
from pathlib import Path

import click

from dangqiao.apps.connectors import queries, services
from dangqiao.apps.connectors.taking import Taken
from dangqiao.apps.ports import port
from dangqiao.cli.operator import local_operator
from dangqiao.cli.words import local
from dangqiao.core.connectors import Mapping
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
    click.echo(f"{mapping.name}: {about.title}, {about.kind}, {about.category}, can {', '.join(about.can)}")
    click.echo(
        f"{len(mapping.fields)} columns from {len(mapping.sources)} fields, {len(mapping.codes)} tables of codes"
    )
    if reach:
        with closing(port("connectors").open(mapping)) as opened:
            click.echo(f"reached: {opened.check()}")


@connector.command("list")
def list_() -> None:
    """Show every connector: what it is, its last harvest, what is waited for, what is wrong."""
    for line in queries.overview():
        click.echo(f"{line.name}  {line.title}  {line.kind}  {line.category}  {', '.join(line.can)}")
        if run := line.last:
            click.echo(
                f"    harvested {local(run.started_at)}: {run.received:,} records, {run.added:,} added, "
                f"{run.updated:,} updated, {run.withdrawn:,} withdrawn, {run.rejected:,} rejected"
            )
        if line.waiting:
            click.echo(f"    {line.waiting:,} questions wait for the platform's people")
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
            click.echo(f"{taken.received:,} records", err=True)

    done = services.harvest(local_operator(actor), Purpose.CATALOGUING, name, full=full, tell=tell)
    run = done.run
    click.echo(
        f"{run.received:,} records: {run.added:,} added, {run.updated:,} updated, {run.unchanged:,} unchanged, "
        f"{run.withdrawn:,} withdrawn, {run.rejected:,} rejected."
    )
    if run.report:
        click.echo(f"Rejected records with reasons: {run.report}", err=True)


@connector.command()
def run() -> None:
    """Do once what the worker does every minute: harvest what is due, hear answers that were waited for."""
    services.harvest_what_is_due()
    heard = services.hear()
    click.echo(f"{heard:,} answers heard.")
    for line in queries.overview():
        if line.problem:
            click.echo(f"{line.name}: {line.problem}", err=True)
