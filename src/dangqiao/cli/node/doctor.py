"""`dangqiao node doctor`: everything that is wrong, and what to do."""

import json
from collections.abc import Iterator
from datetime import datetime

import click
from django.db import Error

from dangqiao.apps.causes import cause_of
from dangqiao.apps.fields import now
from dangqiao.cli.node import connector_checks
from dangqiao.cli.node import machine_checks as machine
from dangqiao.cli.node import network_checks as network
from dangqiao.cli.node.findings import Check, Finding, Level, found_by
from dangqiao.cli.words import translate
from dangqiao.core.errors import N_, DangqiaoError, Unavailable

CHECKS: tuple[tuple[str, Check], ...] = (
    (N_("Configuration"), machine.configuration),
    (N_("Operating user"), machine.owner),
    (N_("Database"), machine.database),
    (N_("Disk"), machine.disk),
    (N_("Secret keys"), machine.keys),
    (N_("Encrypted columns"), machine.field_keys),
    (N_("Certificates"), machine.certificates),
    (N_("Static files"), machine.static_files),
    (N_("Document store"), machine.objects),
    (N_("Wording and fonts of documents"), machine.documents),
    (N_("Processes"), machine.processes),
    (N_("Federation directory"), network.directory_holds),
    (N_("Other members, clock"), network.peers),
    (N_("Background jobs"), network.jobs),
    (N_("Messages between nodes"), network.messages),
    (N_("Exchange at a standstill"), network.standstill),
    (N_("Comparison with the other members"), network.reconciled),
    (N_("Evidence log"), network.evidence),
    (N_("Platforms that exist already"), connector_checks.connectors),
)
"""In the order in which causes come before their effects."""

EXIT = {Level.OK: 0, Level.WARNING: 1, Level.PROBLEM: 2}
_MARKS = {
    Level.OK: click.style("✓", fg="green"),
    Level.WARNING: click.style("!", fg="yellow"),
    Level.PROBLEM: click.style("✗", fg="red"),
}


def examine(now: datetime) -> Iterator[tuple[str, list[Finding]]]:
    """Each check's title (a msgid) with what it found; nothing where all is well."""
    for title, check in CHECKS:
        try:
            yield title, list(check(now))
        except DangqiaoError as error:
            yield title, [found_by(error)]
        except (Error, OSError) as error:
            yield title, [found_by(cause_of(error) or _unknown(error))]


def _unknown(error: Exception) -> DangqiaoError:
    return Unavailable(
        "doctor.cannot_look",
        N_("It cannot be looked at: {what}"),
        N_("Remove the cause and run the doctor again."),
        what=f"{type(error).__name__}: {error}",
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Name everything that is wrong, and what to do. Exit code: 0 all is well, 1 warnings, 2 problems."""
    found = list(examine(now()))
    if as_json:
        lines = [
            {
                "check": title,
                "level": one.level,
                "code": one.code,
                "what": one.told,
                "what_to_do": one.to_do,
            }
            for title, findings in found
            for one in findings
        ]
        click.echo(json.dumps(lines, ensure_ascii=False, indent=2))
    else:
        for title, findings in found:
            _tell(title, findings)
    levels = {one.level for _title, findings in found for one in findings}
    click.get_current_context().exit(max((EXIT[level] for level in levels), default=0))


def _tell(title: str, findings: list[Finding]) -> None:
    if not findings:
        click.echo(f"{_MARKS[Level.OK]} {translate(title)}")
    for one in findings:
        click.echo(f"{_MARKS[one.level]} {translate(title)}: {one.told} [{one.code}]")
        if one.remedy:
            click.echo(f"    → {one.to_do}")
