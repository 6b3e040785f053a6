"""The option `--act`: which kind of act is meant, in a word of the category."""

import click

from dangqiao.cli.words import translate
from dangqiao.core import categories
from dangqiao.core.errors import N_

act_option = click.option("--act", default="", help="Which kind is meant, as the catalogue calls it: 结婚, 离婚.")


def known_act(category: str, act: str) -> str:
    """The word, if the category has it or nothing was said. Raises click.UsageError."""
    acts = categories.get(category).acts
    if act and act not in acts:
        raise click.UsageError(
            translate(N_("{category} knows these kinds: {kinds}")).format(
                category=category, kinds="\u3001".join(acts) or "-"
            )
        )
    return act
