"""`dangqiao exchange`: messages between nodes. Personal data in them is never shown."""

from dataclasses import asdict
from uuid import UUID

import click

from dangqiao.apps.exchange import queries, services
from dangqiao.cli.operator import local_operator
from dangqiao.cli.words import local

_message = click.argument("message", type=click.UUID)


@click.group()
def exchange() -> None:
    """Messages between nodes: what waits, what was refused, and trying again."""


@exchange.command("list")
@click.option("--all", "everything", is_flag=True, help="The newest messages of any state.")
@click.option("--limit", default=50, show_default=True)
def list_(everything: bool, limit: int) -> None:
    """Show messages that need a look: refused, given up, or waiting for a receipt for over ten minutes."""
    letters = queries.newest(limit) if everything else [*queries.dead_letters(limit), *queries.late(limit=limit)]
    for one in letters:
        arrow = "→" if one.direction == "out" else "←"
        click.echo(
            f"{one.id} {arrow} {one.peer} {one.type} {one.subject}: {one.state}, {one.attempts} attempts, "
            f"since {local(one.since)}"
        )
        if one.error:
            click.echo(f"    {one.error}")


@exchange.command()
@_message
def show(message: UUID) -> None:
    """Show the way of one MESSAGE: its state, its receipt and the evidence about it."""
    way = queries.way(message)
    lines = asdict(way.letter) | {"since": local(way.letter.since), "sequence": way.sequence, "receipt": way.receipt}
    lines |= {kind: local(at) for kind, at in way.evidence}
    for name, value in lines.items():
        click.echo(f"{name:18} {value}")


@exchange.command()
@_message
def replay(message: UUID) -> None:
    """Put a MESSAGE of ours that was refused or given up back on its way."""
    services.replay(local_operator(), message)
    click.echo(f"{message}: back on its way")


@exchange.command()
@_message
def reprocess(message: UUID) -> None:
    """Let a MESSAGE of another node whose content was refused try again, after an upgrade or a repair."""
    services.reprocess(local_operator(), message)
    click.echo(f"{message}: tried again soon")
