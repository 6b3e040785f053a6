"""The catalogue keeps in step with an old platform."""

import csv
from pathlib import Path

import pytest
from django.conf import settings

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.connectors import queries, services
from dangqiao.apps.connectors.models import ConnectorState, HarvestRun, Origin
from dangqiao.apps.connectors.taking import Taken
from dangqiao.apps.directory.models import Archive, Platform
from dangqiao.apps.fields import cipher, now
from dangqiao.apps.holdings import services as holdings
from dangqiao.apps.holdings.models import CatalogueEntry
from dangqiao.apps.holdings.records import Citation
from dangqiao.core.connectors import PlatformUnreachable
from dangqiao.core.errors import Conflict, NotThere, Refused
from dangqiao.core.vocabulary.actor import Actor, Grant, Role, ScopeKind, operator
from dangqiao.core.vocabulary.purpose import Purpose
from tests.adapters.connectors.words import MARRIAGES
from tests.apps.connectors.conftest import ARCHIVE, Legacy

pytestmark = pytest.mark.django_db

WHO = operator("test", "310000")
LATER = {"changed": "2024-05-01 00:00:00"}


@pytest.fixture(autouse=True)
def archive(db: None) -> None:
    platform = Platform.objects.create(code="310000", name="上海市")
    Archive.objects.create(code=ARCHIVE, platform=platform, name="上海市浦东新区档案馆")


def harvest(**more: object) -> HarvestRun:
    return services.harvest(WHO, Purpose.CATALOGUING, "legacy", **more).run


def there() -> dict[str, CatalogueEntry]:
    return {row.reference_code: row for row in CatalogueEntry.objects.filter(deleted=False)}


def test_what_the_platform_holds_becomes_the_catalogue_unchecked(legacy: Legacy) -> None:
    legacy.put(MARRIAGES)
    run = harvest()
    assert (run.received, run.added, run.rejected) == (3, 3, 0)
    entry = there()["X101-1992-0417"]
    parties = {party["role"]: party for party in entry.content["parties"]}
    assert (parties["party_a"]["name"], parties["party_b"]["name"]) == ("尤䶮", "𬸚若兰")
    assert (entry.event_date, entry.content["fields"]["act"], entry.checked_by) == ("1992-06", "补领", "")
    number = there()["X101-1987-0001"].content["parties"][0]["identity_number"]
    assert cipher().decrypt(number) == "330106610412901"


def test_again_nothing_changes_and_a_change_is_a_revision(legacy: Legacy) -> None:
    legacy.put(MARRIAGES)
    harvest()
    again = harvest()
    assert (again.added, again.updated) == (0, 0)
    legacy.put([MARRIAGES[0] | LATER | {"登记机关": "杭州市上城区民政局"}, *MARRIAGES[1:]])
    run = harvest()
    assert (run.added, run.updated) == (0, 1)
    assert (there()["X101-1987-0001"].revision, there()["X101-1987-0001"].place) == (2, "杭州市上城区民政局")


def test_a_record_that_goes_is_withdrawn_and_comes_back_with_its_history(legacy: Legacy) -> None:
    legacy.put(MARRIAGES)
    harvest()
    legacy.put([MARRIAGES[0] | LATER, *MARRIAGES[1:]], deleted=("ZJ0001",))
    assert harvest().withdrawn == 1
    assert there().keys() == {"X101-1992-0417", "X101-1999-1203"}
    assert AuditRecord.objects.filter(event="holdings.entry_withdrawn").count() == 1
    legacy.put([MARRIAGES[0] | {"changed": "2024-06-01 00:00:00"}, *MARRIAGES[1:]])
    assert harvest().updated == 1
    assert there()["X101-1987-0001"].revision == 2


def test_a_code_that_nobody_explained_rejects_its_record_and_no_other(legacy: Legacy) -> None:
    legacy.put([MARRIAGES[0]], ywlx="77")
    run = harvest()
    assert (run.received, run.added, run.rejected) == (1, 0, 1)
    with (Path(settings.NODE_FOLDER) / run.report).open(encoding="utf-8-sig") as stream:
        (line,) = csv.DictReader(stream)
    assert (line["record"], line["columns"], line["code"]) == ("ZJ0001", "业务类型", "connector.code_unknown")
    assert line["reason"]


def test_what_an_import_would_reject_is_rejected_with_its_code(legacy: Legacy) -> None:
    legacy.put(
        [MARRIAGES[0] | {"男方身份证件号": "12345"}, MARRIAGES[1] | {"男方姓名": "", "女方姓名": ""}, MARRIAGES[2]]
    )
    run = harvest()
    assert (run.added, run.rejected) == (1, 2)
    text = (Path(settings.NODE_FOLDER) / run.report).read_text("utf-8-sig")
    assert "ZJ0001,男方身份证件号,import.identity_number_length" in text
    assert "ZJ0002,男方姓名;女方姓名,import.required;import.required" in text
    assert "12345" not in text


def test_a_local_correction_stays_until_the_platform_says_something_new(legacy: Legacy) -> None:
    legacy.put(MARRIAGES)
    harvest()
    cited = Citation(ARCHIVE, "marriage", "X101-1987-0001")
    holdings.correct_entry(WHO, Purpose.CATALOGUING, cited, {"男方姓名": "沈砚秋改"}, revision=1, reason="原件")
    harvest(full=True)
    assert there()["X101-1987-0001"].content["parties"][0]["name"] == "沈砚秋改"


def test_a_record_that_moves_to_another_reference_code_leaves_no_double(legacy: Legacy) -> None:
    legacy.put(MARRIAGES)
    harvest()
    legacy.put([MARRIAGES[0] | LATER | {"档号": "X101-1987-9999"}, *MARRIAGES[1:]])
    run = harvest()
    assert (run.added, run.withdrawn) == (1, 1)
    assert there().keys() == {"X101-1987-9999", "X101-1992-0417", "X101-1999-1203"}


def test_two_records_of_one_reference_code_do_not_overwrite_each_other(legacy: Legacy) -> None:
    legacy.put(MARRIAGES)
    harvest()
    legacy.put([*MARRIAGES, MARRIAGES[0] | LATER | {"id": "ZJ0099", "男方姓名": "别人"}])
    for _ in range(2):
        run = harvest()
        assert (run.updated, run.rejected) == (0, 1)
    assert there()["X101-1987-0001"].content["parties"][0]["name"] == "沈砚秋"


def test_records_of_a_foreign_archive_are_not_taken_in(legacy: Legacy) -> None:
    legacy.put(MARRIAGES)
    legacy.edit(f'archive = "{ARCHIVE}"', 'archive = "340826"')
    run = harvest()
    assert (run.added, run.rejected) == (0, 3)


def test_a_harvest_that_is_killed_goes_on_and_doubles_nothing(legacy: Legacy) -> None:
    legacy.put([one | {"changed": f"2024-01-0{place + 1} 00:00:00"} for place, one in enumerate(MARRIAGES)])
    legacy.edit("size = 3", "size = 2")

    class Killed(BaseException):
        pass

    def kill(_taken: Taken) -> None:
        raise Killed

    with pytest.raises(Killed):
        harvest(tell=kill)
    run = harvest()
    assert (run.added, run.unchanged) == (1, 2)
    assert len(there()) == 3


def test_many_records_are_taken_in_by_portions(legacy: Legacy) -> None:
    many = [
        MARRIAGES[0]
        | {"id": f"A{number:05d}", "档号": f"X101-1987-{number:05d}", "changed": f"2024-01-01 {number:08d}"}
        for number in range(6000)
    ]
    legacy.put(many)
    legacy.edit("size = 3", "size = 4000")
    run = harvest()
    assert (run.received, run.added, Origin.objects.count()) == (6000, 6000, 6000)
    assert harvest(full=True).unchanged == 6000


def test_only_one_harvests_at_a_time(legacy: Legacy) -> None:
    harvest()
    ConnectorState.objects.update(busy_until=now().replace(year=now().year + 1))
    with pytest.raises(Conflict, match=r"connector\.busy"):
        harvest()


def test_a_silent_platform_is_told_to_the_operator_and_the_next_harvest_goes_on(legacy: Legacy) -> None:
    legacy.put(MARRIAGES)
    legacy.stop()
    with pytest.raises(PlatformUnreachable):
        harvest()
    (line,) = queries.overview()
    assert "connector.unreachable" in line.problem
    legacy.start(MARRIAGES)
    assert harvest().added == 3
    (line,) = queries.overview()
    assert (line.problem, line.last.added if line.last else 0) == ("", 3)


def test_what_is_due_is_harvested_by_the_worker(legacy: Legacy) -> None:
    legacy.put(MARRIAGES)
    services.harvest_what_is_due()
    assert not there()
    legacy.edit("can = [", "every = 3600\ncan = [")
    services.harvest_what_is_due()
    assert len(there()) == 3
    services.harvest_what_is_due()
    assert HarvestRun.objects.count() == 1


def test_a_broken_mapping_file_does_not_hold_up_the_others(legacy: Legacy) -> None:
    legacy.put(MARRIAGES)
    legacy.edit("can = [", "every = 3600\ncan = [")
    (legacy.file.parent / "broken.toml").write_text("[connector]\nkind = 7\n")
    services.harvest_what_is_due()
    assert len(there()) == 3
    assert [bool(line.problem) for line in queries.overview()] == [True, False]


def test_only_the_operator_harvests(legacy: Legacy) -> None:
    handler = Actor("user:1", (Grant(Role.HANDLER, ScopeKind.ARCHIVE, ARCHIVE),))
    with pytest.raises(Refused, match=r"permission\.missing"):
        services.harvest(handler, Purpose.CATALOGUING, "legacy")
    with pytest.raises(NotThere, match=r"connector\.unknown"):
        services.harvest(WHO, Purpose.CATALOGUING, "nobody")


def test_every_entry_says_where_it_came_from(legacy: Legacy) -> None:
    legacy.put(MARRIAGES)
    harvest()
    cited = Citation(ARCHIVE, "marriage", "X101-1992-0417")
    found = queries.origins([cited, Citation(ARCHIVE, "marriage", "other")])
    assert (found[cited].title, found[cited].record) == ("浙江婚姻登记档案系统", "ZJ0002")
    assert len(found) == 1
    assert Origin.objects.count() == 3
