"""`dangqiao node web`: the web server alone."""

import click
from django.conf import settings
from granian import Granian
from granian.constants import Interfaces

from dangqiao.apps.work.processes import die_with_parent, write_pid


@click.command()
def web() -> None:
    """Run only the web server; it ends with the process that started it."""
    die_with_parent()
    write_pid(settings.NODE_FOLDER, "web")
    section = settings.CONFIGURATION.web
    Granian(
        target="dangqiao.conf.wsgi:application",
        address=section.host,
        port=section.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=section.threads,
        backlog=512,
        respawn_failed_workers=True,
        static_path_route=["/static"],
        static_path_mount=[settings.NODE_FOLDER / "static"],
    ).serve()
