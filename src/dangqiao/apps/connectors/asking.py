"""Asking platforms about one person: at once, or through their own people who answer later."""

from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from logging import getLogger

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from dangqiao.apps.audit import services as audit
from dangqiao.apps.connectors.harvesting import opened
from dangqiao.apps.connectors.models import Handover
from dangqiao.apps.connectors.taking import chunks, take_in
from dangqiao.apps.fields import keyed_hash, now
from dangqiao.apps.holdings.queries import READERS
from dangqiao.apps.identity.permissions import require
from dangqiao.apps.ports import port
from dangqiao.core.connectors import Capability, Connector, Mapping, Question
from dangqiao.core.connectors.contract import AnswerState
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.vocabulary.actor import Actor, operator
from dangqiao.core.vocabulary.purpose import Purpose

log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Consulted:
    """Whom a question went to.

    Attributes:
        asked: names of connectors that were asked.
        waiting: those whose people look into it and will answer later.
        problems: codes of what went wrong; with any, or while somebody is waited for, "not found" must not be said.
    """

    asked: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every platform has answered."""
        return not (self.problems or self.waiting)


def consult(
    actor: Actor, purpose: Purpose, archive_code: str, category: str, question: Question, *, subject: str
) -> Consulted:
    """Asks the platforms behind which an archive's records of a category lie, and takes what they find into the
    catalogue, where it is searched like everything else. Outside any transaction: it may take a while.

    A platform that fails does not stop the search: it is named in the result. Audited before anything is asked.

    Raises Refused (`permission.missing`).
    """
    require(actor, *READERS, archive=archive_code)
    asked: list[str] = []
    waiting: list[str] = []
    problems: list[str] = []
    for name in port("connectors").names():
        try:
            mapping = port("connectors").mapping(name)
            if not _answers(mapping, archive_code, category):
                continue
            asked.append(name)
            _record(actor, purpose, mapping, archive_code, subject)
            with closing(opened(mapping)) as connector:
                if mapping.can(Capability.SEARCH):
                    for portion in chunks(connector.search(question)):
                        take_in(mapping, portion)
                elif _hand_over(connector, mapping, question, subject) is Handover.State.WAITING:
                    waiting.append(name)
        except DangqiaoError as error:
            log.warning("connector %s: %s", name, error)
            problems.append(error.code)
    return Consulted(tuple(asked), tuple(waiting), tuple(dict.fromkeys(problems)))


def _answers(mapping: Mapping, archive_code: str, category: str) -> bool:
    about = mapping.connector
    able = mapping.can(Capability.SEARCH) or mapping.can(Capability.HAND_OVER)
    return able and about.category == category and (not isinstance(about.archive, str) or about.archive == archive_code)


def _record(actor: Actor, purpose: Purpose, mapping: Mapping, archive_code: str, subject: str) -> None:
    with transaction.atomic():
        audit.record(
            "connector.asked",
            actor,
            purpose=purpose,
            subject=subject,
            archive_code=archive_code,
            connector=mapping.name,
            category=mapping.connector.category,
        )


def _hand_over(connector: Connector, mapping: Mapping, question: Question, subject: str) -> Handover.State:
    """Hands the question over, once for each subject and question; where it stands."""
    digest = keyed_hash(repr(question), "content")
    row, _new = Handover.objects.get_or_create(connector=mapping.name, subject=subject, question=digest)
    if not row.ticket:
        row.ticket = connector.hand_over(f"{subject}:{digest[:8]}", question)[:200]
        row.save(update_fields=["ticket"])
    return Handover.State(row.state)


def hear(limit: int = 200, pause: timedelta = timedelta(minutes=1)) -> int:
    """Asks platforms for answers to questions that were handed over; how many came. A periodic job."""
    due = Q(polled_at=None) | Q(polled_at__lt=now() - pause)
    rows = Handover.objects.filter(due, state=Handover.State.WAITING).exclude(ticket="")
    heard = 0
    for row in rows.order_by("polled_at")[:limit]:
        try:
            heard += _hear(row)
        except DangqiaoError as error:
            log.warning("connector %s, %s: %s", row.connector, row.subject, error)
            Handover.objects.filter(id=row.id).update(polled_at=now(), error=str(error)[:300])
    return heard


def _hear(row: Handover) -> bool:
    mapping = port("connectors").mapping(row.connector)
    with closing(opened(mapping)) as connector:
        answer = connector.poll(row.ticket)
    if answer.state is AnswerState.WAITING:
        Handover.objects.filter(id=row.id).update(polled_at=now(), error="")
        return False
    for portion in chunks(answer.records):
        take_in(mapping, portion)
    with transaction.atomic():
        told = Handover.objects.filter(id=row.id, state=Handover.State.WAITING).update(
            state=answer.state.value, polled_at=now(), answered_at=now(), error=""
        )
        if told:
            audit.record(
                "connector.answered",
                operator(f"connector-{row.connector}", settings.PLATFORM_CODE),
                purpose=Purpose.HANDLING,
                subject=row.subject,
                count=len(answer.records),
                connector=row.connector,
                state=answer.state.value,
            )
            import_string(settings.CONNECTOR_ANSWERED)(row.subject, str(row.id))
    return bool(told)
