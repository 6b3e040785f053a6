"""`dangqiao node status`: does it run, and what waits?"""

import json
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import click
from django.conf import settings
from rich.console import Console
from rich.table import Table

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange import pausing
from dangqiao.apps.exchange import queries as exchange
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.work import queries as work
from dangqiao.apps.work.processes import running
from dangqiao.cli.node.asking import ask
from dangqiao.cli.words import local, translate
from dangqiao.core.errors import N_
from dangqiao.core.federation.seeding import names_of

_WORDS = {
    "platform": N_("Platform"),
    "address": N_("Address"),
    "version": N_("Version"),
    "processes": N_("Processes"),
    "web_answers": N_("Web server answers"),
    "jobs_waiting": N_("Jobs waiting"),
    "jobs_stuck": N_("Jobs that need a person"),
    "messages_late": N_("Messages late"),
    "dead_letters": N_("Dead letters"),
    "exchange_paused": N_("Exchange paused"),
    "reconciled_until": N_("Compared with the other members until"),
    "ledger_size": N_("Evidence in the log"),
    "evidence_waiting": N_("Evidence waiting"),
    "directory_as_of": N_("Directory as of"),
    "directory_expires": N_("Directory expires"),
    "directory_days_left": N_("Days left"),
}


def read() -> dict[str, Any]:
    """Everything that `status` shows. Keys are only added: programs read them."""
    web, folder = settings.CONFIGURATION.web, settings.NODE_FOLDER
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(web.host, web.host)  # noqa: S104  compared, not bound
    known, log = directory.current(), ledger.state()
    return {
        "platform": f"{settings.PLATFORM_CODE} {names_of(settings.PLATFORM_CODE)[0]}",
        "address": settings.PUBLIC_URL,
        "version": version("dangqiao"),
        "processes": {name: running(folder, name) for name in ("node", "web", "worker")},
        "web_answers": ask(f"http://{host}:{web.port}").platform == settings.PLATFORM_CODE,
        "jobs_waiting": work.waiting(),
        "jobs_stuck": len(work.stuck()),
        "messages_late": len(exchange.late()),
        "dead_letters": len(exchange.dead_letters()),
        "exchange_paused": ", ".join(f"{one.peer or '*'} ({one.kind})" for one in pausing.pauses()) or None,
        "reconciled_until": exchange.agreed_until(),
        "ledger_size": log.size,
        "evidence_waiting": log.waiting,
        "directory_as_of": known.as_of if known else None,
        "directory_expires": known.expires if known else None,
        "directory_days_left": (known.expires - datetime.now(UTC)).days if known else None,
    }


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(as_json: bool) -> None:
    """Show whether the node runs and what waits. Exit code: 0 it answers, 1 it does not."""
    found = read()
    if as_json:
        click.echo(json.dumps(found | {"at": datetime.now(UTC)}, default=_plain, ensure_ascii=False, indent=2))
    else:
        table = Table(show_header=False, box=None)
        for key, value in found.items():
            table.add_row(translate(_WORDS[key]), _told(value))
        Console().print(table)
    click.get_current_context().exit(0 if found["web_answers"] else 1)


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {pid or '–'}" for name, pid in value.items())
    if isinstance(value, bool):
        return translate(N_("yes")) if value else translate(N_("no"))
    if isinstance(value, datetime):
        return local(value)
    return "–" if value is None else str(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
