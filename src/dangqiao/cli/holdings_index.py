"""`dangqiao holdings index`: the catalogue's index, built anew and looked at."""

import click

from dangqiao.apps.holdings import index
from dangqiao.cli.progress import shown
from dangqiao.cli.words import translate
from dangqiao.core.errors import N_

_WORDS = {"entries": N_("entries"), "changed": N_("changed since the files were made"),
          "segments": N_("files"), "bytes": N_("bytes on disk")}  # fmt: skip


@click.group(name="index")
def index_commands() -> None:
    """The index of the catalogue. It follows every import and correction by itself."""


@index_commands.command()
@click.option("--quiet", is_flag=True, help="No progress.")
def build(quiet: bool) -> None:
    """Build the index anew from the catalogue.

    Needed when `index` under [adapters] was changed, when the index or the database was put back from a copy, and after
    an upgrade that says so. The node may go on serving: what there is serves until the new index is whole.
    """
    with shown(translate(N_("index")), quiet=quiet) as tell:
        steps = {"read": N_("reading"), "merge": N_("merging")}
        number = index.build(lambda step, done, rows: tell(done, rows, translate(steps[step])))
    click.echo(translate(N_("{number:,} entries are in the index.")).format(number=number))


@index_commands.command()
def status() -> None:
    """Say how much is in the index; fails if it is missing or does not belong to the database."""
    for key, number in index.describe().items():
        click.echo(f"{number:>15,}  {translate(_WORDS[key])}")
