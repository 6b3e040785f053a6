"""The command dangqiao. Each sub-command's module is loaded when it is used: `verify` never loads Django, and modules
of commands that need the node are loaded after Django has been set up for it."""

import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click

from dangqiao.apps.causes import cause_of
from dangqiao.apps.work.processes import PARENT, die_with_parent
from dangqiao.cli.words import translate
from dangqiao.core.errors import DangqiaoError, Misconfigured


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a sub-command is (`module:object`), one line about it, and whether it acts on a node."""

    target: str
    help: str
    needs_node: bool = True


class LazyGroup(click.Group):
    """A group whose sub-commands are loaded on use, from a table name -> Entry."""

    def __init__(self, *args: object, entries: dict[str, Entry], **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names for the help page."""
        return sorted(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Loads one."""
        return load(self.entries[cmd_name]) if cmd_name in self.entries else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help page's list, without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.entries[name].help) for name in self.list_commands(ctx)])


def load(entry: Entry) -> click.Command:
    """The command of an entry, with Django set up first if it needs the node."""
    if entry.needs_node:
        django_setup(only_help=bool({"--help", "-h"} & set(sys.argv)))
    module, _, name = entry.target.partition(":")
    command = getattr(import_module(module), name)
    assert isinstance(command, click.Command)
    return command


def django_setup(*, only_help: bool = False) -> None:
    """Loads the node's settings and Django; again is harmless.

    Args:
        only_help: go on without a node, because nothing but a help page will be shown.

    Raises:
        Misconfigured: `configuration.no_node` where the folder is not a node's.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangqiao.conf.settings")
    setup = import_module("django").setup  # by name: `verify` must not load Django
    try:
        setup()
    except Misconfigured:
        if not only_help:
            raise
        os.environ["DJANGO_SETTINGS_MODULE"] = "dangqiao.conf.without_node"
        import_module("django.conf").settings._setup()
        setup()


def node_folder() -> Path:
    """The folder of the node that the command acts on."""
    return Path(os.environ["DANGQIAO_NODE"])


COMMANDS = {
    "category": Entry("dangqiao.cli.category:category", "Check category files.", needs_node=False),
    "connector": Entry("dangqiao.cli.connector:connector", "Platforms that exist already: check, harvest, search."),
    "deliverable": Entry("dangqiao.cli.deliverable:deliverable", "Documents: what keeps them good."),
    "conformance": Entry(
        "dangqiao.cli.conformance:conformance", "Check a node against the protocol.", needs_node=False
    ),
    "demo": Entry("dangqiao.cli.demo:demo", "Start four nodes and play a whole request.", needs_node=False),
    "directory": Entry("dangqiao.cli.directory:directory", "Found, join, sign and fetch the federation's directory."),
    "exchange": Entry("dangqiao.cli.exchange:exchange", "See and replay messages between nodes."),
    "holdings": Entry("dangqiao.cli.holdings:holdings", "Import a catalogue and search it."),
    "ledger": Entry("dangqiao.cli.ledger:ledger", "Evidence: prove, verify, audit.", needs_node=False),
    "matching": Entry("dangqiao.cli.matching:matching", "Train the search's weights; explain one comparison."),
    "node": Entry("dangqiao.cli.node:node", "Make a node, run it, ask how it is.", needs_node=False),
    "policy": Entry("dangqiao.cli.policy:policy", "Who must look before something is issued, by when."),
    "sample": Entry("dangqiao.cli.sample:sample", "Make realistic, invented data.", needs_node=False),
    "seal": Entry("dangqiao.cli.seal:seal", "Make, activate, suspend and replace the archives' seals."),
    "user": Entry("dangqiao.cli.user:user", "Staff accounts and their roles."),
    "verify": Entry("dangqiao.cli.verify:verify", "Check a document, offline.", needs_node=False),
}


def _choose_node(_ctx: click.Context, _option: click.Parameter, folder: Path | None) -> None:
    """Before the sub-command is loaded: its module may need the node's settings."""
    if folder is not None:
        os.environ["DANGQIAO_NODE"] = str(folder.resolve())
    os.environ.setdefault("DANGQIAO_NODE", str(Path.cwd()))


@click.group(cls=LazyGroup, entries=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--node",
    type=click.Path(file_okay=False, path_type=Path),
    callback=_choose_node,
    expose_value=False,
    help="The node's folder; by default DANGQIAO_NODE or the current folder.",
)
def cli() -> None:
    """档桥: archives of a region answer as one."""


def main() -> None:
    """Runs the command. An error of ours, or one whose cause is known, is one sentence and its code; exit code 2."""
    if PARENT in os.environ:
        die_with_parent()
    try:
        cli(prog_name="dangqiao")
    except Exception as problem:
        error = problem if isinstance(problem, DangqiaoError) else cause_of(problem)
        if error is None:
            raise
        remedy = f" {translate(error.remedy).format(**error.facts)}" if error.remedy else ""
        click.echo(f"dangqiao: {translate(error.sentence).format(**error.facts)}{remedy} [{error.code}]", err=True)
        sys.exit(2)
