"""Learning the weights of the search from queries, and laying one comparison open: `dangqiao matching`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.fields import now
from dangqiao.apps.holdings import parameters, queries
from dangqiao.apps.holdings.questions import QueryFile
from dangqiao.apps.holdings.search import Searcher
from dangqiao.core import categories
from dangqiao.core.errors import N_, NotThere, Refused
from dangqiao.core.matching import EntryFeatures, Explanation, Levels, Parameters, Query, Trained, estimate, load
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose


@dataclass(frozen=True, slots=True)
class Lesson:
    """A query to learn from.

    Attributes:
        answers: reference codes of the entries that an archivist has confirmed.
        known: whether an archivist has decided; without answers that says that the record is not here.
    """

    query: Query
    answers: tuple[str, ...] = ()
    known: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    """A lesson with its entries: those that may be meant, or those that were confirmed."""

    lesson: Lesson
    entries: tuple[EntryFeatures, ...]


def lessons_of(
    path: Path, category: str, progress: Callable[[float, int], None] = lambda _done, _queries: None
) -> Iterator[Lesson]:
    """The legible queries of a file as `holdings match` takes it; a column 档号 names what an archivist confirmed.

    Raises:
        ImportRefused: the file cannot be read.
    """
    file = QueryFile(path, categories.get(category))
    with file.opened() as rows:
        number = 0
        for question in file.questions(rows, lambda *_complaint: None):
            if question.query is not None:
                number += 1
                answers = (question.answer,) if question.answer else ()
                yield Lesson(question.query, answers, bool(answers))
                progress(rows.done(), number)


def train(
    actor: Actor,
    purpose: Purpose,
    lessons: Iterable[Lesson],
    *,
    category: str,
    archive_codes: Sequence[str] | None = None,
    rounds: int = 3,
    strength: float = 300.0,
) -> Trained:
    """Weights from queries: of a file (`lessons_of`), or of what archivists have decided (`lookups.queries.decided`).

    Args:
        rounds: of expectation and maximisation; more change little after the third.
        strength: how many pairs the present values are worth.

    Raises:
        BadInput: `matching.nothing_learned`.
        NotThere: `category.unknown`. Refused: `permission.missing`, `holdings.no_batch` (adoption).
    """
    search = _searcher(actor, archive_codes, category)
    seen = [_Seen(lesson, _entries(search, lesson)) for lesson in lessons]
    with transaction.atomic():
        audit.record(
            "holdings.searched_in_bulk",
            actor,
            purpose=purpose,
            count=len(seen),
            category=category,
            archives=list(archive_codes or ()),
        )
    text = parameters.text()
    weights = load(text)
    version = f"{weights.version} +{now():%Y%m%d}/{len(seen)}"
    for _round in range(rounds):
        trained = estimate(text, _counted(search, seen, weights), version, strength)
        weights = trained.parameters
    return trained


def _entries(search: Searcher, lesson: Lesson) -> tuple[EntryFeatures, ...]:
    """What was confirmed and is still there; what may be meant, where nobody has decided."""
    if lesson.known:
        return tuple(entry for answer in lesson.answers for entry in search.named(answer))
    return search.search(lesson.query).candidates


def _counted(search: Searcher, seen: Sequence[_Seen], weights: Parameters) -> Levels:
    levels = Levels()
    for one in seen:
        lesson = one.lesson
        if lesson.known:
            if bool(lesson.answers) == bool(one.entries):
                levels.query(float(bool(one.entries)))
            for entry in one.entries:
                levels.add(search.explain(lesson.query, entry).reasons, 1.0)
            continue
        verdict = search.judge(lesson.query, one.entries, weights)
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


def question(path: Path, category: str, number: str) -> Query:
    """The query with that number in a file of queries.

    Raises:
        ImportRefused: the file cannot be read. NotThere: `matching.query_unknown`.
    """
    file = QueryFile(path, categories.get(category))
    with file.opened() as rows:
        for one in file.questions(rows, lambda *_complaint: None):
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
