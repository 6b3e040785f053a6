"""The operator's commands for platforms that exist already."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings

from dangqiao.apps.connectors import services as services_of_connectors
from dangqiao.apps.connectors.models import Handover
from dangqiao.apps.directory.models import Archive, Platform
from dangqiao.apps.fields import now
from dangqiao.cli.connector import connector
from dangqiao.cli.node.connector_checks import connectors
from dangqiao.core.errors import Misconfigured
from tests.adapters.connectors.words import MARRIAGES
from tests.apps.connectors.conftest import ARCHIVE, Legacy, legacy, services  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def archive(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    platform = Platform.objects.create(code="310000", name="上海市")
    Archive.objects.create(code=ARCHIVE, platform=platform, name="上海市浦东新区档案馆")
    yield


def run(*words: str) -> str:
    result = CliRunner().invoke(connector, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_check_says_what_a_file_does_and_reaches_the_platform(legacy: Legacy) -> None:  # noqa: F811
    said = run("check", str(legacy.file), "--reach")
    assert "legacy: 浙江婚姻登记档案系统, rest, marriage, harvest, search" in said
    assert "Reached: REST: http://127.0.0.1:" in said


def test_check_names_every_mistake_with_its_line(legacy: Legacy) -> None:  # noqa: F811
    legacy.edit('"档号" = "dh"', '"案卷号" = "dh"')
    with pytest.raises(Misconfigured) as error:
        run("check", str(legacy.file))
    assert "line " in str(error.value)
    assert "案卷号" in str(error.value)


def test_harvest_and_list_give_the_figures(legacy: Legacy) -> None:  # noqa: F811
    legacy.put(MARRIAGES)
    assert "3 records: 3 added, 0 updated, 0 unchanged, 0 withdrawn, 0 rejected." in run("harvest", "legacy")
    assert "3 added" in run("list")


def test_run_does_what_the_worker_does(legacy: Legacy) -> None:  # noqa: F811
    legacy.put(MARRIAGES)
    legacy.edit("can = [", "every = 60\ncan = [")
    assert "0 answers heard." in run("run")
    assert "3 added" in run("list")
    legacy.stop()
    assert "legacy" in run("list")


def test_the_doctor_names_what_is_wrong_without_reaching_anything(legacy: Legacy) -> None:  # noqa: F811
    assert list(connectors(now())) == []
    legacy.stop()
    services_of_connectors.harvest_what_is_due()
    assert list(connectors(now())) == []
    legacy.edit("can = [", "every = 60\ncan = [")
    services_of_connectors.harvest_what_is_due()
    assert [one.code for one in connectors(now())] == ["connector.harvest_failed"]
    Handover.objects.create(connector="legacy", subject="referral:1", ticket="1", asked_at=now() - timedelta(days=3))
    assert [one.code for one in connectors(now())] == ["connector.harvest_failed", "connector.unanswered"]
    (Path(settings.NODE_FOLDER) / "secrets" / "legacy.token").chmod(0o644)
    assert [one.code for one in connectors(now())] == ["connector.secret_open"]
    legacy.edit('"档号" = "dh"', '"案卷号" = "dh"')
    assert [one.code for one in connectors(now())] == ["connector.file"]


def test_a_secret_that_others_can_read_is_refused(legacy: Legacy) -> None:  # noqa: F811
    token = Path(settings.NODE_FOLDER) / "secrets" / "legacy.token"
    token.chmod(0o644)
    with pytest.raises(Misconfigured, match=r"connector\.secret_open"):
        run("harvest", "legacy")
