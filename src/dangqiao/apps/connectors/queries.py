"""Reading what is known of connectors. Nothing here holds a person's data."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dangqiao.apps.connectors.models import ConnectorState, Handover, HarvestRun, Origin
from dangqiao.apps.holdings.records import Citation
from dangqiao.apps.ports import port
from dangqiao.core.errors import DangqiaoError


@dataclass(frozen=True, slots=True)
class Line:
    """One connector and how it is. `problem`: of its mapping file, or of its last harvest; empty when it is well."""

    name: str
    title: str
    kind: str
    category: str
    can: tuple[str, ...]
    harvested_at: datetime | None
    last: HarvestRun | None
    waiting: int
    waiting_since: datetime | None
    problem: str


def overview() -> list[Line]:
    """Every mapping file of the node."""
    states = {state.name: state for state in ConnectorState.objects.all()}
    return [_line(name, states.get(name)) for name in port("connectors").names()]


def _line(name: str, state: ConnectorState | None) -> Line:
    harvested_at = state.harvested_at if state else None
    try:
        about = port("connectors").mapping(name).connector
    except DangqiaoError as error:
        return Line(name, "", "", "", (), harvested_at, None, 0, None, str(error))
    last = HarvestRun.objects.filter(connector=name).order_by("-started_at").first()
    waiting = Handover.objects.filter(connector=name, state=Handover.State.WAITING)
    oldest = waiting.order_by("asked_at").values_list("asked_at", flat=True).first()
    can = tuple(one.value for one in about.can)
    problem = state.error if state else ""
    return Line(
        name, about.title, about.kind, about.category, can, harvested_at, last, waiting.count(), oldest, problem
    )


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an entry came from: the platform, its own number of the record, and when it last said so."""

    connector: str
    title: str
    record: str
    read_at: datetime


def origins(citations: Iterable[Citation]) -> dict[Citation, Provenance]:
    """The origins of entries, by citation; those of imported files have none."""
    wanted = list(citations)
    codes = [one.reference_code for one in wanted]
    rows = Origin.objects.filter(archive_code__in={one.archive for one in wanted}, reference_code__in=codes).order_by(
        "read_at"
    )
    titles: dict[str, str] = {}
    found: dict[Citation, Provenance] = {}
    for row in rows:
        citation = Citation(row.archive_code, row.category, row.reference_code, row.item_number)
        if citation in wanted:
            title = titles.setdefault(row.connector, _title(row.connector))
            found[citation] = Provenance(row.connector, title, row.record, row.read_at)
    return found


def _title(name: str) -> str:
    try:
        title: str = port("connectors").mapping(name).connector.title
    except DangqiaoError:
        return name  # its file has gone since
    return title
