"""`dangqiao matching`: how the search weighs what agrees. Needs no running node."""

from collections.abc import Callable
from pathlib import Path

import click

from dangqiao.apps.holdings import learning, queries
from dangqiao.apps.lookups import queries as lookups
from dangqiao.cli.acts import act_option, known_act
from dangqiao.cli.operator import local_operator
from dangqiao.cli.progress import shown
from dangqiao.cli.words import say, show_table, translate
from dangqiao.core import categories
from dangqiao.core.errors import N_
from dangqiao.core.matching import Explanation, Query, meant_by
from dangqiao.core.vocabulary.dates import parse_partial_date
from dangqiao.core.vocabulary.purpose import Purpose

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_category = click.option(
    "--category", required=True, type=click.Choice(list(categories.known())), help="What kind of records."
)
_archives = click.option(
    "--archive", "archive_codes", multiple=True, metavar="CODE", help="Only this archive; may be repeated."
)
_actor = click.option("--actor", default="", help="Who does it; by default the local user. Goes into the audit trail.")
_MOST_CHANGES = 20


def _purpose(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--purpose",
        type=click.Choice([purpose.value for purpose in Purpose]),
        default=Purpose.CATALOGUING.value,
        show_default=True,
        help="Why. Goes into the audit trail.",
    )(command)


@click.group()
def matching() -> None:
    """How the search weighs what agrees."""


@matching.command()
@click.argument("queries_file", metavar="[QUERIES]", type=_FILE, required=False)
@click.option("--decided", is_flag=True, help="Learn from what archivists decided in closed referrals, without a file.")
@_category
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@_archives
@click.option("--rounds", type=click.IntRange(1, 20), default=3, show_default=True, help="Of estimating.")
@click.option(
    "--strength",
    type=click.FloatRange(0, min_open=True),
    default=300.0,
    show_default=True,
    help="How many pairs the present weights are worth.",
)
@_actor
@_purpose
@click.option("--quiet", is_flag=True, help="No progress.")
def train(
    queries_file: Path | None,
    decided: bool,
    category: str,
    out: Path,
    archive_codes: tuple[str, ...],
    rounds: int,
    strength: float,
    actor: str,
    purpose: str,
    quiet: bool,
) -> None:
    """Learn weights from QUERIES, a file as `holdings match` takes it, and say what changed.

    With --decided the decisions of this node's archivists are the queries; a notice of not found counts too.

    A column 档号 names the entry that an archivist has confirmed; where it is empty the present weights say how
    probable each entry is. The node uses the file when `parameters` under [matching] names it.
    """
    if decided == (queries_file is not None):
        raise click.UsageError(translate(N_("Give a file of queries, or --decided.")))
    who, archives = local_operator(actor), archive_codes or None
    with shown(queries_file.name if queries_file else category, quiet=quiet) as tell:
        lessons = (
            learning.lessons_of(queries_file, category, tell)
            if queries_file
            else lookups.decided(who, category, archives)
        )
        trained = learning.train(
            who,
            Purpose(purpose),
            lessons,
            category=category,
            archive_codes=archives,
            rounds=rounds,
            strength=strength,
        )
    out.write_text(trained.text, encoding="utf-8")
    columns = (N_("Table"), N_("Level"), N_("Before"), N_("Now"))
    rows = [(one.table, one.level, f"{one.before:.4g}", f"{one.after:.4g}") for one in trained.changes[:_MOST_CHANGES]]
    show_table(map(translate, columns), rows)
    say(
        N_("{pairs:,.0f} pairs; {count} values changed. Weights {version} are in {out}."),
        pairs=trained.pairs,
        count=len(trained.changes),
        version=trained.parameters.version,
        out=out,
    )


@matching.command()
@click.argument("reference_code")
@_category
@click.option("--queries", "queries_file", type=_FILE, help="A file of queries, as `holdings match` takes it.")
@click.option("--number", default="", help="The query's number in that file.")
@click.option("--name", default="", help="Instead of a file: who is looked for.")
@click.option("--sex", default="", help="男 or 女.")
@click.option("--birth", default="", help="Birth date, whole or in part.")
@click.option("--identity-number", default="", help="Identity number, 15 or 18 characters.")
@click.option("--spouse", default="", help="The other person's name.")
@click.option("--year", type=int, help="Year of the act.")
@click.option("--place", default="", help="Where it was.")
@act_option
@_archives
@_actor
@_purpose
def explain(
    reference_code: str,
    category: str,
    queries_file: Path | None,
    number: str,
    name: str,
    sex: str,
    birth: str,
    identity_number: str,
    spouse: str,
    year: int | None,
    place: str,
    act: str,
    archive_codes: tuple[str, ...],
    actor: str,
    purpose: str,
) -> None:
    """Compare one query with the entry REFERENCE_CODE, field by field."""
    query: Query
    if queries_file is not None:
        query = learning.question(queries_file, category, number)
    else:
        who = queries.person(name, sex=sex, birth=parse_partial_date(birth), identity_number=identity_number)
        others = [queries.person(spouse)] if spouse else []
        ends = meant_by(categories.get(category), known_act(category, act))
        query = queries.query(who, others=others, event_year=year, place=place, ends=ends)
    found = learning.explain(
        local_operator(actor),
        Purpose(purpose),
        queries.checked(query),
        reference_code,
        category=category,
        archive_codes=archive_codes or None,
    )
    for one in found:
        _show(one)


def _show(found: Explanation) -> None:
    rows = [
        (
            translate(reason.label),
            translate(reason.sentence).format(**reason.facts),
            reason.level,
            f"{reason.bits:+.1f}",
        )
        for reason in found.reasons
    ]
    show_table(map(translate, (N_("Field"), N_("Finding"), N_("Level"), N_("Bits"))), rows)
    say(
        N_("{bits:+.1f} bits, {prior:+.1f} before anything was compared: probability {probability:.4f} by itself."),
        bits=found.bits,
        prior=found.prior_bits,
        probability=found.probability,
    )
    if found.contradictions:
        say(N_("What forbids a match without a human: {fields}"), fields="、".join(found.contradictions))
    verdict = found.verdict
    say(
        N_("If there were no other entry: {outcome}. {why} [{ground}, weights {version}]"),
        outcome=verdict.outcome,
        why=translate(verdict.sentence),
        ground=verdict.ground,
        version=verdict.version,
    )
