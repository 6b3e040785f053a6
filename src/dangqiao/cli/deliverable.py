"""`dangqiao deliverable`: documents as they are issued, and what keeps them good."""

import click

from dangqiao.cli.previewing import preview
from dangqiao.cli.renewal import renew


@click.group()
def deliverable() -> None:
    """Documents: what keeps them good."""


deliverable.add_command(preview)
deliverable.add_command(renew)
