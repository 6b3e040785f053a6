"""A short message where something waits for the applicant; it names the number and nothing else."""

from pathlib import Path

import pytest
from django.conf import settings

from dangqiao.apps.lookups import services
from dangqiao.apps.lookups.forms import Sought
from dangqiao.apps.work import services as work
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.world import NOWHERE, VAGUE, WIFE, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone() -> Path:
    log: Path = settings.NODE_FOLDER / "messages.log"
    log.unlink(missing_ok=True)
    return log


def test_a_supplement_is_asked_for_by_message(world: World, phone: Path) -> None:
    row = world.delivered(query=VAGUE)
    services.ask_supplement(world.handler, Purpose.HANDLING, row.id, ["mandate"], "", world.key())
    work.drain()
    [line] = phone.read_text(encoding="utf-8").splitlines()
    assert row.request.number in line
    assert "李秀英" not in line
    assert WIFE.identity_number not in line


def test_an_answer_and_a_search_in_vain_are_told_once(world: World, phone: Path) -> None:
    row = world.accepted(query=NOWHERE)
    world.decide(row, "not_yet_handed_over", where_to_ask="民政局")
    world.submit(query=Sought(VAGUE.persons, event_date="1987"))
    work.drain()
    assert len(phone.read_text(encoding="utf-8").splitlines()) == 2


def test_who_left_no_phone_number_is_not_written_to(world: World, phone: Path) -> None:
    request = world.at_counter(query=VAGUE)
    request.applicant = request.applicant.replace("13900000000", "")
    request.save()
    work.drain()
    row = request.referrals.get()
    services.not_accept(world.handler, Purpose.HANDLING, row.id, "outside_holdings", "", world.key())
    work.drain()
    assert not phone.exists()
