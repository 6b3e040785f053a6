"""Members found and change a federation with a folder that is passed round. We are Shanghai; Anhui acts by itself."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings

from dangqiao.adapters.directory import membership, repository
from dangqiao.adapters.keys import KeyPurpose
from dangqiao.adapters.wiring import key_store
from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.directory import queries, services
from dangqiao.apps.directory.models import Archive
from dangqiao.cli.directory import directory
from dangqiao.core.errors import Conflict, Misconfigured, NotThere, Untrusted
from dangqiao.core.federation import seeding
from dangqiao.core.federation.listing import Member, Members
from dangqiao.core.vocabulary.actor import operator
from tests.apps.peers import ANHUI, SHANGHAI, Peer, peer

pytestmark = pytest.mark.django_db
Run = Callable[..., str]


@pytest.fixture
def anhui(tmp_path: Path) -> Iterator[Peer]:
    with peer(tmp_path / ANHUI, ANHUI) as made:
        yield made


@pytest.fixture
def run() -> Iterator[Run]:
    def invoke(*arguments: object) -> str:
        result = CliRunner().invoke(directory, [str(one) for one in arguments])
        if result.exception:
            raise result.exception
        return result.output

    services.seed_province(operator("test", SHANGHAI))
    yield invoke
    shutil.rmtree(settings.TRUST_FOLDER, ignore_errors=True)


def _keys(anhui: Peer):
    return key_store(folder=anhui.folder, configuration=anhui.configuration)


def _entry(anhui: Peer) -> Member:
    return seeding.member(ANHUI, anhui.configuration.public_url, _keys(anhui).public(datetime.now(UTC)))


def _sign(anhui: Peer, proposal: Path) -> None:
    membership.sign(proposal, _keys(anhui).private_pem(KeyPurpose.DIRECTORY_ROOT))


def test_two_members_found_a_federation(anhui: Peer, run: Run, tmp_path: Path) -> None:
    _found(anhui, run, tmp_path)
    known = queries.required()
    assert len(known.archives()) == 17 and [one.platform for one in known.members] == [SHANGHAI, ANHUI]
    events = set(AuditRecord.objects.values_list("event", flat=True))
    assert {"directory.proposal_signed", "directory.proposal_accepted", "directory.published"} <= events
    assert "340000" in run("show")


def _found(anhui: Peer, run: Run, tmp_path: Path) -> None:
    ours, theirs, proposal = tmp_path / "310000.json", tmp_path / "340000.json", tmp_path / "proposal"
    run("member", ours)
    theirs.write_bytes(_entry(anhui).to_json())
    assert "signed by nobody; 2 are needed" in run("propose", proposal, ours, theirs)
    with pytest.raises(Conflict):
        run("propose", proposal, ours)
    run("sign", proposal, "--yes")
    with pytest.raises(Untrusted):
        run("accept", proposal)
    assert not queries.has_joined()

    copy = shutil.copytree(proposal, tmp_path / "copy")
    _sign(anhui, copy)
    assert "signed by 310000, 340000" in run("gather", proposal, copy)
    assert "joining: 310000, 340000" in run("review", proposal)
    assert "127.0.0.1" in run("accept", proposal)


def test_a_newcomer_joins_what_others_founded(anhui: Peer, run: Run, tmp_path: Path) -> None:
    proposal, now = tmp_path / "proposal", datetime.now(UTC)
    members = Members((services.own_member(now), _entry(anhui)))
    membership.propose(proposal, members, {}, now)
    run("sign", proposal, "--yes")
    _sign(anhui, proposal)
    with pytest.raises(Untrusted):
        run("join", proposal)  # nobody has brought it into force yet
    assert not (settings.TRUST_FOLDER / "metadata" / "1.root.json").exists()

    online = _keys(anhui).private_pem(KeyPurpose.DIRECTORY)
    membership.publish(proposal, anhui.folder / "trust", online, now)
    listing = seeding.seed_listing(ANHUI, _keys(anhui).public(now))
    repository.publish_listing(anhui.folder / "trust", listing, online, now)
    run("join", proposal)
    assert Archive.objects.filter(active=True).count() == 17 + 119
    with pytest.raises(Conflict):
        run("join", proposal)
    assert "unchanged" in run("update"), "the others are behind what we have just published; that is no alarm"


def test_a_member_changes_its_address(anhui: Peer, run: Run, tmp_path: Path) -> None:
    _found(anhui, run, tmp_path)
    proposal, moved = tmp_path / "second", tmp_path / "moved.json"
    moved.write_bytes(_entry(anhui).to_json().replace(b"127.0.0.1", b"localhost"))
    assert "changed: 340000" in run("propose", proposal, moved)
    run("sign", proposal, "--yes")
    _sign(anhui, proposal)
    run("accept", proposal)
    member = queries.required().member(ANHUI)
    assert member and member.endpoint.startswith("http://localhost")


def test_a_vote_that_is_kept_off_the_machine(anhui: Peer, run: Run, tmp_path: Path) -> None:
    proposal, ours = tmp_path / "proposal", tmp_path / "ours.json"
    run("member", ours)
    stick = tmp_path / "stick.pem"
    (settings.SECRETS_FOLDER / "directory-root.pem").rename(stick)
    try:
        before = ours.read_bytes()
        run("member", ours)
        assert ours.read_bytes() == before
        run("propose", proposal, ours)
        with pytest.raises(Misconfigured):
            run("sign", proposal, "--yes")
        assert "signed by 310000" in run("sign", proposal, "--yes", "--key", stick)
    finally:
        stick.rename(settings.SECRETS_FOLDER / "directory-root.pem")


def test_a_node_alone_has_nothing_to_show(run: Run) -> None:
    with pytest.raises(NotThere):
        run("show")
