"""Keeping in step with a platform: what it has changed since the last time is read and taken in."""

import csv
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from logging import getLogger

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from dangqiao.apps.audit import services as audit
from dangqiao.apps.connectors.models import ConnectorState, HarvestRun
from dangqiao.apps.connectors.taking import Taken, chunks, take_in
from dangqiao.apps.fields import now
from dangqiao.apps.identity.permissions import require
from dangqiao.apps.ports import port
from dangqiao.core.connectors import Batch, Capability, Connector, Mapping, Rejection
from dangqiao.core.errors import N_, Conflict, DangqiaoError, Unavailable
from dangqiao.core.vocabulary.actor import Actor, Role, operator
from dangqiao.core.vocabulary.purpose import Purpose

log = getLogger(__name__)

BUSY = timedelta(minutes=10)
"""For how long a harvest holds its connector without a sign of life."""


@dataclass(frozen=True, slots=True)
class Harvested:
    """How a harvest ended. `finished`: whether everything was read; if not, its time was over and it goes on."""

    run: HarvestRun
    finished: bool


def harvest(
    actor: Actor,
    purpose: Purpose,
    name: str,
    *,
    full: bool = False,
    seconds: float | None = None,
    tell: Callable[[Taken], None] = lambda _taken: None,
) -> Harvested:
    """Reads what a platform has changed since the last time, and takes it in. Killed, it goes on where it was.

    Args:
        full: from the very beginning.
        seconds: stop after the batch during which so much time is over.
        tell: hears the figures so far after each portion.

    Raises:
        Refused: `permission.missing`. NotThere: `connector.unknown`. Misconfigured: `connector.file` and others.
        Conflict: `connector.busy`. BadInput: `connector.cannot`.
        PlatformUnreachable, PlatformRefused, ContentUnreadable: what was read before stays.
    """
    require(actor, Role.OPERATOR)
    mapping: Mapping = port("connectors").mapping(name)
    with closing(opened(mapping)) as connector:
        state, run = _begin(actor, purpose, mapping, full)
        return _Harvest(connector, mapping, state, run, tell).run(seconds, actor, purpose)


class _Harvest:
    def __init__(
        self,
        connector: Connector,
        mapping: Mapping,
        state: ConnectorState,
        run: HarvestRun,
        tell: Callable[[Taken], None],
    ) -> None:
        self._connector, self._mapping, self._state, self._run, self._tell = connector, mapping, state, run, tell
        self._all = Taken()

    def run(self, seconds: float | None, actor: Actor, purpose: Purpose) -> Harvested:
        end = None if seconds is None else time.monotonic() + seconds
        finished, problem = False, ""
        try:
            for batch in self._connector.harvest(self._state.mark):
                self._take(batch)
                if end is not None and time.monotonic() > end:
                    break
            else:
                finished = True
        except DangqiaoError as error:
            problem = str(error)[:300]
            raise
        finally:
            _end(self._state, self._run, self._all, problem, finished, actor, purpose)
        return Harvested(self._run, finished)

    def _take(self, batch: Batch) -> None:
        taken = Taken()
        for portion in chunks(batch.records):
            part = take_in(self._mapping, portion, first=taken.received + 1)
            taken.add(part)
            self._report(part.rejections)
            ConnectorState.objects.filter(name=self._state.name).update(busy_until=now() + BUSY)
            self._tell(taken)
        self._connector.settled(batch, taken.receipt())
        ConnectorState.objects.filter(name=self._state.name).update(mark=batch.mark)
        self._all.add(taken)

    def _report(self, rejections: list[Rejection]) -> None:
        if not rejections:
            return
        path = settings.NODE_FOLDER / "reports" / f"connector-{self._mapping.name}-{self._run.id}.csv"
        path.parent.mkdir(exist_ok=True)
        new = not path.exists()
        with path.open("a", encoding="utf-8-sig" if new else "utf-8", newline="") as stream:
            writer = csv.writer(stream)
            if new:
                writer.writerow(("record", "columns", "code", "reason"))
            writer.writerows((one.record, one.columns, one.code, one.sentence) for one in rejections)
        self._run.report = str(path.relative_to(settings.NODE_FOLDER))


def _begin(actor: Actor, purpose: Purpose, mapping: Mapping, full: bool) -> tuple[ConnectorState, HarvestRun]:
    with transaction.atomic():
        ConnectorState.objects.bulk_create([ConnectorState(name=mapping.name)], ignore_conflicts=True)
        free = Q(busy_until=None) | Q(busy_until__lt=now())
        if not ConnectorState.objects.filter(free, name=mapping.name).update(busy_until=now() + BUSY):
            raise Conflict(
                "connector.busy",
                N_("The connector {connector} is being harvested already."),
                N_("Wait until it has ended; after a crash, ten minutes."),
                connector=mapping.name,
            )
        state = ConnectorState.objects.get(name=mapping.name)
        state.mark = "" if full else state.mark
        run = HarvestRun.objects.create(connector=mapping.name)
        audit.record(
            "connector.harvest_started", actor, purpose=purpose, subject=f"connector:{mapping.name}", full=full
        )
    return state, run


def _end(
    state: ConnectorState, run: HarvestRun, taken: Taken, problem: str, finished: bool, actor: Actor, purpose: Purpose
) -> None:
    figures = {
        "received": taken.received,
        "added": taken.added,
        "updated": taken.updated,
        "unchanged": taken.unchanged,
        "withdrawn": taken.withdrawn,
        "rejected": taken.rejected,
    }
    moment = now()
    with transaction.atomic():
        for name, value in figures.items():
            setattr(run, name, value)
        run.finished_at, run.error = moment, problem
        run.save()
        ended = {"failed_at": moment} if problem else {"harvested_at": moment} if finished else {}
        ConnectorState.objects.filter(name=state.name).update(busy_until=None, error=problem, **ended)
        audit.record(
            "connector.harvested",
            actor,
            purpose=purpose,
            subject=f"connector:{state.name}",
            count=taken.received,
            figures=figures,
        )


def harvest_what_is_due(seconds: float = 30) -> None:
    """Harvests each connector whose time has come. A periodic job; one that fails does not hold up the others."""
    actor = operator("connectors", settings.PLATFORM_CODE)
    for name in port("connectors").names():
        try:
            mapping = port("connectors").mapping(name)
            if mapping.connector.every and mapping.can(Capability.HARVEST) and _due(mapping):
                harvest(actor, Purpose.CATALOGUING, name, seconds=seconds)
        except Conflict:
            continue  # another worker is at it
        except DangqiaoError as error:
            level = log.info if isinstance(error, Unavailable) else log.warning
            level("connector %s: %s", name, error)


def _due(mapping: Mapping) -> bool:
    state = ConnectorState.objects.filter(name=mapping.name).first()
    if state is None:
        return True
    last = max((one for one in (state.harvested_at, state.failed_at) if one), default=None)
    return last is None or last + timedelta(seconds=mapping.connector.every) <= now()


def opened(mapping: Mapping) -> Connector:
    """The connector of a mapping; the caller closes it. Raises Misconfigured."""
    connector: Connector = port("connectors").open(mapping)
    return connector
