"""Others harvest what this node publishes: judged by the Sickle client, and by our own harvester."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from sickle import Sickle
from sickle.oaiexceptions import (
    BadArgument,
    BadResumptionToken,
    CannotDisseminateFormat,
    IdDoesNotExist,
    NoRecordsMatch,
)

from dangqiao.adapters.connectors import Connectors
from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.connectors import publishing
from dangqiao.apps.holdings import services as holdings
from dangqiao.apps.holdings.models import CatalogueEntry, HoldingCoverage
from dangqiao.apps.holdings.records import Citation
from dangqiao.apps.holdings.withdrawing import withdraw
from dangqiao.core.configuration import parse
from dangqiao.core.connectors import Receipt, Translator
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.holdings.conftest import COUPLE
from tests.web.conftest import OPERATOR

ARCHIVE, SET, TOKEN = "310115", "entries:310115:marriage", "a-peer-s-token"


def cover(office: str = "浦东新区民政局", last: int = 1998) -> None:
    row = HoldingCoverage(
        category="marriage", division_code="310115", office=office, year_from=1950, year_to=last, state="in_archive"
    )
    holdings.set_coverage(OPERATOR, Purpose.CATALOGUING, ARCHIVE, [row])
    cache.clear()


@pytest.fixture
def entries(tmp_path: Path, node: Path) -> None:
    path = tmp_path / "file.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COUPLE)
        writer.writeheader()
        writer.writerows(COUPLE | {"档号": f"3001-1987-{number:03d}"} for number in range(5))
    holdings.import_file(OPERATOR, Purpose.CATALOGUING, path, category="marriage", archive_code=ARCHIVE)


@pytest.fixture
def peer(node: Path) -> Iterator[str]:
    """Somebody who was given a token for the marriages of Pudong, and for adoptions by mistake."""
    secret = Path(settings.NODE_FOLDER) / "secrets" / "oai.token"
    secret.touch(0o600)
    secret.write_text(TOKEN)
    file = Path(settings.NODE_FOLDER) / "oai.toml"
    file.write_text(f'[[peer]]\nname = "library"\nsecret = "oai.token"\nsets = ["{SET}", "entries:310115:adoption"]\n')
    yield TOKEN
    file.unlink()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "PAGE", 2)


def sickle(live_server: Any, token: str = "") -> Sickle:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Sickle(f"{live_server.url}/oai", headers=headers, timeout=10)


@pytest.mark.usefixtures("node")
def test_anybody_learns_what_archives_hold_and_nothing_of_persons(live_server: Any, entries: None) -> None:
    cover()
    client = sickle(live_server)
    about = client.Identify()
    assert (about.protocolVersion, about.deletedRecord, about.granularity) == (
        "2.0",
        "persistent",
        "YYYY-MM-DDThh:mm:ssZ",
    )
    assert [one.metadataPrefix for one in client.ListMetadataFormats()] == ["oai_dc"]
    assert {"coverage", "coverage:310115"} <= {one.setSpec for one in client.ListSets()}
    records = list(client.ListRecords(metadataPrefix="oai_dc", set="coverage:310115"))
    marriage = next(one for one in records if "婚姻登记" in one.metadata["title"][0])
    assert marriage.metadata["description"] == ["浦东新区 浦东新区民政局 1950—1998 在馆"]
    whole = "".join(one.raw for one in records)
    assert "张建国" not in whole
    assert "收养" not in whole
    assert client.GetRecord(identifier=marriage.header.identifier, metadataPrefix="oai_dc").metadata["type"] == [
        "Collection"
    ]


@pytest.mark.usefixtures("node", "small_pages")
def test_lists_go_on_by_token_until_their_end(live_server: Any) -> None:
    client = sickle(live_server)
    whole = [one.identifier for one in client.ListIdentifiers(metadataPrefix="oai_dc")]
    assert len(whole) == len(set(whole)) > 10
    assert whole == sorted(whole)


@pytest.mark.usefixtures("node")
def test_a_change_gets_a_new_date_and_what_goes_is_told(live_server: Any) -> None:
    cover()
    client = sickle(live_server)
    before = {one.identifier: one.datestamp for one in client.ListIdentifiers(metadataPrefix="oai_dc")}
    publishing.PublishedRecord.objects.update(changed_at="2020-01-01T00:00:00Z")
    cover(last=1999)
    since = [one.identifier for one in client.ListIdentifiers(metadataPrefix="oai_dc", **{"from": "2021-01-01"})]
    assert since == ["oai:310000:310115:marriage"]
    publishing.Archive.objects.filter(code="310101").update(active=False)
    cache.clear()
    gone = list(client.ListIdentifiers(metadataPrefix="oai_dc", set="coverage:310101"))
    assert gone
    assert all(one.deleted for one in gone)
    assert {one.identifier for one in gone} <= before.keys()


@pytest.mark.usefixtures("node")
def test_the_protocols_own_errors(live_server: Any) -> None:
    client = sickle(live_server)
    with pytest.raises(CannotDisseminateFormat):
        client.ListRecords(metadataPrefix="marc21")
    with pytest.raises(CannotDisseminateFormat):
        client.ListRecords(metadataPrefix="dangqiao_entry")
    with pytest.raises(NoRecordsMatch):
        client.ListRecords(metadataPrefix="oai_dc", set="coverage:999999")
    with pytest.raises(IdDoesNotExist):
        client.GetRecord(identifier="oai:310000:nobody", metadataPrefix="oai_dc")
    with pytest.raises(BadArgument):
        client.ListRecords(metadataPrefix="oai_dc", **{"from": "2020-13-01"})
    with pytest.raises(BadArgument):
        client.ListRecords(metadataPrefix="oai_dc", **{"from": "2021-01-01", "until": "2020-01-01"})
    for token in ("x", "e30", "bnVsbA", "W10", "eyJ2ZXJiIjoxfQ"):
        with pytest.raises(BadResumptionToken):
            client.ListRecords(resumptionToken=token)


def test_an_unknown_verb_and_repeated_arguments(node: Path, client: Client) -> None:
    assert b'code="badVerb"' in client.get("/oai", {"verb": "Drop"}).content
    assert b'code="badVerb"' in client.get("/oai").content
    assert b'code="badArgument"' in client.get("/oai?verb=Identify&verb=Identify").content
    assert b"protocolVersion" in client.post("/oai", {"verb": "Identify"}).content
    assert client.put("/oai").status_code == 405


@pytest.mark.usefixtures("node", "small_pages")
def test_a_peer_harvests_the_entries_that_were_granted_to_it(live_server: Any, entries: None, peer: str) -> None:
    client = sickle(live_server, peer)
    assert SET in {one.setSpec for one in client.ListSets()}
    records = list(client.ListRecords(metadataPrefix="dangqiao_entry", set=SET))
    assert len(records) == 5
    whole = "".join(one.raw for one in records)
    assert "张建国" in whole
    assert COUPLE["男方身份证件号"] not in whole
    read = AuditRecord.objects.filter(event="connector.published_read", actor="peer:library")
    assert sum(read.values_list("count", flat=True)) == 5
    with pytest.raises(NoRecordsMatch):
        client.ListRecords(metadataPrefix="dangqiao_entry", set="entries:310101:marriage")
    with pytest.raises(NoRecordsMatch):
        client.ListRecords(metadataPrefix="dangqiao_entry", set="entries:310115:adoption")


def test_a_token_of_nobody_is_refused(node: Path, client: Client, peer: str) -> None:
    headers = {"Authorization": "Bearer something"}
    assert client.get("/oai", {"verb": "Identify"}, headers=headers).status_code == 401


@pytest.mark.usefixtures("node", "small_pages")
def test_a_list_that_was_begun_with_a_token_does_not_go_on_without_it(client: Client, entries: None, peer: str) -> None:
    asked = {"verb": "ListRecords", "metadataPrefix": "dangqiao_entry", "set": SET}
    page = client.get("/oai", asked, headers={"Authorization": f"Bearer {peer}"}).content.decode()
    token = page.partition("<resumptionToken>")[2].partition("<")[0]
    assert token
    again = client.get("/oai", {"verb": "ListRecords", "resumptionToken": token}).content
    assert b"cannotDisseminateFormat" in again


@pytest.mark.usefixtures("node", "small_pages")
def test_our_own_harvester_reads_our_own_repository(live_server: Any, entries: None, peer: str, tmp_path: Path) -> None:
    columns = "\n".join(f'"{name}" = "{name}"' for name in COUPLE if "身份证件号" not in name)
    (tmp_path / "connectors").mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "t").touch(0o600)
    (tmp_path / "secrets" / "t").write_text(peer)
    (tmp_path / "connectors" / "peer.toml").write_text(
        '[connector]\ntitle = "t"\nkind = "oai"\ncategory = "marriage"\narchive = "310115"\ncan = ["harvest"]\n'
        f'[oai]\naddress = "{live_server.url}/oai"\nformat = "dangqiao_entry"\nset = "{SET}"\nsecret = "t"\n'
        f"[record]\n[fields]\n{columns}\n"
    )
    connectors = Connectors(folder=tmp_path, configuration=parse(b'[node]\nplatform = "320000"\n'))
    connector = connectors.open(connectors.mapping("peer"))
    mark, found = "", {}
    translate = Translator(connectors.mapping("peer"))
    for batch in connector.harvest(mark):
        found |= {one.id: one for one in map(translate, batch.records)}
        connector.settled(batch, Receipt(0, 0))
        mark = batch.mark
    assert len(found) == 5
    some = next(iter(found.values())).cells
    assert {some[name] for name in ("业务类型", "男方姓名")} == {"结婚", "张建国"}
    CatalogueEntry.objects.update(imported_at="2020-01-01T00:00:00Z")
    withdraw(OPERATOR, Purpose.CATALOGUING, [Citation(ARCHIVE, "marriage", "3001-1987-003")], reason="test")
    (gone,) = [translate(one) for batch in connector.harvest(mark) for one in batch.records]
    assert gone.deleted
    assert gone.id in found
