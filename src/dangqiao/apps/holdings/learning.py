"""Learning the weights of the search from queries, and laying one comparison open: `dangqiao matching`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.fields import now
from dangqiao.apps.holdings import parameters, queries
from dangqiao.apps.holdings.batch import KINDS, Question, questions_of
from dangqiao.apps.holdings.importing import source
from dangqiao.apps.holdings.importing.pieces import opened
from dangqiao.apps.holdings.search import Searcher
from dangqiao.core import categories
from dangqiao.core.errors import N_, NotThere, Refused
from dangqiao.core.matching import EntryFeatures, Explanation, Levels, Parameters, Query, Trained, estimate, load
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose


@dataclass(frozen=True, slots=True)
class _Lesson:
    """A query, the entries that may be meant, and those that an archivist has confirmed."""

    query: Query
    candidates: tuple[EntryFeatures, ...]
    confirmed: tuple[EntryFeatures, ...]


def train(
    actor: Actor,
    purpose: Purpose,
    path: Path,
    *,
    category: str,
    archive_codes: Sequence[str] | None = None,
    rounds: int = 3,
    strength: float = 300.0,
    progress: Callable[[float, int], None] = lambda _done, _queries: None,
) -> Trained:
    """Weights from a file of queries as `holdings match` takes it; a column 档号 names what an archivist confirmed.

    Args:
        rounds: of expectation and maximisation; more change little after the third.
        strength: how many pairs the present values are worth.

    Raises:
        ImportRefused: the file cannot be read. BadInput: `matching.nothing_learned`.
        NotThere: `category.unknown`. Refused: `permission.missing`, `holdings.no_batch` (adoption).
    """
    search = _searcher(actor, archive_codes, category)
    lessons = []
    with opened(source.inspect(path, KINDS)) as rows:
        for question in questions_of(rows, lambda *_complaint: None):
            if question.query is not None:
                lessons.append(_lesson(search, question, question.query))
                progress(rows.done(), len(lessons))
    with transaction.atomic():
        audit.record(
            "holdings.searched_in_bulk",
            actor,
            purpose=purpose,
            count=len(lessons),
            category=category,
            archives=list(archive_codes or ()),
        )
    text = parameters.text()
    weights = load(text)
    version = f"{weights.version} +{now():%Y%m%d}/{len(lessons)}"
    for _round in range(rounds):
        trained = estimate(text, _counted(search, lessons, weights), version, strength)
        weights = trained.parameters
    return trained


def _lesson(search: Searcher, question: Question, query: Query) -> _Lesson:
    return _Lesson(query, search.search(query).candidates, search.named(question.answer) if question.answer else ())


def _counted(search: Searcher, lessons: Sequence[_Lesson], weights: Parameters) -> Levels:
    levels = Levels()
    for lesson in lessons:
        if lesson.confirmed:
            levels.query(1.0)
            for entry in lesson.confirmed:
                levels.add(search.explain(lesson.query, entry).reasons, 1.0)
            continue
        verdict = search.judge(lesson.query, lesson.candidates, weights)
        events = {candidate.event: candidate.probability for candidate in verdict.candidates}
        levels.query(min(1.0, sum(events.values())))
        for candidate in verdict.candidates:
            levels.add(candidate.reasons, candidate.probability)
    return levels


def explain(
    actor: Actor,
    purpose: Purpose,
    query: Query,
    reference_code: str,
    *,
    category: str,
    archive_codes: Sequence[str] | None = None,
) -> tuple[Explanation, ...]:
    """A query against the entries under a reference code, field by field.

    Raises:
        NotThere: `category.unknown`, `holdings.entry_unknown`. Refused: `permission.missing`, `holdings.no_batch`.
    """
    search = _searcher(actor, archive_codes, category)
    with transaction.atomic():
        audit.record("holdings.searched", actor, purpose=purpose, category=category, archives=list(archive_codes or ()))
    entries = search.named(reference_code)
    if not entries:
        raise NotThere(
            "holdings.entry_unknown",
            N_("There is no entry {reference_code}."),
            N_("Compare the reference code with the catalogue."),
            reference_code=reference_code,
        )
    return tuple(search.explain(query, entry) for entry in entries)


def question(path: Path, number: str) -> Query:
    """The query with that number in a file of queries.

    Raises:
        ImportRefused: the file cannot be read. NotThere: `matching.query_unknown`.
    """
    with opened(source.inspect(path, KINDS)) as rows:
        for one in questions_of(rows, lambda *_complaint: None):
            if one.number == number and one.query is not None:
                return one.query
    raise NotThere(
        "matching.query_unknown",
        N_("There is no legible query {number} in {file}."),
        N_("The number stands in the column 查询号."),
        number=number,
        file=path.name,
    )


def _searcher(actor: Actor, archive_codes: Sequence[str] | None, category: str) -> Searcher:
    if categories.get(category).secluded:
        raise Refused("holdings.no_batch", N_("No lists are answered about {category}."), category=category)
    return queries.searcher(actor, archive_codes, category)
