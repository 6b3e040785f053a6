"""`dangqiao sample`: realistic, invented data."""

from pathlib import Path

import click

from dangqiao.adapters.sampling import SHARES, Sample, write_sample
from dangqiao.cli.progress import shown
from dangqiao.cli.words import say
from dangqiao.core.errors import N_
from dangqiao.core.vocabulary.archives import PLATFORMS


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--platform", required=True, type=click.Choice(PLATFORMS), help="Whose archives get the entries.")
@click.option("--entries", default=20_000, show_default=True, type=click.IntRange(0), help="How many in all.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same files.")
@click.option(
    "--categories",
    "chosen",
    multiple=True,
    type=click.Choice(list(SHARES)),
    help="Only this category; may be repeated.",
)
@click.option("--archive", "archives", multiple=True, metavar="CODE", help="Only this archive; may be repeated.")
@click.option("--images", default=20, show_default=True, help="Entries with drawn pages, besides the demonstration's.")
@click.option("--queries", default=200, show_default=True, help="Queries with known answers, a category.")
@click.option("--quiet", is_flag=True, help="No progress.")
def sample(
    folder: Path,
    platform: str,
    entries: int,
    seed: int,
    chosen: tuple[str, ...],
    archives: tuple[str, ...],
    images: int,
    queries: int,
    quiet: bool,
) -> None:
    """Write sample catalogues, page images, queries and people into FOLDER.

    Take them in with `dangqiao holdings load FOLDER`.
    """
    wanted = Sample(platform, entries, seed, chosen or tuple(SHARES), images, queries, archives)
    with shown(folder.name, quiet=quiet) as tell:
        count = write_sample(wanted, folder, tell)
    say(N_("{count:,} entries in {folder}"), count=count, folder=folder)
