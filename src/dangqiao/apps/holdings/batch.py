"""Answering a file of queries: `dangqiao holdings match`.

No query is lost. One whose name cannot be read gets a row with conclusion `review`, an empty reference code and the
error's code: `none` would be a lie, for nothing was searched. One with another unreadable cell is searched by the rest
and is at most `review`. The result appears under its name only when it is whole.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext

from dangqiao.apps.audit import services as audit
from dangqiao.apps.holdings import queries
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.questions import QueryFile, Question
from dangqiao.apps.holdings.search import Found, Searcher
from dangqiao.core import categories
from dangqiao.core.errors import N_, Refused
from dangqiao.core.matching import Candidate, Outcome
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose

RESULT_COLUMNS = ("查询号", "名次", "档号", "概率", "结论", "理由", "档案馆", "件内序号")
MOST_ROWS = 5
"""Rows a query."""
_CHUNK = 200
"""Queries between two rows of the audit trail."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many queries had which conclusion, how many could not be read in full, and how many do not say which of the
    category's kinds of act they mean; names of the sheets of a workbook that were not read, and headings of columns
    that say nothing to a search."""

    queries: int
    match: int
    review: int
    none: int
    unreadable: int
    unsaid: int
    left_out: tuple[str, ...]
    unknown_columns: tuple[str, ...]


def match_file(
    actor: Actor,
    purpose: Purpose,
    path: Path,
    out: Path,
    *,
    category: str,
    act: str = "",
    archive_codes: Sequence[str] | None = None,
    progress: Callable[[float, int], None] = lambda _done, _queries: None,
    complain: Callable[[int, str, Problem], None] = lambda _row, _number, _problem: None,
) -> BatchResult:
    """Answers every query of `path` into `out` (CSV, UTF-8).

    Args:
        act: the kind of act that is meant by a query that says none, in a word of the category.
        progress: told the part that is done (0..1) and the number of queries answered.
        complain: told of each cell that cannot be read: row, number of the query, problem.

    Raises:
        ImportRefused: the file cannot be read, or has no column of names.
        NotThere: `category.unknown`. Refused: `permission.missing`, `holdings.no_batch` (adoption).
    """
    definition = categories.get(category)
    if definition.secluded:
        raise Refused("holdings.no_batch", N_("No lists are answered about {category}."), category=category)
    search = queries.searcher(actor, archive_codes, category)
    file = QueryFile(path, definition, act)
    counts = dict.fromkeys(Outcome, 0)
    unreadable = unsaid = 0
    part = out.with_name(out.name + ".part")
    with file.opened() as rows, part.open("w", encoding="utf-8", newline="") as stream:
        left_out, unknown = tuple(rows.left_out), tuple(file.unknown(rows))
        writer = csv.writer(stream)
        writer.writerow(RESULT_COLUMNS)
        questions = file.questions(rows, complain)
        while chunk := list(islice(questions, _CHUNK)):
            _record(actor, purpose, category, archive_codes, len(chunk))
            for question in chunk:
                outcome, lines = _answer(search, question)
                writer.writerows(lines)
                counts[outcome] += 1
                unreadable += bool(question.problems)
                unsaid += bool(definition.endings and question.query and question.query.ends is None)
            progress(rows.done(), sum(counts.values()))
    part.replace(out)
    by_outcome = counts[Outcome.MATCH], counts[Outcome.REVIEW], counts[Outcome.NONE]
    return BatchResult(sum(counts.values()), *by_outcome, unreadable, unsaid, left_out, unknown)


def _record(actor: Actor, purpose: Purpose, category: str, archive_codes: Sequence[str] | None, count: int) -> None:
    """Before the search, so that a batch that is stopped has not read more than the trail says."""
    with transaction.atomic():
        audit.record(
            "holdings.searched_in_bulk",
            actor,
            purpose=purpose,
            count=count,
            category=category,
            archives=list(archive_codes or ()),
        )


def _answer(search: Searcher, question: Question) -> tuple[Outcome, list[list[str]]]:
    """The conclusion of a query and its rows."""
    problems = "".join(f"{problem.column} {problem}[{problem.code}] " for problem in question.problems)
    if question.query is None:
        return Outcome.REVIEW, [_nothing(question, Outcome.REVIEW, problems)]
    found = search.search(question.query)
    outcome = Outcome.REVIEW if question.problems else found.outcome
    why = problems + _why(found)
    rows = []
    for rank, one in enumerate(found.verdict.candidates[:MOST_ROWS], 1):
        cited = queries.citation(one.identity)
        rows.append(
            [question.number, str(rank), cited.reference_code, f"{one.probability:.4f}", outcome, why + _reasons(one),
             cited.archive, str(cited.item_number)]
        )  # fmt: skip
    return outcome, rows or [_nothing(question, outcome, why)]


def _nothing(question: Question, outcome: Outcome, why: str) -> list[str]:
    return [question.number, "1", "", "0.0000", outcome, why.strip(), "", ""]


def _why(found: Found) -> str:
    if found.verdict.outcome is not found.outcome:
        return gettext("Too many entries bear this name; one more fact is needed.") + " "
    question = found.verdict.question
    return gettext(found.verdict.sentence) + " " + (gettext(question) + " " if question else "")


def _reasons(candidate: Candidate) -> str:
    """The table of reasons in one cell, with the punctuation of Chinese text."""
    return "\uff1b".join(
        f"{gettext(reason.label)}\uff1a{gettext(reason.sentence).format(**reason.facts)}"
        for reason in candidate.reasons
    )
