"""Answering a file of queries: `dangqiao holdings match`.

No query is lost. One whose name cannot be read gets a row with conclusion `review`, an empty reference code and the
error's code: `none` would be a lie, for nothing was searched. One with another unreadable cell is searched by the rest
and is at most `review`. The result appears under its name only when it is whole.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext

from dangqiao.apps.audit import services as audit
from dangqiao.apps.fields import now
from dangqiao.apps.holdings import queries
from dangqiao.apps.holdings.contents import date_of
from dangqiao.apps.holdings.features import place_codes
from dangqiao.apps.holdings.importing import source
from dangqiao.apps.holdings.importing.cells import Reader, Unfit, Value, reader
from dangqiao.apps.holdings.importing.pieces import Rows, opened
from dangqiao.apps.holdings.importing.problems import Problem
from dangqiao.apps.holdings.importing.rows import Row
from dangqiao.apps.holdings.search import Found, Searcher
from dangqiao.core import categories
from dangqiao.core.categories import FieldDefinition, FieldKind, Words
from dangqiao.core.errors import N_, ImportRefused, Refused
from dangqiao.core.matching import Candidate, Outcome, Query
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose

RESULT_COLUMNS = ("查询号", "名次", "档号", "概率", "结论", "理由")
MOST_ROWS = 5
"""Rows a query."""
_CHUNK = 200
"""Queries between two rows of the audit trail."""
KINDS = {
    "查询号": FieldKind.TEXT,
    "姓名": FieldKind.NAME,
    "性别": FieldKind.TEXT,
    "出生日期": FieldKind.DATE,
    "身份证件号": FieldKind.IDENTITY_NUMBER,
    "配偶姓名": FieldKind.NAME,
    "登记年份": FieldKind.YEAR,
    "登记地": FieldKind.PLACE,
    "档号": FieldKind.TEXT,
}
"""Columns of a file of queries. Anything but the number and the name may be empty or missing altogether."""
_NEEDED = ("查询号", "姓名")


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many queries had which conclusion, and how many could not be read in full."""

    queries: int
    match: int
    review: int
    none: int
    unreadable: int


_LONGEST_NUMBER = 60
"""Characters: where a row cannot be read its first cell may be anything."""


@dataclass(frozen=True, slots=True)
class Question:
    """A row of a file of queries.

    Attributes:
        query: None where the row cannot be read.
        answer: the reference code in the column 档号, where an archivist has confirmed one.
    """

    number: str
    query: Query | None
    problems: tuple[Problem, ...]
    answer: str = ""


def match_file(
    actor: Actor,
    purpose: Purpose,
    path: Path,
    out: Path,
    *,
    category: str,
    archive_codes: Sequence[str] | None = None,
    progress: Callable[[float, int], None] = lambda _done, _queries: None,
    complain: Callable[[int, str, Problem], None] = lambda _row, _number, _problem: None,
) -> BatchResult:
    """Answers every query of `path` into `out` (CSV, UTF-8).

    Args:
        progress: told the part that is done (0..1) and the number of queries answered.
        complain: told of each cell that cannot be read: row, number of the query, problem.

    Raises:
        ImportRefused: the file cannot be read, or lacks 查询号 or 姓名.
        NotThere: `category.unknown`. Refused: `permission.missing`, `holdings.no_batch` (adoption).
    """
    if categories.get(category).secluded:
        raise Refused("holdings.no_batch", N_("No lists are answered about {category}."), category=category)
    search = queries.searcher(actor, archive_codes, category)
    file = source.inspect(path, KINDS)
    counts = dict.fromkeys(Outcome, 0)
    unreadable = 0
    part = out.with_name(out.name + ".part")
    with opened(file) as rows, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(RESULT_COLUMNS)
        questions = questions_of(rows, complain)
        while chunk := list(islice(questions, _CHUNK)):
            _record(actor, purpose, category, archive_codes, len(chunk))
            for question in chunk:
                outcome, lines = _answer(search, question)
                writer.writerows(lines)
                counts[outcome] += 1
                unreadable += bool(question.problems)
            progress(rows.done(), sum(counts.values()))
    part.replace(out)
    return BatchResult(
        sum(counts.values()), counts[Outcome.MATCH], counts[Outcome.REVIEW], counts[Outcome.NONE], unreadable
    )


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


def questions_of(rows: Rows, complain: Callable[[int, str, Problem], None]) -> Iterator[Question]:
    """The rows of a file of queries. Raises ImportRefused (`match.column_missing`)."""
    header = [name.strip() for name in rows.header]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise ImportRefused(
            "match.column_missing",
            N_("The column {column} is missing from the file of queries."),
            N_("Its columns are: {columns}."),
            column="、".join(missing),
            columns=",".join(KINDS),
        )
    this_year = now().year
    columns = [
        (position, name, reader(_definition(name, kind), this_year))
        for position, name in enumerate(header)
        if (kind := KINDS.get(name))
    ]
    for row in rows:
        question = _question(row, columns, len(header))
        for problem in question.problems:
            complain(row.number, question.number, problem)
        yield question


def _definition(name: str, kind: FieldKind) -> FieldDefinition:
    return FieldDefinition(key="cell", column=name, kind=kind, label=Words(zh=name, en=name))


def _question(row: Row, columns: list[tuple[int, str, Reader]], width: int) -> Question:
    problems = [row.problem] if row.problem else []
    cells = row.cells + [""] * (width - len(row.cells))
    values: dict[str, Value] = {}
    for position, name, read in columns:
        text = cells[position].strip()
        try:
            values[name] = read(text) if text else None
        except Unfit as unfit:
            problems.append(unfit.problem(name))
    number = (values.get("查询号") or cells[0].strip())[:_LONGEST_NUMBER]
    if not values.get("姓名") and not any(problem.column == "姓名" for problem in problems):
        problems.append(Problem("import.required", "姓名"))
    query = None if not values.get("姓名") or row.problem else _query(values)
    return Question(number, query, tuple(problems), values.get("档号") or "")


def _query(values: dict[str, Value]) -> Query:
    who = queries.person(
        values["姓名"],
        sex=values.get("性别") or "",
        birth=date_of(values.get("出生日期")),
        identity_number=values.get("身份证件号") or "",
    )
    spouse = values.get("配偶姓名")
    return Query(
        who,
        (queries.person(spouse),) if spouse else (),
        values.get("登记年份"),
        place_codes=place_codes(values.get("登记地") or ""),
    )


def _answer(search: Searcher, question: Question) -> tuple[Outcome, list[list[str]]]:
    """The conclusion of a query and its rows."""
    problems = "".join(f"{problem.column} {problem}[{problem.code}] " for problem in question.problems)
    if question.query is None:
        return Outcome.REVIEW, [[question.number, "1", "", "0.0000", Outcome.REVIEW, problems.strip()]]
    found = search.search(question.query)
    outcome = Outcome.REVIEW if question.problems else found.outcome
    why = problems + _why(found)
    rows = [
        [question.number, str(rank), queries.citation(one.identity).reference_code, f"{one.probability:.4f}", outcome,
         why + _reasons(one)]
        for rank, one in enumerate(found.verdict.candidates[:MOST_ROWS], 1)
    ]  # fmt: skip
    return outcome, rows or [[question.number, "1", "", "0.0000", outcome, why.strip()]]


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
