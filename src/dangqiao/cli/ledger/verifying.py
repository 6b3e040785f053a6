"""`dangqiao ledger verify FILE`: is this in the log, and who has signed? No database, no network, no Django."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from dangqiao.adapters.directory.client import load
from dangqiao.adapters.jose.notes import verifiers_of
from dangqiao.cli.words import local
from dangqiao.core.ledger.bundle import judge, read_bundle
from dangqiao.core.ledger.checkpoint import log_of


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--trust",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default="trust",
    show_default=True,
    help="Folder of the trust list: whose keys are whose.",
)
@click.option("--witnesses", default=0, show_default=True, help="How many other members must have signed.")
def verify(file: Path, trust: Path, witnesses: int) -> None:
    """Check a FILE of proofs that `ledger prove` wrote.

    Exit code: 0 everything in it is in the log, 1 something is not, 2 it cannot be said.
    """
    directory = load(trust, datetime.now(UTC), even_expired=True)
    bundle = read_bundle(file.read_bytes())
    keys = {one.platform: directory.signing_keys_of(one.platform) for one in directory.members}
    logs = [key for code, listed in keys.items() for key in verifiers_of(log_of(code), listed)]
    others = [key for code, listed in keys.items() for key in verifiers_of(log_of(code), listed, as_witness=True)]
    verdict = judge(bundle, logs, others)
    for one in verdict.entries:
        entry = json.loads(one.entry) if one.verdict.holds else {}
        told = f"{entry.get('at')} {entry.get('kind')} {entry.get('digest')}" if entry else one.verdict.reason
        click.echo(f"{'✓' if one.verdict.holds else '✗'} {told}")
    checkpoint = verdict.signed.checkpoint
    signed = "signed by it" if verdict.signatures.by_log else "not signed by it"
    click.echo(f"{checkpoint.origin}, {checkpoint.size} entries, {signed}")
    for name, at in verdict.signatures.witnesses.items():
        click.echo(f"  seen by {name} at {local(datetime.fromtimestamp(at, UTC))}")
    enough = len(set(verdict.signatures.witnesses) - {checkpoint.origin}) >= witnesses
    unsaid = verdict.reason == "ledger.not_signed" or not enough
    click.echo(verdict.reason or ("valid" if enough else "too few other members have signed"))
    click.get_current_context().exit(2 if unsaid else 1 if verdict.reason else 0)
