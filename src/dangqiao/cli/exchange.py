"""`dangqiao exchange`: messages between nodes. Personal data in them is never shown."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

import click

from dangqiao.apps.exchange import figures as reported
from dangqiao.apps.exchange import pausing, peers, queries, reconciling, services
from dangqiao.apps.exchange.models import Reconciliation
from dangqiao.cli.operator import local_operator
from dangqiao.cli.words import local, show_table, translate

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


_peer = click.option("--peer", default="", metavar="CODE", help="Only for this member.")
_reason = click.option("--reason", default="", help="Shown by status and doctor.")


@exchange.command()
@_peer
@_reason
def pause(peer: str, reason: str) -> None:
    """Deliver nothing until `resume`: to one member, or to all; then nothing is taken in either, others wait."""
    pausing.pause(local_operator(), peer=peer, reason=reason)
    click.echo(f"paused: {peer or 'everything'}; go on with: dangqiao exchange resume")


@exchange.command()
@_peer
def resume(peer: str) -> None:
    """Go on after `pause` or `drain`; what waited is delivered at once."""
    click.echo("resumed" if pausing.resume(local_operator(), peer=peer) else "nothing was paused")


@exchange.command()
@_reason
@click.option("--seconds", default=300, show_default=True, help="How long to wait for the end.")
def drain(reason: str, seconds: int) -> None:
    """Take nothing new in and wait until all that is here is delivered and has taken effect: before maintenance.

    Exit code: 0 nothing is left, 1 something is, for example for a member that does not answer. `resume` ends it.
    """
    pausing.pause(local_operator(), reason=reason, drain=True)
    deadline = time.monotonic() + seconds
    while not (left := pausing.left()).nothing and time.monotonic() < deadline:
        time.sleep(0.5)
    click.echo(f"left to deliver: {left.to_deliver}, to take effect: {left.to_process}")
    click.get_current_context().exit(0 if left.nothing else 1)


@exchange.command(name="peers")
def peers_() -> None:
    """Show how each other member has answered of late."""
    rows = [
        (
            one.platform,
            local(one.answered_at) if one.answered_at else "–",
            f"{one.seconds:.1f} s",
            one.failures or "–",
            local(one.rests_until) if one.rests_until else "–",
            one.last_error if one.failures else "",
        )
        for one in peers.states()
    ]
    show_table(("member", "answered", "took", "failures", "rests until", "last error"), rows)


@exchange.command()
@_peer
@click.option("--days", default=reconciling.DAYS, show_default=True, help="So many past days.")
@click.option("--today", is_flag=True, help="Also the present day, up to two minutes ago.")
@click.option("--report", is_flag=True, help="Only show how the last comparisons ended.")
def reconcile(peer: str, days: int, today: bool, report: bool) -> None:
    """Compare with the other members what was sent and received, and mend what is missing. A node does so every hour
    for the days that are over.

    Exit code: 0 all agree or was mended, 1 somebody did not answer, 2 a person must look.
    """
    if report:
        rows = queries.reconciliations(days)
    else:
        reconciling.resume_lost_jobs()
        chosen = [peer] if peer else reconciling.others()
        first = datetime.now(UTC).date()
        wanted = [first - timedelta(days=number) for number in range(0 if today else 1, days + 1)]
        rows = [reconciling.reconcile(one, day) for one in chosen for day in wanted]
    show_table(
        ("day", "member", "result", "sent", "received"),
        [(one.day, one.peer, one.state, one.sent, one.received) for one in rows],
    )
    for one in rows:
        for finding in one.findings:
            sentence = translate(reconciling.FINDINGS.get(finding["code"], finding["code"]))
            click.echo(f"! {one.day} {one.peer}: {sentence} {', '.join(finding['messages'][:20])}")
    worst = {one.state for one in rows}
    code = 2 if Reconciliation.State.DIFFERS in worst else 1 if Reconciliation.State.UNANSWERED in worst else 0
    click.get_current_context().exit(code)


@exchange.command()
@click.option("--days", default=30, show_default=True, help="So many days that are over.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def figures(days: int, as_json: bool) -> None:
    """Show the region's figures, as the platforms reported them, and who has not reported."""
    found = reported.region(days)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
        return
    names = sorted(found.total)
    platforms = list(found.by_platform)
    rows = [(name, *(found.by_platform[code].get(name, 0) for code in platforms), found.total[name]) for name in names]
    show_table((f"{found.first} – {found.last}", *platforms, "region"), rows)
    if found.missing:
        click.echo(f"not reported: {', '.join(found.missing[:20])}{' …' if len(found.missing) > 20 else ''}")
