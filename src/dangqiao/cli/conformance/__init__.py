"""`dangqiao conformance URL`: does a node, whatever it is written in, keep the protocol? Each failure is explained.

It acts as the member whose node's folder it is given, with that member's keys, and sends messages without effect
(`exchange.probed.v1`), good and bad ones. Use a test federation: the messages are not in the member's own outbox.
"""

import json
import os
from pathlib import Path

import click

from dangqiao.cli.conformance.kit import Failed, Kit
from dangqiao.cli.conformance.probes import PROBES
from dangqiao.core.configuration import parse

SPECIFICATION = "docs/protocol/"


@click.command()
@click.argument("url")
@click.option("--only", multiple=True, metavar="NAME", help="Only these probes.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--list", "only_list", is_flag=True, help="Only list the probes.")
def conformance(url: str, only: tuple[str, ...], as_json: bool, only_list: bool) -> None:
    """Check the node at URL against the protocol, as the member whose node's folder this is (--node DIR).

    The member and the node under test are in one (test) federation. Exit code: 0 all probes passed, 1 one failed.
    """
    chosen = [probe for probe in PROBES if not only or probe.name in only]
    if only_list:
        for probe in chosen:
            click.echo(f"{probe.name:28} {probe.clause:38} {probe.title}")
        return
    folder = Path(os.environ["DANGQIAO_NODE"])
    results = []
    with Kit(folder, parse((folder / "dangqiao.toml").read_bytes()), url) as kit:
        for probe in chosen:
            try:
                probe.act(kit)
                why = ""
            except Failed as failed:
                why = str(failed)
            results.append({"probe": probe.name, "clause": SPECIFICATION + probe.clause, "failure": why})
            if not as_json:
                _tell(probe.title, probe.clause, why)
    failed_ones = [one for one in results if one["failure"]]
    if as_json:
        click.echo(json.dumps(results, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{len(results) - len(failed_ones)} of {len(results)} probes passed")
    click.get_current_context().exit(1 if failed_ones else 0)


def _tell(title: str, clause: str, why: str) -> None:
    click.echo(f"{click.style('✗', fg='red') if why else click.style('✓', fg='green')} {title}")
    if why:
        click.echo(f"    {why}\n    see {SPECIFICATION}{clause}")
