"""Platforms report their figures of the day before; each shows those of the region. No personal data."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.utils.timezone import get_default_timezone

from dangqiao.apps.exchange import figures, jobs, queries, services
from dangqiao.apps.exchange.models import ReportedFigures, SentMessage
from dangqiao.apps.work.services import drain
from dangqiao.cli.exchange import exchange
from dangqiao.core.federation import messages
from tests.apps.peers import ANHUI, JIANGSU, SHANGHAI, Peer

pytestmark = pytest.mark.django_db
YESTERDAY = datetime.now(UTC).astimezone(get_default_timezone()).date() - timedelta(days=1)


def _counted(begin: datetime, end: datetime) -> dict[str, int]:
    assert end - begin == timedelta(days=1)
    return {"requests": 3, "persons": 4}


@pytest.fixture(autouse=True)
def _figures(settings) -> None:
    settings.DAILY_FIGURES = f"{__name__}._counted"


def _says(peer: Peer, day: date = YESTERDAY, revision: int = 0, of: str = "", **counts: int) -> None:
    said = messages.StatisticsReported(
        report=f"{of or peer.platform}/{day}/{revision}", day=str(day), figures=counts, revision=revision
    )
    services.receive(peer.seal(peer.envelope(said)))
    drain()


def test_the_days_that_are_over_are_reported_once_to_everybody(anhui: Peer) -> None:
    jobs.report({})
    jobs.report({})
    drain()
    told = [anhui.opened(sealed).payload for sealed in anhui.got]
    assert len(told) == figures.DAYS == len({one.day for one in told})
    assert told[0].figures == {"requests": 3, "persons": 4}
    assert SentMessage.objects.filter(receiver=JIANGSU).count() == figures.DAYS


def test_the_regions_figures_are_sums_and_name_who_is_missing(anhui: Peer) -> None:
    jobs.report({})
    _says(anhui, requests=10, persons=11)
    region = figures.region(1)
    assert region.total == {"requests": 13, "persons": 15}
    assert region.by_platform[ANHUI] == {"requests": 10, "persons": 11}
    assert {one.split()[0] for one in region.missing} == {JIANGSU, "330000"}
    run = CliRunner()
    assert "13" in run.invoke(exchange, ["figures", "--days", "1"]).output
    shown = json.loads(run.invoke(exchange, ["figures", "--days", "1", "--json"]).output)
    assert shown["total"]["persons"] == 15 and shown["by_platform"][SHANGHAI]["requests"] == 3


def test_a_later_revision_replaces_an_earlier_one_and_not_the_other_way(anhui: Peer) -> None:
    for revision, number in ((0, 1), (2, 7), (1, 5)):
        _says(anhui, revision=revision, requests=number)
    row = ReportedFigures.objects.get(platform=ANHUI)
    assert (row.revision, row.figures) == (2, {"requests": 7})


def test_nobody_reports_for_another(anhui: Peer) -> None:
    _says(anhui, of=JIANGSU, requests=1_000_000)
    assert not ReportedFigures.objects.exists()
    assert [letter.state for letter in queries.dead_letters()] == ["refused"]
