"""`dangqiao node prepare`: what `init` and each upgrade need; again is harmless."""

import click
from django.core.management import call_command

from dangqiao.apps.directory import services as directory
from dangqiao.cli.operator import local_operator


@click.command()
def prepare() -> None:
    """Bring database and pages up to this version: tables, cache, static files, the province's archives."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    directory.seed_province(local_operator())
