"""`dangqiao category`: for those who write category files."""

from pathlib import Path

import click

from dangqiao.core import categories
from dangqiao.core.sealing.wording import check_category


@click.group()
def category() -> None:
    """Record categories, which are data files."""


@category.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Check the category file FILE and show what it defines."""
    found = categories.parse(file.read_bytes())
    check_category(found)
    columns = [field.column + ("" if found.may_lack(field) else "*") for field in found.all_fields()]
    click.echo(f"{found.id} {found.name.zh} ({found.name.en}), version {found.version}")
    click.echo(f"columns (* must be in a file): {','.join(columns)}")
    click.echo(f"parties: {', '.join(party.role for party in found.parties)}")
    click.echo(f"digest: {categories.digest(found)}")


@category.command("list")
def list_() -> None:
    """Show the categories that come with the program: id, pack, whether every member serves it first, names."""
    for found in categories.shipped().values():
        click.echo(
            f"{found.id:<24} {found.pack:<6} {'first' if found.first else '':<6} {found.name.zh}\t{found.name.en}"
        )
