"""An archive's rule is shown and set at the command line; what is unfit is refused and leaves the rule as it was."""

import pytest
from click.testing import CliRunner

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.directory.services import seed_province
from dangqiao.apps.lookups.policies import in_force
from dangqiao.cli.policy import policy
from dangqiao.core.errors import BadInput, NotThere
from dangqiao.core.lookup.states import Level
from dangqiao.core.vocabulary.actor import operator

pytestmark = pytest.mark.django_db
_WHERE = ("--archive", "310101", "--category", "marriage")


@pytest.fixture(autouse=True)
def archives() -> None:
    seed_province(operator("test", "310000"))


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(policy, arguments)
    if result.exception:
        raise result.exception
    return result.output


def test_a_rule_is_set_and_shown() -> None:
    assert "instant" in _run("show", *_WHERE)
    said = _run("set", *_WHERE, "level=reviewer", "processing_days=3", 'deliveries=["counter", "post"]')
    assert "reviewer" in said and "counter, post" in said
    now = in_force("310101", "marriage")
    assert (now.level, now.processing_days, now.version) == (Level.REVIEWER, 3, 1)
    _run("set", *_WHERE, "not_found_notice=false")
    assert (in_force("310101", "marriage").version, in_force("310101", "marriage").level) == (2, Level.REVIEWER)
    assert AuditRecord.objects.filter(event="policy.set", archive_code="310101").count() == 2


@pytest.mark.parametrize("change", ["level=nobody", "processing_days=0", "processing_days=soon", "speed=3"])
def test_what_is_unfit_changes_nothing(change: str) -> None:
    with pytest.raises(BadInput, match="policy_unfit"):
        _run("set", *_WHERE, change)
    assert in_force("310101", "marriage").archive == ""


def test_a_change_needs_a_value_and_an_archive_must_exist() -> None:
    with pytest.raises(SystemExit):
        _run("set", *_WHERE, "level")
    with pytest.raises(NotThere):
        _run("show", "--archive", "319999", "--category", "marriage")
