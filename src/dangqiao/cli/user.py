"""`dangqiao user`: accounts of staff and their roles. Acts as the operator of this machine, audited."""

import csv
import secrets
from pathlib import Path

import click
from django.conf import settings
from rich.console import Console
from rich.table import Table

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.identity import queries, services
from dangqiao.cli.operator import local_operator
from dangqiao.cli.words import say
from dangqiao.core.errors import N_
from dangqiao.core.vocabulary.actor import Role, ScopeKind

_CHOICE = click.Choice([role.value for role in services.SCOPES])
_archive = click.option("--archive", metavar="CODE", help="For this archive (six digits).")
_point = click.option("--point", metavar="CODE", help="For this acceptance point.")


def _scope(archive: str | None, point: str | None) -> tuple[ScopeKind, str]:
    """The archive or acceptance point named, else the platform. Raises NotThere for one that does not exist."""
    if archive:
        return ScopeKind.ARCHIVE, directory.archive(archive).code
    if point:
        return ScopeKind.ACCEPTANCE_POINT, directory.acceptance_point(point).code
    return ScopeKind.PLATFORM, settings.PLATFORM_CODE


@click.group()
def user() -> None:
    """Staff accounts and their roles."""


@user.command()
@click.argument("name")
@click.option("--display-name", default="", help="As colleagues call them; by default the account's name.")
@click.option("--password", default="", help="By default one is made and printed once.")
@click.option("--role", type=_CHOICE, help="What they may do.")
@_archive
@_point
def add(name: str, display_name: str, password: str, role: str | None, archive: str | None, point: str | None) -> None:
    """Make the account NAME, and give it a role if one is named."""
    scope = _scope(archive, point)
    chosen = password or secrets.token_urlsafe(12)
    services.create_staff(local_operator(), name, display_name=display_name, password=chosen)
    say(
        N_("{name}: account made") if password else N_("{name}: account made, password {chosen}"),
        name=name,
        chosen=chosen,
    )
    if role:
        services.grant_role(local_operator(), name, Role(role), *scope)
        say(N_("{name}: {role} for {scope}"), name=name, role=role, scope=scope[1])


@user.command()
@click.argument("name")
@click.option("--password", default="", help="By default one is made and printed once.")
def password(name: str, password: str) -> None:
    """Set the password of the account NAME; its sessions end."""
    chosen = password or secrets.token_urlsafe(12)
    services.set_password(local_operator(), name, chosen)
    say(N_("{name}: password set") if password else N_("{name}: password set to {chosen}"), name=name, chosen=chosen)


@user.command()
@click.argument("name")
@click.option("--role", type=_CHOICE, required=True, help="What they may do.")
@_archive
@_point
def grant(name: str, role: str, archive: str | None, point: str | None) -> None:
    """Give the account NAME a role."""
    scope = _scope(archive, point)
    services.grant_role(local_operator(), name, Role(role), *scope)
    say(N_("{name}: {role} for {scope}"), name=name, role=role, scope=scope[1])


@user.command()
@click.argument("name")
@click.option("--role", type=_CHOICE, required=True, help="What they may do.")
@_archive
@_point
def withdraw(name: str, role: str, archive: str | None, point: str | None) -> None:
    """End a role of the account NAME."""
    scope = _scope(archive, point)
    services.withdraw_role(local_operator(), name, Role(role), *scope)
    say(N_("{name}: no longer {role} for {scope}"), name=name, role=role, scope=scope[1])


@user.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(table: Path) -> None:
    """Make the accounts of TABLE (CSV: account,display_name,password,role,archive,point); known ones stay as they are.

    A row gives one role; an account with several has several rows. Empty archive and point: the whole platform.
    """
    known = {account.username for account in queries.staff(local_operator())}
    made: set[str] = set()
    with table.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            name = row["account"]
            if name in known:
                continue
            if name not in made:
                services.create_staff(
                    local_operator(), name, display_name=row["display_name"], password=row["password"]
                )
                made.add(name)
            services.grant_role(local_operator(), name, Role(row["role"]), *_scope(row["archive"], row["point"]))
    say(N_("{count} accounts made."), count=len(made))


@user.command("list")
def list_() -> None:
    """Show all staff accounts with the roles that are in force."""
    table = Table("account", "name", "roles")
    for account in queries.staff(local_operator()):
        roles = "\n".join(f"{grant.role.value} {grant.code}" for grant in account.grants)
        table.add_row(account.username, account.display_name, roles)
    Console().print(table)
