"""Proofs out of this node's log, and what it has seen of the others'."""

from pathlib import Path

import click

from dangqiao.apps.audit import services as audit_trail
from dangqiao.apps.exchange import reconciling, witnessing
from dangqiao.apps.ledger import queries, services
from dangqiao.cli.operator import local_operator
from dangqiao.cli.words import local, show_table
from dangqiao.core.errors import N_, DangqiaoError, Untrusted
from dangqiao.core.ledger.checkpoint import read_checkpoint

_NOTE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("subject")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def prove(subject: str, file: Path) -> None:
    """Write all evidence about SUBJECT (`referral:ID`, `message:ID`, `deliverable:SERIAL`) with its proofs into FILE.

    The file holds ids and digests, no personal data. Whoever gets it needs nothing else but the trust list.
    """
    bundle = queries.prove(subject)
    file.write_text(bundle.to_json(), encoding="utf-8")
    checkpoint = read_checkpoint(bundle.note)
    names = ", ".join(line.name for line in checkpoint.signatures)
    click.echo(f"{file}: {len(bundle.proven)} entries in a log of {checkpoint.checkpoint.size}, signed by {names}")


@click.command()
@click.option("--against", multiple=True, type=_NOTE, help="A checkpoint of this log that somebody else kept.")
def audit(against: tuple[Path, ...]) -> None:
    """Recompute the log from its entries and compare it with the newest checkpoint and with those that others kept.

    Exit code: 0 all is well, 2 a row was changed, dropped or added, or another member contradicts itself.
    """
    kept = [read_checkpoint(path.read_text(encoding="utf-8")) for path in against]
    log = queries.audit(kept)
    click.echo(f"{log.size} entries, root {log.root or '–'}; {len(kept)} kept checkpoints agree")
    seen_at = queries.last_cosigned()
    click.echo(f"last signed by another member: {local(seen_at) if seen_at else '–'}")
    if found := queries.contradictions():
        raise Untrusted(
            "ledger.contradicted",
            N_("The log of {platform} was rewritten: at {size} entries it does not go on from what it had signed."),
            N_("Keep both checkpoints (dangqiao ledger seen --notes DIR) and tell the other members."),
            platform=found[0].platform,
            size=found[0].size,
        )


@click.command()
@click.option("--notes", type=click.Path(file_okay=False, path_type=Path), help="Write the signed notes into DIR.")
def seen(notes: Path | None) -> None:
    """Show the checkpoints of the other members' logs that this node has seen, the newest of each first."""
    rows = queries.all_seen()
    show_table(
        ("member", "entries", "root", "verdict", "seen"),
        [(one.platform, one.size, one.root[:16], one.verdict, local(one.seen_at)) for one in rows],
    )
    if notes:
        notes.mkdir(parents=True, exist_ok=True)
        for one in rows:
            (notes / f"{one.platform}-{one.size}-{one.root[:16]}.txt").write_text(one.note, encoding="utf-8")


@click.command()
@click.option("--peer", default="", metavar="CODE", help="Only at this member's.")
def witness(peer: str) -> None:
    """Look at the other members' logs now: what only grew is signed. A node does so every six hours.

    Exit code: 0 all only grew, 1 somebody did not answer, 2 a log was rewritten.
    """
    worst = 0
    for platform in [peer] if peer else reconciling.others():
        try:
            verdict = witnessing.witness(platform)
        except DangqiaoError as error:
            click.echo(f"{platform}: {error}")
            worst = max(worst, 1)
            continue
        size = verdict.checkpoint.checkpoint.size if verdict.checkpoint else 0
        click.echo(f"{platform}: {size} entries, {verdict.reason or 'only grew'}")
        worst = max(worst, 0 if verdict.consistent else 2 if verdict.contradicts else 1)
    click.get_current_context().exit(worst)


@click.command()
@click.argument("platform")
@click.option("--reason", required=True, help="What was found out; kept in the audit trail.")
def settle(platform: str, reason: str) -> None:
    """End the alarm about PLATFORM's log once people know why it was rewritten: it is watched anew from there."""
    actor = local_operator()
    count = services.settle(actor, platform, reason)
    audit_trail.record("ledger.settled", actor, subject=f"platform:{platform}", count=count, reason=reason)
    click.echo(f"{platform}: {count} contradictions settled; they stay in `dangqiao ledger seen`")
