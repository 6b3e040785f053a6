"""Archivists' decisions are what `matching train --decided` learns from."""

import pytest
from click.testing import CliRunner

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.lookups import queries
from dangqiao.cli.matching import matching
from dangqiao.core.matching import SHIPPED, load
from dangqiao.core.vocabulary.actor import operator
from tests.apps.lookups.world import ENTRY, NOWHERE, VAGUE, World

pytestmark = pytest.mark.django_db
OPERATOR = operator("test", "310000")


def test_what_was_given_and_what_was_not_found_are_lessons(world: World) -> None:
    world.seal(world.decide(world.accepted(query=VAGUE), kind="certificate", entries=ENTRY))
    world.seal(world.decide(world.accepted(query=NOWHERE), "not_found"))
    world.accepted(query=VAGUE)
    given, missing = queries.decided(OPERATOR, "marriage")
    assert (given.query.person.name, given.answers, given.known) == ("李秀英", ("3001-1987-001",), True)
    assert (missing.query.person.name, missing.answers, missing.known) == ("欧阳不存", (), True)
    assert not list(queries.decided(OPERATOR, "only-child"))
    assert not list(queries.decided(OPERATOR, "marriage", ["310101"]))
    assert not list(queries.decided(world.stranger, "marriage"))


def test_what_the_machine_answered_is_no_lesson(world: World) -> None:
    world.ready_for_instant()
    world.seal(world.delivered())
    assert not list(queries.decided(OPERATOR, "marriage"))


def test_the_command_learns_from_decisions(world: World, tmp_path) -> None:
    world.seal(world.decide(world.accepted(query=VAGUE), kind="certificate", entries=ENTRY))
    out = tmp_path / "weights.toml"
    words = ["train", "--decided", "--category", "marriage", "--out", str(out), "--strength", "5", "--quiet"]
    done = CliRunner().invoke(matching, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert load(out.read_text(encoding="utf-8")).prior.found > load(SHIPPED).prior.found
    assert AuditRecord.objects.filter(event="holdings.searched_in_bulk").exists()
    both = CliRunner().invoke(matching, [*words, str(out)])
    assert both.exit_code == 2, "a file or decisions, not both"
