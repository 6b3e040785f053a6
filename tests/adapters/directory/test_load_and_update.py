"""A newcomer with nothing but the first root gets the directory, and can prove it offline afterwards."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from dangqiao.adapters.directory import TufDirectory
from dangqiao.adapters.directory.client import load, update
from dangqiao.adapters.directory.repository import publish_listing, refresh_timestamp
from dangqiao.adapters.pdf.trust import trust_list
from dangqiao.core.errors import NotThere, Unavailable, Untrusted
from tests.adapters.directory.federation import (
    ANHUI,
    CATEGORIES,
    JIANGSU,
    NOW,
    PLATFORMS,
    SHANGHAI,
    Federation,
    listing,
)

Serve = Callable[[Path], str]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_newcomer_fetches_the_directory_over_http(federation: Federation, tmp_path: Path, serve: Serve) -> None:
    trust = federation.anchored(tmp_path / "trust")
    verdict = update(trust, [serve(federation.repository)], NOW)
    assert verdict.changed
    assert [member.platform for member in verdict.directory.members] == list(PLATFORMS)
    archive = verdict.directory.archive("340826")
    assert archive is not None and archive.name == "340826档案馆"
    assert verdict.directory.platform_of("340826") == ANHUI
    assert dict(verdict.directory.categories) == CATEGORIES
    assert verdict.directory.as_of == NOW
    assert verdict.directory.expires == NOW + timedelta(days=45)
    assert verdict.directory.notices == ()


def test_the_folder_alone_proves_the_directory_offline(federation: Federation, tmp_path: Path) -> None:
    trust = federation.anchored(tmp_path / "trust")
    fetched = update(trust, [federation.repository], NOW).directory
    assert load(trust, NOW) == fetched
    assert trust_list(fetched).platforms["340826"] == ANHUI


def test_a_second_update_changes_nothing(federation: Federation, tmp_path: Path) -> None:
    trust = federation.anchored(tmp_path / "trust")
    update(trust, [federation.repository], NOW)
    before = files(trust)
    assert not update(trust, [federation.repository], NOW).changed
    assert files(trust) == before


def test_a_changed_listing_arrives(federation: Federation, tmp_path: Path, later: Callable[..., datetime]) -> None:
    trust = federation.anchored(tmp_path / "trust")
    update(trust, [federation.repository], NOW)
    changed = listing(ANHUI, "340826", "340881", name="新馆")
    publish_listing(federation.repository, changed, federation.online_keys[ANHUI], later(hours=1))
    verdict = update(trust, [federation.repository], later(hours=2))
    assert verdict.changed
    assert verdict.directory.listing(ANHUI) == changed
    assert verdict.directory.versions.listings == {SHANGHAI: 1, JIANGSU: 1, "330000": 1, ANHUI: 2}


def test_the_next_mirror_is_tried_when_one_is_silent(federation: Federation, tmp_path: Path, serve: Serve) -> None:
    trust = federation.anchored(tmp_path / "trust")
    verdict = update(trust, ["http://127.0.0.1:9", serve(federation.repository)], NOW)
    assert verdict.changed
    assert [notice.code for notice in verdict.notices] == ["directory.unreachable"]


def test_no_mirror_answers_and_the_last_good_directory_stays(federation: Federation, tmp_path: Path) -> None:
    trust = federation.anchored(tmp_path / "trust")
    update(trust, [federation.repository], NOW)
    with pytest.raises(Unavailable) as caught:
        update(trust, ["http://127.0.0.1:9"], NOW)
    assert caught.value.code == "directory.unreachable_all"
    assert load(trust, NOW).archive("340826")


def test_the_newest_of_several_mirrors_wins(
    federation: Federation, tmp_path: Path, later: Callable[..., datetime]
) -> None:
    stale = federation.copy(tmp_path / "stale")
    refresh_timestamp(federation.repository, federation.online_keys[JIANGSU], later(days=1))
    trust = federation.anchored(tmp_path / "trust")
    verdict = update(trust, [stale, federation.repository], later(days=1))
    assert verdict.directory.as_of == later(days=1)


def test_a_folder_without_a_root_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotThere) as caught:
        load(tmp_path, NOW)
    assert caught.value.code == "directory.none"


def test_a_node_finds_the_mirrors_that_members_list(federation: Federation, tmp_path: Path) -> None:
    trust = federation.anchored(tmp_path / "trust")
    source = TufDirectory(trust, [federation.repository], http=httpx.Client(timeout=1))
    assert source.update(NOW).changed
    assert source.load(NOW).member(ANHUI)


def test_an_answer_that_never_ends_is_cut_off(federation: Federation, tmp_path: Path) -> None:
    def flood(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=(b"x" * 1_000_000 for _ in range(100)))

    trust = federation.anchored(tmp_path / "trust")
    with pytest.raises(Unavailable):
        update(trust, ["http://mirror.invalid"], NOW, httpx.Client(transport=httpx.MockTransport(flood)))


def test_an_old_directory_still_serves_to_verify_old_documents(
    federation: Federation, later: Callable[..., datetime]
) -> None:
    with pytest.raises(Untrusted):
        load(federation.repository, later(days=46))
    old = load(federation.repository, later(days=46), even_expired=True)
    with pytest.raises(Untrusted) as caught:
        old.require_current(later(days=46))
    assert caught.value.code == "directory.expired"
