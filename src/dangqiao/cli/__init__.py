"""The command dangqiao. Sub-commands are loaded when they are used, so that `verify` never loads Django."""

import os
import sys
from importlib import import_module
from pathlib import Path

import click

from dangqiao.core.errors import DangqiaoError

COMMANDS = {
    "category": "dangqiao.cli.category:category",
    "demo": "dangqiao.cli.demo:demo",
    "directory": "dangqiao.cli.directory:directory",
    "exchange": "dangqiao.cli.exchange:exchange",
    "holdings": "dangqiao.cli.holdings:holdings",
    "node": "dangqiao.cli.node:node",
    "sample": "dangqiao.cli.sample:sample",
    "user": "dangqiao.cli.user:user",
    "verify": "dangqiao.cli.verify:verify",
}
"""Name -> where the click command is."""


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--node",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The node's folder; by default the current folder, or DANGQIAO_NODE.",
)
def cli(folder: Path | None) -> None:
    """档桥: archives of a region answer as one."""
    if folder is not None:
        os.environ["DANGQIAO_NODE"] = str(folder.resolve())
    os.environ.setdefault("DANGQIAO_NODE", str(Path.cwd()))


def django_setup() -> None:
    """Loads the node's settings and Django. First thing in a command that needs the database.

    Raises:
        Misconfigured: `configuration.no_node` where the folder is not a node's.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangqiao.conf.settings")
    import_module("django").setup()  # by name: `verify` must not load Django


def main() -> None:
    """Runs the command; an error of ours is one sentence with its code, and exit code 2."""
    try:
        cli(prog_name="dangqiao")
    except DangqiaoError as error:
        click.echo(f"dangqiao: {error}", err=True)
        sys.exit(2)
