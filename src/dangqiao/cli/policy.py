"""`dangqiao policy`: who must look before an archive issues a record of a category, and how long it may take."""

import tomllib

import click

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.lookups.policies import in_force, set_policy
from dangqiao.cli.operator import local_operator
from dangqiao.cli.words import show_table, translate
from dangqiao.core.errors import N_
from dangqiao.core.lookup.policy import Policy

_archive = click.option("--archive", metavar="CODE", required=True, help="The archive (six digits).")
_category = click.option(
    "--category", metavar="ID", required=True, help="The category, as in `dangqiao category list`."
)


@click.group()
def policy() -> None:
    """Who must look before something is issued, and within how many working days."""


@policy.command()
@_archive
@_category
def show(archive: str, category: str) -> None:
    """Show what is in force. Without a version of the archive's own, the category's default is."""
    _print(in_force(directory.archive(archive).code, category))


@policy.command("set")
@_archive
@_category
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE...")
def set_(archive: str, category: str, changes: tuple[str, ...]) -> None:
    """Set a new version for an archive: `level=reviewer processing_days=3`.

    Levels: instant, handler, reviewer, signatory. Requests that the archive has received before keep the rule of then.
    """
    said = dict(_read(change) for change in changes)
    _print(set_policy(local_operator(), directory.archive(archive).code, category, said))


def _read(change: str) -> tuple[str, object]:
    """NAME=VALUE, the value as TOML has it; a bare word is a text."""
    name, sign, value = change.partition("=")
    if not sign:
        raise click.BadParameter(translate(N_("“{change}” is not of the form NAME=VALUE.")).format(change=change))
    try:
        return name, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name, value


def _print(found: Policy) -> None:
    rows = (
        (name, value if isinstance(value, int | str) else ", ".join(value)) for name, value in found.as_dict().items()
    )
    show_table((translate(N_("name")), translate(N_("value"))), rows)
